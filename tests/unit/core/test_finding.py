"""What differences of clocks mean."""

from datetime import timedelta

import pytest

from oncall.core.finding import Outcome, clock_finding, fail, failed, ok, warn


@pytest.mark.parametrize(
    ("seconds", "outcome"),
    [(0, Outcome.OK), (2, Outcome.OK), (2.1, Outcome.WARN), (-2.1, Outcome.WARN), (5, Outcome.WARN),
     (5.1, Outcome.FAIL), (-3600, Outcome.FAIL)],
)  # fmt: skip
def test_two_seconds_are_borne_more_is_warned_of_and_more_than_five_fail(seconds: float, outcome: Outcome) -> None:
    assert clock_finding("clock", "the clock of a", timedelta(seconds=seconds)).outcome is outcome


def test_it_says_which_clock_is_ahead() -> None:
    assert clock_finding("c", "the clock of a", timedelta(seconds=3)).text == (
        "the clock of a is 3.0 s ahead of this machine's"
    )
    assert "6.5 s behind this machine's" in clock_finding("c", "a", timedelta(seconds=-6.5)).text


def test_only_a_failure_is_one() -> None:
    assert not failed([ok("a", "fine"), warn("b", "so so", "mend")])
    assert failed([ok("a", "fine"), fail("b", "no", "mend")])
