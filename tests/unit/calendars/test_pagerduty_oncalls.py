"""PagerDuty's on-calls become a text that is kept, and that becomes the shifts of a schedule."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from oncall.calendars import known_span, oncalls_text, read_source, with_calendars
from oncall.core.calendar_rotation import CalendarRotation, pagerduty_source
from oncall.core.configuration import Configuration
from oncall.core.engineer import Absence, Engineer
from oncall.core.explanation import explain
from oncall.core.hotline import Hotline
from oncall.core.schedule import Schedule, on_call
from oncall.errors import CalendarError

NOW = datetime(2026, 1, 7, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SOURCE = pagerduty_source("PSCHED1")


def row(user: str, start: str | None, end: str | None, level: int = 1, **more: Any) -> dict[str, Any]:
    email = f"{user.lower()}@example.com"
    return {
        "escalation_level": level,
        "schedule": {"id": "PSCHED1", "type": "schedule_reference"},
        "user": {"id": user, "name": f"User {user}", "email": email, "type": "user"},
        "start": start,
        "end": end,
        **more,
    }


def configured(**away: tuple[Absence, ...]) -> Configuration:
    rotation = CalendarRotation("PSCHED1", source=SOURCE)
    return Configuration(
        hotline=Hotline("Example", "+3225550199", "p"),
        engineers={
            "alice": Engineer("alice", "Alice", "+1", pagerduty="palice"),
            "bob": Engineer("bob", "Bob", "+2", pagerduty="PBOB@example.com"),
            "carol": Engineer("carol", "Carol", "+3", email="PCAROL@example.com"),
        },
        schedules={"production": Schedule("production", "UTC", (rotation,), away=away)},
        policies={},
    )


def followed(*rows: Any, **away: tuple[Absence, ...]) -> tuple[Schedule, list[str]]:
    filled, troubles = with_calendars(configured(**away), {SOURCE: oncalls_text(rows, "PSCHED1")}, NOW)
    return filled.schedules["production"], [trouble.text for trouble in troubles]


@pytest.mark.parametrize(("user", "engineer"), [("PALICE", "alice"), ("PBOB", "bob"), ("PCAROL", "carol")])
def test_a_user_is_known_by_id_by_address_or_by_email(user: str, engineer: str) -> None:
    schedule, troubles = followed(row(user, "2026-01-05T09:00:00+01:00", "2026-01-12T09:00:00+01:00"))
    assert troubles == []
    shift = on_call(schedule, NOW)
    assert (shift.engineer, shift.why) == (engineer, "PagerDuty schedule PSCHED1")
    assert shift.starts_at == datetime(2026, 1, 5, 8, tzinfo=UTC)
    assert shift.ends_at == datetime(2026, 1, 12, 8, tzinfo=UTC)
    assert explain(schedule, NOW) == [f"PagerDuty schedule PSCHED1 has {engineer} on call at this time."]


def test_whoever_is_nobody_here_is_a_gap_and_is_named() -> None:
    schedule, [trouble] = followed(
        row("PALICE", "2026-01-05T00:00:00Z", "2026-01-08T00:00:00Z"),
        row("PZOE", "2026-01-08T00:00:00Z", "2026-01-09T00:00:00Z"),
    )
    assert on_call(schedule, NOW + 24 * HOUR).engineer is None
    assert explain(schedule, NOW + 24 * HOUR)[0].startswith("PagerDuty schedule PSCHED1 has nobody")
    assert trouble.startswith("“User PZOE” (PZOE), from Thu 2026-01-08 00:00 UTC, is no engineer here")
    assert "write `pagerduty: PZOE`" in trouble


def test_of_several_at_once_the_lowest_level_is_the_answer_whichever_began_later() -> None:
    schedule, troubles = followed(
        row("PALICE", "2026-01-05T00:00:00Z", "2026-01-10T00:00:00Z", level=1),
        row("PBOB", "2026-01-07T00:00:00Z", "2026-01-12T00:00:00Z", level=2),
        row("PCAROL", "2026-01-07T06:00:00Z", "2026-01-13T00:00:00Z", level=3),
    )
    assert troubles == []
    assert on_call(schedule, NOW).engineer == "alice"
    assert on_call(schedule, NOW + 72 * HOUR).engineer == "bob"
    assert on_call(schedule, NOW + 120 * HOUR).engineer == "carol"


def test_a_stranger_at_level_one_is_not_passed_over_for_somebody_at_level_two() -> None:
    schedule, troubles = followed(
        row("PZOE", "2026-01-05T00:00:00Z", "2026-01-10T00:00:00Z"), row("PBOB", "2026-01-05T00:00:00Z", None, level=2)
    )
    assert on_call(schedule, NOW).engineer is None
    assert len(troubles) == 1
    assert on_call(schedule, NOW + 96 * HOUR).engineer == "bob"


def test_an_on_call_without_an_end_goes_on_and_one_without_a_start_always_did() -> None:
    schedule, troubles = followed(row("PALICE", None, None))
    assert troubles == []
    assert on_call(schedule, NOW - 24 * HOUR).engineer == "alice"
    assert on_call(schedule, NOW + timedelta(days=380)).engineer == "alice"


def test_whoever_is_away_is_not_on_call_though_pagerduty_says_so() -> None:
    absence = Absence(NOW - HOUR, NOW + HOUR, "holiday")
    schedule, _ = followed(row("PALICE", "2026-01-05T00:00:00Z", None), alice=(absence,))
    assert on_call(schedule, NOW).engineer is None
    assert on_call(schedule, NOW + HOUR).engineer == "alice"


def test_the_text_is_the_same_in_whichever_order_and_however_often_the_rows_come() -> None:
    first = row("PALICE", "2026-01-05T09:00:00+01:00", "2026-01-12T09:00:00+01:00")
    same = row("PALICE", "2026-01-05T08:00:00Z", "2026-01-12T08:00:00Z", escalation_policy={"id": "POTHER"})
    second = row("PBOB", "2026-01-12T08:00:00Z", None)
    assert oncalls_text([first, second], "PSCHED1") == oncalls_text([second, same, first], "PSCHED1")


def test_rows_of_other_schedules_and_of_none_and_those_that_last_no_time_are_left_out() -> None:
    whole = row("PALICE", "2026-01-05T00:00:00Z", "2026-01-12T00:00:00Z")
    others = (
        whole | {"schedule": None},
        whole | {"schedule": {"id": "POTHER"}},
        row("PBOB", "2026-01-07T00:00:00Z", "2026-01-07T00:00:00Z"),
    )
    assert oncalls_text([whole, *others], "PSCHED1") == oncalls_text([whole], "PSCHED1")


@pytest.mark.parametrize(
    "bad",
    [
        None, [], "PALICE", 7, {}, {"schedule": "PSCHED1"},
        row("PALICE", "yesterday", None),
        row("PALICE", "2026-01-05T00:00:00", None),
        row("PALICE", "9999-12-31T23:59:59-12:00", None),
        row("PALICE", 5, None),  # type: ignore[arg-type]
        row("PALICE", None, None, level=True),
        row("PALICE", None, None) | {"user": None},
        row("PALICE", None, None) | {"user": {"id": 7}},
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_understood_makes_the_whole_answer_none(bad: Any) -> None:
    with pytest.raises(CalendarError, match="row 2 of its answer"):
        oncalls_text([row("PBOB", None, None), bad], "PSCHED1")


@pytest.mark.parametrize("kept", ["", "<html>", "[]", "{}", '{"oncalls": [7]}', '{"oncalls": [{"level": "x"}]}'])
def test_what_is_kept_and_is_no_such_text_is_told_and_never_raised_further(kept: str) -> None:
    with pytest.raises(CalendarError):
        read_source(SOURCE, kept, "UTC", *known_span(NOW))
    filled, [trouble] = with_calendars(configured(), {SOURCE: kept}, NOW)
    assert on_call(filled.schedules["production"], NOW).engineer is None
    assert "cannot be read" in trouble.text


def test_words_of_a_name_stay_on_one_line() -> None:
    named = row("PZOE", None, None)
    named["user"]["name"] = "Zoë\n\x07" + "x" * 500
    [kept] = json.loads(oncalls_text([named], "PSCHED1"))["oncalls"]
    assert "\n" not in kept["name"]
    assert len(kept["name"]) <= 200
