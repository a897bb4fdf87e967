"""Calls that came in while nobody here was listening are found in the provider's own lists."""

import pytest

from oncall.core.incident import Incident, Screening
from oncall.errors import OutcomeUnknownError, StoreUnavailableError
from oncall.ports import LoggedRecording, UnitOfWork
from tests.unit.engine.hotline import ALICE, HOTLINE, JANE, MINUTE, NIGHT, SECOND, STRANGER, Night
from tests.unit.engine.listed import HOUR, a_call, back_after, incidents, minutes_pass


def test_a_call_that_came_while_our_host_was_down_becomes_an_incident_and_pages(night: Night) -> None:
    night.log.calls = [a_call(NIGHT + 5 * MINUTE)]
    back_after(night, 20 * MINUTE)
    (incident,) = incidents(night)
    assert (incident.company, incident.caller_number) == ("ACME Shop", JANE)
    assert night.calls.to(ALICE)
    assert "did not reach us; it stood in the provider's list" in night.timeline(incident.number)


def test_the_promise_runs_from_the_call_and_not_from_when_it_was_found(night: Night) -> None:
    night.log.calls = [a_call(NIGHT + 5 * MINUTE)]
    back_after(night, 20 * MINUTE)
    (incident,) = incidents(night)
    assert incident.respond_by == NIGHT + 35 * MINUTE


def test_an_unknown_caller_who_may_have_spoken_to_the_fallback_pages(night: Night) -> None:
    night.log.calls = [a_call(NIGHT + 5 * MINUTE, number=STRANGER)]
    back_after(night, 20 * MINUTE)
    (incident,) = incidents(night)
    assert incident.screening is Screening.PASSED
    assert night.calls.to(ALICE)


def test_a_withheld_number_pages_too(night: Night) -> None:
    night.log.calls = [a_call(NIGHT + 5 * MINUTE, number="anonymous")]
    back_after(night, 20 * MINUTE)
    assert incidents(night)[0].caller_number == ""
    assert night.calls.to(ALICE)


def test_a_call_of_the_last_minute_is_left_to_its_webhook(night: Night) -> None:
    night.turn()
    night.clock.at += 5 * MINUTE
    night.log.calls = [a_call(night.clock.at - 59 * SECOND)]
    night.turn()
    assert not incidents(night)
    minutes_pass(night, 1)
    assert len(incidents(night)) == 1


def test_a_call_that_is_still_going_on_at_the_fallback_is_paged_for_already(night: Night) -> None:
    night.log.calls = [a_call(NIGHT + 5 * MINUTE, status="in-progress")]
    back_after(night, 7 * MINUTE)
    assert night.calls.to(ALICE)


def test_what_the_fallback_recorded_is_attached(night: Night) -> None:
    night.log.calls = [a_call(NIGHT + 5 * MINUTE)]
    night.log.recorded = [LoggedRecording("RE1", "CAlost", 12, NIGHT + 6 * MINUTE)]
    back_after(night, 20 * MINUTE)
    (incident,) = incidents(night)
    with night.database.read() as uow:
        assert [(one.sid, one.part.value) for one in uow.recordings.of(incident.number)] == [("RE1", "message")]
    assert "The caller recorded a message (12 s)" in night.timeline(incident.number)


def test_what_our_own_questions_recorded_is_attached_by_what_was_asked_though_no_callback_came(night: Night) -> None:
    night.runtime.intake.call_arrived(sid="CAlost", from_number=JANE, to_number=HOTLINE)
    night.log.calls = [a_call(NIGHT)]
    night.log.recorded = [
        LoggedRecording("RE0", "CAlost", 0, NIGHT + 10 * SECOND),
        LoggedRecording("RE1", "CAlost", 4, NIGHT + 20 * SECOND),
        LoggedRecording("RE2", "CAlost", 12, NIGHT + 40 * SECOND),
    ]
    back_after(night, 20 * MINUTE)
    (incident,) = incidents(night)
    with night.database.read() as uow:
        parts = {one.sid: one.part.value for one in uow.recordings.of(incident.number)}
    assert parts == {"RE1": "name", "RE2": "problem"}
    assert "The caller recorded their name (4 s)" in night.timeline(incident.number)


def test_a_recording_that_was_finished_later_is_attached_later(night: Night) -> None:
    night.log.calls = [a_call(NIGHT + 5 * MINUTE)]
    back_after(night, 7 * MINUTE)
    night.log.recorded = [LoggedRecording("RE1", "CAlost", 12, night.clock.at)]
    minutes_pass(night, 3)
    with night.database.read() as uow:
        assert uow.recordings.of(incidents(night)[0].number)


def test_a_call_that_we_know_is_not_taken_in_twice(night: Night) -> None:
    night.runtime.intake.call_arrived(sid="CAlost", from_number=JANE, to_number=HOTLINE)
    night.log.calls = [a_call(NIGHT)]
    back_after(night, 5 * MINUTE)
    minutes_pass(night, 10)
    assert len(incidents(night)) == 1


