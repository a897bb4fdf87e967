"""Who is on call, kept at PagerDuty: at times it is away, refuses us, or answers with nobody at all.

Somebody is on call there at every hour, and at some time two of them swap. So from its first answer on nobody of ours
may ever find that nobody is: the last good answer serves.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from werkzeug.datastructures import MultiDict

from oncall.calendars import oncalls_text
from oncall.core.calendar_rotation import pagerduty_schedule
from oncall.core.incident import TimelineEntry
from oncall.errors import SetupError, TransientError
from oncall.ports import CalendarAnswer
from oncall.sim.pagerduty_oncalls import Oncall, oncalls_answer
from oncall.sim.world_schedules import AT_PAGERDUTY, PAGERDUTY_USERS
from oncall.system import SeededRng

_SHIFT = timedelta(hours=1)
_SHIFTS, _SHIFTS_BEFORE = 72, 24
_TIMES_AWAY = 3
_LONGEST_AWAY_SECONDS = 900
# An engine looks for what others fetched once a second, by a clock that may be two seconds wrong.
_KNOWN_AFTER = timedelta(seconds=5)
_NOBODY = "nobody is on call in production"


class PagerDutySchedule:
    """`ports.CalendarSource` of a world; ``now`` is its time. It is well again ``within_seconds``.

    ``fetched`` counts the answers that it gave, ``refused`` the others.
    """

    def __init__(self, now: Callable[[], datetime], *, seed: int, within_seconds: float) -> None:
        self._now = now
        rng = SeededRng(f"pagerduty schedule {seed}")
        # The first answer is to be had: what is never known cannot be kept.
        starts = [now() + timedelta(seconds=30 + within_seconds * rng.random()) for _ in range(_TIMES_AWAY)]
        self._away = [
            (at, at + timedelta(seconds=_LONGEST_AWAY_SECONDS * rng.random()), int(rng.random() * 3)) for at in starts
        ]
        self._well_from = now() + timedelta(seconds=within_seconds)
        self._swaps_at = now() + timedelta(seconds=within_seconds * rng.random())
        self._begins = now().replace(minute=0, second=0, microsecond=0) - _SHIFT * _SHIFTS_BEFORE
        self._answered_at: datetime | None = None
        self.fetched = self.refused = 0

    def fetch(self, url: str, *, etag: str, last_modified: str) -> CalendarAnswer:
        """Its on-calls. Raises ChannelError."""
        now, schedule = self._now(), pagerduty_schedule(url)
        how = next((how for since, until, how in self._away if since <= now < min(until, self._well_from)), None)
        self.refused += how is not None
        if how == 0:
            raise TransientError("asking PagerDuty who is on call: it cannot be reached")
        if how == 1:
            raise SetupError("asking PagerDuty who is on call: it refuses our key")
        kept = {AT_PAGERDUTY: self._oncalls(now) if how is None else []}
        span = {"since": self._begins.isoformat(), "until": (self._begins + _SHIFT * _SHIFTS).isoformat()}
        asked = MultiDict({**span, "schedule_ids[]": schedule, "include[]": "users", "limit": "100"})
        answer, _ = oncalls_answer(kept, {}, asked)
        if how is None:
            self.fetched += 1
            self._answered_at = self._answered_at or now
        return CalendarAnswer(oncalls_text(answer["oncalls"], schedule))

    def wrong_with(self, timeline: Sequence[tuple[int, TimelineEntry]]) -> str:
        """What is wrong with what was just written about incidents; "" for nothing."""
        known = self._answered_at is not None and self._now() - self._answered_at > _KNOWN_AFTER
        for number, entry in timeline if known else ():
            if _NOBODY in entry.text:
                return f"incident {number} found nobody on call, and PagerDuty had said who is"
        return ""

    def _oncalls(self, now: datetime) -> list[Oncall]:
        users = PAGERDUTY_USERS if now < self._swaps_at else PAGERDUTY_USERS[::-1]
        starts = [self._begins + _SHIFT * number for number in range(_SHIFTS)]
        return [Oncall(users[number % len(users)], at, at + _SHIFT) for number, at in enumerate(starts)]
