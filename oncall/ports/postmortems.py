"""Post-mortems as rows."""

from datetime import date, datetime, timedelta
from typing import Protocol

from oncall.core.postmortem import Postmortem, Version
from oncall.core.postmortem_actions import Action


class Postmortems(Protocol):
    """Post-mortems with their texts and actions."""

    def add(self, postmortem: Postmortem) -> bool:
        """Keep a new one; False, and nothing stored, where its incident has one."""
        ...

    def get(self, incident: int, *, lock: bool = False) -> Postmortem | None:
        """That of an incident, or None. ``lock`` keeps others from changing it until this transaction ends."""
        ...

    def save(self, postmortem: Postmortem) -> None:
        """Store a change of one that was read with ``lock``."""
        ...

    def remove(self, incident: int) -> None:
        """Forget one that was read with ``lock``, of which nothing is written."""
        ...

    def listing(self, limit: int = 200) -> list[Postmortem]:
        """The newest first."""
        ...

    def owed_to(self, customer: str) -> list[Postmortem]:
        """All that this customer (key) waits for, the newest first: those that are owed and have a deadline, and those
        that are published and have an action that is open."""
        ...

    def due(self, now: datetime, limit: int) -> list[int]:
        """Incidents of those at which somebody is to be told, longest due first."""
        ...

    def waiting_for_the_end(self, limit: int) -> list[int]:
        """Incidents of those whose time does not run yet, although the downtime is over."""
        ...

    def wanted(self, now: datetime, *, after_for: timedelta | None, over_since: datetime, limit: int) -> list[int]:
        """Incidents that have none and need one, oldest first: those marked as major; and, unless ``after_for`` is
        None, those in which production is down for as long, or was, and is over since ``over_since``."""
        ...

    def add_version(self, version: Version) -> bool:
        """Keep a text; False, and nothing stored, where there is one of this number."""
        ...

    def version(self, incident: int, version: int) -> Version | None:
        """One text, or None."""
        ...

    def versions(self, incident: int) -> list[Version]:
        """All texts, the newest first, each cut to nothing: who wrote when."""
        ...

    def actions(self, incident: int, *, lock: bool = False) -> list[Action]:
        """What is to be done, in the order of the text. ``lock`` as in ``get``."""
        ...

    def action(self, incident: int, key: str, *, lock: bool = False) -> Action | None:
        """One, or None."""
        ...

    def save_action(self, action: Action) -> None:
        """Keep it, in the place of what was kept before."""
        ...

    def actions_due(self, on: date, limit: int) -> list[Action]:
        """Open ones that are due on this day or before, and of which nobody was reminded."""
        ...
