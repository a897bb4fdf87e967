"""Status meetings: whoever takes part is invited by email, once and again when something changes, and is sent the
agenda with the report the day before. A chore of the engine.

What was sent is a row for each meeting, locked while more is sent: several engines send once. What became due while
nothing ran is sent late, but never after the meeting has begun.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from oncall.calendars.invitations import Invitation, cancel, request
from oncall.core.configuration import Configuration
from oncall.core.delivery import MEETING, Delivery, DeliveryKind, Urgency
from oncall.core.engineer import ContactMethod
from oncall.core.local_time import to_wall
from oncall.core.meeting import Invited, Meeting, Occurrence, plan_of, planned
from oncall.core.plain_text import one_line
from oncall.engine.cadence import UNHURRIED_EVERY, is_time
from oncall.engine.operators import Operators
from oncall.errors import ConfigurationError, StoreUnavailableError
from oncall.ports import Attachment, Environment, MailedFile, UnitOfWork

_AFTER_A_MISTAKE = timedelta(minutes=5)
_FILES_KEPT_FOR = timedelta(days=30)
_FORGET_EVERY = timedelta(days=1)
FILES = "files"  # of a delivery's details: the ids of the files that go with it


class Agenda(Protocol):
    """What is sent the day before."""

    @property
    def subject(self) -> str:
        """What stands over it."""
        ...

    @property
    def text(self) -> str:
        """What is to be spoken about."""
        ...

    @property
    def files(self) -> Sequence[tuple[str, str, bytes]]:
        """Names, each with its content type and content."""
        ...


MakeAgenda = Callable[[Meeting, Occurrence, datetime], Agenda]


class Meetings:
    """``run(now)`` is a function of rows, of the configuration in force, and of ``now``. ``organiser`` is the address
    that invitations come from, "" where there is no email: then nobody is invited."""

    def __init__(self, env: Environment, operators: Operators, make_agenda: MakeAgenda, *, organiser: str) -> None:
        self._env = env
        self._operators = operators
        self._make_agenda = make_agenda
        self._organiser = organiser
        self._looked_at: datetime | None = None
        self._invited_by: Configuration | None = None
        self._put_off: dict[str, datetime] = {}
        self._forgot_at: datetime | None = None

    def look(self) -> None:
        """The chore. Raises StoreError while the database is away."""
        now = self._env.clock.now()
        if is_time(now, self._looked_at, UNHURRIED_EVERY):
            self._looked_at = now
            self.run(now)

    def run(self, now: datetime) -> int:
        """How many mails were enqueued."""
        try:
            configuration = self._env.configuration.current()
        except ConfigurationError:
            return 0
        if not self._organiser or not self._env.email_connected:
            return 0
        self._forget(now)
        sent = 0
        if configuration is not self._invited_by:
            sent += self._invite(configuration, now)
            self._invited_by = configuration  # only now: where that failed it is tried again
        return sent + sum(self._guarded(meeting, now) for meeting in configuration.meetings.values())

    def _invite(self, configuration: Configuration, now: datetime) -> int:
        with self._env.database.read() as uow:
            rows = {row.key: row for row in uow.meetings.all()}
        sent = 0
        for key, meeting in configuration.meetings.items():
            plan, addresses = plan_of(meeting, _title(meeting, configuration)), addresses_of(meeting, configuration)
            row = rows.get(key)
            if row is None or row.cancelled_at or row.plan != plan or row.addresses != tuple(addresses):
                sent += self._invite_to(meeting, plan, addresses, configuration, now)
        for key, row in rows.items():
            if key not in configuration.meetings and row.cancelled_at is None:
                sent += self._cancel(row, configuration, now)
        return sent

    def _invite_to(
        self, meeting: Meeting, plan: str, addresses: dict[str, str], configuration: Configuration, now: datetime
    ) -> int:
        with self._env.database.begin() as uow:
            before = uow.meetings.get(meeting.key, lock=True)
            if not self._env.configuration.is_up_to_date(uow):
                return 0  # another engine goes by a newer configuration, as we soon shall
            if before is None:
                uid = f"meeting-{self._env.ids.new()}@{self._organiser.rpartition('@')[2]}"
                row = Invited(meeting.key, uid, 0, plan, tuple(addresses), now)
                if not uow.meetings.add(row):
                    return 0  # another engine was faster
            elif before.plan == plan and before.addresses == tuple(addresses) and before.cancelled_at is None:
                return 0
            else:
                row = replace(
                    before,
                    sequence=before.sequence + 1,
                    plan=plan,
                    addresses=tuple(addresses),
                    invited_at=now,
                    cancelled_at=None,
                )
                uow.meetings.save(row)
            gone = [each for each in before.addresses if each not in addresses] if before else []
            told_before = before is not None and before.cancelled_at is None
            if gone and told_before and before is not None:
                left = replace(row, plan=before.plan)
                self._mail(uow, left, dict.fromkeys(gone, ""), configuration, now, cancelled=True)
            self._mail(uow, row, addresses, configuration, now, changed=told_before)
        self._env.log("meeting.invited", meeting=meeting.key, people=len(addresses), sequence=row.sequence)
        return len(addresses) + len(gone)

    def _cancel(self, row: Invited, configuration: Configuration, now: datetime) -> int:
        with self._env.database.begin() as uow:
            before = uow.meetings.get(row.key, lock=True)
            if before is None or before.cancelled_at is not None or not self._env.configuration.is_up_to_date(uow):
                return 0
            after = replace(before, sequence=before.sequence + 1, cancelled_at=now)
            uow.meetings.save(after)
            self._mail(uow, after, dict.fromkeys(before.addresses, ""), configuration, now, cancelled=True)
        self._env.log("meeting.cancelled", meeting=row.key, people=len(row.addresses))
        return len(row.addresses)

    def _mail(
        self,
        uow: UnitOfWork,
        row: Invited,
        to: dict[str, str],
        configuration: Configuration,
        now: datetime,
        *,
        changed: bool = False,
        cancelled: bool = False,
    ) -> None:
        meeting, title = planned(row.key, row.plan)
        starts = datetime.combine(meeting.first_day, meeting.at)
        text = _invitation_text(meeting, title, configuration)
        invitation = Invitation(
            uid=row.uid,
            sequence=row.sequence,
            summary=title,
            description=text,
            where=meeting.where,
            timezone=meeting.timezone,
            starts=starts,
            lasts_for=meeting.lasts_for,
            rule=meeting.rule,
            organiser=(one_line(configuration.hotline.company), self._organiser),
            attendees=tuple((name, address) for address, name in to.items()),
            changed_at=now,
        )
        method, content = ("CANCEL", cancel(invitation)) if cancelled else ("REQUEST", request(invitation))
        ics = ("meeting.ics", f"text/calendar; method={method}", content.encode())
        word = "Cancelled: " if cancelled else "Changed: " if changed else "Invitation: "
        said = f"This meeting is not held any more.\n\n{text}" if cancelled else text
        self._enqueue(uow, to, f"{word}{title}", said, [ics], now)

    def _guarded(self, meeting: Meeting, now: datetime) -> int:
        try:
            return self._send_agenda(meeting, now)
        except StoreUnavailableError:
            raise
        except Exception as problem:  # noqa: BLE001 - one bad meeting never holds up the agendas of the others
            self._put_off[meeting.key] = now + _AFTER_A_MISTAKE
            self._env.log("meeting.failed", meeting=meeting.key, problem=repr(problem))
            text = f"The agenda of the meeting {meeting.key} cannot be made: {problem}"
            with self._env.database.begin() as uow:
                self._operators.tell(uow, f"agenda:{meeting.key}", text, now, quiet_for=timedelta(days=1))
            return 0

    def _send_agenda(self, meeting: Meeting, now: datetime) -> int:
        following = meeting.next_after(now)
        if not following.agenda_at <= now or self._put_off.get(meeting.key, now) > now:
            return 0
        with self._env.database.read() as uow:
            row = uow.meetings.get(meeting.key)
        if row is None or row.cancelled_at is not None or _was_sent(row, meeting, following) or not row.addresses:
            return 0
        # Before the transaction: a report of many incidents takes a while.
        agenda = self._make_agenda(meeting, following, now)
        with self._env.database.begin() as uow:
            locked = uow.meetings.get(meeting.key, lock=True)
            if locked is None or locked.cancelled_at is not None or _was_sent(locked, meeting, following):
                return 0
            uow.meetings.save(replace(locked, agenda_for=following.begins_at))
            self._enqueue(uow, locked.addresses, agenda.subject, agenda.text, agenda.files, now)
        self._env.log("meeting.agenda_sent", meeting=meeting.key, people=len(row.addresses))
        return len(row.addresses)

    def _enqueue(
        self,
        uow: UnitOfWork,
        to: Iterable[str],
        subject: str,
        text: str,
        files: Sequence[tuple[str, str, bytes]],
        now: datetime,
    ) -> None:
        ids = [self._env.ids.new() for _ in files]
        for file_id, (name, content_type, content) in zip(ids, files, strict=True):
            uow.mailed_files.add(MailedFile(file_id, name, content_type, content, now))
        details = {"subject": one_line(subject), "text": text, FILES: ",".join(ids)}
        uow.deliveries.add(
            [
                Delivery(
                    id=self._env.ids.new(),
                    kind=DeliveryKind.OPERATOR,
                    purpose=MEETING,
                    incident=None,
                    recipient=address,
                    method=ContactMethod.EMAIL,
                    address=address,
                    created_at=now,
                    due_at=now,
                    chain=self._env.ids.new(),
                    urgency=Urgency.NOTICE,
                    details=details,
                )
                for address in to
            ]
        )
        uow.wake_engine()

    def _forget(self, now: datetime) -> None:
        if not is_time(now, self._forgot_at, _FORGET_EVERY):
            return
        with self._env.database.begin() as uow:
            uow.mailed_files.forget(now - _FILES_KEPT_FOR)
        self._forgot_at = now


def mailed_files(uow: UnitOfWork, delivery: Delivery) -> tuple[Attachment, ...]:
    """The files that go with this delivery; () for none."""
    if delivery.purpose != MEETING:
        return ()
    found = (uow.mailed_files.get(file_id) for file_id in delivery.details.get(FILES, "").split(",") if file_id)
    return tuple(
        Attachment(file.name, file.content_type, text=file.content.decode())
        if file.content_type.startswith("text/")
        else Attachment(file.name, file.content_type, content=file.content)
        for file in found
        if file is not None
    )


def addresses_of(meeting: Meeting, configuration: Configuration) -> dict[str, str]:
    """The names ("" where not known) of whom an invitation reaches, by their addresses."""
    contacts = {
        each.email.casefold(): each.name
        for customer in configuration.customers.values()
        for each in customer.contacts
        if each.email
    }
    found: dict[str, str] = {}
    for who in meeting.who:
        engineer = configuration.engineers.get(who)
        if engineer is not None and engineer.email:
            found[engineer.email] = engineer.name
        elif "@" in who:
            found[who] = contacts.get(who.casefold(), "")
    return found


def without_address(meeting: Meeting, configuration: Configuration) -> list[str]:
    """The names of the engineers who take part, and whom no invitation reaches."""
    engineers = (configuration.engineers.get(who) for who in meeting.who)
    return [engineer.name for engineer in engineers if engineer is not None and not engineer.email]


def _title(meeting: Meeting, configuration: Configuration) -> str:
    customer = configuration.customers.get(meeting.customer)
    name = customer.name if customer else meeting.customer
    return one_line(f"Status meeting {name} – {configuration.hotline.company}")


def _invitation_text(meeting: Meeting, title: str, configuration: Configuration) -> str:
    first = meeting.first_day
    minutes = meeting.lasts_for // timedelta(minutes=1)
    lines = [
        title,
        "",
        f"When: {meeting.rhythm} ({meeting.timezone}), {minutes} minutes, from {first:%A} {first.day} {first:%B %Y} on",
        f"Where: {one_line(meeting.where)}" if meeting.where else "",
        "",
        "The agenda comes the day before, with the report on what happened since the last meeting.",
        f"If production is down, do not wait for a meeting: phone {configuration.hotline.number}.",
    ]
    return "\n".join(line for index, line in enumerate(lines) if line or index in (1, 4))


def _was_sent(row: Invited, meeting: Meeting, following: Occurrence) -> bool:
    """A meeting that was moved within its day has had its agenda."""
    return row.agenda_for is not None and to_wall(meeting.timezone, row.agenda_for).date() >= following.day
