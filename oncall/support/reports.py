"""Reports: what was brought to us in a period, and what became of it, for a customer or for the team."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from oncall.core.configuration import Configuration
from oncall.core.local_time import to_local
from oncall.core.report_customer import CustomerFigures, CustomerReport, DuePoint
from oncall.core.report_period import Period, later_month, month_of, period
from oncall.core.report_team import TeamFigures, TeamReport
from oncall.core.reported import ReportedIncident
from oncall.core.sla import Priority, SlaClock
from oncall.errors import UsageError
from oncall.ports import Clock, ConfigurationSource, Database, UnitOfWork


class Reports:
    """Reads the rows and adds up; what is held does not grow with them. Days are those of the company's zone."""

    def __init__(self, database: Database, configuration: ConfigurationSource, clock: Clock) -> None:
        self._database, self._configuration, self._clock = database, configuration, clock

    def last_month(self) -> tuple[date, date]:
        """What is asked for where nobody says: the last whole month, and the first day after it."""
        this_month = month_of(self._today())
        return later_month(this_month, -1), this_month

    def customer(self, key: str, first: date, until: date, *, due: Sequence[DuePoint] = ()) -> CustomerReport:
        """The report for this customer (key); ``due`` is what else is due to them. Raises UsageError."""
        report = self.begun(key, first, until, due=due)
        for _ in self.reading(report):
            pass
        return report

    def begun(self, key: str, first: date, until: date, *, due: Sequence[DuePoint] = ()) -> CustomerReport:
        """The same before anything is added up; `reading` completes it. Raises UsageError."""
        configuration, now = self._configuration.current(), self._clock.now()
        customer = configuration.customers.get(key)
        if customer is None:
            known = ", ".join(configuration.customers) or "there is none"
            raise UsageError(f"no customer has the key `{key}` in the schedules; known: {known}")
        figures = CustomerFigures(self._period(configuration, first, until), now)
        company = configuration.hotline.company
        return CustomerReport(key, customer.name, company, now, figures, _promised(configuration), tuple(due))

    def reading(self, report: CustomerReport) -> Iterator[ReportedIncident]:
        """Adds up what the report tells of, and gives each incident of its period, oldest first.

        It is one transaction: read to the end, without a pause.
        """
        figures = report.figures
        with self._database.read() as uow:
            batches = uow.reporting.incidents(figures.since, figures.period.ends_at, customer=report.customer)
            for batch in batches:
                figures.add(batch)
                yield from (incident for incident in batch if incident.opened_at >= figures.period.starts_at)

    def team(self, first: date, until: date) -> TeamReport:
        """The report for the team. Raises UsageError."""
        report = self._team(first, until)
        figures = report.figures
        with self._database.read() as uow:
            for batch in uow.reporting.incidents(figures.since, figures.period.starts_at):
                figures.add_earlier(batch)
            self._read(uow, figures)
        return report

    def this_month(self) -> TeamReport:
        """The team's report of the month that is going on, compared with nothing."""
        first = month_of(self._today())
        report = self._team(first, later_month(first, 1))
        with self._database.read() as uow:
            self._read(uow, report.figures)
        return report

    def _team(self, first: date, until: date) -> TeamReport:
        configuration, now = self._configuration.current(), self._clock.now()
        engineers = configuration.engineers
        timezones = {key: engineer.timezone for key, engineer in engineers.items()}
        figures = TeamFigures(self._period(configuration, first, until), now, timezones)
        names = {key: engineer.name for key, engineer in engineers.items()}
        return TeamReport(configuration.hotline.company, now, figures, names, _promised(configuration))

    @staticmethod
    def _read(uow: UnitOfWork, figures: TeamFigures) -> None:
        for batch in uow.reporting.incidents(figures.period.starts_at, figures.period.ends_at):
            figures.add(batch, uow.reporting.pages(batch), uow.reporting.answers(batch))

    def period(self, first: date, until: date) -> Period:
        """These days in the company's zone. Raises UsageError."""
        return self._period(self._configuration.current(), first, until)

    @staticmethod
    def _period(configuration: Configuration, first: date, until: date) -> Period:
        return period(configuration.business_hours.timezone, first, until)

    def _today(self) -> date:
        return to_local(self._configuration.current().business_hours.timezone, self._clock.now()).date()


def _promised(configuration: Configuration) -> tuple[tuple[Priority, timedelta], ...]:
    """Promises that a picture of response times can show: those whose clock always runs."""
    return tuple(
        (each.priority, each.respond_within_for)
        for each in configuration.promises.values()
        if each.clock is SlaClock.ALWAYS and each.respond_within_for is not None
    )
