"""Incidents for practice, and which planned ones have been begun."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012_drills"
down_revision = "0011_welcomed_engineers"
branch_labels = None
depends_on = None


def instant() -> sa.types.TypeEngine[Any]:
    return sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.add_column("incidents", sa.Column("drill", sa.Boolean(), nullable=False, server_default=sa.false()))
    is_drill = sa.text("drill")
    op.create_index(
        "incidents_drills", "incidents", ["number"], sqlite_where=is_drill, postgresql_where=is_drill
    )
    op.create_table(
        "drill_turns",
        sa.Column("plan", sa.Text(), primary_key=True),
        sa.Column("begun_at", instant(), nullable=False),
    )
