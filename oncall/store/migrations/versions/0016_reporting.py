"""Reports find the incidents of a period by an index."""

from alembic import op

revision = "0016_reporting"
down_revision = "0015_inbound"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("incidents_opened", "incidents", ["opened_at", "number"])
