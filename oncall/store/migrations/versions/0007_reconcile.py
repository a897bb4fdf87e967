"""When the provider is asked about a delivery, and up to when its own lists have been compared with our rows."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007_reconcile"
down_revision = "0006_escalation"
branch_labels = None
depends_on = None


def instant() -> sa.types.TypeEngine[Any]:
    return sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("asks", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("deliveries", sa.Column("ask_at", instant()))
    to_be_asked_about = sa.text("ask_at IS NOT NULL")
    op.create_index(
        "deliveries_to_ask",
        "deliveries",
        ["ask_at"],
        sqlite_where=to_be_asked_about,
        postgresql_where=to_be_asked_about,
    )
    op.create_table(
        "provider_log_marks",
        sa.Column("log", sa.Text(), primary_key=True),
        sa.Column("due_at", instant(), nullable=False),
        sa.Column("caught_up_to", instant(), nullable=False),
    )
