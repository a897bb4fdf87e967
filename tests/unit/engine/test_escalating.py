"""From an incident to a page, and to the next: promises 1, 2 and 7."""

from dataclasses import replace

import pytest

from oncall.core.call import RecordingPart
from oncall.core.incident import Incident, IncidentState, Resolution, Screening
from oncall.errors import RecipientError, SetupError, StoreUnavailableError, TransientError
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import ALICE, BOB, CALL, HOTLINE, JANE, MINUTE, SECOND, SMS, STRANGER, Night


def test_the_first_webhook_alone_is_enough_to_be_paged_for(night: Night) -> None:
    night.phoned()
    night.later(59 * SECOND)
    assert not night.calls.sent
    night.later(SECOND)
    assert [message.to for message in night.calls.sent] == [ALICE]
    assert [message.to for message in night.texts.sent] == [ALICE, JANE]


def test_a_webhook_that_comes_twice_opens_one_incident(night: Night) -> None:
    assert night.phoned().number == night.phoned().number


def test_a_call_of_which_only_the_end_is_heard_is_paged_for_although_nobody_knows_the_number(night: Night) -> None:
    night.runtime.intake.call_status(sid="CA1", status="completed", from_number=STRANGER, to_number=HOTLINE)
    night.turn()
    assert night.calls.to(ALICE)


def screened(night: Night) -> Incident:
    incident = night.phoned(sid="CA1", number=STRANGER)
    night.runtime.intake.call_status(sid="CA1", status="completed", from_number=STRANGER, to_number=HOTLINE)
    night.turn()
    return night.incident(incident.number)


def test_a_stranger_who_rings_off_in_silence_pages_nobody_and_gets_a_text(night: Night) -> None:
    assert screened(night).resolution is Resolution.SCREENED
    night.later(10 * MINUTE)
    assert not night.calls.sent
    assert [message.to for message in night.texts.sent] == [STRANGER]


@pytest.mark.parametrize("proof", ["recording", "key", "number"])
def test_a_word_or_a_key_that_is_told_after_the_calls_end_is_paged_for_after_all(night: Night, proof: str) -> None:
    """On a hang-up the provider posts the recording and the call's end at the same time, in either order."""
    incident = screened(night)
    if proof == "recording":
        night.runtime.intake.recording_arrived(
            call_sid="CA1", recording_sid="RE1", part=RecordingPart.PROBLEM, duration_seconds=4
        )
    elif proof == "key":
        night.runtime.intake.caller_is_human("CA1")
    else:
        assert night.runtime.intake.callback_number(sid="CA1", digits="0470123456")
    night.turn()
    after = night.incident(incident.number)
    assert (after.state, after.screening) == (IncidentState.TRIGGERED, Screening.PASSED)
    assert [message.to for message in night.calls.sent] == [ALICE]


def test_down_reopens_a_screened_call_and_keeps_what_was_written(night: Night) -> None:
    incident = screened(night)
    night.runtime.texts.received(sid="SM1", from_number=STRANGER, body="DOWN the shop is white")
    night.turn()
    assert night.incident(incident.number).state is IncidentState.TRIGGERED
    assert "the shop is white" in night.timeline(incident.number)
    assert night.calls.to(ALICE)


def test_nobody_acknowledging_pages_the_next_step_and_then_the_list_again(night: Night) -> None:
    night.paged()
    night.later(5 * MINUTE)
    assert night.calls.to(BOB)
    first_round = len(night.calls.to(ALICE))
    night.later(5 * MINUTE)
    assert len(night.calls.to(ALICE)) > first_round


def test_a_step_with_nobody_on_call_is_passed_at_once(database: SqlDatabase) -> None:
    """target/goalert#4548: it waits out its delay, and weekend alerts notify nobody meanwhile."""
    night = Night(database, policy="nobody-first")
    night.paged()
    assert night.calls.to(BOB)
    assert "nobody is on call in empty" in night.operators_read()


def test_an_empty_list_tells_the_operators_and_goes_on_every_minute(database: SqlDatabase) -> None:
    """bmlt-enabled/yap#107, arachnys/cabot#518: with nobody on duty nothing happens, and nobody hears of it."""
    night = Night(database, policy="nobody-at-all")
    incident = night.paged()
    assert incident.due_at == night.clock.at + MINUTE
    assert "no step of the escalation list found anybody on call" in night.operators_read()
    told = len(night.mails.sent)
    night.later(10 * MINUTE)
    assert len(night.mails.sent) == told, "the same cause is told once in a quarter of an hour"
    assert night.jane_reads().count(str(incident.number)) == 1, "the customer hears once that we are on it"


def test_a_withheld_number_fills_no_timeline_while_nobody_is_on_call(database: SqlDatabase) -> None:
    night = Night(database, policy="nobody-at-all")
    incident = night.phoned(number="anonymous")
    night.later(10 * MINUTE)
    assert night.timeline(incident.number).count("could not be told") == 0


