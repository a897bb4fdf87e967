"""First pages that are to be sent are found by an index that SQLite really takes: it begins with an equality."""

import sqlalchemy as sa
from alembic import op

revision = "0022_first_pages_due"
down_revision = "0021_actions_heard"
branch_labels = None
depends_on = None


def upgrade() -> None:
    first_page = sa.text("work = 'send' AND rank = 0")
    op.create_index(
        "deliveries_first_pages_due",
        "deliveries",
        ["rank", "ready_at"],
        sqlite_where=first_page,
        postgresql_where=first_page,
    )
    op.drop_index("deliveries_first_pages", "deliveries")
