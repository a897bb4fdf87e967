"""Customers' repositories at GitHub, and when an issue or thread last changed by what we have heard."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0017_github"
down_revision = "0016_reporting"
branch_labels = None
depends_on = None


def instant() -> sa.types.TypeEngine[Any]:
    return sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.add_column("incident_links", sa.Column("heard_at", instant()))
    op.create_table(
        "github_repositories",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("named", sa.Text(), nullable=False),
        sa.Column("seen_at", instant(), nullable=False),
    )
