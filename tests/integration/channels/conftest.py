"""A provider on loopback, a clock that tells real time but does not sleep, and the channels between them."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from oncall.channels.building import build_channels, only
from oncall.channels.recordings import TwilioRecordings
from oncall.channels.twilio import TwilioAccount
from oncall.channels.twilio_http import TimeLimits
from oncall.core.accounted import Accounted
from oncall.core.delivery import DeliveryKind
from oncall.core.engineer import ContactMethod
from oncall.ports import Channel, Message
from oncall.settings import Settings, load_settings

from .fake_twilio import ACCOUNT, TOKEN, FakeTwilio, running_fake_twilio

HOTLINE = "+3225550199"
ALICE = "+32470000001"
DELIVERY = "0123456789abcdef0123456789abcdef"


@dataclass
class RealClock:
    """Real time, so that time limits are real; sleeping only moves it on and is remembered."""

    ahead: timedelta = timedelta(0)
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time(), UTC) + self.ahead

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.ahead += timedelta(seconds=seconds)


class Half:
    """Chance that is always the same."""

    def random(self) -> float:
        return 0.5


def settings(**environment: str) -> Settings:
    """Settings as an operator would have set them."""
    return load_settings(
        {
            "SECRET_KEY": "x" * 32,
            "ONCALL_PUBLIC_URL": "https://oncall.example.com",
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            **environment,
        },
        serving=True,
    )


@dataclass
class Provider:
    """The fake, the account that talks to it, and the channels on top."""

    fake: FakeTwilio
    account: TwilioAccount
    channels: dict[ContactMethod, Channel]
    recordings: TwilioRecordings
    clock: RealClock
    logged: list[tuple[str, dict[str, object]]]

    @property
    def call(self) -> Channel:
        return self.channels[ContactMethod.CALL]

    @property
    def sms(self) -> Channel:
        return self.channels[ContactMethod.SMS]


def page(to: str = ALICE, text: str = "1042 ACME: Production down. Answer ACK 1042") -> Message:
    """A page to Alice."""
    return Message(delivery_id=DELIVERY, kind=DeliveryKind.PAGE, to=to, text=text, subject="1042 ACME")


def provider_at(url: str, fake: FakeTwilio, limits: TimeLimits) -> Provider:
    """Channels that talk to ``url``."""
    clock = RealClock()
    logged: list[tuple[str, dict[str, object]]] = []

    def log(event: str, **fields: object) -> None:
        logged.append((event, fields))

    account = TwilioAccount(ACCOUNT, TOKEN, url, from_number=lambda: HOTLINE, clock=clock, limits=limits)
    channels = build_channels(
        settings(TWILIO_API_URL=url),
        only(account, clock),
        clock,
        Half(),
        log,
        recorded=lambda _message, _since: ("", Accounted()),
    )
    return Provider(fake, account, channels, TwilioRecordings(account), clock, logged)


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_fake_twilio() as fake:
        yield provider_at(fake.url, fake, TimeLimits(connect_seconds=0.5, answer_seconds=0.3))
