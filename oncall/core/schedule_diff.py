"""What changes for whom: two states of a schedule, compared by who is on call at every instant."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from oncall.core.local_time import to_local
from oncall.core.plain_text import one_line
from oncall.core.schedule import Schedule, shifts

_ZERO = timedelta(0)


@dataclass(frozen=True, slots=True)
class Change:
    """A span in which somebody else is on call than before. Engineers are keys in the YAML, None is nobody."""

    schedule: str
    starts_at: datetime
    ends_at: datetime
    before: str | None
    after: str | None


_Tile = tuple[datetime, datetime, str | None]


def changes(
    key: str, before: Schedule | None, after: Schedule | None, since: datetime, until: datetime
) -> list[Change]:
    """Every span between ``since`` and ``until`` in which another engineer has it, in order and as long as can be.

    A schedule that is None has nobody at any time. Empty where nothing changes, or ``until`` is not later.
    """
    found: list[Change] = []
    for starts_at, ends_at, had, has in _side_by_side(_tiles(before, since, until), _tiles(after, since, until)):
        if had == has:
            continue
        last = found[-1] if found else None
        if last and (last.ends_at, last.before, last.after) == (starts_at, had, has):
            found[-1] = replace(last, ends_at=ends_at)
        else:
            found.append(Change(key, starts_at, ends_at, had, has))
    return found


def _tiles(schedule: Schedule | None, since: datetime, until: datetime) -> list[_Tile]:
    if schedule is None:
        return [(since, until, None)] if since < until else []
    tiles: list[_Tile] = []
    for shift in shifts(schedule, since, until):
        assert shift.starts_at is not None
        assert shift.ends_at is not None
        tiles.append((shift.starts_at, shift.ends_at, shift.engineer))
    return tiles


def _side_by_side(
    before: list[_Tile], after: list[_Tile]
) -> Iterator[tuple[datetime, datetime, str | None, str | None]]:
    """Both tile the same span, so every piece of the one lies beside pieces of the other."""
    old, new = iter(before), iter(after)
    one, other = next(old, None), next(new, None)
    while one is not None and other is not None:
        ends_at = min(one[1], other[1])
        yield max(one[0], other[0]), ends_at, one[2], other[2]
        if one[1] == ends_at:
            one = next(old, None)
        if other[1] == ends_at:
            other = next(new, None)


def balance(found: Iterable[Change]) -> dict[str, timedelta]:
    """How much more (or, negative, less) each engineer is on call by these changes; only those who gain or lose."""
    total: dict[str, timedelta] = defaultdict(timedelta)
    for change in found:
        length = change.ends_at - change.starts_at
        if change.before is not None:
            total[change.before] -= length
        if change.after is not None:
            total[change.after] += length
    return {engineer: gained for engineer, gained in sorted(total.items()) if gained}


def change_text(change: Change, names: Mapping[str, str], timezone: str) -> str:
    """One change in people's terms: "Tue 24 Nov 09:00 – 18:00: Bob instead of Alice"."""
    when = span_text(timezone, change.starts_at, change.ends_at)
    had, has = (None if key is None else name_of(key, names) for key in (change.before, change.after))
    if has is None:
        return f"{when}: nobody any more, {had} was"
    if had is None:
        return f"{when}: now {has}, where nobody was"
    return f"{when}: {has} instead of {had}"


def name_of(key: str, names: Mapping[str, str]) -> str:
    """An engineer's name, on one line; the key where there is none."""
    return one_line(names.get(key, "")) or key


def span_text(timezone: str, starts_at: datetime, ends_at: datetime) -> str:
    """A span on the wall clock of that zone, the date said once where it is within a day.

    The zone's abbreviations are added where the clock changes in it, and the year where that does.
    """
    starts, ends = to_local(timezone, starts_at), to_local(timezone, ends_at)
    turns = starts.utcoffset() != ends.utcoffset()
    over_new_year = starts.year != ends.year
    first = f"{starts:%a} {starts.day} {starts:%b}{_year(starts, said=over_new_year)} {clock_text(starts)}"
    last = clock_text(ends)
    if starts.date() != ends.date():
        last = f"{ends:%a} {ends.day} {ends:%b}{_year(ends, said=over_new_year)} {last}"
    return f"{first} {starts:%Z} – {last} {ends:%Z}" if turns else f"{first} – {last}"


def _year(local: datetime, *, said: bool) -> str:
    return f" {local.year}" if said else ""


def clock_text(local: datetime) -> str:
    """Hours and minutes, and seconds where there are any."""
    return f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"


def hours_text(length: timedelta) -> str:
    """A length without its sign: "9 h", "1 h 30 min"; never less than a minute."""
    minutes = max(round(abs(length) / timedelta(minutes=1)), 1 if length else 0)
    hours, rest = divmod(minutes, 60)
    return " ".join([f"{hours} h"] * bool(hours) + [f"{rest} min"] * bool(rest)) or "0 h"


def balance_text(found: Iterable[Change], names: Mapping[str, str]) -> str:
    """Who gains and who loses how much, in words; "" where everybody's hours stay what they were."""
    return ", ".join(
        f"{name_of(key, names)} {hours_text(gained)} {'more' if gained > _ZERO else 'less'}"
        for key, gained in balance(found).items()
    )
