"""The real engine over a real database, with a clock that is moved by hand and channels that remember."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TypeVar

from oncall.bootstrap import Fakes, Runtime, build
from oncall.core.accounted import AskAccounted
from oncall.core.delivery import Delivery, DeliveryKind, DeliveryState
from oncall.core.engineer import ContactMethod
from oncall.core.inbound import Platform
from oncall.core.incident import Incident
from oncall.core.welcome import Welcomed
from oncall.engine.inbound import Handler
from oncall.engine.intake import Intake
from oncall.engine.workers import Inline
from oncall.errors import TransientError
from oncall.ports import (
    CalendarAnswer,
    Channel,
    LoggedCall,
    LoggedRecording,
    LoggedText,
    Message,
    PartnerSender,
    PartnerUsers,
    ProviderStatus,
    Receipt,
    SlackApi,
)
from oncall.settings import load_settings
from oncall.store import SqlDatabase

T = TypeVar("T")
NIGHT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
JANE = "+32470111111"
STRANGER = "+32470999999"
HOTLINE = "+3225550199"
ALICE, BOB, DANA = "+32470000001", "+32470000002", "+32470000004"
CALL, SMS, EMAIL = ContactMethod.CALL, ContactMethod.SMS, ContactMethod.EMAIL
YAML = """
hotline:
  company: Example Hosting
  number: "+3225550199"
  escalation_policy: production-down
  operators: [dana]
  limits: {calls_per_second: 1000, messages_per_second: 1000}
engineers:
  alice: {name: Alice Martin, phone: "+32470000001"}
  bob: {name: Bob Peeters, phone: "+32470000002"}
  dana: {name: Dana Dubois, phone: "+32470000004", email: dana@example.com}
schedules:
  production:
    timezone: UTC
    rotations: [{name: weekly, starts: 2026-01-05 09:00, shift: 1w, engineers: [alice]}]
  backup:
    timezone: UTC
    rotations: [{name: weekly, starts: 2026-01-05 09:00, shift: 1w, engineers: [bob]}]
  empty: {timezone: UTC, rotations: [{name: later, starts: 2036-01-05 09:00, shift: 1w, engineers: [bob]}]}
escalation_policies:
  production-down:
    steps: [{page: [production], wait: 5m}, {page: [backup], wait: 5m}]
  nobody-first:
    steps: [{page: [empty], wait: 5m}, {page: [backup], wait: 5m}]
  together:
    steps: [{page: [production, backup], wait: 5m}, {page: [dana], wait: 5m}]
  two-of-us:
    steps: [{page: [production], wait: 5m}, {page: [production, backup], wait: 5m}]
    acknowledgements: 2
  two-of-one:
    steps: [{page: [production], wait: 5m}]
    acknowledgements: 2
  nobody-at-all:
    steps: [{page: [empty], wait: 5m}]
customers:
  acme:
    name: ACME Shop
    contacts: [{name: Jane Doe, phone: "+32470111111"}]
