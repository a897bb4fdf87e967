"""A world with its own clock: the real service, the carrier, and whoever is on the phones. Same seed, same run.

Everything happens in one thread, one event after the other; webhooks are signed and checked, the provider's client is
the real one, and nothing goes over a socket. Every promise is checked at every event (invariants.py).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import RLock

from flask import Flask

from oncall.bootstrap import Fakes, Runtime, build
from oncall.channels import build_channels, build_recordings
from oncall.core.partner_event import PAGERDUTY
from oncall.core.plain_text import mask_numbers
from oncall.engine.unheard import Again
from oncall.engine.workers import Inline, Workers
from oncall.schedule_files import fingerprint
from oncall.settings import load_settings
from oncall.sim.carrier import Carrier, HotlineNumber
from oncall.sim.faults import NO_FAULTS, Faults
from oncall.sim.in_process import HttpAnswer, InProcessAccount, ask, post_form
from oncall.sim.invariants import BrokenPromiseError, Invariants
from oncall.sim.network import CarrierSettings
from oncall.sim.pagerduty import WEBHOOK_SECRET
from oncall.sim.pagerduty_partner import PagerDutyPartner
from oncall.sim.people import Deed, Heard
from oncall.sim.processes import POLL_FOR, EngineProcess, WebFactory, WebProcess
from oncall.sim.rest_api import create_rest_api
from oncall.sim.timers import VirtualTimers
from oncall.sim.watched_database import Commit, CrashError, Watch, WatchedDatabase, fresh_rows
from oncall.sim.webhook import Answer, FetchError, WebhookRequest
from oncall.sim.world_schedules import HOTLINE, WEEKLY, read_once
from oncall.system import SeededIds, SeededRng

PUBLIC_URL = "https://hotline.example"
API_URL = "https://carrier.example"
ACCOUNT_SID = "AC" + "0" * 32
AUTH_TOKEN = "simulated"  # noqa: S105 - it opens nothing
SETTLES_IN = timedelta(seconds=60)
A_NIGHT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)

_ENVIRONMENT = {
    "SECRET_KEY": "a simulated world has no secrets",
    "ONCALL_PUBLIC_URL": PUBLIC_URL,
    "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
    "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
    "TWILIO_API_URL": API_URL,
    "PAGERDUTY_WEBHOOK_SECRET": WEBHOOK_SECRET,
}


@dataclass(frozen=True, slots=True)
class Mishaps:
    """Chances of what can go wrong on our side: a crash at a commit, an answer that gets lost, a wake-up unheard."""

    crash_before_commit: float = 0.0
    crash_after_commit: float = 0.0
    response_lost: float = 0.0
    wake_lost: float = 0.0
    restart_seconds: float = 2.0


NO_MISHAPS = Mishaps()


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the world's story: when, who, what."""

    at: datetime
    who: str
    what: str


class VirtualClock:
    """The world's time as the service reads it (ports.Clock)."""

    def __init__(self, timers: VirtualTimers) -> None:
        self._timers = timers

    def now(self) -> datetime:
        """The present instant of the world."""
        return self._timers.now()

    def sleep(self, seconds: float) -> None:
        """A short retry: the world does not move for it."""


