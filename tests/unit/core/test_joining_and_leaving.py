"""Engineers join and leave a rotation: the past stays, no handoff moves, and the order goes on from where it was."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytz
from hypothesis import given, settings
from hypothesis import strategies as st

from oncall.core.engineer import Absence
from oncall.core.rotation import Membership, Rotation, ShiftLength
from oncall.core.schedule import Schedule, on_call, shifts

ZONE = "Europe/Brussels"
WEEK = (ShiftLength(rest=timedelta(weeks=1)),)
STARTS = datetime.fromisoformat("2026-01-05 09:00")
DAY = timedelta(days=1)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def utc(text: str) -> datetime:
    return pytz.utc.localize(datetime.fromisoformat(text))


def weekly(*engineers: str | tuple[str, str | None, str | None], **away: tuple[Absence, ...]) -> Schedule:
    """Names, or (name, joins, leaves)."""
    names = tuple(each if isinstance(each, str) else each[0] for each in engineers)
    members = tuple(
        Membership() if isinstance(each, str) else Membership(*(wall(edge) if edge else None for edge in each[1:]))
        for each in engineers
    )
    return Schedule("s", ZONE, (Rotation("weekly", STARTS, WEEK, names, (), None, members),), (), away)


def mondays(schedule: Schedule, count: int, since: str = "2026-01-05 12:00") -> str:
    """Whose the weeks are, by the first letter."""
    found = (on_call(schedule, utc(since) + number * 7 * DAY).engineer for number in range(count))
    return " ".join((engineer or "-")[0] for engineer in found)


def test_a_newcomer_gets_the_first_turn_when_the_order_comes_by_their_place() -> None:
    assert mondays(weekly("alice", "bob", "carol", ("dave", "2026-02-01", None)), 10) == "a b c a b c d a b c"
    assert mondays(weekly("alice", ("dave", "2026-02-01", None), "bob", "carol"), 10) == "a b c a d b c a d b"


def test_the_turns_of_somebody_who_left_fall_to_the_others_in_order() -> None:
    assert mondays(weekly("alice", ("bob", None, "2026-01-26 09:00"), "carol"), 8) == "a b c a c a c a"


def test_who_takes_over_a_place_moves_nobody_else() -> None:
    before = mondays(weekly("alice", "bob", "carol"), 12)
    handed_over = weekly("alice", ("bob", None, "2026-02-01"), ("dave", "2026-02-01", None), "carol")
    assert mondays(handed_over, 12) == before[:8] + before[8:].replace("b", "d")


def test_who_leaves_in_the_middle_of_a_turn_hands_its_rest_to_the_next_who_is_there() -> None:
    leaving = weekly("alice", ("bob", None, "2026-01-14"), ("dave", "2026-01-14", None), "carol")
    found = shifts(leaving, utc("2026-01-12 08:00"), utc("2026-01-26 08:00"))
    assert [(each.engineer, each.starts_at) for each in found] == [
        ("bob", utc("2026-01-12 08:00")),
        ("dave", utc("2026-01-13 23:00")),
        ("carol", utc("2026-01-19 08:00")),
    ]
    assert found[1].why == "rotation weekly: it is bob's turn, who has left; dave is the next who is there"


def test_an_absence_hands_the_turn_to_the_next_who_is_there_and_moves_nobody_else() -> None:
    skiing = Absence(utc("2026-01-13 23:00"), utc("2026-01-20 23:00"), "skiing")
    found = weekly("alice", "bob", "carol", bob=(skiing,))
    assert mondays(found, 6) == "a b c a b c"
    [middle] = [
        each for each in shifts(found, utc("2026-01-12 08:00"), utc("2026-01-19 08:00")) if "skiing" in each.why
    ]
    assert (middle.engineer, middle.starts_at, middle.ends_at) == ("carol", skiing.starts_at, utc("2026-01-19 08:00"))
    assert middle.why == "rotation weekly: it is bob's turn, who is away (skiing); carol is the next who is there"


def test_two_who_are_away_are_both_passed_over() -> None:
    ill = (Absence(utc("2026-01-12 00:00"), utc("2026-01-26 00:00")),)
    assert mondays(weekly("alice", "bob", "carol", bob=ill, carol=ill), 4) == "a a a a"


def test_when_all_are_away_the_rotation_underneath_counts_and_else_it_is_a_gap() -> None:
    ill = (Absence(utc("2026-01-12 00:00"), utc("2026-01-26 00:00")),)
    alone = weekly("alice", alice=ill)
    assert on_call(alone, utc("2026-01-13 00:00")).engineer is None
    under = Rotation("base", STARTS, WEEK, ("erik",))
    assert (
        on_call(Schedule("s", ZONE, (under, *alone.rotations), (), {"alice": ill}), utc("2026-01-13 00:00")).engineer
        == "erik"
    )


def test_a_rotation_whose_engineers_have_all_left_has_nobody() -> None:
    left = weekly(("alice", None, "2026-01-14"))
    assert on_call(left, utc("2026-01-13 22:59")).engineer == "alice"
    assert on_call(left, utc("2026-01-13 23:00")).engineer is None


names = st.lists(st.sampled_from("abcdef"), min_size=1, max_size=5, unique=True)
lengths = st.one_of(
    st.integers(5, 60).map(lambda hours: ShiftLength(rest=timedelta(hours=hours))),
    st.integers(1, 9).map(lambda days: ShiftLength(rest=timedelta(days=days))),
    st.just(ShiftLength(months=1)),
)


@st.composite
def rotations(draw: st.DrawFn) -> Rotation:
    return Rotation("r", STARTS, tuple(draw(st.lists(lengths, min_size=1, max_size=3))), tuple(draw(names)))


def turns(rotation: Rotation, until: datetime) -> list[tuple[datetime, str | None]]:
    """When each turn begins and who has it then; turns of one engineer that meet are told apart by nobody."""
    found = shifts(Schedule("s", ZONE, (rotation,)), utc("2026-01-05 08:00"), until)
    return [(each.starts_at, each.engineer) for each in found if each.starts_at]


@given(rotations(), st.integers(0, 90), st.integers(0, 5))
@settings(max_examples=50, deadline=None)
def test_nothing_changes_before_somebody_joins_and_no_handoff_moves(old: Rotation, days: int, place: int) -> None:
    joins = STARTS + days * DAY
    place = min(place, len(old.engineers))
    there = [Membership()] * len(old.engineers)
    new = Rotation(
        "r", STARTS, old.shift, (*old.engineers[:place], "new", *old.engineers[place:]), (), None,
        (*there[:place], Membership(joins=joins), *there[place:]),
    )  # fmt: skip
    joined_at, until = pytz.timezone(ZONE).localize(joins), utc("2026-05-01 00:00")
    before, after = turns(old, until), turns(new, until)
    assert [each for each in after if each[0] < joined_at] == [each for each in before if each[0] < joined_at]
    _only_known_handoffs(new, after)
    _the_order_goes_on(new.engineers, [name for _, name in after], newcomer=True)


@given(rotations(), st.integers(1, 90), st.integers(0, 4))
@settings(max_examples=50, deadline=None)
def test_a_leavers_turns_go_to_the_others_in_order_and_no_handoff_moves(old: Rotation, days: int, place: int) -> None:
    leaves = STARTS + days * DAY
    place %= len(old.engineers)
    members = tuple(Membership(leaves=leaves if index == place else None) for index in range(len(old.engineers)))
    new = Rotation("r", STARTS, old.shift, old.engineers, (), None, members)
    left_at, until = pytz.timezone(ZONE).localize(leaves), utc("2026-05-01 00:00")
    before, after = turns(old, until), turns(new, until)
    assert [each for each in after if each[0] < left_at] == [each for each in before if each[0] < left_at]
    assert all(name != old.engineers[place] for at, name in after if at >= left_at)
    _only_known_handoffs(new, [each for each in after if each[0] != left_at])


def _only_known_handoffs(rotation: Rotation, found: list[tuple[datetime, str | None]]) -> None:
    """Handoffs are where they are for two who take turns, in whose list every turn is a shift."""
    two = Rotation("r", STARTS, rotation.shift, ("x", "y"))
    known = {at for at, _ in turns(two, utc("2026-05-01 00:00"))}
    assert {at for at, _ in found} <= known


def _the_order_goes_on(order: tuple[str, ...], names: list[str | None], *, newcomer: bool) -> None:
    """After each comes the next in the list, but for the newcomer, who is passed by until joining."""
    for one, other in pairwise(names):
        assert one is not None
        step = (order.index(str(other)) - order.index(one)) % len(order)
        skipped = order[(order.index(one) + 1) % len(order)]
        assert step == 1 or (newcomer and step == 2 and skipped == "new")
