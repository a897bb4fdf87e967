"""Webhooks as the carrier sends them: signed over the public URL, retried as its fragment says, mishaps included."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import parse_qs, urldefrag

from twilio.request_validator import RequestValidator

from oncall.errors import OncallError
from oncall.ports import Ids, Rng
from oncall.sim.faults import NO_FAULTS, Faults
from oncall.sim.timers import Timers

# One round trip. It also keeps a document that redirects to itself from stopping virtual time.
ROUND_TRIP = timedelta(milliseconds=50)


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """What is sent. ``url`` is the public one that was signed, without its fragment."""

    url: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    content_type: str
    body: bytes


class FetchError(OncallError):
    """Nothing usable came back; ``connected`` says that the request may have been read."""

    def __init__(self, message: str, *, connected: bool) -> None:
        super().__init__(message)
        self.connected = connected


# Raises FetchError, also when fifteen seconds are over.
Fetch = Callable[[WebhookRequest], Answer]
Then = Callable[[Answer | FetchError], None]


@dataclass(frozen=True, slots=True)
class RetryRule:
    """How often, and after what, a webhook is sent again (``#rc=2&rp=5xx,ct,rt``); one failed connection by default."""

    count: int = 1
    after: frozenset[str] = frozenset({"ct"})

    def again(self, result: Answer | FetchError) -> bool:
        """Whether this result calls for another attempt."""
        if isinstance(result, FetchError):
            kind = "rt" if result.connected else "ct"
        elif result.status >= 400:
            kind = f"{result.status // 100}xx"
        else:
            return False
        return kind in self.after or "all" in self.after


_ENDS = frozenset({"completed", "busy", "no-answer", "failed", "canceled", "delivered", "undelivered"})


def _says_the_end(params: Mapping[str, str]) -> bool:
    """Whether this is a status callback, and the last of its call or text."""
    of_a_call = params.get("CallStatus", "") in _ENDS and params.get("CallbackSource") == "call-progress-events"
    return of_a_call or params.get("MessageStatus", "") in _ENDS


def retry_rule(fragment: str) -> RetryRule:
    """The rule that a URL's fragment asks for."""
    wanted = parse_qs(fragment)
    count = wanted.get("rc", ["1"])[0]
    after = wanted.get("rp", ["ct"])[0]
    return RetryRule(int(count) if count.isdigit() else 1, frozenset(after.split(",")))


@dataclass(slots=True)
class WebhookSender:
    """Sends webhooks for one account. ``faults`` may be exchanged at any time."""

    timers: Timers
    fetch: Fetch
    ids: Ids
    rng: Rng
    auth_token: str
    faults: Faults = NO_FAULTS
    sent: list[WebhookRequest] = field(default_factory=list)
    keep_sent: int = 1000

    def ask(self, url: str, params: Mapping[str, str], then: Then, *, method: str = "POST") -> None:
        """Send a webhook whose answer is used; ``then`` gets it, or the error."""
        faults = self.faults
        if self._happens(faults.webhook_lost):
            lost = FetchError(f"lost on the way to {url}", connected=True)
            self._later(timedelta(seconds=15), lambda: then(lost))
            return
        delay = ROUND_TRIP
        if self._happens(faults.webhook_delayed):
            delay += timedelta(seconds=faults.webhook_delay_seconds * self.rng.random())
        request, rule = self._signed(url, params, method)
        if method == "POST" and self._happens(faults.webhook_doubled):
            # A retry after an answer that got lost: the second answer is the one that is used.
            self._later(delay, lambda: self._send(request, 0, rule, lambda _first: self._send(request, 0, rule, then)))
            return
        self._later(delay, lambda: self._send(request, 0, rule, then))

    def tell(self, url: str, params: Mapping[str, str], failed: Callable[[Answer | FetchError], None]) -> None:
        """Send a callback; ``failed`` hears of an answer that is not 2xx."""
        faults = self.faults
        if self._happens(faults.callback_lost) or (_says_the_end(params) and self._happens(faults.final_callback_lost)):
            return
        request, rule = self._signed(url, params, "POST")

        def check(result: Answer | FetchError) -> None:
            if isinstance(result, FetchError) or not 200 <= result.status < 300:
                failed(result)

        for _ in range(2 if self._happens(faults.callback_doubled) else 1):
            delay = ROUND_TRIP
            if self._happens(faults.callback_delayed):
                delay += timedelta(seconds=faults.callback_delay_seconds * self.rng.random())
            self._later(delay, lambda: self._send(request, 0, rule, check))

    def _signed(self, url: str, params: Mapping[str, str], method: str) -> tuple[WebhookRequest, RetryRule]:
        bare, fragment = urldefrag(url)
        form = dict(params) if method == "POST" else {}
        signature = RequestValidator(self.auth_token).compute_signature(bare, form)
        headers = {
            "X-Twilio-Signature": signature,
            "I-Twilio-Idempotency-Token": self.ids.new(),
            "User-Agent": "TwilioProxy/1.1",
        }
        return WebhookRequest(bare, form, headers, method), retry_rule(fragment)

    def _send(self, request: WebhookRequest, attempt: int, rule: RetryRule, then: Then) -> None:
        def finish(result: Answer | FetchError) -> None:
            if attempt < rule.count and rule.again(result):
                self._later(ROUND_TRIP, lambda: self._send(request, attempt + 1, rule, then))
            else:
                then(result)

        self.sent.append(request)
        del self.sent[: -self.keep_sent]
        self.timers.run(lambda: self._fetched(request), finish)

    def _fetched(self, request: WebhookRequest) -> Answer | FetchError:
        try:
            return self.fetch(request)
        except FetchError as error:
            return error

    def _later(self, delay: timedelta, do: Callable[[], None]) -> None:
        self.timers.call_at(self.timers.now() + delay, do)

    def _happens(self, chance: float) -> bool:
        return chance > 0 and self.rng.random() < chance
