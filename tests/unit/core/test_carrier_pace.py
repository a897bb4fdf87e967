from datetime import UTC, datetime, timedelta

import pytest

from oncall.core.carrier_pace import Pace, paces
from oncall.core.customer_wording import SMS_LIMIT
from oncall.core.engineer import ContactMethod
from oncall.core.hotline import Limits
from oncall.core.plain_text import segments

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=300)
SECOND = timedelta(seconds=1)
LONGEST_TEXT_SEGMENTS = segments(SMS_LIMIT * "\u044f")


def test_an_idle_account_takes_one_at_once_and_the_next_a_second_later() -> None:
    pace = Pace(1.0)
    assert pace.free(LONG_AGO, NOW) == 1
    taken = pace.after(LONG_AGO, NOW, 1)
    assert pace.free(taken, NOW) == 0
    assert pace.next_free_at(taken, NOW) == NOW + SECOND
    assert pace.free(taken, NOW + SECOND) == 1


@pytest.mark.parametrize("per_second", [0.1, 1, 2.5, 30, 999])
def test_no_second_takes_more_than_the_limit_and_the_burst(per_second: float) -> None:
    pace, taken, now, gone = Pace(per_second), LONG_AGO, NOW, []
    until = NOW + timedelta(seconds=30)
    while now < until:
        free = pace.free(taken, now)
        taken = pace.after(taken, now, free)
        gone += [now] * free
        now = max(pace.next_free_at(taken, now), now + timedelta(microseconds=1))
    assert len(gone) >= int(30 * per_second) - 1, "and no turn is wasted"
    for begin in range(30):
        window = [at for at in gone if timedelta(seconds=begin) <= at - NOW < timedelta(seconds=begin + 1)]
        assert len(window) <= per_second + pace.burst


def test_a_host_whose_clock_is_wrong_does_not_silence_the_others() -> None:
    pace = Pace(1.0)
    assert pace.free(NOW + timedelta(hours=1), NOW) == 1
    assert pace.next_free_at(NOW + timedelta(hours=1), NOW) == NOW
    assert pace.free(NOW + 3 * SECOND, NOW) == 0, "clocks that differ by seconds are ordinary"


def test_what_takes_a_thousand_a_second_has_no_pace_and_email_never_has() -> None:
    assert paces(Limits(1000, 2)) == {ContactMethod.SMS: Pace(2)}
    assert paces(Limits()).keys() == {ContactMethod.CALL, ContactMethod.SMS}


@pytest.mark.parametrize("per_second", [0.1, 1, 30])
def test_the_turns_of_long_texts_are_no_nonsense(per_second: float) -> None:
    pace = Pace(per_second)
    taken = pace.after(LONG_AGO, NOW, pace.burst)
    for _ in range(pace.burst):
        taken = pace.after(taken, NOW, LONGEST_TEXT_SEGMENTS - 1)
    assert pace.free(taken, NOW) == 0
    assert taken == NOW + pace.turn * pace.burst * LONGEST_TEXT_SEGMENTS


def test_every_account_has_its_own() -> None:
    assert paces(Limits(2, 1000), "second") == {ContactMethod.CALL: Pace(2, "second")}
    assert Pace(1).provider == "twilio"


@pytest.mark.parametrize("per_second", [0.1, 1, 30])
def test_what_another_account_hands_over_is_remembered_as_far_as_no_honest_clock_takes_it_for_nonsense(
    per_second: float,
) -> None:
    pace, taken = Pace(per_second), LONG_AGO
    for _ in range(1000):
        taken = pace.after(taken, NOW, 1)
    assert taken == NOW + 8 * pace.turn * pace.burst
    assert pace.free(taken, NOW) == 0
    assert pace.free(taken, taken) == pace.burst
    assert pace.after(taken, NOW - 3 * SECOND, 1) == taken, "nobody who is behind gives turns back"
