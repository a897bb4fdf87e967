"""The tables. A column has the name of the field it keeps, so that rows and dataclasses cannot drift apart.

The migrations say the same once more, frozen; a test compares the two.
"""

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    and_,
    false,
    literal_column,
)

from oncall.core.call import RecordingPart
from oncall.core.delivery import DeliveryKind, DeliveryState, Urgency
from oncall.core.engineer import ContactMethod
from oncall.core.incident import (
    IncidentState,
    IntakeChannel,
    RequestType,
    Resolution,
    Screening,
    TimelineKind,
)
from oncall.core.sla import Priority, PromiseStage
from oncall.store.columns import Facts, Lasting, Names, OwnShifts, PolicySnapshot, Word, Words
from oncall.store.table_parts import BIG, metadata
from oncall.store.table_parts import count_column as _count
from oncall.store.table_parts import instant_column as _at
from oncall.store.table_parts import text_column as _text
from oncall.store.table_parts import word_column as _word

FIRST_INCIDENT = 1001

incidents = Table(
    "incidents",
    metadata,
    Column("number", BIG, Identity(start=FIRST_INCIDENT), primary_key=True, autoincrement=True),
    _word("state", IncidentState),
    _word("priority", Priority),
    _word("request_type", RequestType),
    _word("channel", IntakeChannel),
    _at("opened_at", required=True),
    Column("policy", PolicySnapshot, nullable=False),
    _text("token"),
    _at("due_at"),
    _at("respond_by"),
    _text("customer"),
    _text("company"),
    _text("caller_name"),
    _text("caller_number"),
    _text("language"),
    _text("summary"),
    _word("screening", Screening),
    _at("responded_at"),
    _at("acknowledged_at"),
    _text("acknowledged_by"),
    _at("resolved_at"),
    _word("resolution", Resolution, required=False),
    _count("step"),
    _count("round"),
    _at("paged_at"),
    _at("updated_at"),
    _text("resume_with"),
    Column("passed_by", Names, nullable=False),
    _at("passed_at"),
    _at("snoozed_until"),
    Column("handed_to", Names, nullable=False, server_default="[]"),
    Column("acknowledgements", Names, nullable=False, server_default="[]"),
    _count("version"),
    Column("drill", Boolean, nullable=False, server_default=false()),
    _at("promised_at"),
    _at("resolve_by"),
    _at("promise_due_at"),
    Column("promise_told", Word(PromiseStage), nullable=False, server_default=PromiseStage.NONE.value),
    _at("breached_at"),
    _at("resolution_breached_at"),
    _at("waiting_since"),
    Column("waited_for", Lasting, nullable=False, server_default="0"),
    Column("major", Boolean, nullable=False, server_default=false()),
    sqlite_autoincrement=True,
)
# A literal, not a parameter: only then do both planners see that a partial index serves.
is_open = incidents.c.state != literal_column("'resolved'")
is_triggered = incidents.c.state == literal_column("'triggered'")
Index("incidents_token", incidents.c.token, unique=True)
Index("incidents_due", incidents.c.due_at, sqlite_where=is_open, postgresql_where=is_open)
Index("incidents_open", incidents.c.number, sqlite_where=is_open, postgresql_where=is_open)
Index("incidents_open_of_customer", incidents.c.customer, sqlite_where=is_open, postgresql_where=is_open)
is_promised = incidents.c.promise_due_at.is_not(None)
Index("incidents_promised", incidents.c.promise_due_at, sqlite_where=is_promised, postgresql_where=is_promised)
is_major: ColumnElement[bool] = literal_column("major")
Index("incidents_major", incidents.c.number, sqlite_where=is_major, postgresql_where=is_major)
Index("incidents_resolved", incidents.c.resolved_at)
is_drill: ColumnElement[bool] = literal_column("drill")
Index("incidents_drills", incidents.c.number, sqlite_where=is_drill, postgresql_where=is_drill)
Index("incidents_opened", incidents.c.opened_at, incidents.c.number)
Index("incidents_of_customer", incidents.c.customer, incidents.c.opened_at, incidents.c.number)
Index("incidents_of_caller", incidents.c.caller_number, incidents.c.number)

