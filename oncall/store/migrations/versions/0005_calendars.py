"""Secret addresses of calendars, and calendars of others that rotations name."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005_calendars"
down_revision = "0004_known_shifts"
branch_labels = None
depends_on = None


def instant() -> sa.types.TypeEngine[Any]:
    return sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "calendar_feeds",
        sa.Column("token", sa.Text(), primary_key=True),
        sa.Column("engineer", sa.Text(), nullable=False),
        sa.Column("schedule", sa.Text(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
    )
    op.create_index("calendar_feeds_of", "calendar_feeds", ["engineer", "schedule"], unique=True)
    op.create_table(
        "imported_calendars",
        sa.Column("source", sa.Text(), primary_key=True),
        sa.Column("due_at", instant(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("last_modified", sa.Text(), nullable=False),
        sa.Column("fetched_at", instant()),
        sa.Column("changed_at", instant()),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("doubts", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
    )
