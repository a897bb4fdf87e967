"""The web over the real engine, in memory, with a clock that is moved by hand and a provider that signs."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TypeVar
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from oncall.bootstrap import Fakes, Runtime, build
from oncall.core.accounted import AskAccounted
from oncall.core.engineer import ContactMethod
from oncall.core.incident import Incident
from oncall.core.welcome import Welcomed
from oncall.engine.workers import Inline
from oncall.errors import StoreUnavailableError, TransientError
from oncall.ports import Message, PartnerSender, PartnerUsers, ProviderStatus, Receipt, SlackApi, UnitOfWork, Wake
from oncall.settings import Settings, load_settings
from oncall.store import open_store
from oncall.web import create_app

T = TypeVar("T")

PUBLIC_URL = "https://hotline.example"
ACCOUNT = "AC" + "0" * 32
TOKEN = "12345"
JANE, STRANGER, ALICE, BOB, HOTLINE = "+3225550100", "+32470999888", "+32470000001", "+32470000002", "+3225550199"

SCHEDULES = """
hotline: {company: Example Hosting, number: "+3225550199", escalation_policy: p, operators: [bob]}
engineers:
  alice: {name: Alice Martin, phone: "+32470000001"}
  bob: {name: Bob Peeters, phone: "+32470000002"}
schedules:
  production:
    timezone: Europe/Brussels
    rotations: [{name: weekly, starts: 2026-01-05 09:00, shift: 1w, engineers: [alice, bob]}]
escalation_policies:
  p: {steps: [{page: [production], wait: 5m}, {page: [bob], wait: 5m}]}
customers:
  acme:
    {name: ACME Shop, numbers: ["+3225550100"], contacts: [{name: Jane Doe, phone: "+32470111111"}], language: fr-FR}