class World:
    """``web`` makes the WSGI app of a Runtime. ``pagerduty_within_seconds``: PagerDuty is connected, and away in there.
    ``run_for`` and ``run_until`` move time, and may raise
    BrokenPromiseError."""

    def __init__(
        self,
        web: WebFactory,
        *,
        seed: int = 1,
        starts_at: datetime = A_NIGHT,
        files: Mapping[str, str] = WEEKLY,
        engines: int = 1,
        faults: Faults = NO_FAULTS,
        mishaps: Mishaps = NO_MISHAPS,
        account: CarrierSettings | None = None,
        pagerduty_within_seconds: float | None = None,
        alter: Callable[[Runtime], Runtime] = lambda runtime: runtime,
        replay: str = "",
    ) -> None:
        self.seed = seed
        self.replay = replay or f"oncall simulate --seed {seed}"
        self.timers = VirtualTimers(starts_at)
        self.clock = VirtualClock(self.timers)
        self.rng = SeededRng(f"world {seed}")
        self.ids = SeededIds(f"ids {seed}")
        self.mishaps = mishaps
        self.story: list[Happening] = []
        self.log_lines: list[str] = []
        self.crashes = 0
        self.away_until: datetime | None = None
        self.disturbed_until: datetime | None = None
        self._alter = alter
        self._settings = load_settings(_ENVIRONMENT, serving=True)
        self.carrier = Carrier(
            account
            or replace(CarrierSettings(ACCOUNT_SID, AUTH_TOKEN, API_URL), calls_per_second=5, messages_per_second=5),
            HotlineNumber(
                HOTLINE, f"{PUBLIC_URL}/voice/incoming", f"{PUBLIC_URL}/voice/status", f"{PUBLIC_URL}/sms/incoming"
            ),
            fetch=self._fetch,
            timers=self.timers,
            ids=SeededIds(f"carrier {seed}"),
            rng=SeededRng(f"carrier {seed}"),
        )
        self.carrier.faults = faults
        self._api = Flask("carrier")
        self._api.register_blueprint(create_rest_api(self.carrier, RLock()))
        self.rows = fresh_rows()
        self.public_url = PUBLIC_URL
        self.pagerduty: PagerDutyPartner | None = None
        if pagerduty_within_seconds is not None:
            self.pagerduty = PagerDutyPartner(self, seed=seed, within_seconds=pagerduty_within_seconds)
        self.engines: list[EngineProcess] = []
        self.invariants = Invariants(self)
        self.publish(files)
        self.web = WebProcess(self, web)
        self._look_again()
        self.engines = [EngineProcess(self, f"engine {number + 1}") for number in range(engines)]

    # ------------------------------------------------------------ time

    @property
    def now(self) -> datetime:
        """The present instant."""
        return self.timers.now()

    def step(self) -> bool:
        """The next event; False when nothing is left to happen."""
        moved = self.timers.run_next()
        self.invariants.after_event()
        return moved

    def run_to(self, instant: datetime) -> None:
        """Everything up to that instant."""
        while (at := self.timers.next_at()) is not None and at <= instant:
            self.step()
        self.timers.advance_to(instant)

    def run_for(self, seconds: float) -> None:
        """Everything that happens in so long."""
        self.run_to(self.now + timedelta(seconds=seconds))

    def run_until(self, happened: Callable[[], bool], *, within_seconds: float = 1800.0) -> bool:
        """Go on until that is so; False where it was not within so long."""
        until = self.now + timedelta(seconds=within_seconds)
        while not happened():
            at = self.timers.next_at()
            if at is None or at > until:
                self.timers.advance_to(until)
                return happened()
            self.step()
        return True

    def later(self, seconds: float, do: Callable[[], None]) -> None:
        """Call so many seconds from now."""
        self.timers.call_at(self.now + timedelta(seconds=seconds), do)

    # ------------------------------------------------------------ what can be done to it

    def publish(self, files: Mapping[str, str]) -> None:
        """Put these schedules in force."""
        engineers = read_once(files).engineers
        self.invariants.engineers(
            {key: one.name for key, one in engineers.items()}, {key: one.phone for key, one in engineers.items()}
        )
        with self.rows.begin() as uow:
            uow.schedule_versions.publish(files, fingerprint=fingerprint(files), author="the world", now=self.now)
        self.tell("operators", "published the schedules")

    def database_away_for(self, seconds: float) -> None:
        """From now on, for so long, every transaction is refused."""
        self.away_until = self.now + timedelta(seconds=seconds)
        self.disturbed_for(seconds)
        self.tell("database", f"away for {seconds:.0f} s")

    def provider_refuses_for(self, seconds: float, code: int = 20503) -> None:
        """From now on, for so long, the provider refuses every request with this code."""
        self.carrier.refuse(code, until_at=self.now + timedelta(seconds=seconds))
        self.disturbed_for(seconds)
        self.tell("provider", f"refuses everything for {seconds:.0f} s ({code})")

    def disturbed_for(self, seconds: float) -> None:
        """Something is wrong for so long; deadlines that assume a healthy world hold again a minute later."""
        until = self.now + timedelta(seconds=seconds) + SETTLES_IN
        self.disturbed_until = max(until, self.disturbed_until or until)

    @property
    def undisturbed(self) -> bool:
        """Whether nothing on our side or the provider's has gone wrong for a while."""
        faults = self.carrier.faults
        return not (faults.rest_error or faults.rest_lost) and (
            self.disturbed_until is None or self.now > self.disturbed_until
        )

    def forge(self, path: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None) -> HttpAnswer | None:
        """A webhook that the provider did not sign; None while the web is down."""
        if self.web.app is None:
            return None
        commits = self.invariants.commits
        answer = post_form(self.web.app, PUBLIC_URL + path, form, headers or {})
        self.invariants.forged(answer, commits)
        return answer

    def did(self, deed: Deed) -> None:
        """Somebody did something."""
        self.invariants.did(deed)

    def was_told(self, number: str, heard: Heard) -> None:
        """Somebody heard or read something."""
        self.invariants.was_told(number, heard)

    def tell(self, who: str, what: str) -> None:
        """A line of the story."""
        self.story.append(Happening(self.now, who, what))

    def timeline(self) -> list[str]:
        """The story as text, for comparing two runs, and for reading a failure."""
        return [f"{line.at:%Y-%m-%d %H:%M:%S.%f} {line.who}: {line.what}" for line in self.story]

    @property
    def database_is_away(self) -> bool:
        """Whether every transaction is refused now."""
        return self.away_until is not None and self.now < self.away_until

    # ------------------------------------------------------------ the host of its processes

    def build(self, workers: Workers | None = None, again: Again | None = None) -> Runtime:
        """A fresh Runtime on the world's rows."""
        account = InProcessAccount(
            ACCOUNT_SID,
            AUTH_TOKEN,
            API_URL,
            app=self._api,
            from_number=lambda: HOTLINE,
            clock=self.clock,
            heard=self._heard_by_provider,
        )
        watch = Watch(
            away=lambda: self.database_is_away,
            dies_before=lambda _commit: self._happens(self.mishaps.crash_before_commit),
            dies_after=lambda _commit: self._happens(self.mishaps.crash_after_commit),
            committed=self._committed,
        )
        runtime = build(
            self._settings,
            Fakes(
                clock=self.clock,
                ids=self.ids,
                rng=self.rng,
                database=WatchedDatabase(self.rows, watch),
                channels=build_channels(
                    self._settings, self.clock, self.rng, lambda: HOTLINE, self._log, account=account
                ),
                recordings=build_recordings(account),
                partners={PAGERDUTY: self.pagerduty} if self.pagerduty else {},
                workers=workers or Inline(),
                log=self._log,
                load=read_once,
                again=again or self.later,
            ),
        )
        return self._alter(runtime)

    def crashed(self, what: str) -> timedelta:
        """A process died; how long it takes until it is back."""
        self.crashes += 1
        self.tell(what, "crashed")
        seconds = 0.2 + self.mishaps.restart_seconds * self.rng.random()
        self.disturbed_for(seconds)
        return timedelta(seconds=seconds)

    # ------------------------------------------------------------ inside

    def _fetch(self, request: WebhookRequest) -> Answer:
        app = self.web.app
        self.invariants.asked(request)
        if app is None:
            raise FetchError("the web is down", connected=False)
        try:
            if request.method == "POST":
                answer = post_form(app, request.url, request.params, request.headers)
            else:
                answer = ask(app, request.method, request.url, request.headers)
        except CrashError:
            self.web.crash()
            raise FetchError("the web died while it answered", connected=True) from None
        self.invariants.answered(request, answer)
        if self._happens(self.mishaps.response_lost):
            raise FetchError("the answer got lost", connected=True)
        return Answer(answer.status, answer.content_type, answer.body)

    def _heard_by_provider(self, method: str, path: str, form: Mapping[str, str], answer: HttpAnswer) -> None:
        self.invariants.asked_provider(method, path, form, answer)

    def _committed(self, commit: Commit, wake: bool) -> None:
        self.invariants.committed(commit)
        heard = wake and not self._happens(self.mishaps.wake_lost)
        for engine in self.engines:
            if heard:
                engine.wake()
            elif not commit.empty:
                engine.wake(POLL_FOR)

    def _log(self, event: str, **fields: object) -> None:
        line = mask_numbers(" ".join([event, *(f"{name}={value}" for name, value in fields.items())]))
        self.log_lines.append(line)
        self.invariants.logged(event, line)

    def _look_again(self) -> None:
        """Where nothing happens at all there would be no event at which to see that."""
        self.later(30.0, self._look_again)

    def _happens(self, chance: float) -> bool:
        return chance > 0 and self.rng.random() < chance


__all__ = ["NO_MISHAPS", "BrokenPromiseError", "Happening", "Mishaps", "World"]
