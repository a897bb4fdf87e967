"""The calendar of shifts, in the viewer's own time zone.

The browser knows its zone, and only a script can say it. So this page, and no other, may run one small file of ours:
it puts the zone into a cookie and loads the page again. Without it, times are the schedule's, and the page says so.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import unquote

import pytz
from flask import Blueprint, render_template, request

from oncall.core.calendar_rotation import CalendarRotation
from oncall.core.configuration import Configuration
from oncall.core.local_time import to_local
from oncall.core.schedule import Schedule
from oncall.web import times
from oncall.web.auth import guard_people
from oncall.web.calendar_days import WEEKS, Calendar, days_of, monday
from oncall.web.runtime import now, runtime

COOKIE = "zone"
MOST_AT_ONCE = 8
_YEARS = range(2000, 2100)

blueprint = Blueprint("calendar", __name__)
guard_people(blueprint)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the address asks for; "" and None are whatever is usual. ``own_zone`` is what the browser said of itself."""

    schedule: str
    engineer: str
    first: date | None
    own_zone: str
    zone: str

    def zone_of(self, schedule: Schedule) -> str:
        """In which zone its times are shown."""
        if self.zone == "schedule":
            return schedule.timezone
        return self.zone or self.own_zone or schedule.timezone


@blueprint.get("/calendar")
def show() -> str:
    """The coming four weeks of every schedule, or of one."""
    configuration = runtime().configuration.current()
    asked = _asked(configuration)
    calendar = Calendar(configuration, now(), asked.engineer)
    chosen = [each for each in configuration.schedules.values() if asked.schedule in ("", each.key)]
    if asked.engineer:
        chosen = [each for each in chosen if asked.schedule or _concerns(each, asked.engineer)]
    shown = chosen[:MOST_AT_ONCE]
    sections = [calendar.section(each, asked.zone_of(each), asked.first) for each in shown]
    first = next((days.date for section in sections for days in days_of(section)), None)
    return render_template(
        "calendar.html",
        sections=sections,
        asked=asked,
        left_out=len(chosen) - len(shown),
        schedules=list(configuration.schedules),
        engineers={key: engineer.name for key, engineer in configuration.engineers.items()},
        earlier=_moved(first, -WEEKS),
        later=_moved(first, WEEKS),
        days_of=days_of,
        moment=_moment,
        company=configuration.hotline.company,
        zone=configuration.business_hours.timezone,
        now=now(),
        utc=times.utc,
    )


def _concerns(schedule: Schedule, engineer: str) -> bool:
    """Whether this engineer is, was or will be in it by any rule of it."""
    named = {override.engineer for override in schedule.overrides}
    for rotation in schedule.rotations:
        if isinstance(rotation, CalendarRotation):
            named.update(span.engineer for span in rotation.spans)
        else:
            named.update(rotation.engineers)
    return engineer in named


def _asked(configuration: Configuration) -> _Asked:
    schedule, engineer = request.args.get("schedule", ""), request.args.get("engineer", "")
    zone = request.args.get("zone", "")
    return _Asked(
        schedule=schedule if schedule in configuration.schedules else "",
        engineer=engineer if engineer in configuration.engineers else "",
        first=_date(request.args.get("from", "")),
        own_zone=_known_zone(unquote(request.cookies.get(COOKIE, ""))),
        zone=zone if zone == "schedule" else _known_zone(zone),
    )


def _known_zone(name: str) -> str:
    """The zone, or "" for what is none that we know."""
    return name if name in pytz.all_timezones_set else ""


def _date(written: str) -> date | None:
    try:
        found = date.fromisoformat(written)
    except ValueError:
        return None
    return found if found.year in _YEARS else None


def _moved(first: date | None, weeks: int) -> str:
    if first is None:
        return ""
    moved = monday(first) + timedelta(weeks=weeks)
    return moved.isoformat() if moved.year in _YEARS else ""


def _moment(at: datetime, zone: str) -> str:
    """``Mon 2 Mar 03:12``; the page says the zone once."""
    here = to_local(zone, at)
    return f"{here:%a} {here.day} {here:%b %H:%M}"
