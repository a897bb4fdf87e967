"""Promises are watched: who is told and paged when, what is recorded, and that nothing is told twice."""

import pytest

from oncall.core.sla import Priority, PromiseStage
from oncall.core.voice_menu import PageKey
from tests.unit.engine.hotline import DANA, MINUTE, Night
from tests.unit.engine.promised import HOUR, MONDAY, opened, pages, ticking, told, whole_team_paged_at


def test_when_production_is_down_and_nobody_answers_the_whole_team_and_the_managers_are_paged(night: Night) -> None:
    number = opened(night, Priority.PRODUCTION_DOWN)
    began = night.clock.at
    ticking(night, 31 * MINUTE)
    half, soon, broken = (began + minutes * MINUTE for minutes in (15, 25, 31))
    assert [at for who, at in whole_team_paged_at(night, number) if who == "dana"] == [half, soon, broken]
    # Whoever is being paged at that very instant anyway is not paged twice, nor who has a call to come.
    for mark in (half, soon):
        assert {one.recipient for one in pages(night, number) if one.created_at == mark} == {"alice", "bob", "dana"}
    assert told(night) == []
    stored = night.incident(number)
    assert (stored.promise_told, stored.breached_at, stored.promise_due_at) == (
        PromiseStage.BREACHED,
        began + 30 * MINUTE,
        None,
    )


def test_once_somebody_has_it_nothing_of_the_promise_pages(night: Night) -> None:
    number = opened(night, Priority.PRODUCTION_DOWN)
    ticking(night, 14 * MINUTE)
    night.runtime.respond.acknowledge(number, engineer="alice", via="SMS")
    ticking(night, 20 * MINUTE)
    assert whole_team_paged_at(night, number) == []
    assert night.incident(number).breached_at is None


def test_a_key_on_a_page_to_the_whole_team_acknowledges(night: Night) -> None:
    number = opened(night, Priority.PRODUCTION_DOWN)
    ticking(night, 15 * MINUTE)
    [of_dana] = night.texts.to(DANA)
    night.runtime.respond.key_pressed(delivery_id=of_dana.delivery_id, key=PageKey.ACKNOWLEDGE)
    assert night.incident(number).acknowledged_by == "dana"


@pytest.mark.parametrize("priority", [Priority.URGENT, Priority.NORMAL])
def test_nobody_is_woken_by_what_was_promised_in_business_hours(night: Night, priority: Priority) -> None:
    number = opened(night, priority)  # at three in the night
    ticking(night, 5 * HOUR, 5 * MINUTE)
    assert (night.texts.sent, night.calls.sent, night.mails.sent) == ([], [], [])
    assert night.incident(number).due_at is not None
    assert night.runtime.audit.check(night.clock.at) == []


def test_of_an_urgent_request_whoever_is_on_call_is_told_and_the_managers_once_it_is_late(night: Night) -> None:
    number = opened(night, Priority.URGENT, MONDAY)
    ticking(night, 61 * MINUTE)
    assert pages(night, number) == []
    assert [who for who, _ in told(night)] == ["alice", "alice", "alice", "dana"]
    assert "half of the time promised for a response is over; it is due by Mon 23 Nov 11:00 UTC" in told(night)[0][1]
    assert "almost over" in told(night)[1][1]
    assert "is broken; it was due by" in told(night)[3][1]
    assert night.incident(number).breached_at == MONDAY + HOUR
