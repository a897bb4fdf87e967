"""A stage for every test, with nothing left ringing and every promise checked on the way."""

from datetime import UTC, datetime

import pytest

from oncall.sim.faults import Faults
from tests.acceptance.cast import Somebody, Stage


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def jane(stage: Stage) -> Somebody:
    return stage.jane


@pytest.fixture
def alice(stage: Stage) -> Somebody:
    return stage.alice


@pytest.fixture
def bob(stage: Stage) -> Somebody:
    return stage.bob


@pytest.fixture
def dana(stage: Stage) -> Somebody:
    return stage.dana


@pytest.fixture
def stage_before_the_handoff() -> Stage:
    """On a Monday, ten minutes before production passes from Alice to Bob."""
    return Stage(starts_at=datetime(2026, 3, 16, 7, 50, tzinfo=UTC))


@pytest.fixture
def stage_without_ends() -> Stage:
    """No callback ever says how a call or a text ended."""
    return Stage(faults=Faults(final_callback_lost=1.0))
