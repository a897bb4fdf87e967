"""The tables of what came in from GitHub and Slack, of where incidents live there, and of customers' repositories."""

from sqlalchemy import Column, ForeignKey, Index, Table, Text

from oncall.core.inbound import Platform
from oncall.store.columns import Word
from oncall.store.table_parts import BIG, metadata
from oncall.store.table_parts import count_column as _count
from oncall.store.table_parts import instant_column as _at
from oncall.store.table_parts import text_column as _text
from oncall.store.table_parts import word_column as _word

inbound_events = Table(
    "inbound_events",
    metadata,
    Column("id", Text, primary_key=True),
    _word("platform", Platform),
    _text("type"),
    _text("subject"),
    _text("body"),
    _at("received_at", required=True),
    _at("due_at"),
    _count("attempts"),
    _at("finished_at"),
    _text("effect"),
    Column("incident", BIG),
)
to_be_worked_on = inbound_events.c.due_at.is_not(None)
unfinished = inbound_events.c.finished_at.is_(None)
Index("inbound_events_due", inbound_events.c.due_at, sqlite_where=to_be_worked_on, postgresql_where=to_be_worked_on)
Index(
    "inbound_events_in_order",
    inbound_events.c.subject,
    inbound_events.c.received_at,
    sqlite_where=unfinished,
    postgresql_where=unfinished,
)
Index("inbound_events_finished", inbound_events.c.finished_at)

incident_links = Table(
    "incident_links",
    metadata,
    Column("platform", Word(Platform), primary_key=True),
    Column("place", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("incident", BIG, ForeignKey("incidents.number"), nullable=False),
    _at("created_at", required=True),
    _text("url"),
    _text("state"),
    _text("name"),
    _at("heard_at"),
)
Index("incident_links_of_incident", incident_links.c.incident)

github_repositories = Table(
    "github_repositories",
    metadata,
    Column("id", Text, primary_key=True),
    _text("name"),
    _text("named"),
    _at("seen_at", required=True),
)
