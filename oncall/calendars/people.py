"""Whose shift an event of a calendar is."""

import re
from collections.abc import Iterable, Mapping

from oncall.calendars.reading import Event
from oncall.core.engineer import Engineer

_SPACE = re.compile(r"\s+")


class Names:
    """The engineers by what calendars call them: what ``aliases`` maps, keys, full names, addresses, first names.

    Case and spaces do not count. A name that two engineers share names nobody, unless ``aliases`` settles it.
    """

    def __init__(self, engineers: Mapping[str, Engineer], aliases: Mapping[str, str]) -> None:
        known: dict[str, set[str]] = {}
        for key, engineer in engineers.items():
            for name in (key, key.replace("_", " ").replace("-", " "), engineer.name, engineer.email):
                if name:
                    known.setdefault(_plain(name), set()).add(key)
        firsts: dict[str, set[str]] = {}
        for key, engineer in engineers.items():
            firsts.setdefault(_plain(engineer.name).partition(" ")[0], set()).add(key)
        known = {**firsts, **known}
        self._known = {name: keys.pop() for name, keys in known.items() if len(keys) == 1}
        self._known |= {_plain(name): key for name, key in aliases.items()}
        # Longest first: “anna maria” before “anna”.
        self._within = [
            (re.compile(rf"(?<!\w){re.escape(name)}(?!\w)"), key)
            for name, key in sorted(self._known.items(), key=lambda item: -len(item[0]))
            if name
        ]

    def find(self, event: Event) -> str | None:
        """The engineer's key; None where nobody, or more than one, is named.

        The summary counts before the attendees, and they before the organizer, who often only made the event.
        """
        summary = _plain(event.summary)
        if (found := self._known.get(summary)) is not None:
            return found
        named = self._named_within(summary)
        if named:
            return named.pop() if len(named) == 1 else None
        return self._first_known(event.people)

    def _named_within(self, summary: str) -> set[str]:
        named: set[str] = set()
        for pattern, key in self._within:
            summary, times = pattern.subn("\0", summary)
            if times:
                named.add(key)
        return named

    def _first_known(self, people: Iterable[str]) -> str | None:
        for person in people:
            if (found := self._known.get(_plain(person))) is not None:
                return found
        return None


def _plain(name: str) -> str:
    return _SPACE.sub(" ", name).strip().casefold()
