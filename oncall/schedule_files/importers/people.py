"""Who the people of an export are: those that it lists, and those that it only names."""

from collections.abc import Iterable
from datetime import timedelta

from oncall.schedule_files.importers.source import Person


class People:
    """Collects people by id. Only who is referenced becomes an engineer; the others are told."""

    def __init__(self) -> None:
        self._known: dict[str, Person] = {}
        self._referenced: dict[str, None] = {}

    def add(
        self,
        id: str,
        name: str,
        *,
        email: str = "",
        timezone: str = "",
        phones: Iterable[str] = (),
        notify: Iterable[tuple[str, timedelta]] = (),
        slack: str = "",
        notes: Iterable[str] = (),
    ) -> None:
        """Somebody whom the export describes; a second description of the same id is passed by."""
        if id not in self._known:
            found = Person(id, name or email or id, email, timezone, tuple(phones), tuple(notify), slack, tuple(notes))
            self._known[id] = found

    def reference(self, id: str, name: str = "", email: str = "") -> str:
        """Somebody who takes turns or is paged; the id again. Whoever is not described is known by name only."""
        if id not in self._known:
            note = "the export does not describe this user; deleted there?"
            self._known[id] = Person(id, name or email or id, email, notes=(note,))
        self._referenced[id] = None
        return id

    def known(self) -> tuple[Person, ...]:
        """Everybody whom the export describes or names so far."""
        return tuple(self._known.values())

    def referenced(self) -> tuple[Person, ...]:
        """Everybody who takes turns or is paged, in the order of the export, those not described last."""
        return tuple(person for id_, person in self._known.items() if id_ in self._referenced)

    def notes(self) -> tuple[str, ...]:
        """A sentence about those who are on no schedule and in no policy; none where there are none."""
        others = [person.name for id_, person in self._known.items() if id_ not in self._referenced]
        if not others:
            return ()
        shown = ", ".join(others[:20]) + (f" and {len(others) - 20} more" if len(others) > 20 else "")
        return (f"on no schedule and in no policy, so left out: {shown}",)
