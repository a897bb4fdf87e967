"""How long a part that died waits before it is started again."""

import pytest

from oncall.cli.processes import LONGEST_PAUSE, pause_before_restart


@pytest.mark.parametrize(("deaths", "seconds"), [(1, 0.2), (2, 0.4), (3, 0.8), (8, 25.6), (9, 30.0), (5000, 30.0)])
def test_each_death_in_a_row_doubles_the_pause_up_to_half_a_minute(deaths: int, seconds: float) -> None:
    assert pause_before_restart(deaths) == pytest.approx(seconds)
    assert pause_before_restart(deaths) <= LONGEST_PAUSE
