"""Benchmarks run outside the suite; that they still fit the code, and what one of them weighs with, is seen here."""

import gc

import pytest

import benchmarks.__main__
import benchmarks.storm
from benchmarks.weight import service_weight
from oncall.engine import intake
from oncall.sim.story import play_story
from oncall.sim.world import World
from oncall.web import create_app

_MANY_BYTES = 1_000_000


def test_every_benchmark_can_be_begun() -> None:
    assert all(callable(measure) for measure in benchmarks.__main__.ALL.values())
    assert callable(benchmarks.storm.main)


def _weighed(world: World) -> int:
    gc.collect()
    return service_weight([world.web.app, world.web.runtime, *(engine.runtime for engine in world.engines)])


def test_what_the_service_remembers_is_weighed_and_what_its_world_remembers_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = play_story(create_app)
    before = _weighed(world)
    monkeypatch.setattr(intake, "_kept", ["a" * _MANY_BYTES], raising=False)
    world.log_lines.append("x" * _MANY_BYTES)
    world.invariants.names["z" * _MANY_BYTES] = ""
    in_a_module = _weighed(world)
    assert _MANY_BYTES <= in_a_module - before < 1.5 * _MANY_BYTES

    assert world.web.runtime is not None
    world.web.runtime.intake._kept = ["b" * _MANY_BYTES]  # type: ignore[attr-defined]
    assert _MANY_BYTES <= _weighed(world) - in_a_module < 1.5 * _MANY_BYTES
