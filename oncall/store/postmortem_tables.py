"""The tables of post-mortems, of status meetings, and of the files that go with mails."""

from sqlalchemy import Column, Date, ForeignKey, Index, LargeBinary, Table, Text

from oncall.core.postmortem import Reminder
from oncall.core.postmortem_actions import ActionState
from oncall.store.columns import Names
from oncall.store.table_parts import BIG, metadata
from oncall.store.table_parts import count_column as _count
from oncall.store.table_parts import instant_column as _at
from oncall.store.table_parts import text_column as _text
from oncall.store.table_parts import word_column as _word

postmortems = Table(
    "postmortems",
    metadata,
    Column("incident", BIG, ForeignKey("incidents.number"), primary_key=True, autoincrement=False),
    _text("customer"),
    _text("owner"),
    _text("why"),
    _at("opened_at", required=True),
    _at("runs_from"),
    _at("due_at"),
    _at("look_at"),
    _word("told", Reminder),
    _at("told_at"),
    _count("version"),
    _text("written_by"),
    _count("reviewed_version"),
    _text("reviewed_by"),
    _count("published_version"),
    _at("published_at"),
    _at("noticed_at"),
    _text("waived"),
)
to_be_looked_at = postmortems.c.look_at.is_not(None)
Index("postmortems_due", postmortems.c.look_at, sqlite_where=to_be_looked_at, postgresql_where=to_be_looked_at)
runs_not_yet = postmortems.c.runs_from.is_(None)
Index("postmortems_waiting", postmortems.c.incident, sqlite_where=runs_not_yet, postgresql_where=runs_not_yet)

postmortem_versions = Table(
    "postmortem_versions",
    metadata,
    Column("incident", BIG, ForeignKey("postmortems.incident"), primary_key=True, autoincrement=False),
    Column("version", BIG, primary_key=True, autoincrement=False),
    _text("text"),
    _text("by"),
    _text("via"),
    _at("written_at", required=True),
)

postmortem_actions = Table(
    "postmortem_actions",
    metadata,
    Column("incident", BIG, ForeignKey("postmortems.incident"), primary_key=True, autoincrement=False),
    Column("key", Text, primary_key=True),
    _count("place"),
    _text("text"),
    _text("owner"),
    Column("due_on", Date),
    _word("state", ActionState),
    _at("done_at"),
    _text("done_by"),
    _text("link"),
    _at("reminded_at"),
    _at("heard_at"),
)
to_be_done = (postmortem_actions.c.state == ActionState.OPEN) & postmortem_actions.c.reminded_at.is_(None)
Index("postmortem_actions_due", postmortem_actions.c.due_on)

meetings = Table(
    "meetings",
    metadata,
    Column("key", Text, primary_key=True),
    _text("uid"),
    _count("sequence"),
    _text("plan"),
    Column("addresses", Names, nullable=False),
    _at("invited_at", required=True),
    _at("cancelled_at"),
    _at("agenda_for"),
)

mailed_files = Table(
    "mailed_files",
    metadata,
    Column("id", Text, primary_key=True),
    _text("name"),
    _text("content_type"),
    Column("content", LargeBinary, nullable=False),
    _at("created_at", required=True),
)
Index("mailed_files_made", mailed_files.c.created_at)