"""


@dataclass
class HandClock:
    """Moves when told to."""

    at: datetime = NIGHT

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class CountingIds:
    def __init__(self, prefix: str = "") -> None:
        self._prefix, self._serial = prefix, count(1)

    def new(self) -> str:
        return f"{self._prefix}{next(self._serial):031x}"

    def secret(self) -> str:
        return "secret" + self.new()


class NoChance:
    def random(self) -> float:
        return 0.0


@dataclass
class FakeChannel:
    """Remembers what it was asked; ``raises`` is raised at the next sends, ``found`` is what a look-up tells."""

    name: str
    final: bool = False
    sent: list[Message] = field(default_factory=list)
    looked_up: list[Message] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    raises: list[Exception] = field(default_factory=list)
    always: Exception | None = None
    found: Receipt | None = None
    before: Callable[[Message], None] = lambda _message: None
    refuses_to_cancel: bool = False
    asked: list[str] = field(default_factory=list)
    says: ProviderStatus | Exception | None = None
    provider: str = ""

    def send(self, message: Message) -> Receipt:
        self.before(message)
        self.sent.append(message)
        if self.always is not None:
            raise self.always
        if self.raises:
            raise self.raises.pop(0)
        return Receipt(f"{self.name}{len(self.sent)}", "queued", self.final, self.provider)

    def find(self, message: Message, since: datetime, known: AskAccounted) -> Receipt | None:
        self.looked_up.append(message)
        return self.found if self.found is None or self.found.provider_id not in known().ids else None

    def cancel(self, provider_id: str, *, provider: str = "") -> None:
        if self.refuses_to_cancel:
            raise TransientError("the provider is away")
        self.cancelled.append(provider_id)

    def ask(self, provider_id: str, *, provider: str = "") -> ProviderStatus | None:
        self.asked.append(provider_id)
        if isinstance(self.says, Exception):
            raise self.says
        return self.says

    def to(self, address: str) -> list[Message]:
        return [message for message in self.sent if message.to == address]


@dataclass
class FakeRecordings:
    """A recording is there once ``audio`` is."""

    audio: tuple[bytes, str] | None = None
    asked: int = 0

    def fetch(self, recording_sid: str) -> tuple[bytes, str] | None:
        self.asked += 1
        return self.audio


@dataclass
class FakeLog:
    """What the provider's own lists say; ``raises`` is raised instead."""

    calls: list[LoggedCall] = field(default_factory=list)
    texts: list[LoggedText] = field(default_factory=list)
    recorded: list[LoggedRecording] = field(default_factory=list)
    raises: Exception | None = None
    asked_since: list[datetime] = field(default_factory=list)
    batch: int = 2000
    batches_read: int = 0

    def inbound_calls(self, since: datetime) -> Iterator[list[LoggedCall]]:
        self.asked_since.append(since)
        if self.raises is not None:
            raise self.raises
        return self._in_batches([call for call in self.calls if call.started_at is None or call.started_at >= since])

    def inbound_texts(self, since: datetime) -> Iterator[list[LoggedText]]:
        return self._in_batches([one for one in self.texts if one.received_at is None or one.received_at >= since])

    def recordings(self, since: datetime) -> Iterator[list[LoggedRecording]]:
        return self._in_batches([one for one in self.recorded if one.created_at is None or one.created_at >= since])

    def _in_batches(self, listed: list[T]) -> Iterator[list[T]]:
        """The newest first, as they stand at the end of each list."""
        for end in range(len(listed), 0, -self.batch):
            self.batches_read += 1
            yield listed[max(end - self.batch, 0) : end]


@dataclass
class FakeDrillCaller:
    """Calls as the public URL would be called, straight into the intake; ``raises`` is raised instead of that."""

    intake: Callable[[], Intake]
    raises: Exception | None = None
    is_heard: bool = True
    sids: list[str] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None

    def call(self, sid: str, to_number: str) -> None:
        self.sids.append(sid)
        if self.raises is not None:
            self.meanwhile()
            raise self.raises
        if self.is_heard:
            intake, who = self.intake(), "anonymous"
            intake.call_arrived(sid=sid, from_number=who, to_number=to_number, drill=True)
            self.meanwhile()
            intake.caller_is_human(sid)
            intake.call_status(sid=sid, status="completed", from_number=who, to_number=to_number)


@dataclass
class FakeCalendars:
    """Answers ``text``, or nothing new, or raises; remembers what it was asked."""

    text: str | None = None
    raises: Exception | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)

    def fetch(self, url: str, *, etag: str, last_modified: str) -> CalendarAnswer | None:
        self.asked.append((url, etag))
        if self.raises is not None:
            raise self.raises
        return None if self.text is None else CalendarAnswer(self.text, f'"{hash(self.text)}"')


def _nothing_hosted(url: str) -> str:
    raise TransientError(f"nothing is hosted at {url}")


