"""What the web asks of the running whole; `bootstrap` builds it, tests hand in their own."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, cast

from flask import Flask, current_app

from oncall.core.call import RecordingPart
from oncall.core.incident import Incident, Outcome
from oncall.core.voice_menu import PageKey
from oncall.ports import Clock, ConfigurationSource, Database, Ids
from oncall.settings import Settings
from oncall.twiml import Twiml

_KEY = "oncall"


class Intake(Protocol):
    """How a call reaches us; every method may be called twice. None: no such call."""

    def call_arrived(self, *, sid: str, from_number: str, to_number: str) -> Incident: ...

    def caller_is_human(self, sid: str) -> Incident | None: ...

    def callback_number(self, *, sid: str, digits: str) -> bool: ...

    def recording_arrived(
        self, *, call_sid: str, recording_sid: str, part: RecordingPart, duration_seconds: int
    ) -> Incident | None: ...

    def caller_finished(self, sid: str) -> Incident | None: ...

    def transcript_arrived(self, *, call_sid: str, recording_sid: str, text: str) -> None: ...

    def call_status(self, *, sid: str, status: str, from_number: str, to_number: str) -> None: ...


class Texts(Protocol):
    """Texts that come in."""

    def received(self, *, sid: str, from_number: str, body: str) -> str: ...


class Respond(Protocol):
    """The one door for answers."""

    def key_pressed(self, *, delivery_id: str, key: PageKey) -> Outcome | None: ...

    def acknowledge(self, number: int, *, engineer: str, via: str) -> Outcome: ...

    def resolve(self, number: int, *, engineer: str, note: str, via: str) -> Outcome: ...

    def update(self, number: int, *, engineer: str, note: str, via: str) -> Outcome: ...

    def note(self, number: int, *, by: str, note: str, via: str) -> Outcome: ...

    def reopen(self, number: int, *, by: str, via: str) -> Outcome: ...


class Callbacks(Protocol):
    """What the provider says of our own calls and messages."""

    def call_answered(self, delivery_id: str, provider_id: str) -> None: ...

    def provider_said(
        self, *, delivery_id: str, provider_id: str, status: str, error_code: str = "", answered_by: str = ""
    ) -> None: ...


class RecordingKeeper(Protocol):
    """What callers said."""

    def audio(self, recording_sid: str) -> tuple[bytes, str] | None: ...


class ServedDatabase(Database, Protocol):
    """The rows, and whether they are this release's."""

    def schema_is_current(self) -> bool: ...


class Audit(Protocol):
    """The independent look at promise 2."""

    def check(self, now: datetime) -> list[str]: ...


class Runtime(Protocol):
    """The running whole, as far as the web needs it."""

    @property
    def settings(self) -> Settings: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def ids(self) -> Ids: ...

    @property
    def database(self) -> ServedDatabase: ...

    @property
    def configuration(self) -> ConfigurationSource: ...

    @property
    def log(self) -> Callable[..., None]: ...

    @property
    def intake(self) -> Intake: ...

    @property
    def texts(self) -> Texts: ...

    @property
    def respond(self) -> Respond: ...

    @property
    def deliveries(self) -> Callbacks: ...

    @property
    def recordings(self) -> RecordingKeeper: ...

    @property
    def audit(self) -> Audit: ...


class _Parts:
    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.twiml = Twiml(runtime.settings.twiml_dir)


def attach(app: Flask, runtime: Runtime) -> None:
    """Make the runtime reachable from the views of this app."""
    app.extensions[_KEY] = _Parts(runtime)


def runtime() -> Runtime:
    """The runtime of the app that is answering."""
    return cast(_Parts, current_app.extensions[_KEY]).runtime


def twiml() -> Twiml:
    """The TwiML templates of the app that is answering."""
    return cast(_Parts, current_app.extensions[_KEY]).twiml


def now() -> datetime:
    """The present instant."""
    return runtime().clock.now()
