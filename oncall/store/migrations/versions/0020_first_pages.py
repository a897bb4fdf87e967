"""First pages that are to be sent are found by an index of their own, however much else waits."""

import sqlalchemy as sa
from alembic import op

revision = "0020_first_pages"
down_revision = "0019_postmortems"
branch_labels = None
depends_on = None


def upgrade() -> None:
    first_page = sa.text("work = 'send' AND rank = 0")
    op.create_index(
        "deliveries_first_pages",
        "deliveries",
        ["ready_at"],
        sqlite_where=first_page,
        postgresql_where=first_page,
    )
