"""One schedule of others as schedules of ours: ours has one engineer at a time, theirs may have several.

People who are on call side by side come into lanes, one schedule of ours each, and an escalation step pages all of
them. Nothing is split where nobody overlaps.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from oncall.core.rotation import Rotation, Window
from oncall.core.schedule import Schedule, shifts
from oncall.schedule_files.importers.source import NOBODY, Calendar, Cover, SourceSchedule, Track, Turns
from oncall.schedule_files.values import shift as read_shift

# As far as overlaps are looked for: beyond a year everything has repeated itself.
_SEEN_FOR = timedelta(days=400)

_Spans = list[tuple[datetime, datetime]]


@dataclass(frozen=True, slots=True)
class Lane:
    """What becomes one schedule of ours; covers have exactly one person each."""

    turns: tuple[Turns, ...]
    covers: tuple[Cover, ...]
    calendars: tuple[Calendar, ...] = ()


def lanes(found: SourceSchedule, since: datetime) -> list[Lane]:
    """The schedules of ours that together say the same; at least one."""
    until = since + _SEEN_FOR
    covers = [cover for cover in found.covers if cover.ends_at > since and cover.people]
    levels = [
        _apart([track for track in found.tracks if track.level == level], covers, found.timezone, since, until)
        for level in sorted({track.level for track in found.tracks})
    ]
    replacing = [cover for cover in covers if not cover.adds]
    count = max([1, *(len(level) for level in levels), *(len(cover.people) for cover in replacing)])
    made = [
        Lane(_unique_names(_stacked(levels, number)), tuple(_covers(replacing, levels, number)))
        for number in range(count)
    ]
    made[0] = replace(made[0], calendars=found.calendars)
    return [*made, *_added([cover for cover in covers if cover.adds])]


def with_everybody(people: tuple[str, ...]) -> tuple[str, ...]:
    """The same turns, those of nobody given to whoever is next."""
    return tuple(
        next(person for person in (*people[number:], *people) if person != NOBODY) for number in range(len(people))
    )


def _apart(
    tracks: list[Track], covers: list[Cover], timezone: str, since: datetime, until: datetime
) -> list[list[Track]]:
    """The tracks in as few heaps as need be, so that no two of one heap are on call together."""
    if len(tracks) == 1:
        return [tracks]
    heaps: list[list[Track]] = []
    busy: list[_Spans] = []
    for track in tracks:
        mine = _busy(track, covers, timezone, since, until)
        for heap, spans in zip(heaps, busy, strict=True):
            if not _overlap(mine, spans):
                heap.append(track)
                spans.extend(mine)
                break
        else:
            heaps.append([track])
            busy.append(mine)
    return heaps


def _busy(track: Track, covers: list[Cover], timezone: str, since: datetime, until: datetime) -> _Spans:
    schedule = Schedule("", timezone, tuple(_rotation(turns) for turns in track.turns))
    spans: _Spans = [(cover.starts_at, cover.ends_at) for cover in covers if track.id in cover.tracks]
    for one in shifts(schedule, since, until):
        if one.engineer is not None and one.starts_at is not None and one.ends_at is not None:
            spans.append((one.starts_at, one.ends_at))
    return spans


def _rotation(turns: Turns) -> Rotation:
    during = tuple(
        Window(each.days, time.fromisoformat(each.begins), time.fromisoformat(each.until)) for each in turns.during
    )
    engineers = with_everybody(turns.people)
    return Rotation(turns.name, turns.starts, read_shift(list(turns.shift)), engineers, during, turns.until)


def _overlap(one: _Spans, other: _Spans) -> bool:
    last_end: dict[bool, datetime] = {}
    for starts_at, ends_at, mine in sorted([(*span, True) for span in one] + [(*span, False) for span in other]):
        if (not mine) in last_end and starts_at < last_end[not mine]:
            return True
        last_end[mine] = max(ends_at, last_end.get(mine, ends_at))
    return False


def _stacked(levels: list[list[list[Track]]], number: int) -> list[Turns]:
    """Of the lowest level this lane's own; of those above all, so that they cover here too, its own on top."""
    stacked: list[Turns] = []
    for height, heaps in enumerate(levels):
        own = heaps[number] if number < len(heaps) else []
        others = [track for heap in heaps if heap is not own for track in heap] if height else []
        stacked += [turns for track in (*others, *own) for turns in track.turns]
    return stacked


def _unique_names(stacked: list[Turns]) -> tuple[Turns, ...]:
    seen: set[str] = set()
    unique = []
    for turns in stacked:
        name, number = turns.name, 2
        while name in seen:
            name, number = f"{turns.name} {number}", number + 1
        seen.add(name)
        unique.append(replace(turns, name=name))
    return tuple(unique)


def _covers(covers: list[Cover], levels: list[list[list[Track]]], number: int) -> Iterable[Cover]:
    here = {track.id for heaps in levels if number < len(heaps) for track in heaps[number]}
    for cover in covers:
        if not cover.tracks or here & set(cover.tracks):
            yield replace(cover, people=(cover.people[number % len(cover.people)],))


def _added(covers: list[Cover]) -> list[Lane]:
    """Those who are on call beside everybody else."""
    heaps: list[list[Cover]] = []
    for cover in covers:
        for person in cover.people:
            one = replace(cover, people=(person,))
            free = (
                heap for heap in heaps if all(o.ends_at <= one.starts_at or o.starts_at >= one.ends_at for o in heap)
            )
            heap = next(free, None)
            if heap is None:
                heaps.append([one])
            else:
                heap.append(one)
    return [Lane((), tuple(heap)) for heap in heaps]
