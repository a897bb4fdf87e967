"""The report for the team: how quickly it answered, and what that cost whom."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from operator import itemgetter

from oncall.core.incident import RequestType
from oncall.core.report_customer import shown_months
from oncall.core.report_figures import Figures, Groups, HoursOfTheWeek, Months, ResponseSpread, WallClock, add_to
from oncall.core.report_period import Period
from oncall.core.reported import ReportedAnswer, ReportedIncident, ReportedPage, promise
from oncall.core.sla import Priority

NIGHT_BEGINS, NIGHT_ENDS = 22, 7  # hours on the wall
_SATURDAY = 5
_DAY = timedelta(days=1)
_MORNING, _EVENING = timedelta(hours=NIGHT_ENDS), timedelta(hours=NIGHT_BEGINS)
_PARTS_OF_DAY = ((timedelta(0), _MORNING), (_MORNING, _EVENING), (_EVENING, _DAY))


_Runs = dict[str, tuple[str, datetime]]  # by chain: whose, and when it began


class Burden:
    """What being on call cost one engineer: pages that went, runs of pages that nobody answered before the next one
    began, and in how many nights and weekends at least one came."""

    __slots__ = ("_clock", "_nights", "_since", "_until", "_weekends", "pages", "unanswered")

    def __init__(self, timezone: str) -> None:
        self._clock = WallClock(timezone)
        self.pages = self.unanswered = 0
        self._nights: set[date] = set()
        self._weekends: set[date] = set()
        self._since = self._until = self._clock.since

    def paged(self, at: datetime) -> None:
        """A page went."""
        self.pages += 1
        if not self._since <= at < self._until:  # else there was one in this night, or on this day, already
            self._mark(at)

    def _mark(self, at: datetime) -> None:
        wall = self._clock.wall(at)
        midnight = datetime.combine(wall.date(), time())
        day = wall.date()
        begins, ends = next(part for part in _PARTS_OF_DAY if wall - midnight < part[1])
        if begins >= _EVENING:
            self._nights.add(day)
        elif ends <= _MORNING:
            self._nights.add(day - _DAY)  # the night belongs to the day on which it began
        if wall.weekday() >= _SATURDAY:
            self._weekends.add(day - (wall.weekday() - _SATURDAY) * _DAY)
        self._since = max(self._clock.at(midnight + begins), self._clock.since)
        self._until = min(self._clock.at(midnight + ends), self._clock.until)

    @property
    def nights(self) -> int:
        """Different nights with a page between ten and seven, on the engineer's own clock."""
        return len(self._nights)

    @property
    def weekends(self) -> int:
        """Different weekends with a page."""
        return len(self._weekends)


class TeamFigures:
    """Adds up the incidents of the period with their pages and answers, and of the period before without.

    ``timezones`` are the engineers' own by their keys; others are counted in the period's.
    """

    def __init__(self, period: Period, now: datetime, timezones: Mapping[str, str]) -> None:
        self.period, self.preceding, self._now = period, period.before(), now
        self._timezones = timezones
        self.whole, self.before = Figures(), Figures()
        self.by_priority: Groups[Priority] = Groups()
        self.by_type: Groups[RequestType] = Groups()
        self.spread = ResponseSpread()
        self.hours = HoursOfTheWeek(period.timezone)
        self.months = Months(period.timezone, shown_months(period))
        self.burdens: dict[str, Burden] = {}
        self.hand_overs = 0

    @property
    def since(self) -> datetime:
        """The first instant of which incidents are wanted."""
        return min(self.preceding.starts_at, self.months.begins_at)

    def add_earlier(self, incidents: Iterable[ReportedIncident]) -> None:
        """Incidents from before the period, with which it is compared."""
        for incident in incidents:
            kept = promise(incident, self._now)
            self.months.add(kept, incident.opened_at)
            if incident.opened_at >= self.preceding.starts_at:
                add_to((self.before,), incident, kept)

    def add(
        self,
        incidents: Iterable[ReportedIncident],
        pages: Iterable[ReportedPage],
        answers: Iterable[ReportedAnswer],
    ) -> None:
        """Incidents of the period, with all their pages and answers; pages in the order of their incidents."""
        for incident in incidents:
            kept = promise(incident, self._now)
            groups = (self.whole, self.by_priority[incident.priority], self.by_type[incident.request_type])
            response_for = add_to(groups, incident, kept)
            self.months.add(kept, incident.opened_at)
            self.hours.add(incident.opened_at)
            if response_for is not None:
                self.spread.add(kept, response_for)
        handed_on: dict[int, _Runs] = {}
        for number, of_one in groupby(pages, key=itemgetter(0)):
            runs = self._paged(of_one)
            if len(runs) > 1:
                handed_on[number] = runs
        self._add_answers(handed_on, answers)

    def _paged(self, pages: Iterable[ReportedPage]) -> _Runs:
        """Adds up the pages about one incident; the runs that they were of."""
        runs: _Runs = {}
        for _, engineer, chain, begun_at, sent_at in pages:
            if sent_at is not None:
                self._burden(engineer).paged(sent_at)
                runs[chain] = (engineer, begun_at)
        return runs

    def _add_answers(self, handed_on: Mapping[int, _Runs], answers: Iterable[ReportedAnswer]) -> None:
        """``handed_on``: the runs about each incident that had more than one."""
        answered_at: dict[int, list[datetime]] = {number: [] for number in handed_on}
        for number, at, is_passed in answers:
            self.hand_overs += is_passed
            if number in answered_at:
                answered_at[number].append(at)
        for number, runs in handed_on.items():
            for engineer in unanswered(list(runs.values()), answered_at[number]):
                self._burden(engineer).unanswered += 1

    def _burden(self, engineer: str) -> Burden:
        found = self.burdens.get(engineer)
        if found is None:
            timezone = self._timezones.get(engineer) or self.period.timezone
            found = self.burdens[engineer] = Burden(timezone)
        return found


def unanswered(runs: Sequence[tuple[str, datetime]], answered_at: Sequence[datetime]) -> list[str]:
    """Whose runs of pages about one incident nobody answered before the next one began; a name for each run.

    ``runs`` are engineers and the beginnings of their runs. Who is paged at once with a colleague who answers, or whose
    page is the last so far, has left nothing unanswered.
    """
    found = []
    for engineer, begun_at in runs:
        following = min((other for _, other in runs if other > begun_at), default=None)
        if following is None:
            continue
        if not any(begun_at <= at <= following for at in answered_at):
            found.append(engineer)
    return found


@dataclass(frozen=True, slots=True)
class TeamReport:
    """The report. ``names`` are the engineers' by key, of those that we know; ``promised`` as in `CustomerReport`."""

    company: str
    made_at: datetime
    figures: TeamFigures
    names: Mapping[str, str]
    promised: tuple[tuple[Priority, timedelta], ...] = ()
