"""What was promised for an incident, how far its clock has come, what it waits for, and whether it is a major downtime."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014_promises"
down_revision = "0013_engines"
branch_labels = None
depends_on = None

INSTANTS = (
    "promised_at",
    "resolve_by",
    "promise_due_at",
    "breached_at",
    "resolution_breached_at",
    "waiting_since",
)


def instant() -> sa.types.TypeEngine[Any]:
    return sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    for name in INSTANTS:
        op.add_column("incidents", sa.Column(name, instant()))
    op.add_column("incidents", sa.Column("promise_told", sa.Text(), nullable=False, server_default="none"))
    op.add_column("incidents", sa.Column("waited_for", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("incidents", sa.Column("major", sa.Boolean(), nullable=False, server_default=sa.false()))
    promised = sa.text("promise_due_at IS NOT NULL")
    op.create_index(
        "incidents_promised", "incidents", ["promise_due_at"], sqlite_where=promised, postgresql_where=promised
    )
    # Promises that run already are looked at once, and from then on when they are due.
    op.execute(
        "UPDATE incidents SET promise_due_at = opened_at"
        " WHERE state <> 'resolved' AND respond_by IS NOT NULL AND responded_at IS NULL"
    )
