"""Thirty incidents within a minute, and an account that takes one call and one text a second."""

from datetime import datetime

import pytest

from oncall.core.delivery import DeliveryKind
from oncall.core.incident import IncidentState
from oncall.sim.invariants import BrokenPromiseError
from oncall.sim.people import Caller, Engineer, Habit
from oncall.sim.story import STARTS_AT
from oncall.sim.world import World
from oncall.sim.world_accounts import account_that_takes
from oncall.sim.world_schedules import ALICE, BOB, CAROL, DANA, WEEKLY, with_limits
from oncall.store.claims import Claim
from oncall.web import create_app

CALLERS = 30


def thirty_at_once(habit: Habit) -> World:
    world = World(create_app, starts_at=STARTS_AT, files=with_limits(WEEKLY, 1), account=account_that_takes(1))
    for name, number in (
        ("Alice Martin", ALICE),
        ("Bob Peeters", BOB),
        ("Carol Janssens", CAROL),
        ("Dana Dubois", DANA),
    ):
        Engineer(world, name, number, habit)
    for n in range(CALLERS):
        caller = Caller(world, f"caller {n}", f"+3247055{n:04}")
        world.later(2.0 * n, caller.dials)
    return world


def first_paged_at(world: World, number: int) -> datetime:
    seen = world.invariants
    return min(
        seen.sent[page.bundle or page.id].first_at
        for page in seen.deliveries.values()
        if page.incident == number and page.kind is DeliveryKind.PAGE and (page.bundle or page.id) in seen.sent
    )


def test_each_is_paged_in_order_and_soon_and_every_promise_holds() -> None:
    world = thirty_at_once(Habit())
    world.run_for(30 * 60)
    world.invariants.at_end()
    stories = world.invariants.stories
    assert len(stories) == CALLERS
    assert all(story.latest.state is IncidentState.ACKNOWLEDGED for story in stories.values())
    left = [first_paged_at(world, number) for number in sorted(stories)]
    assert left == sorted(left)
    assert all(
        (at - stories[number].latest.opened_at).total_seconds() < 60
        for number, at in zip(sorted(stories), left, strict=True)
    )


def test_nobody_answers_for_half_an_hour_and_everybody_was_told_all_the_same() -> None:
    """Repeats of thirty incidents keep the account busy; notices and first pages go nevertheless."""
    world = thirty_at_once(Habit(answers_after=None))
    world.run_for(30 * 60)
    seen = world.invariants
    assert all(first_paged_at(world, number) for number in seen.stories)
    notices = [one for one in seen.deliveries.values() if one.kind is DeliveryKind.NOTICE]
    assert len(notices) >= CALLERS
    assert all(one.finished or one.sent_at is not None for one in notices)


def test_an_engine_that_ignores_the_pace_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def ignores(self: Claim, connection: object, now: datetime, _paces: object) -> None:
        begun(self, connection, now, {})

    begun = Claim.__init__
    monkeypatch.setattr(Claim, "__init__", ignores)
    with pytest.raises(BrokenPromiseError, match="the account takes 1"):
        thirty_at_once(Habit()).run_for(30 * 60)
