"""What response was promised, and by when."""

import pytest

from oncall.core.sla import DEFAULT_PROMISES, Priority, respond_by
from tests.unit.core.night import MINUTE, NOW


def test_production_down_is_answered_within_thirty_minutes_at_any_hour() -> None:
    assert respond_by(DEFAULT_PROMISES[Priority.PRODUCTION_DOWN], NOW) == NOW + 30 * MINUTE


@pytest.mark.parametrize("priority", [Priority.URGENT, Priority.NORMAL])
def test_a_promise_in_business_hours_names_no_instant_in_the_night(priority: Priority) -> None:
    assert respond_by(DEFAULT_PROMISES[priority], NOW) is None
