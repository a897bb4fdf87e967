"""What engineers know of their shifts, so that they are told what changed, once."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004_known_shifts"
down_revision = "0003_overrides"
branch_labels = None
depends_on = None


def instant() -> sa.types.TypeEngine[Any]:
    return sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "known_shifts",
        sa.Column("engineer", sa.Text(), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("until", instant(), nullable=False),
        sa.Column("shifts", sa.Text(), nullable=False),
    )
