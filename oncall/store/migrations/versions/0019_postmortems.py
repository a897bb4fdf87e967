"""Post-mortems with their texts and actions, what was sent about status meetings, and files that go with mails."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0019_postmortems"
down_revision = "0018_slack"
branch_labels = None
depends_on = None


def instant() -> sa.types.TypeEngine[Any]:
    return sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def big() -> sa.types.TypeEngine[Any]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def words(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def instants(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, instant()) for name in names]


def of_postmortem() -> sa.Column[Any]:
    key = sa.ForeignKey("postmortems.incident")
    return sa.Column("incident", big(), key, primary_key=True, autoincrement=False)


def upgrade() -> None:
    is_major = sa.text("major")
    op.create_index("incidents_major", "incidents", ["number"], sqlite_where=is_major, postgresql_where=is_major)
    op.create_index("incidents_resolved", "incidents", ["resolved_at"])
    postmortem_tables()
    meeting_tables()


def postmortem_tables() -> None:
    op.create_table(
        "postmortems",
        sa.Column("incident", big(), sa.ForeignKey("incidents.number"), primary_key=True, autoincrement=False),
        *words("customer", "owner", "why"),
        sa.Column("opened_at", instant(), nullable=False),
        *instants("runs_from", "due_at", "look_at"),
        *words("told"),
        *instants("told_at"),
        sa.Column("version", sa.Integer(), nullable=False),
        *words("written_by"),
        sa.Column("reviewed_version", sa.Integer(), nullable=False),
        *words("reviewed_by"),
        sa.Column("published_version", sa.Integer(), nullable=False),
        *instants("published_at", "noticed_at"),
        *words("waived"),
    )
    is_due = sa.text("look_at IS NOT NULL")
    op.create_index("postmortems_due", "postmortems", ["look_at"], sqlite_where=is_due, postgresql_where=is_due)
    waits = sa.text("runs_from IS NULL")
    op.create_index("postmortems_waiting", "postmortems", ["incident"], sqlite_where=waits, postgresql_where=waits)
    op.create_table(
        "postmortem_versions",
        of_postmortem(),
        sa.Column("version", big(), primary_key=True, autoincrement=False),
        *words("text", "by", "via"),
        sa.Column("written_at", instant(), nullable=False),
    )
    op.create_table(
        "postmortem_actions",
        of_postmortem(),
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("place", sa.Integer(), nullable=False),
        *words("text", "owner"),
        sa.Column("due_on", sa.Date()),
        *words("state"),
        *instants("done_at"),
        *words("done_by", "link"),
        *instants("reminded_at"),
    )
    op.create_index("postmortem_actions_due", "postmortem_actions", ["due_on"])


def meeting_tables() -> None:
    op.create_table(
        "meetings",
        sa.Column("key", sa.Text(), primary_key=True),
        *words("uid"),
        sa.Column("sequence", sa.Integer(), nullable=False),
        *words("plan", "addresses"),
        sa.Column("invited_at", instant(), nullable=False),
        *instants("cancelled_at", "agenda_for"),
    )
    op.create_table(
        "mailed_files",
        sa.Column("id", sa.Text(), primary_key=True),
        *words("name", "content_type"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
    )
    op.create_index("mailed_files_made", "mailed_files", ["created_at"])
