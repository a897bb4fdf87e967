"""What one look at an engineer's shifts comes to."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from oncall.core.engineer import ContactMethod, Engineer, NotificationRule, QuietHours, ShiftPurpose
from oncall.core.shift_changes import OwnShift
from oncall.core.shift_notices import KNOWN_FOR, KnownShifts, ShiftNotice, Stock, contact_methods, take_stock

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SMS, CALL, EMAIL = ContactMethod.SMS, ContactMethod.CALL, ContactMethod.EMAIL
ALICE = Engineer("alice", "Alice Martin", "+32470000001", email="alice@example.com", timezone="UTC")
QUIET = replace(ALICE, quiet_hours=QuietHours(time(22, 0), time(7, 0)))
CHANGES, HANDOFF, DAY_BEFORE = ShiftPurpose.CHANGES, ShiftPurpose.HANDOFF, ShiftPurpose.DAY_BEFORE


def shift(starts_at: datetime, lasts: timedelta = DAY, schedule: str = "production") -> OwnShift:
    return OwnShift(schedule, starts_at, starts_at + lasts)


class Life:
    """An engineer through time, whose shifts are edited."""

    def __init__(
        self, engineer: Engineer, *own: OwnShift, now: datetime = NOW, methods: Sequence = (SMS, CALL)
    ) -> None:
        self.engineer, self.own, self.now, self.methods = engineer, own, now, methods
        self.known = KnownShifts(engineer.key, 1, until=now)
        self.again_at = now
        self.told: list[tuple[datetime, ShiftNotice]] = []
        assert self.look() == []

    def look(self) -> list[ShiftPurpose]:
        stock = self.stock()
        if stock.changed:
            self.known = KnownShifts(self.engineer.key, 1, stock.until, stock.shifts)
        assert stock.again_at > self.now
        self.again_at = stock.again_at
        self.told += [(self.now, notice) for notice in stock.notices]
        return [notice.purpose for notice in stock.notices]

    def stock(self) -> Stock:
        return take_stock(
            self.engineer,
            self.known,
            self.own,
            until=self.now + KNOWN_FOR,
            zones={"production": "UTC", "backup": "UTC"},
            methods=self.methods,
            now=self.now,
        )

    def until(self, instant: datetime) -> list[ShiftPurpose]:
        """Look whenever it is time to, up to that instant."""
        told: list[ShiftPurpose] = []
        while self.again_at <= instant:
            self.now = self.again_at
            told += self.look()
        self.now = instant
        return told

    def edited(self, *own: OwnShift) -> list[ShiftPurpose]:
        self.own = own
        return self.look()


def test_time_brings_the_day_before_and_the_handoff_each_at_its_instant() -> None:
    life = Life(ALICE, shift(NOW + 3 * DAY))
    assert life.until(NOW + 10 * DAY) == [DAY_BEFORE, HANDOFF]
    assert [at for at, _ in life.told] == [NOW + 2 * DAY, NOW + 3 * DAY]


def test_a_shift_that_begins_while_one_was_on_call_within_a_day_is_not_announced_the_day_before() -> None:
    half_days = [shift(NOW + 3 * DAY + n * DAY, 12 * HOUR) for n in range(5)]
    assert Life(ALICE, *half_days).until(NOW + 10 * DAY).count(DAY_BEFORE) == 1
    every_other_day = [shift(NOW + 3 * DAY + n * 2 * DAY) for n in range(5)]
    assert Life(ALICE, *every_other_day).until(NOW + 20 * DAY).count(DAY_BEFORE) == 5


def test_the_first_look_tells_nothing_and_whoever_joins_later_hears_of_their_shifts() -> None:
    life = Life(ALICE, shift(NOW - HOUR), shift(NOW + 3 * DAY))
    life.known = KnownShifts("alice", 1, until=NOW + KNOWN_FOR)
    assert life.look() == [HANDOFF, CHANGES]


def test_a_handoff_more_than_an_hour_ago_is_not_told_and_one_less_is() -> None:
    for late, told in ((59 * MINUTE, [HANDOFF]), (61 * MINUTE, [])):
        life = Life(ALICE, shift(NOW + 3 * HOUR))
        life.now = NOW + 3 * HOUR + late
        assert life.look() == told


def test_a_shift_that_has_just_ended_is_known_to_an_engine_whose_clock_is_behind() -> None:
    """Another one, seconds ahead, has seen its end already, and that somebody else has it now."""
    ends, rest = shift(NOW - HOUR, 2 * HOUR), shift(NOW + 5 * DAY)
    life = Life(ALICE, ends)
    life.now = NOW + HOUR + SECOND
    assert life.edited(ends, rest) == [CHANGES]
    life.now = NOW + HOUR - SECOND
    assert life.look() == []


def test_a_day_before_that_was_slept_through_is_told_late_but_not_once_the_shift_has_begun() -> None:
    life = Life(ALICE, shift(NOW + 2 * DAY))
    life.now = NOW + DAY + 20 * HOUR
    assert life.look() == [DAY_BEFORE]
    life = Life(ALICE, shift(NOW + 2 * DAY))
    life.now = NOW + 2 * DAY + MINUTE
    assert life.look() == [HANDOFF]


def test_an_edit_is_told_once_and_a_longer_shift_that_is_under_way_is_no_new_handoff() -> None:
    life = Life(ALICE, shift(NOW - HOUR))
    assert life.edited(shift(NOW - HOUR, 2 * DAY)) == [CHANGES]
    assert life.look() == []
    assert life.edited(shift(NOW - HOUR, 2 * DAY), shift(NOW + 5 * DAY)) == [CHANGES]
    assert life.edited() == [CHANGES]
    assert life.until(NOW + 20 * DAY) == []


def test_an_edit_beyond_two_weeks_is_not_told_even_later() -> None:
    life = Life(ALICE)
    assert life.edited(shift(NOW + 15 * DAY)) == []
    assert life.until(NOW + 30 * DAY) == [DAY_BEFORE, HANDOFF]


def test_quiet_hours_hold_back_edits_and_the_day_before_but_no_handoff() -> None:
    night = NOW.replace(hour=23)
    life = Life(QUIET, shift(night + 2 * DAY))
    assert life.until(night + 3 * DAY) == [DAY_BEFORE, HANDOFF]
    assert [at for at, _ in life.told] == [night + DAY + 8 * HOUR, night + 2 * DAY]
    life = Life(QUIET, now=night)
    assert life.edited(shift(night + 5 * DAY)) == []
    assert life.until(night + 8 * HOUR) == [CHANGES]


def test_a_day_before_that_is_late_waits_for_the_morning_too() -> None:
    night = NOW.replace(hour=23)
    life = Life(QUIET, shift(NOW + 2 * DAY))
    life.now = night + DAY
    assert life.look() == []
    assert life.until(NOW + 3 * DAY) == [DAY_BEFORE, HANDOFF]
    assert life.told[0][0] == night + DAY + 8 * HOUR


def test_what_two_edits_in_a_night_come_to_is_told_once_in_the_morning() -> None:
    night = NOW.replace(hour=23)
    life = Life(QUIET, shift(night + 5 * DAY), now=night)
    assert life.edited(shift(night + 6 * DAY)) == []
    life.now += HOUR
    assert life.edited(shift(night + 6 * DAY + HOUR)) == []
    assert life.until(night + DAY) == [CHANGES]
    [change] = life.told[0][1].changes
    assert (change.before, change.after) == ((shift(night + 5 * DAY),), (shift(night + 6 * DAY + HOUR),))


def test_a_change_of_a_shift_that_is_over_by_the_morning_is_never_told() -> None:
    night = NOW.replace(hour=23)
    life = Life(QUIET, shift(night + HOUR, 2 * HOUR), now=night)
    assert life.edited() == []
    assert life.until(night + 3 * DAY) == []


def test_nobody_is_called_in_the_night_but_the_news_waits_for_the_morning() -> None:
    night = NOW.replace(hour=23)
    life = Life(ALICE, shift(night + 2 * DAY), methods=(CALL,))
    assert life.until(night + 3 * DAY) == [DAY_BEFORE, HANDOFF]
    assert life.told[0][0] == night + DAY + 8 * HOUR


def test_of_a_handoff_in_the_night_everybody_hears_at_once_by_a_call_where_there_is_nothing_else() -> None:
    night = NOW.replace(hour=3)
    life = Life(ALICE, shift(night + DAY), methods=(CALL,))
    life.until(night + 2 * DAY)
    assert [at for at, notice in life.told if notice.purpose is HANDOFF] == [night + DAY]
    life = Life(ALICE, now=night, methods=(CALL,))
    assert life.edited(shift(night - HOUR)) == [HANDOFF]


def test_what_is_not_wanted_is_known_without_being_told() -> None:
    life = Life(replace(ALICE, shift_notices=(HANDOFF,)))
    assert life.edited(shift(NOW + 2 * DAY)) == []
    assert life.until(NOW + 5 * DAY) == [HANDOFF]
    assert Life(ALICE, methods=()).edited(shift(NOW + 2 * DAY)) == []


def test_the_known_weeks_are_renewed_long_before_they_run_out() -> None:
    life = Life(ALICE)
    life.until(NOW + 100 * DAY)
    assert life.known.until > life.now + 27 * DAY


def test_contact_methods_are_the_engineers_own_and_a_call_is_the_last_resort() -> None:
    def methods(*by: ContactMethod, connected: bool = True, **changes: str) -> tuple[ContactMethod, ...]:
        rules = tuple(NotificationRule(each, n * MINUTE) for n, each in enumerate(by))
        return contact_methods(replace(ALICE, notify=rules, **changes), email_connected=connected)

    assert methods(CALL, EMAIL, SMS, CALL) == (EMAIL, SMS)
    assert methods(CALL, EMAIL, connected=False) == (CALL,)
    assert methods(EMAIL, CALL, email="") == (CALL,)
    assert methods(ContactMethod.SLACK, ContactMethod.PAGERDUTY) == ()


starts = st.integers(-40, 20 * 24)
edits = st.lists(st.tuples(starts, st.integers(1, 60)), max_size=5)


def disjoint(spans: list[tuple[int, int]]) -> tuple[OwnShift, ...]:
    kept: list[OwnShift] = []
    for start, lasts in sorted(spans):
        begins = NOW + start * HOUR
        if not kept or kept[-1].ends_at < begins:
            kept.append(shift(begins, lasts * HOUR))
    return tuple(kept)


@given(
    st.sampled_from([ALICE, QUIET]),
    edits,
    st.lists(st.tuples(st.integers(1, 40), edits), max_size=5),
)
@settings(max_examples=200, deadline=None)
def test_whatever_is_edited_when_nothing_is_told_twice_and_in_the_end_everybody_knows_what_is(
    engineer: Engineer, first: list[tuple[int, int]], later: list[tuple[int, list[tuple[int, int]]]]
) -> None:
    life = Life(engineer, *disjoint(first))
    for hours, spans in later:
        life.until(life.now + hours * HOUR)
        life.edited(*disjoint(spans))
        again = life.stock()
        assert not again.notices
        assert not again.changed
    life.until(life.now + DAY)
    final = [own for own in life.own if own.ends_at > life.now and own.starts_at < life.known.until]
    known = [own for own in life.known.shifts if own.ends_at > life.now]
    assert [(max(a.starts_at, life.now), a.ends_at) for a in known] == [
        (max(b.starts_at, life.now), b.ends_at) for b in final
    ]
    moments = [(n.purpose, n.shift) for _, n in life.told if n.shift is not None and n.shift.starts_at == _at(life, n)]
    assert len(moments) == len(set(moments))
    loud = [n.purpose for at, n in life.told if engineer is QUIET and (at.hour >= 22 or at.hour < 7)]
    assert set(loud) <= {HANDOFF}


def _at(life: Life, notice: ShiftNotice) -> datetime:
    """When the moment of such a notice was, as far as time brought it."""
    at = next(at for at, each in life.told if each is notice)
    assert notice.shift is not None
    return at if notice.purpose is HANDOFF else notice.shift.starts_at
