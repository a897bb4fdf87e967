"""Calls and texts that came in while nobody here was listening are found in the provider's own lists."""

from datetime import datetime, timedelta

import pytest

from oncall.core.incident import Incident, IncidentState, Screening
from oncall.engine import reconcile
from oncall.errors import OutcomeUnknownError, StoreUnavailableError
from oncall.ports import LoggedCall, LoggedRecording, LoggedText, UnitOfWork
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import ALICE, HOTLINE, JANE, MINUTE, NIGHT, SECOND, STRANGER, YAML, Night

HOUR = timedelta(hours=1)


def a_call(at: datetime, sid: str = "CAlost", number: str = JANE, status: str = "completed") -> LoggedCall:
    return LoggedCall(sid, number, HOTLINE, status, at)


def back_after(night: Night, outage: timedelta) -> None:
    """The engine looked once, was gone for so long, and looks again."""
    night.turn()
    night.clock.at += outage
    night.turn()
    night.turn()


def minutes_pass(night: Night, minutes: int) -> None:
    """The engine wakes at least once a minute."""
    for _ in range(minutes):
        night.later(61 * SECOND)
        night.turn()


def incidents(night: Night) -> list[Incident]:
    with night.database.read() as uow:
        return uow.incidents.listing(include_resolved=True, limit=100)


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


# ---------------------------------------------------------------- texts


def a_text(body: str, at: datetime, number: str = JANE, sid: str = "SMlost") -> LoggedText:
    return LoggedText(sid, number, body, at)


def test_a_text_that_we_never_got_is_handled_as_a_text(night: Night) -> None:
    night.log.texts = [a_text("DOWN the shop is gone", NIGHT + 5 * MINUTE)]
    back_after(night, 3 * HOUR)
    minutes_pass(night, 5)
    (incident,) = incidents(night)
    assert "the shop is gone" in incident.summary
    assert night.calls.to(ALICE)


def test_a_text_that_we_got_takes_no_second_effect(night: Night) -> None:
    night.runtime.texts.received(sid="SMlost", from_number=JANE, body="DOWN the shop is gone")
    night.log.texts = [a_text("DOWN the shop is gone", NIGHT)]
    back_after(night, 5 * MINUTE)
    assert night.timeline(incidents(night)[0].number).count("the shop is gone") <= 1


def test_an_engineers_word_that_got_lost_a_moment_ago_counts(night: Night) -> None:
    incident = night.paged()
    night.log.texts = [a_text(f"ACK {incident.number}", night.clock.at, ALICE)]
    minutes_pass(night, 3)
    assert incidents(night)[0].state is IncidentState.ACKNOWLEDGED


@pytest.mark.parametrize("word", ["ACK ALL", "ACK", "PASS ALL", "PASS"])
def test_a_word_for_all_that_got_lost_is_about_nothing_that_was_paged_for_since(night: Night, word: str) -> None:
    """The engineer is paged about it after the text was sent: whoever sent it did not know of it."""
    night.turn()
    night.log.texts = [a_text(word, night.clock.at + SECOND, ALICE)]
    night.clock.at += 2 * SECOND
    night.paged()
    minutes_pass(night, 3)
    [incident] = incidents(night)
    assert incident.state is IncidentState.TRIGGERED
    assert "passed it on" not in night.timeline(incident.number)


@pytest.mark.parametrize("word", ["ACK ALL", "ACK", "ACK 1001", "ACK 1001 1h"])
def test_an_engineers_word_that_got_lost_counts_for_what_they_were_paged_about(night: Night, word: str) -> None:
    incident = night.paged()
    night.clock.at += 10 * SECOND
    night.log.texts = [a_text(word, night.clock.at, ALICE)]
    minutes_pass(night, 3)
    assert night.incident(incident.number).acknowledged_by == "alice"


@pytest.mark.parametrize("word", ["ACK ALL", "ACK", "ACK 1001", "RESOLVE 1001 done"])
def test_a_word_that_got_lost_silences_nothing_that_was_passed_on_or_reopened_since(night: Night, word: str) -> None:
    incident = night.paged()
    night.clock.at += 10 * SECOND
    night.log.texts = [a_text(word, night.clock.at, ALICE)]
    night.clock.at += 10 * SECOND
    night.runtime.respond.acknowledge(incident.number, engineer="alice", via="dashboard")
    night.clock.at += 10 * SECOND
    night.runtime.respond.pass_on(incident.number, engineer="alice", via="dashboard")
    minutes_pass(night, 3)
    assert night.incident(incident.number).state is IncidentState.TRIGGERED
    if "1001" in word:
        assert "came too late to count" in night.timeline(incident.number)


@pytest.mark.parametrize("word", ["ACK ALL", "ACK 1001"])
def test_a_word_that_got_lost_silences_nothing_that_is_paged_for_again_after_a_silence(night: Night, word: str) -> None:
    incident = night.paged()
    night.runtime.respond.acknowledge(incident.number, engineer="alice", via="dashboard")
    night.later(timedelta(minutes=28))
    night.log.texts = [a_text(word, night.clock.at, ALICE)]
    night.later(3 * MINUTE)
    minutes_pass(night, 3)
    assert night.incident(incident.number).state is IncidentState.TRIGGERED


