"""What reports read: many rows, lightly, so many at a time."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from oncall.core.reported import ReportedAnswer, ReportedIncident, ReportedPage


class Reporting(Protocol):
    """Incidents as reports see them: neither drills nor screened ones."""

    def incidents(
        self, since: datetime, until: datetime, *, customer: str = ""
    ) -> Iterator[Sequence[ReportedIncident]]:
        """Those opened from ``since`` on and before ``until``, of one customer (key) or, for "", of all: oldest first,
        some thousands at a time. Nothing comes where there are none."""
        ...

    def pages(self, of: Sequence[ReportedIncident]) -> Iterable[ReportedPage]:
        """All pages that went about these incidents, one batch of `incidents` of all customers; incident by incident,
        and to be gone through once."""
        ...

    def answers(self, of: Sequence[ReportedIncident]) -> Iterable[ReportedAnswer]:
        """When somebody acknowledged, passed on or resolved these, one batch as for `pages`; incident by incident, and
        to be gone through once."""
        ...
