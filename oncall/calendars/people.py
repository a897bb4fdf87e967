"""Whose shift an event of a calendar is."""

import re
from collections.abc import Iterable, Mapping

from oncall.calendars.reading import Event
from oncall.core.engineer import Engineer

_SPACE = re.compile(r"\s+")


class Names:
    """The engineers by what calendars call them: what ``aliases`` maps, keys, full names, addresses, first names.

    Case and spaces do not count. A name that two engineers share names nobody, unless ``aliases`` settles it, or an
    attendee does: even the key of one, where it is the first name of another, since nobody can tell who was meant.
    """

    def __init__(self, engineers: Mapping[str, Engineer], aliases: Mapping[str, str]) -> None:
        known: dict[str, set[str]] = {}
        for key, engineer in engineers.items():
            spaced, first = key.replace("_", " ").replace("-", " "), _plain(engineer.name).partition(" ")[0]
            for name in (key, spaced, engineer.name, engineer.email, first):
                if name:
                    known.setdefault(_plain(name), set()).add(key)
        self._known = {name: frozenset(keys) for name, keys in known.items()}
        self._known |= {_plain(name): frozenset((key,)) for name, key in aliases.items()}
        # Longest first: “anna maria” before “anna”.
        self._within = [
            (name, re.compile(rf"(?<!\w){re.escape(name)}(?!\w)"), keys)
            for name, keys in sorted(self._known.items(), key=lambda item: -len(item[0]))
            if name
        ]
        self._meant: dict[tuple[str, tuple[str, ...]], frozenset[str]] = {}

    def find(self, event: Event) -> str | None:
        """The engineer's key; None where nobody, or more than one, is named.

        The summary counts before the attendees, and they before the organizer, who often only made the event.
        """
        meant = self.meant(event)
        return next(iter(meant)) if len(meant) == 1 else None

    def meant(self, event: Event) -> frozenset[str]:
        """The keys of all who may be meant; empty where nobody is named."""
        said = event.summary, event.people
        if said not in self._meant:
            self._meant[said] = self._read(*said)
        return self._meant[said]

    def _read(self, written: str, people: Iterable[str]) -> frozenset[str]:
        summary = _plain(written)
        exactly = self._known.get(summary)
        certain, shared = ({*exactly}, []) if exactly and len(exactly) == 1 else self._named_within(summary)
        # “Anna Berg (Anna)” says which Anna.
        unsettled = [keys for keys in shared if not keys & certain]
        if not unsettled:
            return frozenset(certain) or self._first_known(people)
        candidates = frozenset(certain).union(*unsettled)
        person = self._first_known(people)
        return person if not certain and len(person) == 1 and person <= candidates else candidates

    def _named_within(self, summary: str) -> tuple[set[str], list[frozenset[str]]]:
        """Who is named beyond doubt, and who share the other names."""
        certain: set[str] = set()
        shared: list[frozenset[str]] = []
        for name, pattern, keys in self._within:
            if name not in summary:
                continue
            summary, times = pattern.subn("\0", summary)
            if times and len(keys) == 1:
                certain |= keys
            elif times:
                shared.append(keys)
        return certain, shared

    def _first_known(self, people: Iterable[str]) -> frozenset[str]:
        for person in people:
            found = self._known.get(_plain(person), frozenset[str]())
            if len(found) == 1:
                return found
        return frozenset()


def _plain(name: str) -> str:
    return _SPACE.sub(" ", name).strip().casefold()
