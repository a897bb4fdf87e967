"""The layers of a schedule: rotations as tilings of answers. Instants are naive and UTC."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from oncall.core.calendar_rotation import CalendarRotation, why_calendar
from oncall.core.clock_changes import clock_changes
from oncall.core.engineer import Absence
from oncall.core.presence import Presence, StandIn, absences, naive
from oncall.core.rotation import Rotation, why_rotation
from oncall.core.tiling import BEGINNING, END, TICK, Tiling, around, one_tile, overlaid
from oncall.core.turns import Turns
from oncall.core.windows import windows_tiling

Away = Mapping[str, tuple[Absence, ...]]


class Answer(NamedTuple):
    """Who is on call and why."""

    engineer: str
    rotation: str
    why: str


# While all windows of a rotation are closed; it never leaves this module.
_CLOSED = Answer("", "", "")


class TurnsLayer:
    """Engineers who take turns."""

    __slots__ = ("_answers", "_is_solo", "_known", "_timezone", "presence", "rotation", "turns", "until")

    def __init__(self, rotation: Rotation, away: Away, timezone: str) -> None:
        changes = clock_changes(timezone)
        self.rotation = rotation
        self.turns = Turns(rotation, changes)
        self.presence = Presence(rotation, away, changes)
        self._timezone = timezone
        self.until = END if rotation.until is None else changes.instant(rotation.until)
        self._is_solo = len(set(rotation.engineers)) == 1 and not rotation.members
        why = why_rotation(rotation)
        self._answers = [Answer(engineer, rotation.name, why) for engineer in rotation.engineers]
        self._known: dict[tuple[int, StandIn], Answer] = {}

    def tiling(self, since: datetime, until: datetime) -> Tiling[Answer]:
        """Around a span: who has it of this rotation."""
        begins_at, ends_at = self.turns.begins_at, self.until
        if ends_at <= begins_at:  # the clock jumped over the whole of it
            return one_tile(None)
        if until <= begins_at:
            return one_tile(None, until=begins_at)
        if since >= ends_at:
            return one_tile(None, since=ends_at)
        whole = self._between(max(since, begins_at), min(until, ends_at))
        if since < begins_at:
            whole = Tiling([BEGINNING, begins_at, *whole.edges[1:]], [None, *whole.answers])
        if until > ends_at:
            whole = Tiling([*whole.edges[:-1], ends_at, END], [*whole.answers, None])
        return whole

    def is_open(self, at: datetime) -> bool:
        """Whether an instant lies in a window, where it has windows."""
        if not self.rotation.during:
            return True
        return windows_tiling(self.rotation.during, self._timezone, at, at + TICK, _CLOSED).answers[0] is None

    def _between(self, since: datetime, until: datetime) -> Tiling[Answer]:
        if self._is_solo:
            places: Tiling[int] = one_tile(0, self.turns.begins_at, self.until)
        else:
            places = self.turns.tiling(since, until)
            places.edges[-1] = min(places.edges[-1], self.until)
        found = self._answered(places)
        if self.rotation.during:
            windows = windows_tiling(self.rotation.during, self._timezone, since, until, _CLOSED)
            covered = overlaid(windows, around(found, since, until))
            found = Tiling(covered.edges, [None if each is _CLOSED else each for each in covered.answers])
            found.edges[0] = max(found.edges[0], self.turns.begins_at)
            found.edges[-1] = min(found.edges[-1], self.until)
        return found

    def _answered(self, places: Tiling[int]) -> Tiling[Answer]:
        if self.presence.is_always_whole():
            return Tiling(places.edges, [None if place is None else self._answers[place] for place in places.answers])
        filled = self.presence.tiling(places)
        return Tiling(filled.edges, [None if each is None else self._answer(each) for each in filled.answers])

    def _answer(self, each: tuple[int, StandIn]) -> Answer:
        whose, found = each
        if whose == found.place:
            return self._answers[whose]
        if each not in self._known:
            names = self.rotation.engineers
            why = f"rotation {self.rotation.name}: it is {names[whose]}'s turn, who {found.reason}"
            why = f"{why}; {names[found.place]} is the next who is there"
            self._known[each] = Answer(names[found.place], self.rotation.name, why)
        return self._known[each]


class CalendarLayer:
    """What somebody entered in a calendar; who is away is passed over, and an entry underneath counts."""

    __slots__ = ("_all", "rotation")

    def __init__(self, rotation: CalendarRotation, away: Away) -> None:
        self.rotation = rotation
        self._all: Tiling[Answer] = one_tile(None)
        why = why_calendar(rotation)
        for span in rotation.spans:
            answer = Answer(span.engineer, rotation.name, why)
            for begins, ends in _without(naive(span.starts_at), naive(span.ends_at), away.get(span.engineer, ())):
                self._all.cover(begins, ends, answer)

    def tiling(self, since: datetime, until: datetime) -> Tiling[Answer]:
        """Around a span: who has it of this calendar."""
        return around(self._all, since, until)


def _without(begins: datetime, ends: datetime, away: tuple[Absence, ...]) -> list[tuple[datetime, datetime]]:
    parts = [(begins, ends)]
    for missing in absences(away):
        parts = [
            piece
            for since, until in parts
            for piece in ((since, min(until, missing.begins)), (max(since, missing.ends), until))
            if piece[0] < piece[1]
        ]
    return parts
