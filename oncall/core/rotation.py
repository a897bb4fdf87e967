"""A rotation: engineers who take turns.

Turn k belongs to engineer k mod n, as long as nobody joins or leaves; `turns` tells what happens then, and when
each turn begins. Turns run on while a window of ``during`` is closed.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

EVERY_DAY: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)


@dataclass(frozen=True, slots=True)
class ShiftLength:
    """How long one turn is on the wall clock: calendar months, plus days and hours."""

    months: int = 0
    rest: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Window:
    """When in the week a rotation counts. ``days`` (Monday = 0) are those on which it begins.

    ``until`` not later than ``begins`` is on the next day, so the default is the whole day. It begins on the dates
    of ``also_on`` too, whatever day of the week they are, and never on those of ``except_on``.
    """

    days: tuple[int, ...] = EVERY_DAY
    begins: time = time(0, 0)
    until: time = time(0, 0)
    also_on: frozenset[date] = frozenset()
    except_on: frozenset[date] = frozenset()

    def begins_on(self, day: date) -> bool:
        """Whether it begins on that day."""
        return (day.weekday() in self.days or day in self.also_on) and day not in self.except_on


@dataclass(frozen=True, slots=True)
class Membership:
    """From when until when an engineer takes part, as naive local times; None is open."""

    joins: datetime | None = None
    leaves: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rotation:
    """``starts`` is naive, local to the schedule's zone, and so is ``until``, from which on it has nobody.

    ``shift`` is one length, or a cycle of them. An empty ``during`` means always. ``members`` says, in the order
    of ``engineers``, when each of them joins and leaves; it is empty where all are there all the time.
    """

    name: str
    starts: datetime
    shift: tuple[ShiftLength, ...]
    engineers: tuple[str, ...]
    during: tuple[Window, ...] = ()
    until: datetime | None = None
    members: tuple[Membership, ...] = ()


def why_rotation(rotation: Rotation) -> str:
    """Why a rotation's engineer is on call, in words."""
    names = tuple(dict.fromkeys(rotation.engineers))
    if len(names) == 1:
        return f"rotation {rotation.name}: {names[0]} has every turn"
    return f"rotation {rotation.name}: {' → '.join(rotation.engineers)} take turns"
