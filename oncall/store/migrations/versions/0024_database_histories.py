"""Which histories of the database server are known: a standby that takes over begins another."""

import sqlalchemy as sa
from alembic import op

revision = "0024_database_histories"
down_revision = "0023_incidents_of_customer"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("database_histories", sa.Column("history", sa.Text(), primary_key=True))
