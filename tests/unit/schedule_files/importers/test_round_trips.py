"""Export → YAML → our reader: who is on call is the same for ninety days, as stepping through them finds it."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from . import exports
from .stepping import AUTUMN, DAYS, QUARTER, SINCE, ZONES, entries, imported, is_open, local, turn, z

FEW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
quarters = st.integers(0, 95).map(lambda number: number * QUARTER)
season = st.sampled_from([SINCE, AUTUMN])
zone = st.sampled_from(ZONES)


def days_before(since: datetime) -> st.SearchStrategy[datetime]:
    """A local date and time up to a year before, which no clock skips or repeats."""
    return st.builds(
        lambda days, quarter: (
            datetime.combine(since.date() - timedelta(days=days), time(0)) + timedelta(hours=8) + quarter
        ),
        st.integers(30, 365),
        st.integers(0, 40).map(lambda number: number * QUARTER),
    )


def shown_of(found: Any) -> list[str]:
    return [
        f"{each.starts_at}: {set(each.theirs)} / {set(each.ours)}: {each.why}" for each in found.comparison.differences
    ]


# ---------------------------------------------------------------- PagerDuty

PD = ["PEYSGVF", "PAM4FGS", "PXPGF42"]


@st.composite
def pagerduty_schedules(draw: st.DrawFn, since: datetime, in_zone: str) -> Any:
    layers = []
    for number in range(draw(st.integers(1, 3))):
        anchor = local(in_zone, draw(days_before(since)))
        restrictions = [
            draw(
                st.one_of(
                    st.fixed_dictionaries(
                        {
                            "type": st.just("daily_restriction"),
                            "start_time_of_day": quarters.map(hms),
                            "duration_seconds": st.integers(1, 96).map(lambda n: n * 900),
                        }
                    ),
                    st.fixed_dictionaries(
                        {
                            "type": st.just("weekly_restriction"),
                            "start_day_of_week": st.integers(1, 7),
                            "start_time_of_day": quarters.map(hms),
                            "duration_seconds": st.integers(1, 671).map(lambda n: n * 900),
                        }
                    ),
                )
            )
            for _ in range(draw(st.integers(0, 2)))
        ]
        begins = draw(st.sampled_from([anchor, anchor - timedelta(days=9), since + timedelta(days=11, minutes=30)]))
        ends = draw(st.sampled_from([None, None, since + timedelta(days=50, hours=5), since - timedelta(days=1)]))
        people = draw(st.lists(st.sampled_from(PD), min_size=1, max_size=3))
        layers.append(
            exports.pagerduty_layer(
                name=f"Layer {number + 1}",
                start=z(begins),
                end=ends and z(ends),
                rotation_virtual_start=z(anchor),
                rotation_turn_length_seconds=draw(st.sampled_from([1, 2, 5, 7, 14])) * 86_400,
                users=[{"user": {"id": person, "summary": person}} for person in people],
                restrictions=restrictions,
            )
        )
    overrides = [
        {"start": z(at), "end": z(at + draw(st.integers(1, 400)) * QUARTER), "user": {"id": draw(st.sampled_from(PD))}}
        for at in draw(st.lists(st.integers(-100, 8000).map(lambda n: since + n * QUARTER), max_size=2))
    ]
    return exports.pagerduty_schedule(*layers, time_zone=in_zone, overrides=overrides)


def hms(since_midnight: timedelta) -> str:
    return f"{since_midnight // timedelta(hours=1):02d}:{since_midnight // timedelta(minutes=1) % 60:02d}:00"


def on_the_wall(in_zone: str, written: str) -> datetime:
    """What the clock shows at an instant."""
    return datetime.fromisoformat(written).astimezone(ZoneInfo(in_zone)).replace(tzinfo=None)


def pagerduty_who(schedule: Any) -> Any:
    in_zone = schedule["time_zone"]
    read = [
        (
            datetime.fromisoformat(layer["start"]),
            datetime.fromisoformat(layer["end"]) if layer["end"] else datetime.max.replace(tzinfo=UTC),
            [each["user"]["id"] for each in layer["users"]],
            on_the_wall(in_zone, layer["rotation_virtual_start"]),
            timedelta(seconds=layer["rotation_turn_length_seconds"]),
            [
                (
                    set(range(7)) if each["type"] == "daily_restriction" else {each["start_day_of_week"] - 1},
                    timedelta(hours=int(each["start_time_of_day"][:2]), minutes=int(each["start_time_of_day"][3:5])),
                    timedelta(seconds=each["duration_seconds"]),
                )
                for each in layer["restrictions"]
            ],
        )
        for layer in schedule["schedule_layers"]
    ]

    def who(at: datetime, shown: datetime) -> list[str]:
        for each in reversed(schedule["overrides"]):
            if datetime.fromisoformat(each["start"]) <= at < datetime.fromisoformat(each["end"]):
                return [each["user"]["id"]]
        for begins, ends, people, anchor, length, windows in read:
            if begins <= at < ends and is_open(windows, shown):
                return [turn(people, anchor, length, shown)]
        return []

    return who


@FEW
@given(st.data(), season, zone)
def test_what_pagerduty_says_is_what_we_say(data: st.DataObject, since: datetime, in_zone: str) -> None:
    schedule = data.draw(pagerduty_schedules(since, in_zone))
    rendered = [
        {"start": z(starts), "end": z(ends), "user": {"id": person}}
        for person, starts, ends in entries(in_zone, pagerduty_who(schedule), since)
    ]
    with_answer = {**schedule, "final_schedule": {"name": "Final", "rendered_schedule_entries": rendered}}
    assert shown_of(imported("pagerduty", exports.pagerduty(with_answer), since)) == []
    assert shown_of(imported("pagerduty", exports.pagerduty(schedule), since)) == []


# ---------------------------------------------------------------- Opsgenie

WEEK = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


@st.composite
def opsgenie_schedules(draw: st.DrawFn, since: datetime, in_zone: str) -> Any:
    rotations = []
    for number in range(draw(st.integers(1, 3))):
        restriction = None
        start, end = draw(quarters), draw(quarters)
        edges = {**hour_and_minute("start", start), **hour_and_minute("end", end)}
        match draw(st.sampled_from(["", "", "time-of-day", "weekday-and-time-of-day"])):
            case "time-of-day":
                restriction = {"type": "time-of-day", "restriction": edges}
            case "weekday-and-time-of-day":
                days = {"startDay": draw(st.sampled_from(WEEK)), "endDay": draw(st.sampled_from(WEEK))}
                restriction = {"type": "weekday-and-time-of-day", "restrictions": [{**edges, **days}]}
        ends = draw(st.sampled_from([None, None, since + timedelta(days=40, hours=3)]))
        rotations.append(
            exports.opsgenie_rotation(
                id=f"r{number}",
                name=f"Rotation {number}",
                type=draw(st.sampled_from(["daily", "weekly"])),
                startDate=z(local(in_zone, draw(days_before(since)))),
                endDate=ends and z(ends),
                length=draw(st.integers(1, 3)),
                timeRestriction=restriction,
                participants=draw(st.lists(st.sampled_from(exports.OPSGENIE_USERS), min_size=1, max_size=3)),
            )
        )
    overrides = [
        {
            "_parent": {"id": "d875e654-9b4e-4219-a803-0c26936969de"},
            "alias": "x",
            "user": exports.OPSGENIE_USERS[1],
            "startDate": z(at),
            "endDate": z(at + draw(st.integers(1, 300)) * QUARTER),
            "rotations": draw(st.sampled_from([[], [{"id": "r0"}]])),
        }
        for at in draw(st.lists(st.integers(-100, 8000).map(lambda n: since + n * QUARTER), max_size=1))
    ]
    return exports.opsgenie_schedule(*rotations, timezone=in_zone, overrides=overrides)


def hour_and_minute(edge: str, since_midnight: timedelta) -> dict[str, int]:
    minutes = int(since_midnight.total_seconds()) // 60
    return {f"{edge}Hour": minutes // 60, f"{edge}Min": minutes % 60}


def opsgenie_windows(restriction: Any) -> list[tuple[set[int], timedelta, timedelta]]:
    if not restriction:
        return []
    edges = restriction["restriction"] if restriction["type"] == "time-of-day" else restriction["restrictions"][0]
    start, end = (timedelta(hours=edges[f"{edge}Hour"], minutes=edges[f"{edge}Min"]) for edge in ("start", "end"))
    if restriction["type"] == "time-of-day":
        return [(set(range(7)), start, end - start if end > start else end - start + timedelta(days=1))]
    first, last = WEEK.index(edges["startDay"]), WEEK.index(edges["endDay"])
    lasts = timedelta(days=last - first) + end - start
    return [({first}, start, lasts if lasts > timedelta(0) else lasts + timedelta(days=7))]


def opsgenie_who(schedule: Any) -> Any:
    in_zone = schedule["timezone"]
    read = [
        (
            each["id"],
            on_the_wall(in_zone, each["startDate"]),
            datetime.fromisoformat(each["endDate"]) if each["endDate"] else datetime.max.replace(tzinfo=UTC),
            timedelta(days=each["length"] * (7 if each["type"] == "weekly" else 1)),
            [one["id"] for one in each["participants"]],
            opsgenie_windows(each["timeRestriction"]),
        )
        for each in schedule["rotations"]
    ]

    def who(at: datetime, shown: datetime) -> set[str]:
        found = set()
        for id_, starts, ends, length, people, windows in read:
            covers = [
                each["user"]["id"]
                for each in schedule["overrides"]
                if datetime.fromisoformat(each["startDate"]) <= at < datetime.fromisoformat(each["endDate"])
                and (not each["rotations"] or {"id": id_} in each["rotations"])
            ]
            if covers:
                found.add(covers[-1])
            elif shown >= starts and at < ends and is_open(windows, shown):
                found.add(turn(people, starts, length, shown))
        return found

    return who


@FEW
@given(st.data(), season, zone)
def test_what_opsgenie_says_is_what_we_say(data: st.DataObject, since: datetime, in_zone: str) -> None:
    schedule = data.draw(opsgenie_schedules(since, in_zone))
    periods = [
        {"startDate": z(starts), "endDate": z(ends), "type": "default", "recipient": {"type": "user", "id": person}}
        for person, starts, ends in entries(in_zone, opsgenie_who(schedule), since)
    ]
    timeline = {
        "_parent": {"id": schedule["id"], "name": "ScheduleName", "enabled": True},
        "startDate": z(since),
        "endDate": z(since + DAYS),
        "finalTimeline": {"rotations": [{"id": "r0", "name": "Rotation 0", "order": 1.0, "periods": periods}]},
    }
    export = exports.opsgenie(schedule)
    assert shown_of(imported("opsgenie", {**export, "timelines": [timeline]}, since)) == []
    assert shown_of(imported("opsgenie", export, since)) == []


# ---------------------------------------------------------------- Grafana OnCall

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


# ---------------------------------------------------------------- GoAlert


@st.composite
def goalert_exports(draw: st.DrawFn, since: datetime, in_zone: str) -> Any:
    rotations, targets = [], []
    for number in range(draw(st.integers(1, 2))):
        kind = draw(st.sampled_from(["daily", "weekly", "hourly"]))
        people = draw(st.lists(st.sampled_from(exports.GOALERT_USERS), min_size=1, max_size=3, unique=True))
        rotations.append(
            exports.goalert_rotation(
                id=f"rotation-{number}",
                timeZone=in_zone,
                start=z(local(in_zone, draw(days_before(since)))),
                type=kind,
                shiftLength=draw(st.sampled_from([6, 8, 12])) if kind == "hourly" else draw(st.integers(1, 3)),
                userIDs=people,
                activeUserIndex=draw(st.integers(0, len(people) - 1)),
            )
        )
        targets.append(exports.goalert_target("rotation", f"rotation-{number}", *draw(st.lists(rules(), max_size=2))))
    targets.append(exports.goalert_target("user", exports.GOALERT_USERS[2], draw(rules())))
    who = st.sampled_from(exports.GOALERT_USERS)
    overrides = [
        {
            "id": "o",
            "start": z(at),
            "end": z(at + draw(st.integers(1, 300)) * QUARTER),
            "addUserID": draw(who),
            "removeUserID": draw(st.one_of(who, st.just(""))),
            "target": {"id": exports.goalert_schedule()["id"], "type": "schedule"},
        }
        for at in draw(st.lists(st.integers(1, 8000).map(lambda n: since + n * QUARTER), max_size=1))
    ]
    return exports.goalert(exports.goalert_schedule(*targets, timeZone=in_zone), *rotations, overrides=overrides)


@st.composite
def rules(draw: st.DrawFn) -> Any:
    # From four in the morning on no clock is changed: no end has a second occurrence.
    begins, ends = (draw(st.integers(16, 88)) * QUARTER for _ in range(2))
    days = draw(st.lists(st.booleans(), min_size=7, max_size=7).filter(any))
    return {"start": hms(begins)[:5], "end": hms(ends)[:5], "weekdayFilter": days}


def goalert_window(rule: Any) -> tuple[set[int], timedelta, timedelta]:
    begins, ends = (timedelta(hours=int(rule[key][:2]), minutes=int(rule[key][3:])) for key in ("start", "end"))
    lasts = ends - begins if ends > begins else ends - begins + timedelta(days=1)
    return {(index - 1) % 7 for index, day in enumerate(rule["weekdayFilter"]) if day}, begins, lasts


def goalert_who(export: Any, since: datetime) -> Any:
    schedule, data = export["data"]["schedules"]["nodes"][0], export["data"]
    in_zone = schedule["timeZone"]
    at_since = on_the_wall(in_zone, since.isoformat())
    read = {}
    for each in data["rotations"]["nodes"]:
        starts = on_the_wall(in_zone, each["start"])
        length = timedelta(hours=each["shiftLength"] * {"hourly": 1, "daily": 24, "weekly": 168}[each["type"]])
        offset = each["activeUserIndex"] - (at_since - starts) // length
        read[each["id"]] = (starts, length, each["userIDs"], offset)

    def of(target: Any, shown: datetime) -> list[str]:
        if not is_open([goalert_window(rule) for rule in target["rules"]], shown):
            return []
        if target["target"]["type"] == "user":
            return [target["target"]["id"]]
        starts, length, people, offset = read[target["target"]["id"]]
        return [people[((shown - starts) // length + offset) % len(people)]]

    def who(at: datetime, shown: datetime) -> set[str]:
        found = {person for target in schedule["targets"] for person in of(target, shown)}
        for each in data["userOverrides"]["nodes"]:
            if datetime.fromisoformat(each["start"]) <= at < datetime.fromisoformat(each["end"]):
                if not each["removeUserID"]:
                    found |= {each["addUserID"]}
                elif each["removeUserID"] in found:
                    found = found - {each["removeUserID"]} | {each["addUserID"]}
        return found

    return who


@FEW
@given(st.data(), season, zone)
def test_what_goalert_says_is_what_we_say(data: st.DataObject, since: datetime, in_zone: str) -> None:
    export = data.draw(goalert_exports(since, in_zone))
    assert shown_of(imported("goalert", export, since)) == []
    shifts = [
        {"userID": person, "start": z(starts), "end": z(ends)}
        for person, starts, ends in entries(in_zone, goalert_who(export, since), since)
    ]
    export["data"]["schedules"]["nodes"][0]["shifts"] = shifts
    assert shown_of(imported("goalert", export, since)) == []


@pytest.mark.parametrize(
    ("system", "export"),
    [
        ("pagerduty", exports.pagerduty()),
        ("opsgenie", exports.opsgenie()),
        ("grafana-oncall", exports.grafana_oncall()),
        ("goalert", exports.goalert()),
    ],
)
def test_the_same_export_gives_the_same_text_and_the_same_keys(system: str, export: Any) -> None:
    assert imported(system, export).document == imported(system, export).document
