"""Since when an action of a post-mortem stands as it does: what is older, and comes later, undoes nothing."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0021_actions_heard"
down_revision = "0020_first_pages"
branch_labels = None
depends_on = None


def instant() -> sa.types.TypeEngine[Any]:
    return sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.add_column("postmortem_actions", sa.Column("heard_at", instant()))
