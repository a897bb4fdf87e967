"""Everything that the first release keeps."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def instant() -> sa.types.TypeEngine[Any]:
    return sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def big() -> sa.types.TypeEngine[Any]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def only(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    op.create_table(
        "alarms",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("raised_at", instant(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
    )
    op.create_table(
        "incidents",
        sa.Column("number", big(), sa.Identity(start=1001), primary_key=True, autoincrement=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("request_type", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("opened_at", instant(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("due_at", instant()),
        sa.Column("respond_by", instant()),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("caller_name", sa.Text(), nullable=False),
        sa.Column("caller_number", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("screening", sa.Text(), nullable=False),
        sa.Column("responded_at", instant()),
        sa.Column("acknowledged_at", instant()),
        sa.Column("acknowledged_by", sa.Text(), nullable=False),
        sa.Column("resolved_at", instant()),
        sa.Column("resolution", sa.Text()),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("paged_at", instant()),
        sa.Column("updated_at", instant()),
        sa.Column("resume_with", sa.Text(), nullable=False),
        sa.Column("passed_by", sa.Text(), nullable=False),
        sa.Column("passed_at", instant()),
        sa.Column("version", sa.Integer(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("incidents_due", "incidents", ["due_at"], **only("state != 'resolved'"))
    op.create_index("incidents_of_caller", "incidents", ["caller_number", "number"])
    op.create_index("incidents_open", "incidents", ["number"], **only("state != 'resolved'"))
    op.create_index("incidents_open_of_customer", "incidents", ["customer"], **only("state != 'resolved'"))
    op.create_index("incidents_token", "incidents", ["token"], unique=True)
    op.create_table(
        "schedule_versions",
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("published_at", instant(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("files", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
    )
    op.create_table(
        "calls",
        sa.Column("sid", sa.Text(), primary_key=True),
        sa.Column("incident", big(), sa.ForeignKey("incidents.number"), nullable=False),
        sa.Column("from_number", sa.Text(), nullable=False),
        sa.Column("to_number", sa.Text(), nullable=False),
        sa.Column("started_at", instant(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("ended_at", instant()),
    )
    op.create_index("calls_of_incident", "calls", ["incident"])
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("incident", big(), sa.ForeignKey("incidents.number")),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("due_at", instant(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("urgency", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("settled", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=False),
        sa.Column("lease_until", instant()),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("provider_status", sa.Text(), nullable=False),
        sa.Column("sent_at", instant()),
        sa.Column("finished_at", instant()),
        sa.Column("error_code", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("cancel_wanted", sa.Boolean(), nullable=False),
        sa.Column("cancelled_at", instant()),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("work", sa.Text()),
        sa.Column("ready_at", instant()),
    )
    op.create_index("deliveries_of_chain", "deliveries", ["chain"])
    op.create_index("deliveries_of_incident", "deliveries", ["incident", "recipient"])
    op.create_index("deliveries_ready", "deliveries", ["work", "ready_at"], **only("work IS NOT NULL"))
    op.create_index("deliveries_to_address", "deliveries", ["address", "sent_at"])
    op.create_table(
        "received_messages",
        sa.Column("sid", sa.Text(), primary_key=True),
        sa.Column("received_at", instant(), nullable=False),
        sa.Column("from_number", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("incident", big(), sa.ForeignKey("incidents.number")),
    )
    op.create_index("received_messages_of_number", "received_messages", ["from_number", "received_at"])
    op.create_table(
        "recordings",
        sa.Column("sid", sa.Text(), primary_key=True),
        sa.Column("call_sid", sa.Text(), nullable=False),
        sa.Column("incident", big(), sa.ForeignKey("incidents.number"), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("duration_seconds", sa.Integer(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("fetch_at", instant()),
        sa.Column("fetch_attempts", sa.Integer(), nullable=False),
        sa.Column("transcript", sa.Text(), nullable=False),
    )
    op.create_index("recordings_due", "recordings", ["fetch_at"], **only("fetch_at IS NOT NULL"))
    op.create_index("recordings_of_incident", "recordings", ["incident"])
    op.create_table(
        "timeline",
        sa.Column("id", big(), sa.Identity(), primary_key=True, autoincrement=True),
        sa.Column("incident", big(), sa.ForeignKey("incidents.number"), nullable=False),
        sa.Column("at", instant(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("public_text", sa.Text(), nullable=False),
    )
    op.create_index("timeline_of_incident", "timeline", ["incident", "id"])
    op.create_table(
        "recording_contents",
        sa.Column("sid", sa.Text(), sa.ForeignKey("recordings.sid"), primary_key=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        # People say the number on the phone: the first one is 1001 on both databases.
        op.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('incidents', 1000)")
