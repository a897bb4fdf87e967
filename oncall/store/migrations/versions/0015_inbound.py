"""What came in from GitHub and Slack, and where incidents live there."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015_inbound"
down_revision = "0014_promises"
branch_labels = None
depends_on = None


def instant() -> sa.types.TypeEngine[Any]:
    return sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def big() -> sa.types.TypeEngine[Any]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "inbound_events",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("received_at", instant(), nullable=False),
        sa.Column("due_at", instant()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("finished_at", instant()),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("incident", big()),
    )
    is_due = sa.text("due_at IS NOT NULL")
    op.create_index("inbound_events_due", "inbound_events", ["due_at"], sqlite_where=is_due, postgresql_where=is_due)
    is_unfinished = sa.text("finished_at IS NULL")
    op.create_index(
        "inbound_events_in_order",
        "inbound_events",
        ["subject", "received_at"],
        sqlite_where=is_unfinished,
        postgresql_where=is_unfinished,
    )
    op.create_index("inbound_events_finished", "inbound_events", ["finished_at"])
    op.create_table(
        "incident_links",
        sa.Column("platform", sa.Text(), primary_key=True),
        sa.Column("place", sa.Text(), primary_key=True),
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("incident", big(), sa.ForeignKey("incidents.number"), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
    )
    op.create_index("incident_links_of_incident", "incident_links", ["incident"])
