"""Two accounts, each with limits of its own: neither is handed more than it takes, whichever of them is ill."""

from collections.abc import Mapping
from datetime import datetime

import pytest
from sqlalchemy import select

from oncall.core.configuration import Configuration
from oncall.core.delivery import DeliveryKind
from oncall.core.engineer import ContactMethod
from oncall.core.hotline import Limits
from oncall.core.incident import IncidentState
from oncall.sim.faults import Away
from oncall.sim.invariants import BrokenPromiseError
from oncall.sim.people import Caller, Engineer, Habit
from oncall.sim.world import World
from oncall.sim.world_schedules import ALICE, BOB, CAROL, DANA, SECOND_NUMBER, WEEKLY
from oncall.store.tables import carrier_pace
from oncall.web import create_app

CALLERS = 20


def two_accounts(habit: Habit, *, slow: str = "limits: {calls_per_second: 1, messages_per_second: 1}") -> World:
    """The first takes five a second; of the second it is said here."""
    files: Mapping[str, str] = {
        **WEEKLY,
        "providers.yaml": f'providers: {{second: {{number: "{SECOND_NUMBER}", {slow}}}}}',
    }
    world = World(create_app, files=files, two_providers=True)
    people = (("Alice Martin", ALICE), ("Bob Peeters", BOB), ("Carol Janssens", CAROL), ("Dana Dubois", DANA))
    for name, number in people:
        Engineer(world, name, number, habit)
    return world


def they_call(world: World) -> None:
    for n in range(CALLERS):
        world.later(float(n), Caller(world, f"caller {n}", f"+3247055{n:04}").dials)


def taken_of_first(world: World) -> dict[ContactMethod, datetime]:
    with world.rows.read() as work:
        rows = work.deliveries._connection.execute(select(carrier_pace))  # type: ignore[attr-defined]
        return {row.kind: row.taken_until for row in rows}


@pytest.mark.parametrize("how", [20503, Away.HANGS])
def test_while_the_first_is_away_the_second_is_given_what_it_takes_and_everybody_is_paged(how: Away | int) -> None:
    world = two_accounts(Habit())
    world.provider_one_away_for(3600.0, how)
    they_call(world)
    world.run_for(30 * 60)
    stories = world.invariants.stories
    assert len(stories) == CALLERS
    assert all(story.latest.state is IncidentState.ACKNOWLEDGED for story in stories.values())
    taken = {one.provider for one in world.invariants.deliveries.values() if one.provider_id}
    assert taken == {"second"}


def sends(world: World) -> int:
    return sum(sent.times for sent in world.invariants.sent.values())


def test_once_the_first_is_found_ill_nothing_of_its_pace_is_taken_but_for_a_trial_now_and_then() -> None:
    world = two_accounts(Habit(answers_after=None))
    world.provider_one_away_for(3600.0, 20503)
    they_call(world)
    world.run_for(20)
    turns, taken, sent = 0, taken_of_first(world), sends(world)
    for _ in range(480):
        world.run_for(0.25)
        before, taken = taken, taken_of_first(world)
        turns += sum(taken[kind] != before[kind] for kind in taken)
    assert sends(world) - sent >= 40
    assert turns <= 2 * 4, "two kinds, and a trial after 30 s at the soonest"


def test_an_engine_that_claims_for_the_second_account_by_the_pace_of_the_first_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def of_all(self: Configuration, _provider: str) -> Limits:
        return self.hotline.limits

    world = two_accounts(Habit(answers_after=None))
    allowed = world.invariants.handed_over
    limits = dict(allowed._limits)
    monkeypatch.setattr(Configuration, "limits_of", of_all)
    allowed._limits = limits
    world.provider_one_away_for(3600.0, 20503)
    they_call(world)
    with pytest.raises(BrokenPromiseError, match="the account takes 1"):
        world.run_for(30 * 60)


def test_nobody_answers_at_a_slow_account_and_every_further_engineer_is_paged_before_repeats_go_on() -> None:
    world = two_accounts(Habit(answers_after=None), slow="limits: {calls_per_second: 0.5, messages_per_second: 0.5}")
    world.provider_one_away_for(3600.0, 20503)
    they_call(world)
    world.run_for(30 * 60)
    seen = world.invariants
    further = [one for one in seen.deliveries.values() if one.kind is DeliveryKind.PAGE and one.further]
    assert len(further) >= CALLERS
    went = {one.id: seen.sent[one.bundle or one.id].first_at for one in further if (one.bundle or one.id) in seen.sent}
    late = [one for one in further if one.position == 0 and one.id not in went]
    assert not late
    assert max((went[one.id] - one.due_at).total_seconds() for one in further if one.position == 0) < 60
