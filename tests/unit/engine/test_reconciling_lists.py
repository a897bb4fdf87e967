"""Lists that cannot be read, are endless or full of mistakes hold up nothing, and are told of."""

import pytest

from oncall.core.incident import IncidentState
from oncall.engine import reconcile
from oncall.errors import OutcomeUnknownError
from oncall.ports import LoggedText
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import ALICE, HOTLINE, JANE, MINUTE, NIGHT, SECOND, STRANGER, Night
from tests.unit.engine.listed import HOUR, PATIENT, a_call, back_after, incidents, minutes_pass


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
