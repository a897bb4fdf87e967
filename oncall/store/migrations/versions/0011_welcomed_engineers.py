"""Which engineers have our contact card; where schedules were published before, a mark that everybody is known."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011_welcomed_engineers"
down_revision = "0010_partners"
branch_labels = None
depends_on = None


def instant() -> sa.types.TypeEngine[Any]:
    return sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "welcomed_engineers",
        sa.Column("engineer", sa.Text(), primary_key=True),
        sa.Column("phone", sa.Text(), primary_key=True),
        sa.Column("welcomed_at", instant(), nullable=False),
    )
    # Who was there before must not be texted: the first look takes everybody as known where this row is.
    op.execute(
        "INSERT INTO welcomed_engineers (engineer, phone, welcomed_at)"
        " SELECT '', '', published_at FROM schedule_versions WHERE version = 1"
    )
