"""Which engineers have our contact card, as rows."""

from typing import Protocol

from oncall.core.welcome import Welcomed


class WelcomedRows(Protocol):
    """A row for each engineer and each phone at which they have it."""

    def all(self) -> list[Welcomed]:
        """Every row; the mark of an upgrade is one whose engineer is ""."""
        ...

    def add(self, welcomed: Welcomed) -> bool:
        """Store a new row; False, and nothing stored, where the engineer has one for this phone."""
        ...

    def take_mark(self) -> bool:
        """Take the mark of an upgrade away; False where there is none, or somebody else has taken it."""
        ...
