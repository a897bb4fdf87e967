"""Three hours of storm around the hour that comes twice; `make storm` is the whole day."""

import pytest

from oncall.sim.storm import run_storm
from oncall.web import create_app

INCIDENTS = 100


@pytest.mark.slow
def test_a_hundred_incidents_while_clocks_change_and_provider_one_is_away() -> None:
    summary = run_storm(create_app, incidents=INCIDENTS, hours=3)
    assert summary.incidents == summary.resolved == INCIDENTS
    # Everybody gets a text and a call at least, and what fell into the outage went the other way.
    assert summary.taken >= 2 * INCIDENTS
    assert summary.by_second > 0
