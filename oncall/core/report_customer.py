"""The report for a customer: what they brought us in a period, and whether we kept what we promised."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from oncall.core.incident import RequestType
from oncall.core.report_figures import Figures, Groups, HoursOfTheWeek, Months, ResponseSpread, add_to
from oncall.core.report_period import Period, later_month, month_of, months_of
from oncall.core.reported import Kept, ReportedIncident, promise, resolution_promise
from oncall.core.sla import Priority

# As many a reader may look at; beyond, those that were missed or are open, and the rest is in the CSV.
MOST_LISTED = 2000
MOST_NOTABLE = 300
_MONTHS_SHOWN = 12
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DuePoint:
    """Something that is due, and when: at an instant, or (``whole_day``) by the end of the day that begins then."""

    at: datetime
    text: str
    whole_day: bool = False

    def is_late(self, now: datetime) -> bool:
        """Whether it should have been done by now."""
        return self.at + (_DAY if self.whole_day else timedelta()) < now


def shown_months(period: Period) -> list[date]:
    """The months over which promises are shown: the year up to the period's end, or the period where it is longer."""
    last = month_of(period.last)
    return months_of(min(month_of(period.first), later_month(last, 1 - _MONTHS_SHOWN)), later_month(last, 1))


class CustomerFigures:
    """Adds up the incidents of the period, of the one before, and of the months that are shown.

    ``listed`` are the first of the period, ``notable`` the first that were missed or are open, ``open_ones`` the first
    that are open.
    """

    def __init__(self, period: Period, now: datetime) -> None:
        self.period, self.preceding, self._now = period, period.before(), now
        self.whole, self.before = Figures(), Figures()
        self.by_priority: Groups[Priority] = Groups()
        self.by_type: Groups[RequestType] = Groups()
        self.spread = ResponseSpread()
        self.hours = HoursOfTheWeek(period.timezone)
        self.months = Months(period.timezone, shown_months(period))
        self.listed: list[ReportedIncident] = []
        self.notable: list[ReportedIncident] = []
        self.open_ones: list[ReportedIncident] = []

    def add(self, incidents: Iterable[ReportedIncident]) -> None:
        """More incidents, opened from `since` on and before the period's end."""
        now, starts_at = self._now, self.period.starts_at
        for incident in incidents:
            kept = promise(incident, now)
            self.months.add(kept, incident.opened_at)
            if incident.opened_at >= starts_at:
                self._add(incident, kept)
            elif incident.opened_at >= self.preceding.starts_at:
                add_to((self.before,), incident, kept)

    @property
    def since(self) -> datetime:
        """The first instant of which incidents are wanted: as far back as anything is compared with."""
        return min(self.preceding.starts_at, self.months.begins_at)

    @property
    def shown(self) -> Sequence[ReportedIncident]:
        """Whom a list for readers names: all, or where these are too many those that were missed or are open."""
        return self.listed if self.is_complete else self.notable

    @property
    def is_complete(self) -> bool:
        """Whether every incident of the period is `shown`."""
        return self.whole.incidents <= MOST_LISTED

    def due(self) -> list[DuePoint]:
        """The promises of the period that are still to be kept, soonest first."""
        pending = [
            DuePoint(incident.respond_by, f"Answer to incident {incident.number}")
            for incident in self.open_ones
            if incident.respond_by is not None and promise(incident, self._now) is Kept.PENDING
        ]
        pending += [
            DuePoint(incident.resolve_by, f"Resolution of incident {incident.number}")
            for incident in self.open_ones
            if incident.resolve_by is not None
            and incident.waiting_since is None
            and resolution_promise(incident, self._now) is Kept.PENDING
        ]
        return sorted(pending, key=lambda point: point.at)

    def _add(self, incident: ReportedIncident, kept: Kept) -> None:
        groups = (self.whole, self.by_priority[incident.priority], self.by_type[incident.request_type])
        response_for = add_to(groups, incident, kept)
        self.hours.add(incident.opened_at)
        if response_for is not None:
            self.spread.add(kept, response_for)
        if len(self.listed) < MOST_LISTED:
            self.listed.append(incident)
        if (kept is Kept.MISSED or incident.open) and len(self.notable) < MOST_NOTABLE:
            self.notable.append(incident)
        if incident.open and len(self.open_ones) < MOST_NOTABLE:
            self.open_ones.append(incident)


@dataclass(frozen=True, slots=True)
class CustomerReport:
    """The report: ``name`` is the customer's, ``company`` ours; ``also_due`` is what is due beside open promises.

    ``promised`` are the responses promised by clocks that always run.
    """

    customer: str
    name: str
    company: str
    made_at: datetime
    figures: CustomerFigures
    promised: tuple[tuple[Priority, timedelta], ...] = ()
    also_due: tuple[DuePoint, ...] = ()

    @property
    def due(self) -> list[DuePoint]:
        """What is due, soonest first."""
        return sorted((*self.figures.due(), *self.also_due), key=lambda point: point.at)
