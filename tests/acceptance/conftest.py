"""A stage for every test, with nothing left ringing and every promise checked on the way."""

from datetime import UTC, datetime

import pytest

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