class Night:
    """The hotline, and what happens to it."""

    def __init__(
        self,
        database: SqlDatabase,
        *,
        policy: str = "production-down",
        prefix: str = "a",
        per_second: float = 1000,
        fresh: bool = False,
        yaml: str = YAML,
        partners: dict[str, PartnerSender] | None = None,
        users: PartnerUsers | None = None,
        inbound: dict[Platform, Handler] | None = None,
        slack: SlackApi | None = None,
    ) -> None:
        self.partners, self.users, self.inbound, self.slack = partners, users, inbound, slack
        self.clock = HandClock()
        self.calls, self.texts, self.mails = FakeChannel("CA"), FakeChannel("SM"), FakeChannel("mail", final=True)
        self.source = FakeRecordings()
        self.calendars = FakeCalendars()
        self.log = FakeLog()
        self.practice = FakeDrillCaller(lambda: self.runtime.intake)
        self.hosted: Callable[[str], str] = _nothing_hosted
        self.beats = 0
        self.logged: list[tuple[str, dict[str, object]]] = []
        self.database = database
        self.alerts = FakeChannel("pagerduty", final=True)
        channels: dict[ContactMethod, Channel] = {CALL: self.calls, SMS: self.texts, EMAIL: self.mails}
        if partners and "pagerduty" in partners:
            channels[ContactMethod.PAGERDUTY] = self.alerts
        self.runtime = self._built(channels, prefix)
        yaml = yaml.replace("escalation_policy: production-down", f"escalation_policy: {policy}", 1)
        files = {"all.yaml": yaml.replace("per_second: 1000", f"per_second: {per_second}")}
        with database.begin() as uow:
            if not uow.schedule_versions.latest_version():
                if not fresh:
                    uow.welcomed.add(Welcomed("", "", NIGHT))
                uow.schedule_versions.publish(files, fingerprint="f", author="test", now=NIGHT)

    def _built(self, channels: dict[ContactMethod, Channel], prefix: str) -> Runtime:
        fakes = Fakes(
            clock=self.clock,
            ids=CountingIds(prefix),
            rng=NoChance(),
            database=self.database,
            channels=channels,
            recordings=self.source,
            calendars=self.calendars,
            provider_logs=lambda: {"twilio": self.log},
            partners=self.partners,
            users=self.users,
            inbound=self.inbound,
            slack=self.slack,
            workers=Inline(),
            heartbeat=self._beat,
            hosted=lambda url: self.hosted(url),
            drill_caller=self.practice,
            log=lambda event, **fields: self.logged.append((event, fields)),
        )
        return build(load_settings({}, serving=False), fakes)

    def _beat(self) -> None:
        self.beats += 1

    def publish(self, files: dict[str, str]) -> None:
        with self.database.begin() as uow:
            uow.schedule_versions.publish(files, fingerprint=str(hash(str(files))), author="test", now=self.clock.at)
        self.runtime.configuration.look_again()

    def turn(self) -> None:
        """Turns until nothing is left to do at this instant."""
        for _ in range(20):
            if not self.runtime.engine.run_once():
                return
        raise AssertionError("the engine finds something to do at the same instant for ever")

    def later(self, by: timedelta) -> None:
        """Move the clock from one due instant to the next, as the engine would wake; a second where that has passed."""
        until = self.clock.at + by
        while True:
            due_at = self.runtime.engine.next_due_at()
            if due_at is not None and due_at <= self.clock.at:
                due_at = self.clock.at + SECOND
            if due_at is None or due_at > until:
                break
            self.clock.at = due_at
            self.turn()
        self.clock.at = until
        self.turn()

    def phoned(self, *, sid: str = "CA-jane", number: str = JANE) -> Incident:
        return self.runtime.intake.call_arrived(sid=sid, from_number=number, to_number=HOTLINE)

    def paged(self) -> Incident:
        """Jane has phoned and spoken: the first page is out."""
        incident = self.phoned()
        self.runtime.intake.caller_finished("CA-jane")
        self.turn()
        return self.incident(incident.number)

    def incident(self, number: int) -> Incident:
        with self.database.read() as uow:
            found = uow.incidents.get(number)
        assert found is not None
        return found

    def deliveries(self, number: int) -> list[Delivery]:
        with self.database.read() as uow:
            return uow.deliveries.of(number)

    def pages(self, number: int) -> list[Delivery]:
        return [delivery for delivery in self.deliveries(number) if delivery.kind is DeliveryKind.PAGE]

    def page(self, number: int, method: ContactMethod = CALL) -> Delivery:
        """The first page by this contact method that went out and has not ended."""
        return next(p for p in self.pages(number) if p.method is method and p.state is DeliveryState.SENT)

    def timeline(self, number: int) -> str:
        with self.database.read() as uow:
            return "\n".join(entry.text for entry in uow.timeline.of(number))

    def said(self, delivery: Delivery, status: str, code: str = "") -> None:
        self.runtime.deliveries.provider_said(
            delivery_id=delivery.id, provider_id=delivery.provider_id, status=status, error_code=code
        )

    def operators_read(self) -> str:
        return "\n".join(message.text for message in self.mails.sent)

    def jane_reads(self) -> str:
        return "\n".join(message.text for message in self.texts.to(JANE))
