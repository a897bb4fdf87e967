"""Whose page is a first one: of an incident that nobody has been paged for, of a further engineer, or a repeat."""

import pytest

from oncall.core.carrier_pace import Pace
from oncall.core.delivery import DeliveryKind, Urgency
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import ALICE, BOB, CALL, MINUTE, SECOND, SMS, Night

UNPAGED, FURTHER, REPEAT = (Urgency.FIRST_PAGE, False), (Urgency.FIRST_PAGE, True), (Urgency.REPEAT, False)


@pytest.fixture
def slow(database: SqlDatabase) -> Night:
    """A hotline whose account takes one call and one text a second."""
    return Night(database, per_second=1)


def sorts(night: Night, number: int) -> dict[str, list[tuple[Urgency, bool]]]:
    """Of each engineer, the sort of page that each of their runs of rules was."""
    found: dict[str, dict[str, tuple[Urgency, bool]]] = {}
    for page in night.pages(number):
        found.setdefault(page.recipient, {})[page.chain] = (page.urgency, page.further)
    return {engineer: list(runs.values()) for engineer, runs in found.items()}


def test_the_first_turns_pages_are_of_an_unpaged_incident_then_come_further_engineers_and_repeats(night: Night) -> None:
    number = night.paged().number
    assert sorts(night, number) == {"alice": [UNPAGED]}
    night.later(5 * MINUTE)
    assert sorts(night, number) == {"alice": [UNPAGED], "bob": [FURTHER]}
    night.later(5 * MINUTE)
    assert sorts(night, number) == {"alice": [UNPAGED, REPEAT], "bob": [FURTHER]}


def test_all_who_are_paged_in_the_first_turn_are_paged_for_an_unpaged_incident(database: SqlDatabase) -> None:
    night = Night(database, policy="together")
    assert sorts(night, night.paged().number) == {"alice": [UNPAGED], "bob": [UNPAGED]}


def test_where_the_first_step_finds_nobody_the_first_who_is_paged_is_of_an_unpaged_incident(
    database: SqlDatabase,
) -> None:
    night = Night(database, policy="nobody-first")
    assert sorts(night, night.paged().number) == {"bob": [UNPAGED]}


def test_the_new_incident_goes_before_the_older_one_s_further_engineer_who_goes_before_its_repeats(slow: Night) -> None:
    old = slow.paged().number
    slow.later(5 * MINUTE - 2 * SECOND)
    sent = len(slow.calls.sent)
    slow.phoned(sid="CA-busy", number="+32470333331")
    slow.clock.at += 2 * SECOND
    with slow.database.begin() as uow:  # the account is busy while both incidents become due
        uow.deliveries.take_turns(CALL, 2, slow.clock.at, {CALL: Pace(1.0)})
        uow.deliveries.take_turns(SMS, 2, slow.clock.at, {SMS: Pace(1.0)})
    slow.runtime.intake.caller_finished("CA-busy")
    slow.turn()
    assert len(slow.calls.sent) == sent
    assert sorts(slow, old)["bob"] == [FURTHER]
    slow.later(10 * SECOND)
    assert [message.to for message in slow.calls.sent[sent : sent + 2]] == [ALICE, BOB]
    texts = [message.to for message in slow.texts.sent if message.kind is DeliveryKind.PAGE]
    assert texts[-2:] == [ALICE, BOB]
