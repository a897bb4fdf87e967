"""A world with its own clock: the real service, the carrier, and whoever is on the phones. Same seed, same run.

Everything happens in one thread, one event after the other; webhooks are signed and checked, the provider's client is
the real one, and nothing goes over a socket. Every promise is checked at every event (invariants.py).
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from wsgiref.types import StartResponse, WSGIEnvironment

from oncall.bootstrap import Fakes, Runtime, build
from oncall.core.partner_event import PAGERDUTY
from oncall.core.plain_text import mask_numbers
from oncall.core.provider import PRIMARY
from oncall.core.welcome import Welcomed
from oncall.engine.unheard import Again
from oncall.engine.workers import Inline, Workers
from oncall.ports import GitHub
from oncall.schedule_files import fingerprint
from oncall.settings import load_settings
from oncall.sim.carrier import Carrier
from oncall.sim.clocks import Clocks, VirtualClock
from oncall.sim.crash_points import described
from oncall.sim.fallback import fallback_document
from oncall.sim.faults import NO_FAULTS, Away, Faults
from oncall.sim.in_process import HttpAnswer, InProcessAccount, ask, post_form
from oncall.sim.invariants import BrokenPromiseError, Invariants
from oncall.sim.mishaps import NO_MISHAPS, Happening, Mishaps
from oncall.sim.network import CarrierSettings
from oncall.sim.pagerduty_partner import PagerDutyPartner
from oncall.sim.pagerduty_schedule import PagerDutySchedule
from oncall.sim.people import Deed, Heard
from oncall.sim.processes import POLL_FOR, EngineProcess, WebFactory, WebProcess
from oncall.sim.rest_api import rest_apis
from oncall.sim.slack import FakeSlack
from oncall.sim.timers import VirtualTimers
from oncall.sim.watched_database import Commit, CrashError, Watch, WatchedDatabase, fresh_rows
from oncall.sim.webhook import Answer, FetchError, WebhookRequest
from oncall.sim.world_accounts import (
    ENVIRONMENT,
    FALLBACK_URL,
    PUBLIC_URL,
    SECOND,
    SECOND_ACCOUNT,
    SECOND_SID,
    account_at,
    account_that_takes,
    hotline_at,
)
from oncall.sim.world_schedules import HOTLINE, SECOND_NUMBER, WEEKLY, read_once
from oncall.store import SqlDatabase
from oncall.system import SeededIds, SeededRng

SETTLES_IN = timedelta(seconds=60)
A_NIGHT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


class World:
    """``web`` makes the WSGI app of a Runtime. Unless it is ``fresh``, its engineers have been there for a while.

    ``pagerduty_within_seconds``: PagerDuty is connected, and away in there; ``schedule_away_within_seconds``: the
    same of a schedule that is kept there. ``clocks_differ``: each process has its own, some seconds wrong. ``rows`` are
    those of a migrated, empty database; without, they are in memory. ``dies_at`` is asked at every commit and every
    request to the provider, and kills the process that is there. ``run_for`` and ``run_until`` move time, and may raise
    BrokenPromiseError.
    """

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
        two_providers: bool = False,
        pagerduty_within_seconds: float | None = None,
        slack: FakeSlack | None = None,
        github: GitHub | None = None,
        alter: Callable[[Runtime], Runtime] = lambda runtime: runtime,
        replay: str = "",
        fresh: bool = False,
        clocks_differ: bool = False,
        schedule_away_within_seconds: float | None = None,
        rows: SqlDatabase | None = None,
        dies_at: Callable[[str], bool] | None = None,
        fallback: Callable[[str], bytes] = fallback_document,
    ) -> None:
        self.seed = seed
        self.replay = replay or f"oncall simulate --seed {seed}"
        self.timers = VirtualTimers(starts_at)
        self.clock = VirtualClock(self.timers)
        self.clocks = Clocks(self.timers, seed if clocks_differ else None)
        self.rng = SeededRng(f"world {seed}")
        self.ids = SeededIds(f"ids {seed}")
        self.mishaps = mishaps
        self.story: list[Happening] = []
        self.log_lines: list[str] = []
        self.crashes = 0
        self.away_until: datetime | None = None
        self.disturbed_until: datetime | None = None
        self._alter, self._slack, self._github = alter, slack, github
        self._dies_at = dies_at
        self._fallback = fallback
        self._settings = load_settings(ENVIRONMENT | (SECOND_ACCOUNT if two_providers else {}), serving=True)
        self.carrier = self._carrier("carrier", account or account_that_takes(5), HOTLINE)
        self.second = (
            self._carrier("second carrier", account_that_takes(5, SECOND_SID), SECOND_NUMBER, self.carrier)
            if two_providers
            else None
        )
        self.faults = faults
        self._api = rest_apis(self.carriers)
        self.rows = rows or fresh_rows()
        if not fresh:
            with self.rows.begin() as uow:
                for key, engineer in read_once(files).engineers.items():
                    uow.welcomed.add(Welcomed(key, engineer.phone, starts_at))
        self.public_url = PUBLIC_URL
        self.pagerduty: PagerDutyPartner | None = None
        if pagerduty_within_seconds is not None:
            self.pagerduty = PagerDutyPartner(self, seed=seed, within_seconds=pagerduty_within_seconds)
        self.oncalls: PagerDutySchedule | None = None
        if (within := schedule_away_within_seconds) is not None:
            self.oncalls = PagerDutySchedule(self.timers.now, seed=seed, within_seconds=within)
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
        configuration = read_once(files)
        engineers = configuration.engineers
        self.invariants.handed_over.allowed(configuration, clocks_differ=bool(self.clocks.wrong_by))
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

    def host_down_for(self, seconds: float) -> None:
        """From now on, for so long, there is nothing of ours: the carrier turns to the fallback, elsewhere."""
        self.disturbed_for(seconds)
        self.tell("our host", f"down for {seconds:.0f} s")
        self.web.stop(timedelta(seconds=seconds))
        for engine in self.engines:
            engine.stop(timedelta(seconds=seconds))

    def provider_refuses_for(self, seconds: float, code: int = 20503) -> None:
        """From now on, for so long, the provider refuses every request with this code."""
        self.carrier.refuse(code, until_at=self.now + timedelta(seconds=seconds))
        self.disturbed_for(seconds)
        self.tell("provider", f"refuses everything for {seconds:.0f} s ({code})")

    def provider_one_away_for(self, seconds: float, how: Away | int) -> None:
        """From now on, for so long, the first of two providers does nothing that it is asked for.

        The second one makes good for it: all deadlines hold, once what rings through the first has ended.
        """
        if isinstance(how, Away):
            self.carrier.away = how
            self.later(seconds, lambda: setattr(self.carrier, "away", None))
        else:
            self.carrier.refuse(how, until_at=self.now + timedelta(seconds=seconds))
        self.disturbed_for(0)
        self.tell("provider one", f"is away for {seconds:.0f} s ({how})")

    def disturbed_for(self, seconds: float) -> None:
        """Something is wrong for so long; deadlines that assume a healthy world hold again a minute later."""
        until = self.now + timedelta(seconds=seconds) + SETTLES_IN
        self.disturbed_until = max(until, self.disturbed_until or until)

    @property
    def carriers(self) -> tuple[Carrier, ...]:
        """The accounts, the preferred one first."""
        return (self.carrier,) if self.second is None else (self.carrier, self.second)

    @property
    def faults(self) -> Faults:
        """What goes wrong by chance at the carrier; exchanged for all accounts at once."""
        return self.carrier.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        for carrier in self.carriers:
            carrier.faults = faults

    @property
    def undisturbed(self) -> bool:
        """Whether nothing on our side or the provider's has gone wrong for a while."""
        faults = self.faults
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

    def build(self, process: str, workers: Workers | None = None, again: Again | None = None) -> Runtime:
        """A fresh Runtime of this process on the world's rows."""
        watch = Watch(
            away=lambda: self.database_is_away,
            dies_before=self._dies_before,
            dies_after=self._dies_after,
            committed=self._committed,
        )
        runtime = build(
            self._settings,
            Fakes(
                clock=self.clocks.of(process),
                ids=self.ids,
                rng=self.rng,
                database=WatchedDatabase(self.rows, watch),
                open_account=self._account,
                calendars=self.oncalls,
                partners={PAGERDUTY: self.pagerduty} if self.pagerduty else {},
                slack=self._slack,
                github=self._github,
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

    def _carrier(self, seeded: str, settings: CarrierSettings, number: str, beside: Carrier | None = None) -> Carrier:
        return Carrier(
            settings,
            hotline_at(number),
            fetch=self._fetch,
            timers=self.timers,
            ids=SeededIds(f"{seeded} {self.seed}"),
            rng=SeededRng(f"{seeded} {self.seed}"),
            beside=beside,
        )

    def _account(self, name: str) -> InProcessAccount | None:
        carrier = {PRIMARY: self.carrier, SECOND: self.second}.get(name)
        if carrier is None:
            return None
        return account_at(carrier, app=self._asked, clock=self.clock, heard=self._heard_by_provider)

    def _fetch(self, request: WebhookRequest) -> Answer:
        if request.url.startswith(FALLBACK_URL):
            return Answer(200, "text/xml", self._fallback(request.url.removeprefix(FALLBACK_URL)))
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
        if self._dies_at is not None and self._dies_at(f"after the provider answered {method} {path}"):
            raise CrashError

    def _asked(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
        if self._dies_at is not None and self._dies_at(f"before the provider is asked {request}"):
            raise CrashError
        return self._api(environ, start_response)

    def _dies_before(self, commit: Commit) -> bool:
        return self._dies("before", commit) or self._happens(self.mishaps.crash_before_commit)

    def _dies_after(self, commit: Commit) -> bool:
        return self._dies("after", commit) or self._happens(self.mishaps.crash_after_commit)

    def _dies(self, when: str, commit: Commit) -> bool:
        return self._dies_at is not None and self._dies_at(f"{when} the commit that {described(commit)}")

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
        for engine in self.engines if event == "calendar.changed" else ():
            engine.wake(POLL_FOR)

    def _look_again(self) -> None:
        """Where nothing happens at all there would be no event at which to see that."""
        self.later(30.0, self._look_again)

    def _happens(self, chance: float) -> bool:
        return chance > 0 and self.rng.random() < chance


__all__ = ["NO_MISHAPS", "BrokenPromiseError", "Happening", "Mishaps", "World"]
