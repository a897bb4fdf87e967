"""Overrides that people enter without a laptop: by text, command or form. They lie on top of the published schedules.

Later entered covers earlier entered, and both cover what the schedules folder says. One that names what a later
version does not know any more is left out. One that the folder has come to say itself is *published*: the folder's
own counts from then on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from oncall.core.configuration import Configuration
from oncall.core.override import Override


@dataclass(frozen=True, slots=True)
class EnteredOverride:
    """An override beside the published version. ``id`` grows in the order in which they are entered; 0 before that.

    ``created_by`` is a person's name and ``channel`` through what they did it: "SMS", "dashboard", "command line";
    ``removed_by`` and ``removed_channel`` likewise, "" while it stands. ``published_in`` is the version that says
    the same in the schedules folder, None while none does.
    """

    id: int
    schedule: str
    engineer: str
    starts_at: datetime
    ends_at: datetime
    instead_of: str
    reason: str
    created_at: datetime
    created_by: str
    channel: str
    removed_at: datetime | None = None
    removed_by: str = ""
    removed_channel: str = ""
    published_in: int | None = None

    @property
    def origin(self) -> str:
        """Who entered it, and by what."""
        return f"{self.created_by} by {self.channel}"

    @property
    def active(self) -> bool:
        """Whether it counts, in its time: nobody removed it, and the schedules folder does not say it."""
        return self.removed_at is None and self.published_in is None

    def as_override(self) -> Override:
        """What the schedule is given."""
        return Override(
            engineer=self.engineer,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            reason=self.reason,
            instead_of=self.instead_of,
            origin=self.origin,
        )

    def says(self, written: Override) -> bool:
        """Whether an override of the schedules folder says the same; the reason may be worded otherwise."""
        return (self.engineer, self.starts_at, self.ends_at, self.instead_of) == (
            written.engineer,
            written.starts_at,
            written.ends_at,
            written.instead_of,
        )

    def overlaps(self, other: "EnteredOverride") -> bool:
        """Whether both are about the same time of the same schedule."""
        same = self.schedule == other.schedule
        return same and self.starts_at < other.ends_at and other.starts_at < self.ends_at


def left_out_because(entered: EnteredOverride, published: Configuration) -> str:
    """Why this one cannot count under what is published, in words; "" where it can."""
    if entered.schedule not in published.schedules:
        return f"there is no schedule `{entered.schedule}` any more"
    for engineer in (entered.engineer, entered.instead_of):
        if engineer and engineer not in published.engineers:
            return f"there is no engineer `{engineer}` any more"
    return ""


def with_entered(published: Configuration, entered: Iterable[EnteredOverride]) -> Configuration:
    """The published configuration with these, in the order in which they were entered, on top of its schedules."""
    on_top: dict[str, list[Override]] = {}
    for each in entered:
        if each.active and not left_out_because(each, published):
            on_top.setdefault(each.schedule, []).append(each.as_override())
    if not on_top:
        return published
    schedules = {
        key: replace(schedule, overrides=(*schedule.overrides, *on_top.get(key, ())))
        for key, schedule in published.schedules.items()
    }
    return replace(published, schedules=schedules)


def said_by_the_folder(
    entered: Iterable[EnteredOverride], written: Mapping[str, Sequence[Override]]
) -> list[EnteredOverride]:
    """Those of ``entered`` that can be let go because the folder (schedule → its overrides) says them as well.

    No answer changes by it: each has an equal of its own in the folder, in the same order, which nothing else of the
    folder covers; and nothing that was entered earlier, and stays, would come to lie on top.
    """
    in_order = sorted(entered, key=lambda one: one.id)
    matched: set[int] = set()
    for schedule in {each.schedule for each in in_order}:
        matched |= _matched([each for each in in_order if each.schedule == schedule], written.get(schedule, ()))
    found: list[EnteredOverride] = []
    stays: list[EnteredOverride] = []
    for each in in_order:
        kept = each.id not in matched or any(each.overlaps(other) for other in stays)
        (stays if kept else found).append(each)
    return found


def _matched(entered: Sequence[EnteredOverride], items: Sequence[Override]) -> set[int]:
    """Ids of those that have an equal of their own among ``items``; from the last on, since the last lies on top."""
    found: set[int] = set()
    covers: list[Override] = []
    end = len(items)
    for each in reversed(entered):
        place = next((n for n in reversed(range(end)) if each.says(items[n])), None)
        if place is None:
            continue
        above = [*covers, *items[place + 1 : end]]
        if any(one.starts_at < each.ends_at and each.starts_at < one.ends_at for one in above):
            continue
        covers, end = above, place
        found.add(each.id)
    return found
