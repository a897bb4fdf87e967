"""What comes in by hand, by mistake or from elsewhere is recorded or refused, and is never an error of ours."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from oncall.core.incident import IncidentState
from oncall.store import SqlDatabase

from .conftest import ALICE, BOB, HOTLINE, JANE, SCHEDULES, Hotline

CALLBACKS = (
    "/voice/status",
    "/voice/recording-status?part=problem",
    "/voice/transcript",
    "/voice/deliveries/{id}/status",
    "/voice/deliveries/{id}/machine",
    "/sms/deliveries/{id}/status",
)
NO_STATUS = ("", "teleported", "COMPLETED", "completed ", "💥", "x" * 5000, "None", "0")


@pytest.fixture
def paged(hotline: Hotline) -> Iterator[Hotline]:
    """Jane has phoned, and Alice's phone rings; afterwards nothing is stuck, and nothing was an error."""
    hotline.call("/voice/incoming", CallStatus="ringing")
    hotline.call("/voice/problem", RecordingSid="RE1", RecordingDuration="9")
    hotline.engine_turns()
    yield hotline
    for_a_while(hotline)
    assert hotline.runtime.audit.check(hotline.clock.now()) == []
    assert [event for event, _ in hotline.logged if event in ("web.error", "voice.error", "sms.error")] == []


def timeline(hotline: Hotline) -> list[str]:
    with hotline.database.read() as uow:
        return [entry.text for entry in uow.timeline.of(hotline.incident().number)]


def everything(sid: str, status: str) -> dict[str, str]:
    """All fields of all callbacks."""
    return {
        **dict.fromkeys(("CallSid", "MessageSid", "SmsSid", "RecordingSid", "TranscriptionSid"), sid),
        **dict.fromkeys(("CallStatus", "MessageStatus", "RecordingStatus", "TranscriptionStatus"), status),
        "AnsweredBy": status, "ErrorCode": status, "RecordingDuration": status, "TranscriptionText": "hello",
    }  # fmt: skip


def for_a_while(hotline: Hotline) -> None:
    """What waits for the carrier goes out."""
    for _ in range(30):
        hotline.engine_turns()
        hotline.clock.at += timedelta(seconds=1)


def resolved_long_ago(hotline: Hotline) -> int:
    number = hotline.incident().number
    hotline.runtime.respond.resolve(number, engineer="alice", note="done", via="test")
    for_a_while(hotline)
    hotline.clock.at += timedelta(days=90)
    return number


@pytest.mark.parametrize("sid", ["CA" + "9" * 32, "", "'; DROP TABLE calls; --", "../../etc/passwd", "ä" * 3000])
@pytest.mark.parametrize("url", CALLBACKS[1:])
def test_a_callback_about_what_we_do_not_know_changes_nothing(paged: Hotline, url: str, sid: str) -> None:
    before = timeline(paged)
    for status in ("completed", "delivered", "failed", "human", "machine_start"):
        answer = paged.post(url.format(id="nobody"), **everything(sid, status))
        assert answer.status_code == 204
    assert timeline(paged) == before
    assert paged.incidents() == 1


def test_the_end_of_a_call_that_we_never_heard_of_is_a_call_that_was_lost_and_pages(paged: Hotline) -> None:
    ended = paged.post("/voice/status", CallSid="CA9", CallStatus="completed", From=JANE, To=HOTLINE)
    assert ended.status_code == 204
    assert paged.incidents() == 2


@pytest.mark.parametrize("status", NO_STATUS)
@pytest.mark.parametrize("url", CALLBACKS)
def test_a_status_that_does_not_exist_changes_nothing(paged: Hotline, url: str, status: str) -> None:
    with paged.database.read() as uow:
        page = next(each for each in uow.deliveries.of(paged.incident().number) if each.provider_id)
    before = timeline(paged)
    answer = paged.post(url.format(id=page.id), **(everything("CA1", status) | {"RecordingSid": "RE2"}))
    assert answer.status_code == 204
    assert timeline(paged) == before
    with paged.database.read() as uow:
        assert uow.deliveries.get(page.id) == page
    assert paged.incident().state is IncidentState.TRIGGERED


