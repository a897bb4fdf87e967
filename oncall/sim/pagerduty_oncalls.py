"""GET /oncalls as PagerDuty answers it: rows of the schedules asked for that touch the span, a page at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from werkzeug.datastructures import MultiDict

from oncall.core.incident_json import z

_MOST, _USUALLY = 100, 25
_NOT_FOUND: tuple[dict[str, Any], int] = ({"error": {"code": 2100, "message": "Not Found"}}, 404)


@dataclass(frozen=True, slots=True)
class Oncall:
    """Somebody's time in a schedule; ``ends_at`` None is for ever."""

    user: str
    starts_at: datetime
    ends_at: datetime | None = None
    level: int = 1


def oncalls_answer(
    kept: Mapping[str, Sequence[Oncall]], users: Mapping[str, str], asked: MultiDict[str, str]
) -> tuple[dict[str, Any], int]:
    """JSON and status; ``kept`` are on-calls by schedule, ``users`` email addresses by user id."""
    schedules = asked.getlist("schedule_ids[]") or list(kept)
    if any(each not in kept for each in schedules):
        return _NOT_FOUND
    since, until = (datetime.fromisoformat(asked[name]).astimezone(UTC) for name in ("since", "until"))
    limit, offset = min(int(asked.get("limit", _USUALLY)), _MOST), int(asked.get("offset", 0))
    rows = [
        _row(schedule, each, users, with_user="users" in asked.getlist("include[]"))
        for schedule in schedules
        for each in kept[schedule]
        if each.starts_at < until and (each.ends_at is None or each.ends_at > since)
    ]
    page = rows[offset : offset + limit]
    more = offset + limit < len(rows)
    return {"oncalls": page, "limit": limit, "offset": offset, "more": more, "total": None}, 200


def _row(schedule: str, oncall: Oncall, users: Mapping[str, str], *, with_user: bool) -> dict[str, Any]:
    user: dict[str, Any] = {"id": oncall.user, "type": "user_reference", "summary": f"User {oncall.user}"}
    if with_user:
        user |= {"type": "user", "name": f"User {oncall.user}", "email": users.get(oncall.user, "")}
    return {
        "escalation_policy": {"id": f"PPOLICY{oncall.level}", "type": "escalation_policy_reference"},
        "escalation_level": oncall.level,
        "schedule": {"id": schedule, "type": "schedule_reference", "summary": f"Schedule {schedule}"},
        "user": user,
        "start": z(oncall.starts_at),
        "end": None if oncall.ends_at is None else z(oncall.ends_at),
    }
