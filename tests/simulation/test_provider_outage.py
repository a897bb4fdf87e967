"""Provider one is away for three hours of a night, in every way; with a second one no page is late."""

import pytest

from oncall.core.delivery import DeliveryKind, DeliveryState
from oncall.core.engineer import ContactMethod
from oncall.core.incident import IncidentState
from oncall.sim.faults import Away
from oncall.sim.people import Caller, Engineer, Habit
from oncall.sim.world import World
from oncall.sim.world_schedules import ALICE, BOB, CAROL, DANA, JANE, SECOND_NUMBER, SECOND_PROVIDER, WEEKLY
from oncall.web import create_app

WAYS = (20503, 20003, 20005, 20429, Away.HANGS, Away.HTML, Away.LIST)
HOUR = 3600.0


def a_night(*, habit: Habit) -> tuple[World, Engineer, Caller]:
    world = World(create_app, files={**WEEKLY, **SECOND_PROVIDER}, two_providers=True)
    names = (("Alice Martin", ALICE), ("Carol Janssens", CAROL), ("Dana Dubois", DANA))
    bob = Engineer(world, "Bob Peeters", BOB, habit)
    for name, number in names:
        Engineer(world, name, number, habit)
    return world, bob, Caller(world, "Jane Doe", JANE)


def acknowledged(world: World) -> int:
    """How many incidents somebody has."""
    stories = world.invariants.stories.values()
    return sum(story.latest.state is IncidentState.ACKNOWLEDGED for story in stories)


@pytest.mark.parametrize(
    ("how", "incidents"), [(how, 1) for how in WAYS] + [(Away.HANGS, 3)], ids=lambda value: str(value)
)
def test_pages_come_from_the_second_number_within_seconds_as_long_as_it_lasts(how: Away | int, incidents: int) -> None:
    world, _, jane = a_night(habit=Habit(answers_after=4.0))
    world.provider_one_away_for(incidents * HOUR, how)
    for had in range(incidents):
        world.run_for(HOUR - 600)
        jane.dials()
        assert world.run_until(lambda had=had: acknowledged(world) == had + 1, within_seconds=90), "too late"  # type: ignore[misc]
    assert all(call.order.direction == "inbound" for call in world.carrier.calls.values())
    assert world.second is not None
    calls = [call for call in world.second.calls.values() if call.order.direction == "outbound-api"]
    assert len(calls) >= incidents
    assert {call.order.from_ for call in calls} == {SECOND_NUMBER}
    taken = {delivery.provider for delivery in world.invariants.deliveries.values() if delivery.provider_id}
    assert taken == {"second"}
    assert sum("cause=provider:twilio" in line for line in world.log_lines) <= 1


def test_once_it_is_back_it_is_the_first_again_and_the_operators_hear_of_both() -> None:
    world, _, jane = a_night(habit=Habit(answers_after=4.0))
    world.provider_one_away_for(HOUR, 20503)
    jane.dials()
    world.run_for(HOUR + 600)
    jane.dials()
    world.run_for(300)
    pages = [d for d in world.invariants.deliveries.values() if d.kind is DeliveryKind.PAGE and d.provider_id]
    assert pages[0].provider == "second"
    assert pages[-1].provider == "twilio"
    told = [line for line in world.log_lines if line.startswith("operators.told")]
    assert [sum(cause in line for line in told) for cause in ("provider:twilio", "provider-back:twilio")] == [1, 1]


def test_an_engineer_answers_ack_to_the_second_number() -> None:
    world, bob, jane = a_night(habit=Habit(answers_after=None, texts="ACK {number}", texts_after=10.0))
    world.provider_one_away_for(HOUR, Away.HANGS)
    world.run_for(1)
    jane.dials()
    assert world.run_until(lambda: acknowledged(world) == 1, within_seconds=120)
    assert world.second is not None
    answers = [one for one in world.second.messages.values() if one.direction == "inbound"]
    assert [(one.from_, one.to) for one in answers] == [(bob.number, SECOND_NUMBER)]


def test_a_call_that_rings_through_the_second_provider_is_stopped_there_when_another_acknowledges() -> None:
    world, bob, jane = a_night(habit=Habit(answers_after=None, texts="ACK {number}", texts_after=5.0))
    world.provider_one_away_for(HOUR, 20503)
    jane.dials()
    world.run_until(lambda: acknowledged(world) == 1, within_seconds=120)
    world.run_for(5)
    assert world.second is not None
    calls = [call for call in world.second.calls.values() if call.order.to == bob.number]
    assert [call.status for call in calls] == ["canceled"]
    stopped = [
        one for one in world.invariants.deliveries.values()
        if one.method is ContactMethod.CALL and one.recipient == "bob" and one.provider_id
    ]  # fmt: skip
    assert [(one.state, one.provider) for one in stopped] == [(DeliveryState.CANCELLED, "second")]
