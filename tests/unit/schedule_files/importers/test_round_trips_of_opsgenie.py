"""Opsgenie's export → YAML → our reader: the same people for ninety days, as stepping through them finds it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from . import exports
from .drawing import FEW, days_before, on_the_wall, quarters, season, shown_of, zone
from .stepping import DAYS, QUARTER, entries, imported, is_open, local, turn, z

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
