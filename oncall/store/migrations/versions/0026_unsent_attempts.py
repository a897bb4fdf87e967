"""Of each delivery how many of its attempts are known to have sent nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0026_unsent_attempts"
down_revision = "0025_account_paces"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("unsent", sa.Integer(), nullable=False, server_default="0"))
