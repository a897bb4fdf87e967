"""Whatever is no export is refused with its place, and never with a trace back."""

import contextlib
import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oncall.schedule_files.importers import SYSTEMS, ImportSourceError, convert, parse

from . import exports
from .stepping import SINCE, imported

SPAN = {"start": "2026-02-03T00:00:00Z", "end": "2026-02-04T00:00:00Z"}
FULL_PAGERDUTY = exports.pagerduty_schedule(
    exports.pagerduty_layer(
        end="2026-03-01T00:00:00Z",
        restrictions=[
            {
                "type": "weekly_restriction",
                "start_day_of_week": 5,
                "start_time_of_day": "17:00:00",
                "duration_seconds": 90000,
            }
        ],
    ),
    overrides=[{**SPAN, "user": {"id": "PXPGF42"}}],
    final_schedule={"rendered_schedule_entries": [{**SPAN, "user": {"id": "PXPGF42"}}]},
)
FULL_OPSGENIE = exports.opsgenie_schedule(
    exports.opsgenie_rotation(
        timeRestriction={
            "type": "weekday-and-time-of-day",
            "restrictions": [
                {"startDay": "monday", "startHour": 9, "startMin": 0, "endDay": "friday", "endHour": 17, "endMin": 0}
            ],
        }
    ),
    overrides=[
        {"user": exports.OPSGENIE_USERS[0], "startDate": SPAN["start"], "endDate": SPAN["end"], "rotations": []}
    ],
)
TIMELINE = {
    "_parent": {"id": FULL_OPSGENIE["id"]},
    "finalTimeline": {
        "rotations": [
            {
                "periods": [
                    {"startDate": SPAN["start"], "endDate": SPAN["end"], "recipient": exports.OPSGENIE_USERS[0]},
                ]
            }
        ]
    },
}
FULL_GOALERT = exports.goalert(
    exports.goalert_schedule(
        exports.goalert_target(
            "rotation",
            exports.goalert_rotation()["id"],
            {"start": "09:00", "end": "17:00", "weekdayFilter": exports.SUNDAY_FIRST},
        ),
        shifts=[{**SPAN, "userID": exports.GOALERT_USERS[0]}],
        temporarySchedules=[{**SPAN, "shifts": [{**SPAN, "userID": exports.GOALERT_USERS[0]}]}],
    ),
    exports.goalert_rotation(type="monthly", nextHandoffTimes=["2026-02-02T15:00:00Z"]),
    overrides=[
        {
            **SPAN,
            "addUserID": exports.GOALERT_USERS[2],
            "removeUserID": "",
            "target": {"id": exports.goalert_schedule()["id"]},
        }
    ],
)
WHOLE: dict[str, Any] = {
    "pagerduty": exports.pagerduty(FULL_PAGERDUTY),
    "opsgenie": {**exports.opsgenie(FULL_OPSGENIE), "timelines": [TIMELINE]},
    "grafana-oncall": exports.grafana_oncall(
        exports.grafana_shift(by_day=["MO", "WE"], until="2026-03-01T00:00:00", rotation_start="2025-10-01T00:00:00"),
        exports.grafana_shift(id="O2", frequency="monthly", by_monthday=[-1], level=1, time_zone="Asia/Tokyo"),
        exports.grafana_shift(id="O3", type="override", users=["U4DNY931HHJS5"], start="2026-02-03T00:00:00"),
    ),
    "goalert": FULL_GOALERT,
}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1, 2]", "export.json: an object with keys was expected, this is a list"),
        ("<!DOCTYPE html><html>", "export.json: this is HTML or XML, not JSON"),
        ('{"schedules": [{"id": "P', "export.json: this is not JSON, or only a part of it"),
        ("", "export.json: this is not JSON"),
        ("null", "this is null"),
        ("[" * 100_000, "this is not JSON"),
    ],
)
def test_what_is_no_json_object_is_refused(text: str, message: str) -> None:
    with pytest.raises(ImportSourceError) as caught:
        parse(text, "export.json")
    assert message in str(caught.value)


