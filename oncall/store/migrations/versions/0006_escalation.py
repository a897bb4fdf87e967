"""How long an incident is to be quiet, whom a colleague named to be paged next, and who of several has acknowledged."""

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
    for name in ("handed_to", "acknowledgements"):
        op.add_column("incidents", sa.Column(name, sa.Text(), nullable=False, server_default="[]"))
