"""What partners are told, and what they tell us."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010_partners"
down_revision = "0009_providers"
branch_labels = None
depends_on = None


def instant() -> sa.types.TypeEngine[Any]:
    return sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def big() -> sa.types.TypeEngine[Any]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "partner_events",
        sa.Column("serial", big(), sa.Identity(), primary_key=True, autoincrement=True),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("incident", big(), sa.ForeignKey("incidents.number"), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("due_at", instant()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("finished_at", instant()),
        sa.Column("ending", sa.Text()),
        sa.Column("problem", sa.Text(), nullable=False),
    )
    op.create_index("partner_events_id", "partner_events", ["id"], unique=True)
    op.create_index("partner_events_of_incident", "partner_events", ["incident"])
    due = sa.text("due_at IS NOT NULL")
    op.create_index(
        "partner_events_due", "partner_events", ["partner", "due_at"], sqlite_where=due, postgresql_where=due
    )
    keyed = sa.text("key != ''")
    op.create_index(
        "partner_events_in_order",
        "partner_events",
        ["partner", "key", "serial"],
        sqlite_where=keyed,
        postgresql_where=keyed,
    )
    op.create_table(
        "partner_answers",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("incident", big()),
        sa.Column("occurred_at", instant(), nullable=False),
        sa.Column("received_at", instant(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("agent_name", sa.Text(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("applied", sa.Boolean(), nullable=False),
        sa.Column("due_at", instant()),
        sa.Column("attempts", sa.Integer(), nullable=False),
    )
    op.create_index("partner_answers_due", "partner_answers", ["due_at"], sqlite_where=due, postgresql_where=due)
    op.create_index("partner_answers_of_incident", "partner_answers", ["incident", "occurred_at"])
