"""How long whoever has an incident asked to be left in peace, and whom a colleague named to be paged next."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006_escalation"
down_revision = "0005_calendars"
branch_labels = None
depends_on = None


def instant() -> sa.types.TypeEngine[Any]:
    return sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.add_column("incidents", sa.Column("snoozed_until", instant()))
    op.add_column("incidents", sa.Column("handed_to", sa.Text(), nullable=False, server_default="[]"))
