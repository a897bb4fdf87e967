"""PagerDuty's on-calls: what it answers becomes a text that is kept, and the text becomes events.

One schedule may stand at several levels of several escalation policies, and an answer holds a row for each. The lowest
level counts where people differ.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import pytz

from oncall.calendars.reading import Event, Reading
from oncall.core.engineer import Engineer
from oncall.core.pagerduty import engineer_of
from oncall.core.plain_text import clip, one_line
from oncall.core.tiling import Tiling, merged, one_tile
from oncall.errors import CalendarError

_LONGEST = 200


class _Person(NamedTuple):
    """Who it is at PagerDuty."""

    user: str
    name: str
    email: str


def oncalls_text(rows: Iterable[object], schedule: str) -> str:
    """The rows of this schedule as the text that is kept: the same for the same rows, in whichever order.

    Raises CalendarError where a row cannot be understood: half an answer would be taken for a whole one.
    """
    found = {json.dumps(row, sort_keys=True, ensure_ascii=False) for row in _rows(rows, schedule)}
    return json.dumps({"oncalls": [json.loads(row) for row in sorted(found)]}, ensure_ascii=False, indent=0)


@lru_cache(maxsize=64)
def read_oncalls(text: str, since: datetime, until: datetime) -> Reading:
    """The shifts in a text that is kept, one after another; what has no end lasts ``until`` then.

    Raises CalendarError where it is no such text.
    """
    try:
        rows = json.loads(text)["oncalls"]
        spans = [(-row["level"], _naive(row["start"], since), _naive(row["end"], until), _person(row)) for row in rows]
    except (ValueError, LookupError, TypeError, AttributeError) as exc:
        raise CalendarError("what is kept of PagerDuty's answer cannot be read") from exc
    tiling: Tiling[_Person] = one_tile(None)
    for _, starts, ends, person in sorted(spans):
        tiling.cover(starts, ends, person)
    whole = merged(tiling)
    events = [
        Event(pytz.utc.localize(starts), pytz.utc.localize(ends), person.name, (person.user, person.email))
        for starts, ends, person in zip(whole.edges, whole.edges[1:], whole.answers, strict=False)
        if person is not None
    ]
    return Reading(tuple(events))


class PagerDutyPeople:
    """The engineers by what PagerDuty calls them: the user's id, or the email address there."""

    def __init__(self, engineers: Mapping[str, Engineer]) -> None:
        self._engineers = engineers

    def find(self, event: Event) -> str | None:
        """The engineer's key; None for somebody who is nobody here."""
        found = engineer_of(self._engineers, *event.people)
        return None if found is None else found.key


def why_nobody_of_pagerduty(event: Event) -> str:
    """Why an event pages nobody, and what would mend that."""
    return (
        "is no engineer here, so nobody is on call then; "
        f"write `pagerduty: {event.people[0]}` at the engineer who it is, or have somebody else on call there"
    )


def _rows(rows: Iterable[object], schedule: str) -> Iterable[dict[str, Any]]:
    for number, row in enumerate(rows, start=1):
        try:
            found = _row(row, schedule)
        except (ValueError, LookupError, TypeError, AttributeError, OverflowError) as exc:
            raise CalendarError(f"row {number} of its answer cannot be understood") from exc
        if found is not None:
            yield found


def _row(row: Any, schedule: str) -> dict[str, Any] | None:
    """What is kept of one; None where it is of no schedule, or of another, or lasts no time."""
    if (row["schedule"] or {}).get("id") != schedule:
        return None
    user, level = row["user"], row["escalation_level"]
    if type(level) is not int or not _short(user["id"]):
        raise ValueError("no level, or nobody")
    start, end = _utc(row["start"]), _utc(row["end"])
    if start and end and end <= start:
        return None
    name = _short(user.get("name")) or _short(user.get("summary")) or _short(user["id"])
    return {
        "user": _short(user["id"]),
        "name": name,
        "email": _short(user.get("email")),
        "level": level,
        "start": start,
        "end": end,
    }


def _short(value: object) -> str:
    return clip(one_line(value), _LONGEST) if isinstance(value, str) else ""


def _utc(value: str | None) -> str | None:
    """The instant in UTC, so that texts compare; None, for ever, stays. Raises ValueError where it has no zone."""
    if value is None:
        return None
    at = datetime.fromisoformat(value)
    if at.tzinfo is None:
        raise ValueError("no zone")
    return at.astimezone(UTC).isoformat()


def _naive(value: str | None, for_ever: datetime) -> datetime:
    at = for_ever if value is None else datetime.fromisoformat(value)
    return at.astimezone(UTC).replace(tzinfo=None)


def _person(row: Mapping[str, Any]) -> _Person:
    return _Person(row["user"], row["name"], row["email"])
