"""Grafana OnCall's export → YAML → our reader: the same people for ninety days, as stepping through them finds it."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from . import exports
from .drawing import FEW, days_before, season, shown_of, zone
from .stepping import entries, imported, z

GO = ["U4DNY931HHJS5", "U6RV9WPSL6DFW", "U7RV9WPSL6DFX"]
ICAL = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


@st.composite
def grafana_shifts(draw: st.DrawFn, since: datetime, number: int) -> Any:
    starts = draw(days_before(since))
    groups = draw(st.lists(st.lists(st.sampled_from(GO), min_size=1, max_size=2, unique=True), min_size=1, max_size=3))
    kind = draw(st.sampled_from(["days", "daily hours", "weeks", "weekly days", "once"]))
    every = draw(st.integers(1, 3)) if kind in ("days", "weeks") else 1
    part = draw(st.integers(1, 95)) * 900
    days = draw(st.lists(st.sampled_from(ICAL), min_size=1, max_size=5, unique=True)) if kind == "weekly days" else None
    if days:
        starts -= timedelta(days=(starts.weekday() - ICAL.index(days[0])) % 7)
    if kind == "once":
        starts = datetime.combine(since.date() + timedelta(days=draw(st.integers(0, 80))), starts.time())
    lasts = {"days": every * 86_400, "weeks": every * 604_800}.get(kind, part)
    return exports.grafana_shift(
        id=f"O{number}",
        name=f"shift {number}",
        level=draw(st.integers(0, 2)),
        start=starts.isoformat(),
        duration=lasts,
        type="single_event" if kind == "once" else "rolling_users",
        users=groups[0],
        rolling_users=groups,
        by_day=days,
        frequency={"days": "daily", "daily hours": "daily", "once": None}.get(kind, "weekly"),
        interval=every,
        start_rotation_from_user_index=draw(st.integers(0, len(groups) - 1)),
    )


def grafana_who(shifts: list[Any]) -> Any:
    def of(shift: Any, shown: datetime) -> list[str]:
        starts, lasts = datetime.fromisoformat(shift["start"]), timedelta(seconds=shift["duration"])
        if shown < starts:
            return []
        if shift["type"] == "single_event":
            return shift["users"] if shown < starts + lasts else []
        groups, first = shift["rolling_users"], shift["start_rotation_from_user_index"]
        period = timedelta(days=(7 if shift["frequency"] == "weekly" else 1) * shift["interval"])
        if not shift["by_day"]:
            number = (shown - starts) // period
            return groups[(first + number) % len(groups)] if shown - starts - number * period < lasts else []
        monday = starts - timedelta(days=starts.weekday())
        weeks = ((shown - monday) // period - 1, (shown - monday) // period)
        events = [
            (week, monday + week * period + timedelta(days=ICAL.index(day)))
            for week in weeks
            for day in shift["by_day"]
        ]
        now = [week for week, event in events if event >= starts and event <= shown < event + lasts]
        return groups[(first + now[0]) % len(groups)] if now else []

    def who(_at: datetime, shown: datetime) -> set[str]:
        for level in (2, 1, 0):
            if found := {person for shift in shifts if shift["level"] == level for person in of(shift, shown)}:
                return found
        return set()

    return who


@FEW
@given(st.data(), season, zone)
def test_what_grafana_oncall_says_is_what_we_say(data: st.DataObject, since: datetime, in_zone: str) -> None:
    shifts = [data.draw(grafana_shifts(since, number)) for number in range(data.draw(st.integers(1, 3)))]
    schedule = exports.grafana_schedule(shifts=[each["id"] for each in shifts], time_zone=in_zone)
    final = [
        {
            "user_pk": person,
            "user_email": "x@example.com",
            "user_username": person,
            "shift_start": z(starts),
            "shift_end": z(ends),
        }
        for person, starts, ends in entries(in_zone, grafana_who(shifts), since)
    ]
    export = exports.grafana_oncall(*shifts, schedule=schedule)
    answered = {**export, "final_shifts": {schedule["id"]: {"count": len(final), "next": None, "results": final}}}
    assert shown_of(imported("grafana-oncall", answered, since)) == []
    assert shown_of(imported("grafana-oncall", export, since)) == []
