"""What comes in from GitHub and Slack is kept, answered, and worked on afterwards: once, in order, and never lost."""

from collections.abc import Callable
from datetime import datetime

import pytest

from oncall.core.inbound import MOST_ATTEMPTS, Effect, InboundEvent, Platform
from oncall.core.incident import IntakeChannel, RequestType
from oncall.core.sla import Priority
from oncall.engine.inbound import MOST_AT_ONCE
from oncall.errors import StoreUnavailableError, TransientError, UsageError
from oncall.ports import UnitOfWork
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import MINUTE, SECOND, Night

HOUR = 60 * MINUTE


class Desk:
    """Takes what comes; ``trouble`` is raised instead, where there is some."""

    def __init__(self, database: SqlDatabase) -> None:
        self.done: list[str] = []
        self.trouble: list[Exception] = []
        self.before: Callable[[], None] = lambda: None
        self.night = Night(database, inbound={Platform.GITHUB: self.handle})

    def handle(self, uow: UnitOfWork, event: InboundEvent, now: datetime) -> Effect:
        incident = self.night.runtime.intake.reported(
            uow,
            channel=IntakeChannel.GITHUB,
            priority=Priority.NORMAL,
            request_type=RequestType.OTHER,
            summary=event.body,
            by="octocat",
            customer="acme",
        )
        if self.trouble:
            raise self.trouble.pop(0)
        self.done.append(event.id)
        return Effect("opened", incident.number)

    def receive(self, name: str, subject: str = "7#1") -> bool:
        return self.night.runtime.inbound.received(
            Platform.GITHUB, name, type="issues.opened", subject=subject, body=f"the text of {name}"
        )

    def kept(self, name: str) -> InboundEvent:
        with self.night.database.read() as uow:
            found = uow.inbound_events.get(f"github:{name}")
        assert found is not None
        return found

    def incidents(self) -> int:
        with self.night.database.read() as uow:
            return len(uow.incidents.listing(include_resolved=True, limit=100))


def test_what_was_received_twice_is_worked_on_once_and_its_text_is_forgotten(database: SqlDatabase) -> None:
    desk = Desk(database)
    assert [desk.receive("a"), desk.receive("a")] == [True, False]
    assert desk.done == []
    desk.night.turn()
    assert desk.done == ["github:a"]
    done = desk.kept("a")
    assert (done.effect, done.body, done.due_at) == ("opened", "", None)
    assert desk.incidents() == 1
    assert not desk.receive("a")


def test_what_fails_leaves_nothing_half_done_and_is_tried_again_before_what_came_after_it(
    database: SqlDatabase,
) -> None:
    desk = Desk(database)
    desk.trouble = [TransientError("away"), ValueError("a mistake of ours")]
    desk.receive("a")
    desk.night.clock.at += SECOND
    desk.receive("b")
    desk.receive("c", subject="7#2")
    desk.night.turn()
    assert "github:b" not in desk.done
    assert desk.incidents() == len(desk.done)
    desk.night.later(MINUTE)
    assert [name for name in desk.done if name != "github:c"] == ["github:a", "github:b"]
    assert desk.incidents() == 3


def test_what_can_never_be_done_is_kept_whole_and_the_operators_are_told(database: SqlDatabase) -> None:
    desk = Desk(database)
    desk.trouble = [ValueError("a mistake of ours")] * MOST_ATTEMPTS
    desk.receive("a")
    desk.receive("b")
    desk.night.later(HOUR)
    kept = desk.kept("a")
    assert kept.attempts == MOST_ATTEMPTS
    assert kept.body == "the text of a" and "a mistake of ours" in kept.effect
    assert desk.done == ["github:b"]
    assert "could not be worked on" in desk.night.operators_read()


def test_what_could_not_be_done_is_done_when_it_is_sent_once_more_under_the_same_name(database: SqlDatabase) -> None:
    desk = Desk(database)
    desk.trouble = [ValueError("a mistake of ours")] * MOST_ATTEMPTS
    desk.receive("a")
    desk.night.later(HOUR)
    assert desk.kept("a").finished_at is not None
    assert desk.receive("a")
    desk.night.turn()
    assert desk.done == ["github:a"]
    assert (desk.kept("a").effect, desk.kept("a").attempts) == ("opened", 1)
    assert not desk.receive("a")


def test_what_is_refused_is_not_tried_again(database: SqlDatabase) -> None:
    desk = Desk(database)
    desk.trouble = [UsageError("there is no such customer")]
    desk.receive("a")
    desk.night.turn()
    assert desk.kept("a").effect == "refused: there is no such customer"
    assert desk.incidents() == 0


def test_an_event_whose_database_went_away_is_done_after_its_lease(database: SqlDatabase) -> None:
    desk = Desk(database)
    desk.trouble = [StoreUnavailableError("gone")]
    desk.receive("a")
    desk.night.turn()
    assert desk.done == []
    desk.night.later(MINUTE)
    assert desk.done == ["github:a"]


def test_whatever_comes_in_at_once_leaves_the_workers_to_pages(database: SqlDatabase) -> None:
    desk = Desk(database)
    for number in range(12):
        desk.receive(f"e{number}", subject=f"7#{number}")
    inbound, now = desk.night.runtime.inbound, desk.night.clock.now()
    jobs = inbound.claim(now, 16)
    assert len(jobs) == MOST_AT_ONCE
    assert inbound.claim(now, 12) == [] and not inbound.has_room
    desk.trouble = [StoreUnavailableError("gone")]
    with pytest.raises(StoreUnavailableError):
        jobs[0]()
    assert inbound.has_room
    jobs[1]()
    assert len(desk.done) == 9  # a worker goes on with what nobody has in hand
    jobs[2]()
    jobs[3]()
    desk.night.later(MINUTE)
    assert len(desk.done) == 12


def test_a_month_later_it_is_forgotten(database: SqlDatabase) -> None:
    desk = Desk(database)
    desk.receive("a")
    desk.night.turn()
    desk.night.clock.at += 31 * 24 * HOUR
    desk.night.turn()
    with database.read() as uow:
        assert uow.inbound_events.get("github:a") is None