business_hours: {timezone: Europe/Brussels, days: [mon], from: "09:00", until: "18:00"}
"""


class MovedClock:
    """`ports.Clock` that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = datetime(2026, 1, 6, 2, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Line:
    """`ports.Channel` and `ports.RecordingSource` that keep what they were handed."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.recordings: dict[str, bytes] = {}
        self._ids = count(1)

    def send(self, message: Message) -> Receipt:
        self.sent.append(message)
        return Receipt(f"CA{next(self._ids):032d}", "queued")

    def find(self, message: Message, since: datetime, known: AskAccounted) -> Receipt | None:
        return None

    def cancel(self, provider_id: str, *, provider: str = "") -> None:
        return None

    def ask(self, provider_id: str, *, provider: str = "") -> ProviderStatus | None:
        return None

    def fetch(self, recording_sid: str) -> tuple[bytes, str] | None:
        content = self.recordings.get(recording_sid)
        return (content, "audio/wav") if content is not None else None


class Rows:
    """`ports.Database` in memory, which can be away."""

    def __init__(self) -> None:
        self._real = open_store("sqlite://")
        self.away = False
        self.writable = True

    def begin(self) -> AbstractContextManager[UnitOfWork]:
        self._there()
        return self._real.begin()

    def write(self, work: Callable[[UnitOfWork], T]) -> T:
        self._there()
        return self._real.write(work)

    def read(self) -> AbstractContextManager[UnitOfWork]:
        self._there()
        return self._real.read()

    def ping(self) -> None:
        self._there()
        if not self.writable:
            raise StoreUnavailableError("the database cannot be written")

    def look(self) -> AbstractContextManager[UnitOfWork]:
        self._there()
        return self._real.look()

    def schema_is_current(self) -> bool:
        self._there()
        return self._real.schema_is_current()

    def wake(self) -> Wake:
        return self._real.wake()

    def close(self) -> None:
        self._real.close()

    def _there(self) -> None:
        if self.away:
            raise StoreUnavailableError("the database is away")


class Hotline:
    """The app, and the provider that calls it."""

    def __init__(
        self,
        publish: str = SCHEDULES,
        *,
        database: "Rows | None" = None,
        starts_at: datetime | None = None,
        partners: dict[str, PartnerSender] | None = None,
        users: PartnerUsers | None = None,
        slack: SlackApi | None = None,
        **environ: str,
    ) -> None:
        """``database`` is another's, where this is a second process on the same rows."""
        self.clock, self.line = MovedClock(), Line()
        self.clock.at = starts_at or self.clock.at
        self.later: list[Callable[[], None]] = []
        self.answers_outside = True
        self.logged: list[tuple[str, dict[str, object]]] = []
        self.settings: Settings = load_settings(
            {
                "SECRET_KEY": "x" * 32,
                "ONCALL_PUBLIC_URL": PUBLIC_URL,
                "TWILIO_ACCOUNT_SID": ACCOUNT,
                "TWILIO_AUTH_TOKEN": TOKEN,
                "ONCALL_DASHBOARD_PASSWORD": "open sesame",
                **environ,
            },
            serving=True,
        )
        self.database = database or Rows()
        self.runtime: Runtime = build(
            self.settings,
            Fakes(
                clock=self.clock,
                database=self.database,
                channels={ContactMethod.SMS: self.line, ContactMethod.CALL: self.line},
                recordings=self.line,
                partners=partners,
                users=users,
                slack=slack,
                workers=Inline(),
                heartbeat=lambda: None,
                log=lambda event, **fields: self.logged.append((event, fields)),
                again=lambda _seconds, do: self.later.append(do),
                drill_caller=Practice(self),
            ),
        )
        if publish != "no" and database is None:
            self.publish(publish)
        self.app = create_app(self.runtime)
        self.client: FlaskClient = self.app.test_client()

    def publish(self, text: str) -> None:
        with self.database.begin() as uow:
            uow.welcomed.add(Welcomed("", "", self.clock.now()))  # its engineers have been there for a while
            uow.schedule_versions.publish({"a.yaml": text}, fingerprint=text, author="test", now=self.clock.now())

    def post(
        self, url: str, *, token: str = TOKEN, headers: dict[str, str] | None = None, **params: str
    ) -> TestResponse:
        """A webhook as the provider sends it; ``url`` may be absolute, as in our TwiML."""
        parts = urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        signed = {"AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", **params}
        signature = RequestValidator(token).compute_signature(self.settings.public_url + path, signed)
        return self.client.post(path, data=signed, headers={"X-Twilio-Signature": signature, **(headers or {})})

    def call(self, url: str, sid: str = "CA1", from_number: str = JANE, **params: str) -> ElementTree.Element:
        """A voice webhook; its TwiML."""
        status = params.pop("CallStatus", "in-progress")
        response = self.post(url, CallSid=sid, From=from_number, To=HOTLINE, CallStatus=status, **params)
        assert response.status_code == 200, response.text
        assert response.content_type == "text/xml; charset=utf-8"
        return ElementTree.fromstring(response.text)

    def incident(self) -> Incident:
        """The newest one."""
        with self.database.read() as uow:
            return uow.incidents.listing(include_resolved=True)[0]

    def incidents(self) -> int:
        with self.database.read() as uow:
            return len(uow.incidents.listing(include_resolved=True))

    def a_second_later(self) -> None:
        """What the web meant to try again is tried again."""
        self.clock.at += timedelta(seconds=1)
        due, self.later = self.later, []
        for do in due:
            do()

    def engine_turns(self) -> None:
        """Everything that is due happens."""
        while self.runtime.engine.run_once():
            pass


class Practice:
    """`ports.DrillCaller` that sends the webhooks straight to the app."""

    def __init__(self, hotline: Hotline) -> None:
        self._hotline = hotline

    def call(self, sid: str, to_number: str) -> None:
        if not self._hotline.answers_outside:
            raise TransientError(f"{PUBLIC_URL} does not answer: customers' calls fail in the same way")
        call = {"sid": sid, "from_number": "anonymous", "Drill": "1"}
        asked = self._hotline.call("/voice/incoming", CallStatus="ringing", **call)
        action = next(verb.attrib["action"] for verb in asked if "action" in verb.attrib)
        self._hotline.call(action, Digits="1", **call)
        ended = {"CallSid": sid, "From": "anonymous", "To": to_number, "CallStatus": "completed", "Drill": "1"}
        assert self._hotline.post("/voice/status", **ended).status_code in {200, 204}


@pytest.fixture
def hotline() -> Iterator[Hotline]:
    made = Hotline()
    yield made
    made.database.close()


def said(document: ElementTree.Element) -> str:
    """Everything that is spoken, in order."""
    return " ".join(element.text or "" for element in document.iter("Say"))
