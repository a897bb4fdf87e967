"""A claim takes its turns of the account that it goes to; what fails over takes one of the account that gets it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import delete, select

from oncall.channels.providers import Providers
from oncall.core.carrier_pace import Pace
from oncall.core.configuration import Configuration
from oncall.core.delivery import DeliveryKind, Urgency
from oncall.core.engineer import ContactMethod
from oncall.core.plain_text import segments
from oncall.engine.departure import Departure
from oncall.engine.paces import TurnsElsewhere, paces_in_force, paces_of_all
from oncall.engine.schedule_source import PublishedConfiguration
from oncall.errors import ConfigurationError, StoreUnavailableError
from oncall.ports import Message
from oncall.store import SqlDatabase
from oncall.store.deliveries import SqlDeliveries
from oncall.store.tables import account_pace, carrier_pace
from tests.integration.store.samples import a_page
from tests.unit.engine.hotline import ALICE, CALL, MINUTE, NIGHT, SECOND, SMS, YAML, Night

TWO = YAML + 'providers: {second: {number: "+3225550188", limits: {calls_per_second: 0.5}}}\n'
LONG = "x" * 400


@pytest.fixture
def two(database: SqlDatabase) -> Night:
    """A hotline of two accounts: the first takes one call a second, the second one in two seconds."""
    return Night(database, per_second=1, yaml=TWO)


def asked_first(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """As this process has found the providers."""
    monkeypatch.setattr(Providers, "in_order", lambda *_args: list(names))


def taken_of_first(night: Night) -> dict[ContactMethod, datetime]:
    with night.database._engine.connect() as connection:
        return {row.kind: row.taken_until for row in connection.execute(select(carrier_pace))}


def taken_of_others(night: Night) -> dict[tuple[str, ContactMethod], datetime]:
    with night.database._engine.connect() as connection:
        rows = connection.execute(select(account_pace))
        return {(row.provider, row.kind): row.taken_until for row in rows if row.taken_until >= NIGHT}


def message(text: str = "") -> Message:
    return Message("d1", DeliveryKind.PAGE, ALICE, text, counted_at="twilio")


def at_once(do: Callable[[], None]) -> None:
    do()


def elsewhere(night: Night, beside: Callable[[Callable[[], None]], None] = at_once) -> TurnsElsewhere:
    def log(event: str, **fields: object) -> None:
        night.logged.append((event, fields))

    return TurnsElsewhere(night.database, night.runtime.configuration, night.clock, log, beside)


def test_what_is_claimed_for_the_first_account_takes_its_turns(two: Night) -> None:
    two.paged()
    assert {sent.counted_at for sent in (*two.calls.sent, *two.texts.sent)} == {"twilio"}
    assert set(taken_of_first(two).values()) == {two.clock.at + SECOND}
    assert taken_of_others(two) == {}


def test_with_the_first_found_ill_from_the_start_a_claim_takes_turns_of_the_second_and_none_of_the_first(
    two: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = taken_of_first(two)
    asked_first(monkeypatch, "second", "twilio")
    two.paged()
    assert {sent.counted_at for sent in (*two.calls.sent, *two.texts.sent)} == {"second"}
    assert taken_of_first(two) == before
    assert taken_of_others(two) == {("second", CALL): two.clock.at + 2 * SECOND, ("second", SMS): two.clock.at + SECOND}


def test_a_busy_account_spills_nothing_over_to_the_next(two: Night) -> None:
    """Engineers know the first number: it is on the contact card, and may ring through Do Not Disturb."""
    for caller in range(4):
        two.phoned(sid=f"CA-{caller}", number=f"+3247033333{caller}")
        two.runtime.intake.caller_finished(f"CA-{caller}")
    two.turn()
    two.later(10 * SECOND)
    assert {sent.counted_at for sent in (*two.calls.sent, *two.texts.sent)} == {"twilio"}
    assert taken_of_others(two) == {}


def test_the_other_segments_of_a_long_text_are_taken_of_the_account_that_it_was_claimed_for(
    two: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_first(monkeypatch, "second", "twilio")
    monkeypatch.setattr("oncall.engine.departure.segments", lambda _text: 3)
    two.paged()
    assert taken_of_others(two)["second", SMS] == two.clock.at + 3 * SECOND


def test_what_was_claimed_for_an_account_is_counted_there_although_it_is_found_ill_before_it_leaves(
    two: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    dispatch = two.runtime.engine._dispatch
    incident = two.phoned()
    with two.database.begin() as uow:
        uow.deliveries.add([a_page(incident.number, created_at=two.clock.at, due_at=two.clock.at)])
    claimed = dispatch.claim(two.clock.at, 1)
    known = dispatch.as_claimed(claimed, two.clock.at)
    asked_first(monkeypatch, "second", "twilio")
    dispatch.deliver(*claimed, as_claimed=known)
    assert two.calls.sent[-1].counted_at == "twilio"


def test_a_pace_that_was_lost_with_a_database_server_is_kept_again_within_a_minute(two: Night) -> None:
    turns = elsewhere(two)
    turns.take(CALL, "second", message())
    with two.database._engine.begin() as connection:
        connection.execute(delete(account_pace))
    two.clock.at += MINUTE
    turns.take(CALL, "second", message())
    assert taken_of_others(two)["second", CALL] == two.clock.at + 2 * SECOND


def test_a_call_that_fails_over_takes_a_turn_there_and_a_text_one_for_each_segment(two: Night) -> None:
    assert segments(LONG) == 3
    elsewhere(two).take(CALL, "second", message())
    elsewhere(two).take(SMS, "second", message(LONG))
    assert taken_of_others(two) == {
        ("second", CALL): two.clock.at + 2 * SECOND,
        ("second", SMS): two.clock.at + 3 * SECOND,
    }
    elsewhere(two).take(CALL, "twilio", replace(message(), counted_at="second"))
    assert taken_of_first(two)[CALL] == two.clock.at + SECOND


def test_what_fails_over_waits_for_no_row_its_turn_is_taken_beside_it(two: Night) -> None:
    """One account fell silent, and the database is slow: the next account would be left no time."""
    later: list[Callable[[], None]] = []
    elsewhere(two, later.append).take(CALL, "second", message())
    assert taken_of_others(two) == {}
    for each in later:
        each()
    assert taken_of_others(two) == {("second", CALL): two.clock.at + 2 * SECOND}


def test_where_no_thread_can_be_had_to_count_it_it_goes_all_the_same_and_that_is_said(two: Night) -> None:
    def no_thread(_do: Callable[[], None]) -> None:
        raise RuntimeError("can't start new thread")

    elsewhere(two, no_thread).take(CALL, "second", message())
    assert [fields["provider"] for event, fields in two.logged if event == "delivery.uncounted"] == ["second"]


def test_nothing_is_counted_of_an_account_without_a_limit(two: Night) -> None:
    two.publish({"all.yaml": TWO.replace("calls_per_second: 0.5", "calls_per_second: 1000, messages_per_second: 1000")})
    elsewhere(two).take(CALL, "second", message())
    elsewhere(two).take(SMS, "second", message(LONG))
    assert taken_of_others(two) == {}


@pytest.mark.parametrize("error", [StoreUnavailableError("the database is away"), ConfigurationError("nothing")])
def test_what_cannot_be_counted_goes_all_the_same_and_is_said(
    two: Night, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def away(*_args: object) -> None:
        raise error

    monkeypatch.setattr(SqlDeliveries, "take_turns", away)
    elsewhere(two).take(CALL, "second", message())
    [(_, fields)] = [told for told in two.logged if told[0] == "delivery.uncounted"]
    assert (fields["provider"], fields["problem"]) == ("second", str(error))


def test_what_is_left_out_of_an_account_s_limits_is_as_the_hotline_says(
    two: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = two.runtime.engine._env
    assert paces_in_force(env) == {CALL: Pace(1.0), SMS: Pace(1.0)}
    asked_first(monkeypatch, "second", "twilio")
    assert paces_in_force(env) == {CALL: Pace(0.5, "second"), SMS: Pace(1.0, "second")}
    assert paces_of_all(env) == [
        {CALL: Pace(1.0), SMS: Pace(1.0)},
        {CALL: Pace(0.5, "second"), SMS: Pace(1.0, "second")},
    ]


def test_the_audit_finds_nothing_stuck_while_an_engine_sends_by_an_account_that_we_would_not_use(two: Night) -> None:
    number = two.phoned().number
    waiting = [
        a_page(number, recipient=f"e{n}", address=f"+{n}", created_at=NIGHT, due_at=NIGHT, urgency=Urgency.REPEAT)
        for n in range(9)
    ]
    with two.database.begin() as uow:
        uow.deliveries.keep_pace_of("second")
        uow.deliveries.add(waiting)
    now = NIGHT + 2 * MINUTE
    assert any("nobody sends it" in problem for problem in two.runtime.audit.check(now))
    with two.database.begin() as uow:
        found = uow.deliveries.claim_due(
            now - SECOND, worker="w", lease_until=now + MINUTE, limit=1, paces={CALL: Pace(0.5, "second")}
        )
    assert len(found) == 1
    assert not any("nobody sends it" in problem for problem in two.runtime.audit.check(now))
    assert any("nobody sends it" in problem for problem in two.runtime.audit.check(now + MINUTE))


@pytest.mark.parametrize("method", [CALL, SMS])
def test_a_message_leaves_also_where_no_schedule_can_say_what_the_account_takes(
    two: Night, monkeypatch: pytest.MonkeyPatch, method: ContactMethod
) -> None:
    def unreadable(_self: PublishedConfiguration) -> Configuration:
        raise ConfigurationError("what is published cannot be read")

    monkeypatch.setattr(PublishedConfiguration, "current", unreadable)
    departure = Departure(two.runtime.engine._env)
    found = departure.prepared(a_page(None, method=method), message(LONG), "")
    assert (found.text, found.counted_at) == (LONG, "twilio")
