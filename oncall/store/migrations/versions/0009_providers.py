"""A delivery says which telephone provider took it.

The release before this one goes on inserting rows without this column, and knows one provider only.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009_providers"
down_revision = "0008_carrier"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("provider", sa.Text(), nullable=False, server_default=""))
