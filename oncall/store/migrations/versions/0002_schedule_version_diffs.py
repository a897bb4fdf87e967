"""A version of the schedules says what it changed, what was doubtful in it, and which one it puts back.

The release before this one goes on inserting rows without these columns.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002_diffs"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("schedule_versions", sa.Column("diff", sa.Text()))
    op.add_column("schedule_versions", sa.Column("warnings", sa.Text(), nullable=False, server_default="[]"))
    op.add_column("schedule_versions", sa.Column("rollback_of", sa.Integer()))
