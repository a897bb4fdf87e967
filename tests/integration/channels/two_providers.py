"""Two providers on loopback, and the channels over them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from oncall.channels.building import build_channels
from oncall.channels.providers import Providers
from oncall.channels.twilio import TwilioAccount
from oncall.core.accounted import Accounted
from oncall.core.engineer import ContactMethod
from oncall.errors import SetupError
from oncall.ports import Channel, Message

from .conftest import HOTLINE, Half, RealClock, settings
from .fake_twilio import ACCOUNT, TOKEN, FakeTwilio, created, running_fake_twilio

SECOND_ACCOUNT, SECOND_NUMBER = "AC" + "2" * 32, "+3225550188"


@dataclass
class News:
    """Remembers what it heard."""

    told: list[str] = field(default_factory=list)

    def is_ill(self, name: str, problem: str) -> None:
        self.told.append(f"{name} is ill")

    def works(self, name: str) -> None:
        self.told.append(f"{name} works")

    def refuses(self, name: str, method: ContactMethod, error: SetupError) -> None:
        self.told.append(f"{name} refuses {method.value}: {error.code}")


@dataclass
class Two:
    """Two providers, and the channels over them."""

    one: FakeTwilio
    two: FakeTwilio
    clock: RealClock = field(default_factory=RealClock)
    news: News = field(default_factory=News)
    logged: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=lambda: ["twilio", "second"])
    recorded: Callable[[Message, datetime], tuple[str, Accounted]] = lambda *_: ("", Accounted())
    elsewhere: list[tuple[str, str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        accounts = {
            "twilio": TwilioAccount(ACCOUNT, TOKEN, self.one.url, from_number=lambda: HOTLINE, clock=self.clock),
            "second": TwilioAccount(
                SECOND_ACCOUNT, "2nd", self.two.url, from_number=lambda: SECOND_NUMBER, clock=self.clock
            ),
        }
        self.providers = Providers(accounts.get, lambda: self.names, self.clock)
        self.providers.report_to(self.news)
        self.channels = build_channels(
            settings(),
            self.providers,
            self.clock,
            Half(),
            lambda event, **_: self.logged.append(event),
            recorded=lambda message, since: self.recorded(message, since),
            elsewhere=lambda method, name, _message: self.elsewhere.append((method.value, name, self.asked)),
        )

    @property
    def asked(self) -> int:
        """How often any provider was asked for something."""
        return len(self.one.requests) + len(self.two.requests)

    @property
    def call(self) -> Channel:
        return self.channels[ContactMethod.CALL]

    @property
    def sms(self) -> Channel:
        return self.channels[ContactMethod.SMS]

    def creations(self, fake: FakeTwilio) -> int:
        return sum(request.method == "POST" for request in fake.requests)


@contextmanager
def two_running() -> Iterator[Two]:
    """Both take every call."""
    with running_fake_twilio() as one, running_fake_twilio() as other:
        one.will(created("CA1"))
        other.will(created("CA2"))
        yield Two(one, other)
