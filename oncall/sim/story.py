"""One call from the first ring to the last text, for whoever wants to see how it goes."""

from datetime import UTC, datetime

from oncall.sim.people import Caller, Engineer, Habit, Matter
from oncall.sim.processes import WebFactory
from oncall.sim.world import World
from oncall.sim.world_schedules import ALICE, BOB, CAROL, DANA, JANE

STARTS_AT = datetime(2026, 3, 10, 2, 7, tzinfo=UTC)


def play_story(web: WebFactory) -> World:
    """Jane's production is down; Alice sleeps through the first call, has it, and mends it. The world, afterwards.

    Raises BrokenPromiseError.
    """
    world = World(web, starts_at=STARTS_AT, replay="oncall simulate")
    jane = Caller(world, "Jane Doe", JANE, Matter("Jane Doe", "Our shop answers nothing but errors since two o'clock"))
    alice = Engineer(world, "Alice Martin", ALICE, Habit(sleeps_through=1, answers_after=8))
    for name, phone in (("Bob Peeters", BOB), ("Carol Janssens", CAROL), ("Dana Dubois", DANA)):
        Engineer(world, name, phone)
    jane.dials()
    world.run_until(lambda: any(story.acknowledged for story in world.invariants.stories.values()))
    world.run_for(9 * 60)
    number = next(iter(world.invariants.stories))
    alice.texts(f"UPDATE {number} The database disk is full, we are adding space")
    world.run_for(11 * 60)
    alice.texts(f"RESOLVE {number} More space, and an alarm before it fills up again")
    world.run_for(60)
    world.invariants.at_end()
    return world
