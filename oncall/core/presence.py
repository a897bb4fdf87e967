"""Who of a rotation is there: members join and leave, and engineers are away. Instants are naive and UTC."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import pytz

from oncall.core.clock_changes import ClockChanges
from oncall.core.engineer import Absence
from oncall.core.rotation import Rotation
from oncall.core.tiling import BEGINNING, END, Tiling


@dataclass(frozen=True, slots=True)
class StandIn:
    """Who has it at an instant, as a place in the list; ``reason`` is why the one whose turn it is has not, or ""."""

    place: int
    reason: str


@dataclass(frozen=True, slots=True)
class _Missing:
    begins: datetime
    ends: datetime
    reason: str


class Presence:
    """Compiled from a rotation and its engineers' absences once, and then asked again and again."""

    __slots__ = ("_edges", "_missing")

    def __init__(self, rotation: Rotation, away: Mapping[str, tuple[Absence, ...]], changes: ClockChanges) -> None:
        self._missing = [
            [*_outside(rotation, place, changes), *absences(away.get(engineer, ()))]
            for place, engineer in enumerate(rotation.engineers)
        ]
        all_edges = {edge for missing in self._missing for each in missing for edge in (each.begins, each.ends)}
        self._edges = sorted(all_edges - {BEGINNING, END})

    def is_always_whole(self) -> bool:
        """Whether nobody is ever missing."""
        return not self._edges

    def tiling(self, turns: Tiling[int]) -> Tiling[tuple[int, StandIn]]:
        """For each tile whose turn it is, and who has it; None where all are missing."""
        edges: list[datetime] = []
        answers: list[tuple[int, StandIn] | None] = []
        for index, place in enumerate(turns.answers):
            assert place is not None
            begins, ends = turns.edges[index], turns.edges[index + 1]
            between = self._edges[bisect_right(self._edges, begins) : bisect_left(self._edges, ends)]
            for edge in (begins, *between):
                found = self.stand_in(place, edge)
                edges.append(edge)
                answers.append(None if found is None else (place, found))
        return Tiling([*edges, turns.edges[-1]], answers)

    def stand_in(self, place: int, at: datetime) -> StandIn | None:
        """The first in the list, from a place on and around, who is there; None where nobody is."""
        reason = ""
        for offset in range(len(self._missing)):
            candidate = (place + offset) % len(self._missing)
            missing = next((each for each in self._missing[candidate] if each.begins <= at < each.ends), None)
            if missing is None:
                return StandIn(candidate, reason)
            reason = reason or missing.reason
        return None


def absences(away: tuple[Absence, ...]) -> list[_Missing]:
    """Absences as spans of naive UTC, with their reason in words."""
    return [
        _Missing(naive(each.starts_at), naive(each.ends_at), f"is away ({each.reason})" if each.reason else "is away")
        for each in away
    ]


def naive(at: datetime) -> datetime:
    """An aware instant without its zone, in UTC."""
    return at.astimezone(pytz.utc).replace(tzinfo=None)


def _outside(rotation: Rotation, place: int, changes: ClockChanges) -> list[_Missing]:
    if not rotation.members:
        return []
    member, found = rotation.members[place], []
    if member.joins is not None:
        found.append(_Missing(BEGINNING, changes.instant(member.joins), "has not joined yet"))
    if member.leaves is not None:
        found.append(_Missing(changes.instant(member.leaves), END, "has left"))
    return found
