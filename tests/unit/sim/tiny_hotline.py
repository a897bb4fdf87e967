"""A tiny hotline, phones with simple habits, and a carrier in virtual time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from oncall.ports import Rng
from oncall.sim.audio import Speech, beep
from oncall.sim.carrier import Carrier, HotlineNumber
from oncall.sim.network import CarrierSettings
from oncall.sim.phone import Behaviour, PhoneCall
from oncall.sim.timers import VirtualTimers
from oncall.sim.webhook import Answer, FetchError, WebhookRequest

HOTLINE = "+3225550199"
JANE = "+32470111111"
ALICE = "+32470000001"
BASE = "https://hotline.example"
NIGHT = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
ACCOUNT = CarrierSettings(account_sid="AC" + "0" * 32, auth_token="token")
Route = Callable[[dict[str, str]], Answer | str]


class CountingIds:
    def __init__(self) -> None:
        self._count = 0

    def new(self) -> str:
        self._count += 1
        return f"{self._count:032x}"

    def secret(self) -> str:
        return self.new()


class ListedChance:
    """Chances in the order given, then 0.99 for ever: nothing happens."""

    def __init__(self, *chances: float) -> None:
        self.chances = list(chances)

    def random(self) -> float:
        return self.chances.pop(0) if self.chances else 0.99


@dataclass
class TinyHotline:
    """Answers by path: TwiML as text, or a whole Answer; what has no route is 404."""

    routes: dict[str, Route] = field(default_factory=dict)
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    requests: list[WebhookRequest] = field(default_factory=list)
    away: FetchError | None = None

    def fetch(self, request: WebhookRequest) -> Answer:
        self.requests.append(request)
        if self.away is not None:
            raise self.away
        path = urlsplit(request.url).path
        self.seen.append((path, dict(request.params)))
        route = self.routes.get(path)
        if route is None:
            return Answer(404, "text/plain", b"not found")
        answer = route(dict(request.params))
        return answer if isinstance(answer, Answer) else twiml(answer)

    def says(self, path: str, document: str | Answer) -> None:
        self.routes[path] = lambda _params: document

    def asked(self, path: str) -> list[dict[str, str]]:
        return [params for seen, params in self.seen if seen == path]


class Listener(Behaviour):
    """Remembers what happened; ``on_gather`` and the like can be set per test."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.played: list[bytes] = []
        self.ends: list[str] = []
        self.texts: list[str] = []
        self.rings: Callable[[PhoneCall], None] = lambda _call: None
        self.gathers: Callable[[PhoneCall], None] = lambda _call: None
        self.records: Callable[[PhoneCall], None] = lambda _call: None
        self.hears: Callable[[PhoneCall], None] = lambda _call: None

    def on_ring(self, call):
        self.rings(call)

    def on_say(self, call, text, language):
        self.heard.append(text)
        self.hears(call)

    def on_play(self, call, audio, content_type):
        self.played.append(audio)

    def on_gather(self, call, gather):
        self.gathers(call)

    def on_record(self, call, record):
        self.records(call)

    def on_end(self, call):
        self.ends.append(call.status)

    def on_sms(self, text):
        self.texts.append(text.body)


class World:
    """A carrier, a tiny hotline, a customer and an engineer."""

    def __init__(self, settings: CarrierSettings = ACCOUNT, *chances: float, rng: Rng | None = None) -> None:
        self.timers = VirtualTimers(NIGHT)
        self.hotline = TinyHotline()
        self.rng = rng or ListedChance(*chances)
        self.carrier = Carrier(
            settings,
            HotlineNumber(HOTLINE, f"{BASE}/voice/incoming", f"{BASE}/voice/status", f"{BASE}/sms/incoming"),
            fetch=self.hotline.fetch,
            timers=self.timers,
            ids=CountingIds(),
            rng=self.rng,
        )
        for path in ("/voice/status", "/status", "/recorded", "/transcript"):
            self.hotline.says(path, Answer(204, "", b""))
        self.jane = Listener()
        self.alice = Listener()
        self.carrier.phone(JANE, self.jane)
        self.carrier.phone(ALICE, self.alice)

    def call_alice(self, **changes):
        order = {
            "to": ALICE,
            "from_": HOTLINE,
            "url": f"{BASE}/page",
            "status_callback": f"{BASE}/status",
            "status_callback_events": frozenset({"initiated", "ringing", "answered", "completed"}),
            "timeout": 25,
        }
        return self.carrier.create_call(**{**order, **changes})

    def text_alice(self, body="1042 production down", **changes):
        return self.carrier.create_message(
            **{"to": ALICE, "from_": HOTLINE, "body": body, "status_callback": f"{BASE}/status", **changes}
        )

    def statuses(self, path="/status", key="CallStatus"):
        return [params[key] for params in self.hotline.asked(path)]

    def debugged(self):
        return [entry.code for entry in self.carrier.debugger]


def twiml(document: str) -> Answer:
    return Answer(200, "text/xml", f"<Response>{document}</Response>".encode())


def words(text: str = "this is Jane", seconds: float = 3.0) -> Speech:
    return Speech(beep(), seconds, text)
