"""The pace of every telephone account but the first, and which first pages are of engineers beside the first ones."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0025_account_paces"
down_revision = "0024_database_histories"
branch_labels = None
depends_on = None


def instant() -> sa.types.TypeEngine[Any]:
    return sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "account_pace",
        sa.Column("provider", sa.Text(), primary_key=True),
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("taken_until", instant(), nullable=False),
    )
    op.add_column("deliveries", sa.Column("further", sa.Boolean(), nullable=False, server_default=sa.false()))
