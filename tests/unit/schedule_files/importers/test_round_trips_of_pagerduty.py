"""PagerDuty's export → YAML → our reader: the same people for ninety days, as stepping through them finds it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from . import exports
from .drawing import FEW, days_before, hms, on_the_wall, quarters, season, shown_of, zone
from .stepping import QUARTER, entries, imported, is_open, local, turn, z

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
