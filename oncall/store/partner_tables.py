"""The tables of what partners are told, and of what they say."""

from sqlalchemy import Boolean, Column, ForeignKey, Identity, Index, Table, Text, literal_column

from oncall.core.partner_event import Ending
from oncall.store.table_parts import BIG, metadata
from oncall.store.table_parts import count_column as _count
from oncall.store.table_parts import instant_column as _at
from oncall.store.table_parts import text_column as _text
from oncall.store.table_parts import word_column as _word

partner_events = Table(
    "partner_events",
    metadata,
    # The order in which they happened; the ids say nothing of it.
    Column("serial", BIG, Identity(), primary_key=True, autoincrement=True),
    _text("id"),
    _text("partner"),
    Column("incident", BIG, ForeignKey("incidents.number")),
    _text("type"),
    _text("key"),
    _text("body"),
    _at("created_at", required=True),
    _at("due_at"),
    _count("attempts"),
    _at("finished_at"),
    _word("ending", Ending, required=False),
    _text("problem"),
)
to_be_told = partner_events.c.due_at.is_not(None)
in_order = partner_events.c.key != literal_column("''")
Index("partner_events_id", partner_events.c.id, unique=True)
Index("partner_events_of_incident", partner_events.c.incident)
Index(
    "partner_events_due",
    partner_events.c.partner,
    partner_events.c.due_at,
    sqlite_where=to_be_told,
    postgresql_where=to_be_told,
)
Index(
    "partner_events_in_order",
    partner_events.c.partner,
    partner_events.c.key,
    partner_events.c.serial,
    sqlite_where=in_order,
    postgresql_where=in_order,
)

partner_answers = Table(
    "partner_answers",
    metadata,
    Column("id", Text, primary_key=True),
    _text("type"),
    _text("key"),
    Column("incident", BIG),
    _at("occurred_at", required=True),
    _at("received_at", required=True),
    _text("agent_id"),
    _text("agent_name"),
    _text("effect"),
    Column("applied", Boolean, nullable=False),
    _at("due_at"),
    _count("attempts"),
)
to_be_looked_up = partner_answers.c.due_at.is_not(None)
Index(
    "partner_answers_due",
    partner_answers.c.due_at,
    sqlite_where=to_be_looked_up,
    postgresql_where=to_be_looked_up,
)
Index("partner_answers_of_incident", partner_answers.c.incident, partner_answers.c.occurred_at)
