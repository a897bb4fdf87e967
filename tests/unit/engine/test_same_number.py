"""A silent telephone rings for the second call within three minutes, where it comes from the number of the first."""

from datetime import timedelta

import pytest

from oncall.errors import StoreUnavailableError
from oncall.store import SqlDatabase
from oncall.store.deliveries import SqlDeliveries
from tests.unit.engine.hotline import ALICE, MINUTE, SECOND, YAML, Night

TWO = YAML + '\nproviders: {twilio: {}, second: {number: "+3225550188"}}\n'


@pytest.fixture
def two(database: SqlDatabase) -> Night:
    """A hotline with two providers, of which the second takes calls."""
    night = Night(database, yaml=TWO)
    night.calls.provider = "second"
    return night


def asked_first(night: Night, address: str = ALICE) -> list[str]:
    return [message.ask_first for message in night.calls.to(address)]


def test_the_second_call_asks_the_provider_of_the_first_before_the_others(two: Night) -> None:
    two.paged()
    two.later(2 * MINUTE + 5 * SECOND)
    assert asked_first(two) == ["", "second"]


def test_a_call_about_another_incident_comes_from_the_same_number_too(two: Night) -> None:
    two.paged()
    two.later(MINUTE)
    two.calls.provider = "twilio"
    two.phoned(sid="CA-b", number="+32470333333")
    two.runtime.intake.caller_finished("CA-b")
    two.turn()
    assert asked_first(two) == ["", "second"]
    two.later(MINUTE + 5 * SECOND)
    assert asked_first(two)[2:] == ["twilio"], "the last one counts"


def test_after_three_minutes_the_preferred_provider_is_asked_first_again(two: Night) -> None:
    two.paged()
    two.runtime.respond.resolve(1001, engineer="bob", note="", via="SMS")
    first = len(two.calls.to(ALICE))
    two.clock.at += timedelta(minutes=3, seconds=1)
    two.phoned(sid="CA-b", number="+32470333333")
    two.runtime.intake.caller_finished("CA-b")
    two.turn()
    assert asked_first(two)[first:] == [""]


def test_a_call_to_somebody_else_and_a_text_change_nothing(two: Night) -> None:
    two.texts.provider = "second"
    two.paged()
    two.later(5 * MINUTE + SECOND)
    assert asked_first(two, "+32470000002")[0] == ""
    assert {message.ask_first for message in two.texts.sent} == {""}


def test_a_call_leaves_although_nobody_can_say_who_called_last(two: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_args: object) -> str:
        raise StoreUnavailableError("the database is away")

    monkeypatch.setattr(SqlDeliveries, "last_provider", away)
    two.paged()
    two.later(2 * MINUTE + 5 * SECOND)
    assert asked_first(two) == ["", ""]
