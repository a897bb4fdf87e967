"""A night at the hotline, on each kind of database."""

import pytest

from oncall.store import SqlDatabase
from tests.unit.engine.hotline import Night


@pytest.fixture
def night(database: SqlDatabase) -> Night:
    """The engine over a fresh database."""
    return Night(database)