def test_an_engineers_word_of_long_ago_silences_nothing(night: Night) -> None:
    night.turn()
    night.log.texts = [a_text("ACK", NIGHT + MINUTE, ALICE)]
    night.clock.at += 2 * HOUR
    night.phoned()
    minutes_pass(night, 5)
    assert incidents(night)[0].state is IncidentState.TRIGGERED
    assert "too late to be obeyed, such as Alice Martin's: ACK" in night.operators_read()


@pytest.mark.parametrize("word", ["STOP", "start ", "Help"])
def test_the_carriers_own_words_are_no_news(night: Night, word: str) -> None:
    night.log.texts = [a_text(word, NIGHT + MINUTE)]
    back_after(night, 5 * MINUTE)
    with night.database.read() as uow:
        assert not uow.inbox.known(["SMlost"])


# ---------------------------------------------------------------- what is not known, and what goes wrong for long

PATIENT = YAML.replace("escalation_policy: production-down", "escalation_policy: production-down\n  page_after: 5m", 1)


def test_a_stranger_whose_later_webhooks_went_elsewhere_is_paged_for_and_never_screened(database: SqlDatabase) -> None:
    night = Night(database, yaml=PATIENT)
    night.turn()
    night.clock.at += SECOND
    night.runtime.intake.call_arrived(sid="CAlost", from_number=STRANGER, to_number=HOTLINE)
    night.log.calls = [a_call(night.clock.at, number=STRANGER)]
    minutes_pass(night, 2)
    (incident,) = incidents(night)
    assert incident.state is IncidentState.TRIGGERED
    assert night.calls.to(ALICE)


def test_lists_that_cannot_be_read_for_hours_are_told_of_once_a_day(night: Night) -> None:
    night.turn()
    night.log.raises = OutcomeUnknownError("a proxy's page in the place of a list")
    night.clock.at += 2 * HOUR
    minutes_pass(night, 120)
    assert night.operators_read().count("cannot be read") == 1


def test_many_that_cannot_be_taken_in_are_told_of_in_one_message(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(**_facts: object) -> None:
        raise ValueError("our own mistake")

    monkeypatch.setattr(night.runtime.intake, "call_found", breaks)
    night.log.calls = [a_call(NIGHT + 5 * MINUTE + n * SECOND, f"CA{n}") for n in range(30)]
    back_after(night, 20 * MINUTE)
    assert len(night.mails.sent) == 1
    assert "CA29 and 29 others could not be taken in" in night.operators_read()


def test_a_clock_that_was_ahead_for_a_while_does_not_end_the_comparing(night: Night) -> None:
    night.turn()
    night.clock.at = NIGHT + 24 * HOUR
    night.turn()
    night.clock.at = NIGHT + 5 * MINUTE
    night.log.calls = [a_call(NIGHT + 2 * MINUTE)]
    night.clock.at += MINUTE
    other = Night(night.database, prefix="b")
    other.clock.at, other.log.calls = night.clock.at, night.log.calls
    other.turn()
    assert len(incidents(night)) == 1


def test_what_stands_far_down_in_a_long_list_is_taken_in_too(night: Night) -> None:
    """A flood came after it, while our host was down."""
    night.log.batch = 2
    night.log.calls = [a_call(NIGHT + n * MINUTE, f"CA{n}", f"+3247044444{n}") for n in range(1, 8)]
    night.log.texts = [LoggedText(f"SM{n}", JANE, f"it is still down {n}", NIGHT + n * MINUTE) for n in range(1, 4)]
    back_after(night, 20 * MINUTE)
    assert {one.caller_number[-1] for one in incidents(night) if one.channel.value == "phone"} == set("1234567")
    with night.database.read() as uow:
        assert uow.inbox.known(["SM1", "SM2", "SM3"]) == {"SM1", "SM2", "SM3"}
    assert "was not compared" not in night.operators_read()


def test_a_list_that_never_ends_is_given_up_aloud_and_the_next_look_goes_on_from_there(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "BATCHES_AT_MOST", 3)
    night.log.batch = 1
    night.turn()
    night.log.calls = [a_call(NIGHT + n * MINUTE, f"CA{n}", f"+3247044444{n}") for n in range(1, 6)]
    back_after(night, 60 * MINUTE)
    assert {one.caller_number[-1] for one in incidents(night)} == set("345")
    night.later(MINUTE)
    told = night.operators_read()
    assert "twilio lists so many calls since 2026-11-23 02:50 UTC" in told
    assert "what came before 03:03 UTC of 2026-11-23 was not compared" in told
    minutes_pass(night, 3)
    assert night.log.asked_since[-1] > NIGHT + 30 * MINUTE
    assert night.operators_read().count("was not compared") == 1