@pytest.mark.parametrize("system", list(SYSTEMS))
def test_an_object_of_something_else_is_refused(system: str) -> None:
    with pytest.raises(ImportSourceError, match="no schedule, user or policy"):
        imported(system, {"hello": "world"})


@pytest.mark.parametrize(
    ("system", "path", "value", "message"),
    [
        (
            "pagerduty",
            ["schedules", 0, "time_zone"],
            "Mars/Phobos",
            "schedules[0].time_zone: `Mars/Phobos` is not a zone",
        ),
        (
            "pagerduty",
            ["schedules", 0, "schedule_layers", 0, "users"],
            [],
            "schedule_layers[0]: this layer has no users",
        ),
        (
            "pagerduty",
            ["schedules", 0, "schedule_layers", 0, "start"],
            7,
            "schedule_layers[0].start: text was expected",
        ),
        (
            "pagerduty",
            ["schedules", 0, "schedule_layers", 0, "rotation_turn_length_seconds"],
            1,
            "shorter than a quarter",
        ),
        (
            "pagerduty",
            ["schedules", 0, "schedule_layers", 0, "restrictions"],
            [{"type": "yearly"}],
            "`yearly` is unknown",
        ),
        ("pagerduty", ["schedules"], "all", "export.json.schedules: a list was expected, this is the text `all`"),
        ("opsgenie", ["schedules", 0, "rotations", 0, "type"], "monthly", "rotations[0].type: `monthly` is unknown"),
        ("opsgenie", ["schedules", 0, "rotations", 0, "startDate"], "soon", "startDate: `soon` is not a date and time"),
        ("opsgenie", ["schedules", 0, "rotations", 0, "length"], 10**400, "length"),
        ("grafana-oncall", ["on_call_shifts", 0, "duration"], -5, "on_call_shifts[0].duration: -5 is out of reach"),
        ("grafana-oncall", ["on_call_shifts", 0, "by_day"], ["XX"], "by_day[0]: `XX` is unknown"),
        ("grafana-oncall", ["on_call_shifts", 0, "start"], "0001-01-01T00:00:00", "the year 1 is out of reach"),
        (
            "goalert",
            ["data", "rotations", "nodes", 0, "type"],
            "yearly",
            "rotations.nodes[0].type: `yearly` is unknown",
        ),
        (
            "goalert",
            ["data", "schedules", "nodes", 0, "targets", 0, "rules", 0, "weekdayFilter"],
            [True],
            "list of seven",
        ),
        ("goalert", ["data", "schedules", "nodes", 0, "id"], None, "schedules.nodes[0]: `id` is missing"),
    ],
)
def test_what_is_not_as_documented_is_refused_at_its_place(
    system: str, path: list[Any], value: object, message: str
) -> None:
    export = copy.deepcopy(WHOLE[system])
    within = export
    for step in path[:-1]:
        within = within[step]
    within[path[-1]] = value
    with pytest.raises(ImportSourceError) as caught:
        imported(system, export)
    assert message in str(caught.value)


odd = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.just([]),
    st.just({}),
    st.just([[]]),
    st.just("\ud800\x00# :"),
    st.just("2026-02-30T00:00:00Z"),
    st.just("9999-12-31T23:59:59Z"),
    st.just(10**30),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, each in inner for found in places(each, (*path, key)))]


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.sampled_from(list(SYSTEMS)), odd)
def test_anything_anywhere_is_read_or_refused(data: st.DataObject, system: str, value: object) -> None:
    export = copy.deepcopy(WHOLE[system])
    path = data.draw(st.sampled_from([each for each in places(export) if each]))
    within = export
    for step in path[:-1]:
        within = within[step]
    within[path[-1]] = value
    answer = parse(json.dumps(export), "export.json")
    with contextlib.suppress(ImportSourceError):
        assert convert(system, [answer], SINCE, with_hotline=True).document.texts["schedules"]
