"""The engine processes: each says every few seconds that it still works. What the numbers count is found by an index."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0013_engines"
down_revision = "0012_drills"
branch_labels = None
depends_on = None


def instant() -> sa.types.TypeEngine[Any]:
    return sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "engines",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("release", sa.Text(), nullable=False),
        sa.Column("started_at", instant(), nullable=False),
        sa.Column("last_tick_at", instant(), nullable=False),
        sa.Column("audit", sa.Text(), nullable=False),
    )
    of_no_incident = sa.text("incident IS NULL")
    op.create_index(
        "deliveries_of_no_incident",
        "deliveries",
        ["created_at"],
        sqlite_where=of_no_incident,
        postgresql_where=of_no_incident,
    )