@pytest.mark.parametrize(
    "words", ["ACK {n}", "ACK {n} 2h", "PASS {n}", "PASS {n} bob", "UPDATE {n} still down", "STATUS {n}"]
)
def test_an_engineer_s_reply_to_an_incident_long_resolved_is_answered_and_reopens_nothing(
    paged: Hotline, words: str
) -> None:
    number = resolved_long_ago(paged)
    for sender in (ALICE, BOB):
        answer = paged.post(
            "/sms/incoming", MessageSid=f"SM{sender}", From=sender, To=HOTLINE, Body=words.format(n=number)
        )
        assert answer.status_code == 200
        assert str(number) in answer.text or "No open incident" in answer.text
    assert paged.incident().state is IncidentState.RESOLVED


def test_a_resolution_of_what_is_long_resolved_tells_the_customer_nothing_twice(paged: Hotline) -> None:
    number = resolved_long_ago(paged)
    sent = len(paged.line.sent)
    again = paged.post("/sms/incoming", MessageSid="SM1", From=ALICE, To=HOTLINE, Body=f"RESOLVE {number} once more")
    assert again.status_code == 200
    for_a_while(paged)
    assert [message.text for message in paged.line.sent[sent:] if message.to != ALICE] == []


def test_what_a_customer_writes_about_an_incident_long_resolved_is_kept_or_begins_anew(paged: Hotline) -> None:
    number = resolved_long_ago(paged)
    thanks = paged.post("/sms/incoming", MessageSid="SM1", From=JANE, To=HOTLINE, Body="Thank you all")
    assert thanks.status_code == 200
    reopened = paged.post("/sms/incoming", MessageSid="SM2", From=JANE, To=HOTLINE, Body=f"REOPEN {number}")
    assert reopened.status_code == 200
    assert paged.incident().state in (IncidentState.TRIGGERED, IncidentState.RESOLVED)


@pytest.mark.parametrize("body", [b"[]", b"[1]", b"null", b'"x"', b"{", b"", b"\xff" * 50, b"[" * 90_000])
@pytest.mark.parametrize("path", ["/voice/incoming", "/voice/status", "/sms/incoming", "/webhooks/pagerduty", "/login"])
def test_a_body_of_another_kind_is_refused(paged: Hotline, path: str, body: bytes) -> None:
    answer = paged.client.post(path, data=body, content_type="application/json")
    assert answer.status_code in (400, 403)
    assert paged.incidents() == 1


NUL = "a\x00b"
CALLED_BY_THE_PROVIDER = ("/voice/incoming", "/voice/problem", *CALLBACKS, "/voice/deliveries/{id}", "/sms/incoming")
AS_ALWAYS = {
    "CallSid": "CA7", "MessageSid": "SM7", "RecordingSid": "RE7", "From": JANE, "To": HOTLINE, "Body": "DOWN",
    "CallStatus": "completed", "MessageStatus": "sent", "RecordingStatus": "completed", "RecordingDuration": "4",
    "TranscriptionStatus": "completed", "TranscriptionText": "hello", "AnsweredBy": "human", "ErrorCode": "0",
}  # fmt: skip


@pytest.fixture
def on_each_database(database: SqlDatabase) -> Hotline:
    """The hotline on each kind of database: what one of them takes the other may refuse."""
    hotline = Hotline(database=database)
    hotline.publish(SCHEDULES)
    return hotline


@pytest.mark.parametrize("url", CALLED_BY_THE_PROVIDER)
def test_what_no_database_can_hold_is_no_error_of_ours(on_each_database: Hotline, url: str) -> None:
    hotline = on_each_database
    for field in AS_ALWAYS:
        answer = hotline.post(url.format(id="nobody"), **(AS_ALWAYS | {field: NUL}))
        assert answer.status_code in (200, 204, 403, 404), field
    assert [event for event, _ in hotline.logged if event.endswith(".error")] == []


@pytest.mark.parametrize("seconds", ["9" * 30, "99999999999", "-5", "1e9", "²", ""])
@pytest.mark.parametrize("url", ["/voice/problem", "/voice/recording-status?part=problem"])
def test_a_recording_of_an_impossible_length_is_kept(on_each_database: Hotline, url: str, seconds: str) -> None:
    on_each_database.call("/voice/incoming", CallStatus="ringing")
    fields = {"RecordingSid": "RE1", "RecordingStatus": "completed", "RecordingDuration": seconds}
    assert on_each_database.post(url, CallSid="CA1", From=JANE, To=HOTLINE, **fields).status_code in (200, 204)
    assert any("The caller recorded the problem" in text for text in timeline(on_each_database))
