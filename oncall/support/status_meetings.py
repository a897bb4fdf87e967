"""The agenda of a status meeting: what there is to speak about, and the report since the last one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import BytesIO

from oncall.core.local_time import to_local, to_utc
from oncall.core.meeting import Every, Meeting, Occurrence
from oncall.core.plain_text import clip, one_line
from oncall.core.postmortem import Postmortem
from oncall.core.postmortem_actions import Action, ActionState, read_actions
from oncall.core.report_customer import CustomerReport, DuePoint
from oncall.core.report_wording import counted, span_of_days
from oncall.ports import ConfigurationSource, Database, UnitOfWork
from oncall.support.customer_report import said
from oncall.support.report_files import ReportFiles, ReportFormat, file_name
from oncall.support.reports import Reports

_DAY = timedelta(days=1)
_MOST_NAMED = 20
_BEFORE_THE_FIRST = {Every.WEEK: 7 * _DAY, Every.TWO_WEEKS: 14 * _DAY, Every.MONTH: 31 * _DAY}
_FORMATS = (ReportFormat.PDF, ReportFormat.MARKDOWN)


@dataclass(frozen=True, slots=True)
class AgendaParts:
    """Subject, text, and files by name, each with its content type and content."""

    subject: str
    text: str
    files: tuple[tuple[str, str, bytes], ...]


class StatusMeetings:
    """Makes agendas from the rows."""

    def __init__(self, database: Database, configuration: ConfigurationSource, reports: Reports) -> None:
        self._database = database
        self._configuration = configuration
        self._reports = reports

    def agenda(self, meeting: Meeting, following: Occurrence, now: datetime) -> AgendaParts:
        """What goes out the day before this meeting. Raises UsageError, DocumentError."""
        first, until = self._days(meeting, following, now)
        due = tuple(self.due(meeting.customer))
        report = self._reports.customer(meeting.customer, first, until, due=due)
        here = to_local(meeting.timezone, following.begins_at)
        subject = f"Agenda: {report.name}, {here:%A} {here.day} {here:%B} at {here:%H:%M}"
        files = []
        for kind in _FORMATS:
            made = BytesIO()
            ReportFiles(self._reports).customer(made, kind, meeting.customer, first, until, due=due)
            name = file_name(meeting.customer, report.figures.period, kind)
            files.append((name, kind.media_type.partition(";")[0], made.getvalue()))
        text = "\n".join(_lines(meeting, following, report))
        return AgendaParts(one_line(subject), text, tuple(files))

    def due(self, customer: str) -> Iterator[DuePoint]:
        """Post-mortems that are owed to this customer (key), and what is to be done after downtimes."""
        timezone = self._configuration.current().business_hours.timezone
        with self._database.read() as uow:
            for postmortem in uow.postmortems.owed_to(customer):
                if postmortem.is_owed and postmortem.due_at is not None:
                    yield DuePoint(postmortem.due_at, f"Post-mortem of incident {postmortem.incident}")
                for action in _published_actions(uow, postmortem):
                    if action.due_on is not None:
                        at = to_utc(timezone, datetime.combine(action.due_on, datetime.min.time()))
                        yield DuePoint(at, f"{action.text} (after incident {action.incident})", whole_day=True)

    def _days(self, meeting: Meeting, following: Occurrence, now: datetime) -> tuple[date, date]:
        """From the day of the last meeting to the end of today, by the company's calendar."""
        timezone = self._configuration.current().business_hours.timezone
        until = to_local(timezone, now).date() + _DAY
        last = meeting.last_before(following.begins_at)
        since = last.begins_at if last else following.begins_at - _BEFORE_THE_FIRST[meeting.every]
        return min(to_local(timezone, since).date(), until - _DAY), until


def _published_actions(uow: UnitOfWork, postmortem: Postmortem) -> Iterator[Action]:
    """What is open of the actions that the customer can read of; what was written since is not theirs to see yet."""
    number = postmortem.incident
    text = uow.postmortems.version(number, postmortem.published_version) if postmortem.published_version else None
    if text is None:
        return
    now = {action.key: action for action in uow.postmortems.actions(number)}
    for published in read_actions(number, text.text):
        known = now.get(published.key)
        if known is not None and known.state is ActionState.OPEN:
            yield published


def _lines(meeting: Meeting, following: Occurrence, report: CustomerReport) -> Iterator[str]:
    begins, ends = (to_local(meeting.timezone, at) for at in (following.begins_at, following.ends_at))
    whole = report.figures.whole
    yield f"Status meeting of {report.name} and {report.company}"
    yield f"{begins:%A} {begins.day} {begins:%B %Y}, {begins:%H:%M} – {ends:%H:%M} ({meeting.timezone})"
    if meeting.where:
        yield f"Where: {one_line(meeting.where)}"
    yield ""
    yield f"1. What happened: {span_of_days(report.figures.period)}"
    missed = f", {whole.missed:,} promised {'response' if whole.missed == 1 else 'responses'} missed"
    yield f"   {counted(whole.incidents, 'incident', 'incidents')}{missed if whole.missed else ''}"
    yield "2. What is open"
    opened = [each for each in report.figures.notable if each.open]
    for incident in opened[:_MOST_NAMED]:
        yield f"   {incident.number}: {clip(said(incident), 120) or 'nothing was said'}"
    if len(opened) > _MOST_NAMED:
        yield f"   And {len(opened) - _MOST_NAMED:,} more, which the report names."
    if not opened:
        yield "   Nothing."
    yield "3. What is due"
    for point in report.due[:_MOST_NAMED]:
        yield f"   {to_local(meeting.timezone, point.at):%Y-%m-%d}: {point.text}"
    if len(report.due) > _MOST_NAMED:
        yield f"   And {len(report.due) - _MOST_NAMED:,} more, which the report names."
    if not report.due:
        yield "   Nothing."
    yield "4. What you plan, and what we should know"
    yield "5. Any other business"
    yield ""
    yield "The report is attached, as PDF and as Markdown."
