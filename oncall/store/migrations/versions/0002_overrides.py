"""Overrides that people enter beside the published schedules."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002_overrides"
down_revision = "0001"
branch_labels = None
depends_on = None


def instant() -> sa.types.TypeEngine[Any]:
    return sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def big() -> sa.types.TypeEngine[Any]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def only(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    op.create_table(
        "overrides",
        sa.Column("id", big(), sa.Identity(), primary_key=True, autoincrement=True),
        sa.Column("schedule", sa.Text(), nullable=False),
        sa.Column("engineer", sa.Text(), nullable=False),
        sa.Column("starts_at", instant(), nullable=False),
        sa.Column("ends_at", instant(), nullable=False),
        sa.Column("instead_of", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("removed_at", instant()),
        sa.Column("removed_by", sa.Text(), nullable=False),
        sa.Column("removed_channel", sa.Text(), nullable=False),
        sa.Column("published_in", sa.Integer()),
        sqlite_autoincrement=True,
    )
    op.create_index("overrides_active", "overrides", ["ends_at"], **only("removed_at IS NULL AND published_in IS NULL"))
