"""The engine: one turn looks at what is due, hands it to the workers, and says when to look again."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from oncall.engine.asking import Asking
from oncall.engine.audit import Audit
from oncall.engine.bundles import groups
from oncall.engine.cadence import is_time
from oncall.engine.calendars import CalendarKeeper
from oncall.engine.dispatch import Dispatch
from oncall.engine.distress import Distress
from oncall.engine.inbound import Inbound
from oncall.engine.jobs import recorded
from oncall.engine.paces import paces_in_force
from oncall.engine.pagerduty_answers import PagerDutyAnswers
from oncall.engine.partner_sending import PartnerSending
from oncall.engine.recordings import RecordingKeeper
from oncall.engine.shift_notices import ShiftNotices
from oncall.engine.sign_of_life import SignOfLife
from oncall.engine.tick import Tick
from oncall.engine.welcome import Welcome
from oncall.engine.workers import Workers
from oncall.errors import OncallError, StoreError, StoreUnavailableError
from oncall.ports import Environment, NextDue, Wake

POLL_SECONDS = 1.0
BUSY_SECONDS = 0.005
VAIN_SECONDS = 0.1
LOOK_EVERY = timedelta(seconds=1)
PAGES_AHEAD = 128  # more than one claim takes
AUDIT_EVERY = timedelta(seconds=5)
HEARTBEAT_EVERY = timedelta(seconds=60)
CHORES_EVERY = timedelta(seconds=1)
# A send ends within ten seconds; the whole service stops within ten, of which the last turn may take one. What is cut
# off then is taken up when its lease has run out, as after a crash.
FINISH_SECONDS = 7.0
PUT_OFF_FOR = timedelta(seconds=60)


class Engine:
    """``run_once`` is one turn; ``run`` goes on until told to stop."""

    def __init__(
        self,
        env: Environment,
        *,
        tick: Tick,
        dispatch: Dispatch,
        asking: Asking,
        recordings: RecordingKeeper,
        calendars: CalendarKeeper,
        partners: PartnerSending,
        pagerduty: PagerDutyAnswers,
        inbound: Inbound,
        audit: Audit,
        sign_of_life: SignOfLife,
        distress: Distress,
        shift_notices: ShiftNotices,
        welcome: Welcome,
        workers: Workers,
        heartbeat: Callable[[], None] | None,
        wake: Callable[[], Wake],
    ) -> None:
        self._env = env
        self._tick = tick
        self._dispatch = dispatch
        self._asking = asking
        self._recordings = recordings
        self._calendars = calendars
        self._partners = partners
        self._pagerduty = pagerduty
        self._inbound = inbound
        self._audit = audit
        self._sign_of_life = sign_of_life
        self._distress = distress
        self._shift_notices = shift_notices
        self._welcome = welcome
        self._workers = workers
        self._heartbeat = heartbeat
        self._open_wake = wake
        self._audited_at: datetime | None = None
        self._beat_at: datetime | None = None
        self._vain_turns = 0
        self._next = NextDue()
        self._pages_only = False
        self._pages_wait = 0
        self._is_full = False
        self._looked_at: datetime | None = None
        self._chores: list[Callable[[], None]] = []
        self._at_end: list[Callable[[], None]] = []
        self._chores_done_at: datetime | None = None
        self._chores_under_way: set[Callable[[], None]] = set()

    def also(self, chore: Callable[[], None], *, at_end: Callable[[], None] | None = None) -> None:
        """Have this done about once a second, in a worker, never twice at once; what it raises is logged.

        ``at_end`` is called once this engine ends, before what is being sent is waited for.
        """
        self._chores.append(chore)
        if at_end is not None:
            self._at_end.append(at_end)

    def run_once(self) -> int:
        """One turn; how many things were done. Raises StoreError while the database is away."""
        self._env.configuration.refresh()
        now = self._env.clock.now()
        self._next = self._ask_what_is_next(now)
        looked_at = self._look_at_incidents(now)
        done = looked_at + self._hand_out(now)
        self._look_after_itself(now)
        self._do_chores(now)
        return (
            done
            + self._least_urgent("shift_notices", self._shift_notices, now)
            + self._least_urgent("welcome", self._welcome, now)
        )

    def _ask_what_is_next(self, now: datetime) -> NextDue:
        with self._env.database.look() as uow:
            if self._pages_only:
                self._pages_wait = uow.deliveries.first_pages_due(now, PAGES_AHEAD)
            return uow.agenda.next_due(now, paces_in_force(self._env), self._partners.names())

    def _look_at_incidents(self, now: datetime) -> int:
        if not _has_come(self._next.incident_at, now):
            return 0
        # What would be paged for now goes after the first pages that wait already: they had better not become more.
        if self._pages_only and self._pages_wait == PAGES_AHEAD and not is_time(now, self._looked_at, LOOK_EVERY):
            return 0
        self._looked_at = now
        looked_at = self._tick.run(now)
        if looked_at:
            self._next = self._ask_what_is_next(now)
        return looked_at

    def _hand_out(self, now: datetime) -> int:
        room, ahead = self._workers.free(), self._workers.may_wait()
        self._is_full = not room + ahead
        if self._is_full:
            return 0
        self._pages_only = False
        done = 0
        if _has_come(self._next.send_at, now) or _has_come(self._next.stop_at, now):
            done += self._call_out(now, room + ahead, stops_too=_has_come(self._next.stop_at, now))
        # Each is handed over before the next is asked for: whatever raises takes nothing along that was claimed.
        for claim in (
            self._recordings_due,
            self._calendars_due,
            self._silent_ones,
            self._partners_due,
            self._users_to_look_up,
            self._to_work_on,
        ):
            done += self._submit(claim(now, room - done))
        return done

    def _submit(self, jobs: Sequence[Callable[[], None]]) -> int:
        for job in jobs:
            self._workers.submit(partial(recorded, self._env, job))
        return len(jobs)

    def _recordings_due(self, now: datetime, room: int) -> list[Callable[[], None]]:
        if room < 1 or not _has_come(self._next.recording_at, now):
            return []
        return [partial(self._recordings.fetch_claimed, recording) for recording in self._recordings.claim(now)]

    def _calendars_due(self, now: datetime, room: int) -> list[Callable[[], None]]:
        if room < 1 or not _has_come(self._calendars.next_due_at(), now):
            return []
        return [partial(self._calendars.fetch_claimed, calendar) for calendar in self._calendars.claim(now, room)]

    def _silent_ones(self, now: datetime, room: int) -> list[Callable[[], None]]:
        if room < 1 or not _has_come(self._next.ask_at, now):
            return []
        return [partial(self._asking.ask, silent) for silent in self._asking.claim(now, room)]

    def _partners_due(self, now: datetime, room: int) -> list[Callable[[], None]]:
        if room < 2 or not _has_come(self._partners.first_of(self._next.partners), now):
            return []
        return [partial(self._partners.send_claimed, event) for event in self._partners.claim(now, room)]

    def _users_to_look_up(self, now: datetime, room: int) -> list[Callable[[], None]]:
        if room < 2 or not _has_come(self._answer_at(self._next), now):
            return []
        return [partial(self._pagerduty.look_up, answer) for answer in self._pagerduty.claim(now, 1)]

    def _to_work_on(self, now: datetime, room: int) -> list[Callable[[], None]]:
        return self._inbound.claim(now, room) if room > 1 and _has_come(self._inbound_at(self._next), now) else []

    def _answer_at(self, known: NextDue) -> datetime | None:
        return known.answer_at if self._pagerduty.can_look_up else None

    def _inbound_at(self, known: NextDue) -> datetime | None:
        return known.inbound_at if self._inbound.has_room else None

    def _call_out(self, now: datetime, room: int, *, stops_too: bool) -> int:
        # Half of the room at most: a first page never waits for telephones that are to stop ringing.
        half = room // 2 if stops_too else 0
        stops = self._stop(now, half) if half else 0
        claimed = self._dispatch.claim(now, room - stops)
        as_claimed, pages = self._dispatch.as_claimed(claimed, now), groups(claimed)
        self._pages_only = len(pages) >= room - stops and all(one.is_first_page for one in claimed)
        self._submit([partial(self._dispatch.deliver, *page, as_claimed=as_claimed) for page in pages])
        left = room - stops - len(pages)
        if left and stops_too and stops == half:
            stops += self._stop(now, left)
        return stops + len(pages)

    def _stop(self, now: datetime, most: int) -> int:
        return self._submit([partial(self._dispatch.stop, stop) for stop in self._dispatch.claim_stops(now, most)])

    def _look_after_itself(self, now: datetime) -> None:
        if not is_time(now, self._audited_at, AUDIT_EVERY):
            return
        self._audited_at = now
        problems = self._audit.check_and_tell(now)
        self._distress.audited(self._audit.stuck(now) if problems else [])
        recorded(self._env, partial(self._sign_of_life.give, now, problems))
        for problem in problems:
            self._env.log("audit.failed", problem=problem)
        beat_due = is_time(now, self._beat_at, HEARTBEAT_EVERY)
        if not problems and beat_due and self._heartbeat is not None:
            self._beat_at = now
            self._workers.submit(partial(recorded, self._env, self._heartbeat))

    def _do_chores(self, now: datetime) -> None:
        if is_time(now, self._chores_done_at, CHORES_EVERY):
            self._chores_done_at = now
            # One that waits for somebody slow must not take a thread more every second: pages need them.
            for chore in self._chores:
                if chore not in self._chores_under_way:
                    self._chores_under_way.add(chore)
                    self._workers.submit(partial(self._do_chore, chore))

    def _do_chore(self, chore: Callable[[], None]) -> None:
        try:
            recorded(self._env, chore)
        finally:
            self._chores_under_way.discard(chore)

    def _least_urgent(self, name: str, work: ShiftNotices | Welcome, now: datetime) -> int:
        try:
            return work.run(now)
        except StoreError as error:
            self._env.log(f"{name}.database_away", problem=str(error))
            work.put_off(now + timedelta(seconds=POLL_SECONDS))
        except Exception as problem:  # noqa: BLE001 - a mistake in the least urgent work must not slow down paging
            self._env.log(f"{name}.failed", problem=repr(problem))
            work.put_off(now + PUT_OFF_FOR)
        return 0

    def next_due_at(self) -> datetime | None:
        """When there is something to do next; None when nothing is planned."""
        return self._first_of(self._ask_what_is_next(self._env.clock.now()))

    def _first_of(self, known: NextDue) -> datetime | None:
        times = (
            known.first_at,
            self._shift_notices.next_due_at(),
            self._calendars.next_due_at(),
            self._partners.first_of(known.partners),
            self._answer_at(known),
            self._inbound_at(known),
        )
        return min((time for time in times if time is not None), default=None)

    def run(self, stop: Callable[[], bool]) -> bool:
        """Work until ``stop()``; then finish what is being sent, within FINISH_SECONDS.

        False where something hangs longer, in a thread that the interpreter would wait for.
        """
        wake = self._open_wake()
        try:
            while not stop():
                self._guarded_turn(wake)
        finally:
            for end in self._at_end:
                recorded(self._env, end)
            is_finished = self._workers.drain(FINISH_SECONDS)
            wake.close()
        if not is_finished:
            self._env.log("engine.left_unfinished", after_seconds=FINISH_SECONDS)
        return is_finished

    def _guarded_turn(self, wake: Wake) -> None:
        try:
            done = self.run_once()
            self._distress.database_back()
            if done:
                self._vain_turns = 0
            else:
                self._wait(wake)
        except OncallError as error:
            # The database is away, or nothing is published yet: said, and tried again in a second.
            self._env.log("engine.turn_failed", problem=str(error))
            if isinstance(error, StoreUnavailableError):
                self._distress.database_away(str(error))
            self._env.clock.sleep(POLL_SECONDS)
        except Exception as problem:  # noqa: BLE001 - the loop's edge: one turn's mistake must not end all paging
            self._env.log("engine.turn_failed", problem=repr(problem))
            self._env.clock.sleep(POLL_SECONDS)

    def _wait(self, wake: Wake) -> None:
        if self._is_full:
            # Whatever wakes us could not be handed over.
            self._workers.wait_for_room(VAIN_SECONDS)
            return
        # Nothing was done in this turn, so what it was told at its beginning holds; who adds anything wakes us.
        due_at = self._first_of(self._next)
        seconds = POLL_SECONDS
        if due_at is not None:
            seconds = min(max((due_at - self._env.clock.now()).total_seconds(), 0.0), POLL_SECONDS)
        # With every worker busy, or a row that cannot be read, there may be work due that nobody can take: never spin.
        self._vain_turns = 0 if seconds else self._vain_turns + 1
        least = min(BUSY_SECONDS * 2 ** min(self._vain_turns, 10), VAIN_SECONDS)
        wake.wait(max(seconds, least))


def _has_come(due_at: datetime | None, now: datetime) -> bool:
    return due_at is not None and due_at <= now