timeline = Table(
    "timeline",
    metadata,
    Column("id", BIG, Identity(), primary_key=True, autoincrement=True),
    Column("incident", BIG, ForeignKey("incidents.number"), nullable=False),
    _at("at", required=True),
    _word("kind", TimelineKind),
    _text("text"),
    _text("public_text"),
)
Index("timeline_of_incident", timeline.c.incident, timeline.c.id)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Text, primary_key=True),
    _word("kind", DeliveryKind),
    _text("purpose"),
    Column("incident", BIG, ForeignKey("incidents.number")),
    _text("recipient"),
    _word("method", ContactMethod),
    _text("address"),
    _at("created_at", required=True),
    _at("due_at", required=True),
    _text("chain"),
    _count("position"),
    _word("urgency", Urgency),
    Column("details", Facts, nullable=False),
    _word("state", DeliveryState),
    _count("attempts"),
    _count("settled"),
    _text("claimed_by"),
    _at("lease_until"),
    _text("provider_id"),
    Column("provider", Text, nullable=False, server_default=""),
    _text("provider_status"),
    _at("sent_at"),
    _at("finished_at"),
    _text("error_code"),
    _text("error"),
    Column("cancel_wanted", Boolean, nullable=False),
    _at("cancelled_at"),
    Column("bundle", Text),
    # Derived at every write, so that one small index finds the work: see deliveries.py.
    Column("rank", SmallInteger, nullable=False),
    Column("work", Text),
    _at("ready_at"),
    Column("asks", Integer, nullable=False, server_default="0"),
    _at("ask_at"),
    Column("further", Boolean, nullable=False, server_default=false()),
    Column("unsent", Integer, nullable=False, server_default="0"),
)
has_work = deliveries.c.work.is_not(None)
Index(
    "deliveries_ready",
    deliveries.c.work,
    deliveries.c.ready_at,
    sqlite_where=has_work,
    postgresql_where=has_work,
)
# Literals, not parameters: only then do both planners see that the index serves.
is_first_page = and_(deliveries.c.work == literal_column("'send'"), deliveries.c.rank == literal_column("0"))
# The rank is the same in all of it. Without it SQLite takes the index above, which begins with an equality too.
Index(
    "deliveries_first_pages_due",
    deliveries.c.rank,
    deliveries.c.ready_at,
    sqlite_where=is_first_page,
    postgresql_where=is_first_page,
)
to_be_asked_about = deliveries.c.ask_at.is_not(None)
Index("deliveries_to_ask", deliveries.c.ask_at, sqlite_where=to_be_asked_about, postgresql_where=to_be_asked_about)
Index("deliveries_of_incident", deliveries.c.incident, deliveries.c.recipient)
Index("deliveries_of_chain", deliveries.c.chain)
of_no_incident = deliveries.c.incident.is_(None)
Index(
    "deliveries_of_no_incident",
    deliveries.c.created_at,
    sqlite_where=of_no_incident,
    postgresql_where=of_no_incident,
)
Index("deliveries_to_address", deliveries.c.address, deliveries.c.sent_at)

is_bundled = deliveries.c.bundle.is_not(None)
Index("deliveries_of_bundle", deliveries.c.bundle, sqlite_where=is_bundled, postgresql_where=is_bundled)

# Of the account of TWILIO_ACCOUNT_SID. Releases that know of one pace only read all of it, and must find no other's.
carrier_pace = Table(
    "carrier_pace",
    metadata,
    Column("kind", Word(ContactMethod), primary_key=True),
    _at("taken_until", required=True),
)
# Of each of the others.
account_pace = Table(
    "account_pace",
    metadata,
    Column("provider", Text, primary_key=True),
    Column("kind", Word(ContactMethod), primary_key=True),
    _at("taken_until", required=True),
)

calls = Table(
    "calls",
    metadata,
    Column("sid", Text, primary_key=True),
    Column("incident", BIG, ForeignKey("incidents.number"), nullable=False),
    _text("from_number"),
    _text("to_number"),
    _at("started_at", required=True),
    _text("status"),
    _at("ended_at"),
)
Index("calls_of_incident", calls.c.incident)