def test_nobody_who_can_be_reached_passes_the_step_at_once_and_tells_the_operators(night: Night) -> None:
    """bmlt-enabled/yap#971: one disconnected number in the list stops everything behind it."""
    night.calls.raises = [RecipientError("not a number", code="21211") for _ in range(2)]
    night.texts.raises = [RecipientError("a landline", code="21614")]
    incident = night.paged()
    assert night.calls.to(BOB), "the next step is paged in the same instant"
    assert "Alice Martin cannot be paged by call" in night.operators_read()
    assert "nobody of the step that was just paged can be reached" in night.timeline(incident.number)


def test_a_provider_that_refuses_everything_is_not_asked_in_a_hot_loop(night: Night) -> None:
    for channel in (night.calls, night.texts):
        channel.always = SetupError("account suspended", code="30002")
    night.paged()
    asked = len(night.calls.sent)
    night.later(59 * SECOND)
    assert len(night.calls.sent) == asked
    night.later(MINUTE)
    assert len(night.calls.sent) > asked


def test_an_unanswered_call_is_followed_at_once_by_the_next_rule(night: Night) -> None:
    """grafana/oncall#2622: one missed call was half an hour of delay."""
    incident = night.paged()
    night.said(night.page(incident.number), "no-answer")
    night.turn()
    assert len(night.calls.to(ALICE)) == 2


def test_transient_errors_back_off_while_the_other_rules_go_forward(night: Night) -> None:
    night.texts.raises = [TransientError("busy", code="20429")] * 2
    night.paged()
    assert len(night.texts.to(ALICE)) == 2 - len(night.texts.to(JANE))
    assert night.calls.to(ALICE), "the call does not wait for the text"
    night.later(16 * SECOND)
    assert not night.texts.raises
    assert night.texts.to(ALICE)
    assert night.texts.to(JANE)


class PoisonedError(Exception):
    """A mistake of ours."""


def test_one_incident_that_cannot_be_worked_on_does_not_hold_up_another(night: Night) -> None:
    """linkedin/iris: one plan that raised skipped the whole cycle."""
    bad = night.phoned(sid="CA-bad")
    with night.database.begin() as uow:
        uow.incidents.save(replace(bad, policy=replace(bad.policy, steps=()), step=-1, resume_with="alice"))
    night.clock.at += SECOND
    good = night.phoned(sid="CA-good", number="+32470222222")
    night.later(2 * MINUTE)
    assert night.pages(good.number)
    assert f"Incident {bad.number} could not be worked on" in night.operators_read()


def test_an_incident_whose_row_cannot_even_be_read_is_set_aside_and_told(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = night.phoned(sid="CA-bad")
    night.clock.at += SECOND
    good = night.phoned(sid="CA-good", number="+32470222222")
    with night.database.read() as uow:
        kind = type(uow.incidents)
    real = kind.get

    def get(self: object, number: int, *, lock: bool = False) -> Incident | None:
        if number == bad.number:
            raise PoisonedError("the policy of this row is no JSON")
        return real(self, number, lock=lock)  # type: ignore[arg-type]

    monkeypatch.setattr(kind, "get", get)
    night.later(61 * SECOND)
    assert night.pages(good.number)
    assert f"Incident {bad.number} could not be worked on" in night.operators_read()
    monkeypatch.undo()
    night.clock.at += 31 * SECOND
    night.turn()
    assert night.pages(bad.number), "it is tried again"


def test_the_database_away_during_a_turn_loses_nothing(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    """grafana/oncall#1187: an overloaded database, and escalation chains did not run, silently."""
    incident = night.phoned()
    night.clock.at += MINUTE
    real = SqlDatabase.begin

    def away(self: SqlDatabase) -> object:
        raise StoreUnavailableError("the database is away")

    monkeypatch.setattr(SqlDatabase, "begin", away)
    with pytest.raises(StoreUnavailableError):
        night.runtime.engine.run_once()
    assert not night.calls.sent
    monkeypatch.setattr(SqlDatabase, "begin", real)
    night.turn()
    assert night.incident(incident.number).paged_at == night.clock.at
    assert night.calls.to(ALICE)


def test_an_engine_that_was_down_for_an_hour_catches_up_with_one_page_each(night: Night) -> None:
    """grafana/oncall#1206: an escalation that was interrupted never resumed."""
    incident = night.paged()
    night.clock.at += 60 * MINUTE
    night.turn()
    pages = [page for page in night.pages(incident.number) if "whole team" not in page.details["why"]]
    assert [page.recipient for page in pages] == ["alice"] * 3 + ["bob"] * 3


def test_a_page_says_the_incidents_number_first_and_ends_with_how_to_answer(night: Night) -> None:
    incident = night.paged()
    text = night.texts.to(ALICE)[0].text
    assert text.startswith(str(incident.number))
    assert text.endswith(f"ACK {incident.number}")
    assert night.page(incident.number, SMS).due_at == night.page(incident.number, CALL).due_at
