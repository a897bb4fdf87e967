"""What partners are told need not be about an incident: in Slack it may be who is on call now."""

import sqlalchemy as sa
from alembic import op

revision = "0018_slack"
down_revision = "0017_github"
branch_labels = None
depends_on = None


def big() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    # SQLite cannot change a column, and makes the table anew, with its indexes.
    with op.batch_alter_table("partner_events") as batch:
        batch.alter_column("incident", existing_type=big(), nullable=True)