recordings = Table(
    "recordings",
    metadata,
    Column("sid", Text, primary_key=True),
    _text("call_sid"),
    Column("incident", BIG, ForeignKey("incidents.number"), nullable=False),
    _word("part", RecordingPart),
    _at("created_at", required=True),
    _count("duration_seconds"),
    _text("content_type"),
    _at("fetch_at"),
    _count("fetch_attempts"),
    _text("transcript"),
)
to_be_fetched = recordings.c.fetch_at.is_not(None)
Index("recordings_of_incident", recordings.c.incident)
Index("recordings_due", recordings.c.fetch_at, sqlite_where=to_be_fetched, postgresql_where=to_be_fetched)

# Apart, so that no listing ever reads audio.
recording_contents = Table(
    "recording_contents",
    metadata,
    Column("sid", Text, ForeignKey("recordings.sid"), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

received_messages = Table(
    "received_messages",
    metadata,
    Column("sid", Text, primary_key=True),
    _at("received_at", required=True),
    _text("from_number"),
    _text("body"),
    _text("reply"),
    Column("incident", BIG, ForeignKey("incidents.number")),
)

Index("received_messages_of_number", received_messages.c.from_number, received_messages.c.received_at)

schedule_versions = Table(
    "schedule_versions",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    _at("published_at", required=True),
    _text("author"),
    Column("files", Facts, nullable=False),
    _text("fingerprint"),
    Column("diff", Words),
    Column("warnings", Names, nullable=False, server_default="[]"),
    Column("rollback_of", Integer),
)

overrides = Table(
    "overrides",
    metadata,
    Column("id", BIG, Identity(), primary_key=True, autoincrement=True),
    _text("schedule"),
    _text("engineer"),
    _at("starts_at", required=True),
    _at("ends_at", required=True),
    _text("instead_of"),
    _text("reason"),
    _at("created_at", required=True),
    _text("created_by"),
    _text("channel"),
    _at("removed_at"),
    _text("removed_by"),
    _text("removed_channel"),
    Column("published_in", Integer),
    sqlite_autoincrement=True,
)
counts = and_(overrides.c.removed_at.is_(None), overrides.c.published_in.is_(None))
Index("overrides_active", overrides.c.ends_at, sqlite_where=counts, postgresql_where=counts)

provider_log_marks = Table(
    "provider_log_marks",
    metadata,
    Column("log", Text, primary_key=True),
    _at("due_at", required=True),
    _at("caught_up_to", required=True),
)

alarms = Table(
    "alarms",
    metadata,
    Column("key", Text, primary_key=True),
    _at("raised_at", required=True),
    _text("text"),
)

known_shifts = Table(
    "known_shifts",
    metadata,
    Column("engineer", Text, primary_key=True),
    _count("version"),
    _at("until", required=True),
    Column("shifts", OwnShifts, nullable=False),
)

welcomed_engineers = Table(
    "welcomed_engineers",
    metadata,
    Column("engineer", Text, primary_key=True),
    Column("phone", Text, primary_key=True),
    _at("welcomed_at", required=True),
)

calendar_feeds = Table(
    "calendar_feeds",
    metadata,
    Column("token", Text, primary_key=True),
    _text("engineer"),
    _text("schedule"),
    _at("created_at", required=True),
)
Index("calendar_feeds_of", calendar_feeds.c.engineer, calendar_feeds.c.schedule, unique=True)

imported_calendars = Table(
    "imported_calendars",
    metadata,
    Column("source", Text, primary_key=True),
    _at("due_at", required=True),
    _text("etag"),
    _text("last_modified"),
    _at("fetched_at"),
    _at("changed_at"),
    _count("failures"),
    _text("problem"),
    _text("doubts"),
    _text("text"),
)

drill_turns = Table(
    "drill_turns",
    metadata,
    Column("plan", Text, primary_key=True),
    _at("begun_at", required=True),
)

engines = Table(
    "engines",
    metadata,
    Column("id", Text, primary_key=True),
    _text("host"),
    _count("pid"),
    _text("release"),
    _at("started_at", required=True),
    _at("last_tick_at", required=True),
    _text("audit"),
)

database_histories = Table("database_histories", metadata, Column("history", Text, primary_key=True))
