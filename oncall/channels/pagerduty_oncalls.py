"""Who is on call in a schedule of PagerDuty, asked of its REST API and answered as a text that can be kept."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import httpx2
import pagerduty

from oncall.calendars import oncalls_text
from oncall.channels.pagerduty import bounded, place, translated
from oncall.core.calendar_rotation import pagerduty_schedule
from oncall.errors import CalendarError, SetupError, TransientError
from oncall.ports import CalendarAnswer, CalendarSource, Clock

# PagerDuty looks ninety days ahead, and no further.
ASKED_FOR = timedelta(weeks=12)
MOST_ROWS = 2_000
_PAGE = 100
_TOGETHER_FOR = timedelta(seconds=20)
_UNKNOWN = (httpx2.codes.BAD_REQUEST, httpx2.codes.NOT_FOUND)


class PagerDutyOncalls:
    """`ports.CalendarSource` for sources that are a schedule of PagerDuty. ``token`` "" can ask nothing."""

    def __init__(self, token: str, url: str, clock: Clock) -> None:
        self._token = token
        self._url = url
        self._clock = clock

    def fetch(self, url: str, *, etag: str, last_modified: str) -> CalendarAnswer:
        """The on-calls of last week and the eleven weeks from then on. Ends within half a minute. Raises ChannelError,
        also for an answer of which any part cannot be understood."""
        schedule = pagerduty_schedule(url)
        doing = f"asking PagerDuty who is on call in schedule {schedule}"
        if not self._token:
            raise SetupError(f"{doing}: PAGERDUTY_API_TOKEN is not set; set it to a read-only REST API key")
        try:
            with bounded(pagerduty.RestApiV2Client(self._token, **place(self._url))) as client:
                return CalendarAnswer(oncalls_text(self._rows(client, schedule, doing), schedule))
        except (pagerduty.Error, httpx2.HTTPError) as exc:
            raise translated(doing, exc) from exc
        except CalendarError as exc:
            raise SetupError(f"{doing}: {exc}") from exc

    def _rows(self, client: Any, schedule: str, doing: str) -> list[object]:
        now = self._clock.now()
        asked = {**_span(now), "schedule_ids[]": [schedule], "include[]": ["users"], "limit": _PAGE}
        rows: list[object] = []
        while True:
            page, more = self._page(client, {**asked, "offset": len(rows)}, doing)
            rows += page
            if not more or not page:
                return rows
            if len(rows) >= MOST_ROWS:
                raise SetupError(f"{doing}: there are more than {MOST_ROWS} on-calls in twelve weeks")
            if self._clock.now() - now > _TOGETHER_FOR:
                raise TransientError(f"{doing}: it did not answer in time")

    def _page(self, client: Any, asked: dict[str, Any], doing: str) -> tuple[list[object], bool]:
        answer = client.get("/oncalls", params=asked)
        if answer.status_code in _UNKNOWN:
            status = answer.status_code
            raise SetupError(f"{doing}: it knows of no such schedule (HTTP {status}); is the id right?")
        try:
            found = pagerduty.successful_response(answer).json()
            rows, more = found["oncalls"], found.get("more", False)
        except (ValueError, RecursionError, LookupError, TypeError, AttributeError) as exc:
            raise TransientError(f"{doing}: its answer is not a list of on-calls") from exc
        if not isinstance(rows, list):
            raise TransientError(f"{doing}: its answer is not a list of on-calls")
        return rows, more is True


class AnySource:
    """`ports.CalendarSource` for whatever a rotation is kept in: it asks who knows."""

    def __init__(self, calendars: CalendarSource, oncalls: CalendarSource) -> None:
        self._calendars = calendars
        self._oncalls = oncalls

    def fetch(self, url: str, *, etag: str, last_modified: str) -> CalendarAnswer | None:
        """What it says; None where it is as it was. Ends within half a minute. Raises ChannelError."""
        knows = self._oncalls if pagerduty_schedule(url) else self._calendars
        return knows.fetch(url, etag=etag, last_modified=last_modified)


def _span(now: datetime) -> dict[str, str]:
    """From a Monday to a Monday: were the edges to move at every question, so would a shift that is cut off there."""
    today = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
    since = today - timedelta(days=today.weekday(), weeks=1)
    return {"since": f"{since:%Y-%m-%dT%H:%M:%SZ}", "until": f"{since + ASKED_FOR:%Y-%m-%dT%H:%M:%SZ}"}
