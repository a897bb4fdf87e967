"""The audit, the heartbeat, the loop's edge, recordings and the published schedule (promises 2, 8)."""

from dataclasses import replace

import pytest

from oncall.core.call import RecordingPart
from oncall.core.delivery import DeliveryState
from oncall.core.incident import IncidentState
from oncall.errors import StoreError
from oncall.ports import Wake
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import ALICE, HOTLINE, MINUTE, SECOND, Night


def test_the_heartbeat_goes_out_once_a_minute_while_the_audit_holds(night: Night) -> None:
    for _ in range(13):
        night.turn()
        night.clock.at += 10 * SECOND
    assert night.beats == 3


@pytest.mark.parametrize("due", ["missing", "overdue"])
def test_a_stuck_incident_stops_the_heartbeat_and_tells_the_operators(
    night: Night, due: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """grafana/oncall#724: the watchdog of dead escalations was itself switched off, and nobody was told."""
    incident = night.phoned()
    with night.database.begin() as uow:
        due_at = None if due == "missing" else night.clock.at - MINUTE
        uow.incidents.save(replace(incident, due_at=due_at))
    monkeypatch.setattr(night.runtime.engine._tick, "run", lambda _now: 0)
    night.turn()
    assert night.beats == 0
    night.turn()
    assert f"Incident {incident.number} is open and its next action is overdue or missing" in night.operators_read()


def test_a_delivery_that_nobody_sends_is_found_by_the_audit(night: Night) -> None:
    """linkedin/oncall#313: the queue fills with rows that are never sent, and there is no error."""
    night.phoned()
    night.clock.at += MINUTE
    night.runtime.engine._tick.run(night.clock.at)
    assert night.runtime.audit.check(night.clock.at) == []
    problems = night.runtime.audit.check(night.clock.at + 31 * SECOND)
    assert ["nobody sends it" in problem for problem in problems] == [True]


def test_what_waits_for_the_carrier_is_not_stuck_while_its_turns_are_taken(database: SqlDatabase) -> None:
    night = Night(database, per_second=1)
    for caller in range(45):
        night.runtime.intake.call_arrived(sid=f"CA{caller}", from_number=f"+3247099{caller:04}", to_number=HOTLINE)
    night.clock.at += MINUTE
    for _ in range(33):
        night.turn()
        assert night.runtime.audit.check(night.clock.at) == []
        night.clock.at += SECOND
    with night.database.read() as uow:
        assert uow.deliveries.next_due_at() is not None, "something is left that has waited for more than half a minute"
    problems = night.runtime.audit.check(night.clock.at + 31 * SECOND)
    assert any("nobody sends it" in problem for problem in problems), "nobody takes the carrier's turns any more"


def test_a_call_that_should_have_been_stopped_is_found_by_the_audit(night: Night) -> None:
    incident = night.paged()
    night.calls.refuses_to_cancel = True
    night.runtime.respond.acknowledge(incident.number, engineer="alice", via="SMS")
    night.later(40 * SECOND)
    assert any("should have been stopped" in problem for problem in night.runtime.audit.check(night.clock.at))


def test_an_acknowledged_incident_with_its_timeout_ahead_is_not_stuck(night: Night) -> None:
    incident = night.paged()
    night.runtime.respond.acknowledge(incident.number, engineer="alice", via="SMS")
    night.later(29 * MINUTE)
    assert night.incident(incident.number).state is IncidentState.ACKNOWLEDGED
    assert night.runtime.audit.check(night.clock.at) == []


class NoWake:
    """Moves the clock instead of sleeping, and remembers how long it was told to."""

    def __init__(self, night: Night) -> None:
        self._night, self.waits = night, list[float]()

    def wait(self, timeout_seconds: float) -> bool:
        self.waits.append(timeout_seconds)
        self._night.clock.sleep(timeout_seconds)
        return False

    def close(self) -> None:
        self.waits.append(-1)


def run(night: Night, turns: int, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let the engine run so many turns; how long it slept between them."""
    left, wake = iter(range(turns + 1)), NoWake(night)

    def opened() -> Wake:
        return wake

    monkeypatch.setattr(night.runtime.engine, "_open_wake", opened)
    night.runtime.engine.run(lambda: next(left) == turns)
    return wake.waits


def test_the_engine_sleeps_until_the_next_due_instant_and_pages_on_the_second(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    """linkedin/iris looks once a minute: the first page was up to a minute late."""
    night.phoned()
    run(night, 62, monkeypatch)
    assert night.calls.to(ALICE)


def test_one_turns_mistake_ends_no_paging(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    """grafana/oncall#1187: escalation chains did not run anyway, and there was nothing in any log."""
    night.phoned()
    audit = night.runtime.engine._audit
    monkeypatch.setattr(audit, "check_and_tell", lambda _now: 1 // 0)
    run(night, 62, monkeypatch)
    assert night.calls.to(ALICE)
    assert any(event == "engine.turn_failed" for event, _ in night.logged)


def test_what_is_due_and_cannot_be_taken_is_not_asked_for_in_a_hot_loop(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    night.phoned()
    night.clock.at += MINUTE
    monkeypatch.setattr(night.runtime.engine._tick, "run", lambda _now: 0)
    waits = run(night, 12, monkeypatch)
    assert waits[0] < 0.02
    assert waits[-2] == pytest.approx(0.1)


def recorded(night: Night) -> int:
    incident = night.phoned()
    night.runtime.intake.recording_arrived(
        call_sid="CA-jane", recording_sid="RE1", part=RecordingPart.PROBLEM, duration_seconds=4
    )
    return incident.number


def test_a_recording_is_fetched_kept_and_asked_for_once(night: Night) -> None:
    night.source.audio = (b"her voice", "audio/mpeg")
    recorded(night)
    night.later(10 * MINUTE)
    assert night.runtime.recordings.audio("RE1") == (b"her voice", "audio/mpeg")
    assert night.source.asked == 1


def test_a_recording_that_is_late_holds_up_no_page_and_is_fetched_when_it_is_there(night: Night) -> None:
    """rapidpro/rapidpro#604: the recording is not ready when its webhook comes."""
    recorded(night)
    night.turn()
    assert night.calls.to(ALICE)
    assert night.runtime.recordings.audio("RE1") is None
    night.source.audio = (b"her voice", "audio/mpeg")
    night.later(31 * SECOND)
    asked = night.source.asked
    assert night.runtime.recordings.audio("RE1") == (b"her voice", "audio/mpeg")
    assert night.source.asked == asked, "it came from our own rows"


def test_a_recording_that_never_comes_is_given_up_after_ten_minutes_and_the_timeline_says_so(night: Night) -> None:
    number = recorded(night)
    night.later(15 * MINUTE)
    assert night.source.asked == 20
    assert "could not be fetched from the provider in 20 tries" in night.timeline(number)


def test_a_recording_that_is_told_of_twice_is_kept_once(night: Night) -> None:
    number = recorded(night)
    recorded(night)
    assert night.timeline(number).count("The caller recorded the problem") == 1


def test_a_transcript_that_comes_hours_later_enriches_and_pages_nobody(night: Night) -> None:
    """codeforamerica/balance#304: a transcription came back eight hours late."""
    number = recorded(night)
    night.turn()
    night.runtime.respond.acknowledge(number, engineer="alice", via="SMS")
    night.turn()
    sent = len(night.calls.sent)
    night.runtime.intake.transcript_arrived(call_sid="CA-jane", recording_sid="RE1", text="the shop is white")
    night.turn()
    assert night.incident(number).summary == "the shop is white"
    assert len(night.calls.sent) == sent


def test_a_published_schedule_that_cannot_be_read_leaves_the_last_good_one_serving(night: Night) -> None:
    night.turn()
    with night.database.begin() as uow:
        uow.schedule_versions.publish({"all.yaml": "hotline: ["}, fingerprint="g", author="x", now=night.clock.at)
    night.clock.at += 2 * SECOND
    night.turn()
    assert any(event == "configuration.unreadable" for event, _ in night.logged)
    night.paged()
    assert night.calls.to(ALICE)


def test_telephones_that_are_to_stop_ringing_never_keep_a_first_page_waiting(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    for serial in range(8):
        night.phoned(sid=f"CA-{serial}", number=f"+3247011112{serial}")
        night.runtime.intake.caller_finished(f"CA-{serial}")
    night.turn()
    with night.database.read() as uow:
        ringing = [one.number for one in uow.incidents.listing(include_resolved=False)]
    for number in ringing:
        night.runtime.respond.acknowledge(number, engineer="alice", via="test")
    fresh = night.phoned(sid="CA-new")
    night.runtime.intake.caller_finished("CA-new")
    monkeypatch.setattr(night.runtime.engine._workers, "free", lambda: 2)
    night.calls.sent.clear()
    night.calls.cancelled.clear()
    night.runtime.engine.run_once()
    assert len(night.calls.cancelled) == 1, "telephones stop in what room is left"
    sent = [page.state for page in night.pages(fresh.number) if page.state is not DeliveryState.WAITING]
    assert sent, "the first page is among what is sent first"


def test_a_chore_is_done_about_once_a_second_and_its_failure_stops_nothing(night: Night) -> None:
    done = []

    def chore() -> None:
        done.append(night.clock.at)
        if len(done) == 1:
            raise StoreError("the database is away")
        if len(done) == 2:
            raise ZeroDivisionError

    night.runtime.engine.also(chore)
    for _ in range(3):
        night.turn()
        night.turn()
        night.clock.at += SECOND
    assert len(done) == 3
    assert [event for event, _ in night.logged if event.startswith("job.")] == ["job.database_away", "job.failed"]
    night.clock.at -= 100 * SECOND
    night.turn()
    assert len(done) == 4, "a clock that is set back holds no chore up"
