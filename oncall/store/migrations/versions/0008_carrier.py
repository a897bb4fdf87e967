"""How many calls and texts the account has been given, and which deliveries went in one call or text."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008_carrier"
down_revision = "0007_reconcile"
branch_labels = None
depends_on = None


def instant() -> sa.types.TypeEngine[Any]:
    return sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "carrier_pace",
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("taken_until", instant(), nullable=False),
    )
    op.execute(
        "INSERT INTO carrier_pace (kind, taken_until) VALUES "
        "('call', '2026-01-01T00:00:00.000000+00:00'), ('sms', '2026-01-01T00:00:00.000000+00:00')"
    )
    op.add_column("deliveries", sa.Column("bundle", sa.Text()))
    bundled = sa.text("bundle IS NOT NULL")
    op.create_index(
        "deliveries_of_bundle", "deliveries", ["bundle"], sqlite_where=bundled, postgresql_where=bundled
    )
