"""A customer's incidents in the order of a report: PostgreSQL put the rest of the year in order for each batch."""

from alembic import op

revision = "0023_incidents_of_customer"
down_revision = "0022_first_pages_due"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("incidents_of_customer", "incidents", ["customer", "opened_at", "number"])