def test_a_webhook_that_comes_while_we_compare_does_not_open_a_second_incident(night: Night) -> None:
    night.runtime.intake.call_arrived(sid="CAlost", from_number=JANE, to_number=HOTLINE)

    def never(_uow: UnitOfWork, _incident: Incident) -> None:
        raise AssertionError("the operators were told of a call that was heard")

    night.runtime.intake.call_found(
        sid="CAlost", from_number=JANE, to_number=HOTLINE, status="completed", began_at=NIGHT, tell=never
    )
    assert len(incidents(night)) == 1


def test_a_webhook_that_comes_after_it_was_found_takes_no_effect(night: Night) -> None:
    night.log.calls = [a_call(NIGHT + 5 * MINUTE)]
    back_after(night, 20 * MINUTE)
    found = night.runtime.intake.call_arrived(sid="CAlost", from_number=JANE, to_number=HOTLINE)
    night.runtime.intake.call_status(sid="CAlost", status="completed", from_number=JANE, to_number=HOTLINE)
    assert [found.number] == [one.number for one in incidents(night)]


def test_the_operators_are_told_once(night: Night) -> None:
    night.log.calls = [a_call(NIGHT + 5 * MINUTE)]
    back_after(night, 20 * MINUTE)
    minutes_pass(night, 30)
    assert night.operators_read().count("was found in the provider's list") == 1


def test_a_call_of_more_than_a_day_ago_is_only_told(night: Night) -> None:
    night.log.calls = [a_call(NIGHT + 5 * MINUTE)]
    back_after(night, 30 * HOUR)
    assert not incidents(night)
    assert "Nobody is paged for them: ring them back" in night.operators_read()


def test_an_outage_of_hours_is_caught_up(night: Night) -> None:
    night.log.calls = [a_call(NIGHT + 5 * MINUTE, "CA1"), a_call(NIGHT + 9 * HOUR, "CA2", STRANGER)]
    back_after(night, 10 * HOUR)
    assert len(incidents(night)) == 2


def test_what_could_not_be_read_is_read_again_from_where_it_was(night: Night) -> None:
    night.turn()
    night.log.raises = OutcomeUnknownError("a proxy's page in the place of a list")
    night.clock.at += 2 * HOUR
    night.turn()
    night.turn()
    assert "cannot be read" in night.operators_read()
    night.log.raises = None
    night.log.calls = [a_call(NIGHT + MINUTE)]
    minutes_pass(night, 2)
    assert len(incidents(night)) == 1


def test_one_engine_of_many_asks(night: Night) -> None:
    others = [Night(night.database, prefix=prefix) for prefix in "bcd"]
    for one in (night, *others):
        one.turn()
    assert sum(len(one.log.asked_since) for one in (night, *others)) == 1
    for one in (night, *others):
        one.clock.at += 61 * SECOND
        one.turn()
    assert sum(len(one.log.asked_since) for one in (night, *others)) == 2


def test_another_engine_takes_over_within_a_minute_and_a_quarter(night: Night) -> None:
    other = Night(night.database, prefix="b")
    night.turn()
    other.turn()
    assert not other.log.asked_since
    for _ in range(5):
        other.clock.at += 15 * SECOND
        other.turn()
    assert other.log.asked_since


def test_one_call_that_cannot_be_taken_in_does_not_hold_up_the_others(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = night.runtime.intake.call_found

    def breaks(**facts: object) -> None:
        if facts["sid"] == "CA1":
            raise ValueError("our own mistake")
        taken(**facts)  # type: ignore[arg-type]

    monkeypatch.setattr(night.runtime.intake, "call_found", breaks)
    night.log.calls = [a_call(NIGHT + 5 * MINUTE, "CA1"), a_call(NIGHT + 6 * MINUTE, "CA2")]
    back_after(night, 20 * MINUTE)
    assert len(incidents(night)) == 1
    assert "CA1 could not be taken in" in night.operators_read()


def test_a_database_that_goes_away_meanwhile_loses_nothing(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = night.runtime.intake.call_found

    def away(**_facts: object) -> None:
        raise StoreUnavailableError("away")

    night.log.calls = [a_call(NIGHT + 5 * MINUTE)]
    monkeypatch.setattr(night.runtime.intake, "call_found", away)
    back_after(night, 20 * MINUTE)
    monkeypatch.setattr(night.runtime.intake, "call_found", taken)
    minutes_pass(night, 2)
    assert len(incidents(night)) == 1


def test_the_end_of_a_call_that_no_callback_told_is_found(night: Night) -> None:
    night.runtime.intake.call_arrived(sid="CAlost", from_number=JANE, to_number=HOTLINE)
    night.log.calls = [a_call(NIGHT)]
    back_after(night, 2 * MINUTE)
    assert night.timeline(incidents(night)[0].number).count("The call ended (completed)") == 1
