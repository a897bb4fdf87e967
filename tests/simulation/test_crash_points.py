"""The process dies at each commit and at each request to the provider of a page's life, on both databases.

Somebody starts it again; every page has been taken by the provider once or twice, and every promise holds.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from oncall.core.delivery import Delivery, DeliveryKind
from oncall.core.incident import IncidentState
from oncall.sim.crash_points import CrashPoints
from oncall.sim.invariants import BrokenPromiseError
from oncall.sim.people import Caller, Engineer, Habit
from oncall.sim.world import World, account_that_takes
from oncall.sim.world_schedules import ALICE, BOB, CAROL, DANA, JANE, OFFICE, SECOND_PROVIDER, WEEKLY, with_limits
from oncall.store import SqlDatabase, open_store
from oncall.web import create_app
from tests.conftest import PostgresDatabases

FreshRows = Callable[[], AbstractContextManager[SqlDatabase]]
Life = Callable[[SqlDatabase, CrashPoints], World]
PARTS = 4
GLOBEX = "+32470222222"
ENGINEERS = (("Alice Martin", ALICE), ("Bob Peeters", BOB), ("Carol Janssens", CAROL), ("Dana Dubois", DANA))


def one_page(rows: SqlDatabase, points: CrashPoints) -> World:
    """Jane phones; a text and a call go to whoever is on call, who answers."""
    world = World(create_app, rows=rows, dies_at=points)
    return _until_served(world, (JANE,), Habit(answers_after=20.0))


def three_in_a_bundle(rows: SqlDatabase, points: CrashPoints) -> World:
    """Three customers phone at once, and the account takes one call and one text a second. Bob texts in the end."""
    files, account = with_limits(WEEKLY, 1), account_that_takes(1)
    world = World(create_app, rows=rows, dies_at=points, files=files, account=account)
    for n in range(3):
        world.later(70.0 + n, lambda n=n: world.carrier.phone(BOB).behaviour.texts(f"ACK {1001 + n}"))  # type: ignore[misc]
    return _until_served(world, (JANE, OFFICE, GLOBEX), Habit(answers_after=None))


def through_the_second_provider(rows: SqlDatabase, points: CrashPoints) -> World:
    """The first provider refuses everything."""
    files = {**WEEKLY, **SECOND_PROVIDER}
    world = World(create_app, rows=rows, dies_at=points, files=files, two_providers=True)
    world.provider_one_away_for(3600, 20503)
    return _until_served(world, (JANE,), Habit(answers_after=20.0))


LIVES: tuple[Life, ...] = (one_page, three_in_a_bundle, through_the_second_provider)


def _until_served(world: World, callers: tuple[str, ...], habit: Habit) -> World:
    for name, number in ENGINEERS:
        Engineer(world, name, number, habit)
    for number in callers:
        world.later(0, Caller(world, f"caller {number[-4:]}", number).dials)
    stories = world.invariants.stories

    def everybody_is_served() -> bool:
        served = [story for story in stories.values() if story.latest.state is IncidentState.ACKNOWLEDGED]
        return len(served) == len(callers) == len(stories)

    world.run_until(everybody_is_served, within_seconds=900)
    world.run_for(60)
    return world


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def fresh_rows(request: pytest.FixtureRequest, tmp_path: Path, migrated_sqlite: Path) -> FreshRows:
    """Makes a fresh database for each life, of each kind."""
    if request.param == "postgresql":
        postgres: PostgresDatabases = request.getfixturevalue("postgres")
        return lambda: _on(postgres.fresh())
    return lambda: _on(_copied(migrated_sqlite, tmp_path / "oncall.db"))


@contextmanager
def _copied(migrated: Path, path: Path) -> Iterator[str]:
    for old in path.parent.glob(f"{path.name}*"):
        old.unlink()
    shutil.copyfile(migrated, path)
    yield f"sqlite:///{path}"


@contextmanager
def _on(place: AbstractContextManager[str]) -> Iterator[SqlDatabase]:
    with place as url:
        rows = open_store(url, durable=False)
        try:
            yield rows
        finally:
            rows.close()


def first_pages(world: World) -> list[Delivery]:
    """The text and the call that go first of all about every incident: nobody answers before a lease has run out."""
    pages = [one for one in world.invariants.deliveries.values() if one.kind is DeliveryKind.PAGE]
    began = {one.incident: one.created_at for one in sorted(pages, key=lambda one: one.created_at, reverse=True)}
    return [page for page in pages if page.position < 2 and page.created_at == began[page.incident]]


def page_points(lived: CrashPoints) -> list[int]:
    """The places from a first page's being enqueued to the last record of a page."""
    about_pages = [number for number, place in enumerate(lived.passed) if " page by " in place]
    return list(range(about_pages[0], about_pages[-1] + 1))


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.__name__)
def test_a_page_goes_once_or_twice_wherever_the_process_dies(fresh_rows: FreshRows, life: Life, part: int) -> None:
    """GoAlert, setSending: a crash between its commit and the request lost the message."""
    lived = CrashPoints()
    with fresh_rows() as rows:
        world = life(rows, lived)
        world.invariants.at_end()
        assert {world.invariants.taken[page.id] for page in first_pages(world)} == {1}
    for point in page_points(lived)[part::PARTS]:
        points = CrashPoints(point)
        where = f"died at {point}, {lived.passed[point]}"
        with fresh_rows() as rows:
            try:
                world = life(rows, points)
                world.invariants.at_end()
            except BrokenPromiseError as broken:
                raise AssertionError(f"{where}: {broken}") from broken
        assert points.passed[point] == lived.passed[point], f"another place than {where}"
        assert world.crashes == 1, where
        times = {page.id: world.invariants.taken[page.id] for page in first_pages(world)}
        assert times, where
        assert all(1 <= taken <= 2 for taken in times.values()), f"{where}: {times}\n" + "\n".join(world.timeline())
