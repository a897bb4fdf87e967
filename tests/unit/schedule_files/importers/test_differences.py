"""What cannot be carried over is said: in the YAML where it would have stood, and as a difference with its reason."""

from datetime import timedelta
from typing import Any

import pytest

from oncall.schedule_files import load
from oncall.schedule_files.importers import Answer, convert

from . import exports
from .stepping import AUTUMN, DAYS, SINCE, imported, z


def differences(found: Any) -> list[tuple[str, str, set[str], set[str]]]:
    return [(z(d.starts_at), z(d.ends_at), set(d.theirs), set(d.ours)) for d in found.comparison.differences]


@pytest.mark.parametrize("system", ["pagerduty", "opsgenie", "goalert"])
def test_the_yaml_with_its_hotline_is_a_whole_folder(system: str) -> None:
    export = {"pagerduty": exports.pagerduty, "opsgenie": exports.opsgenie, "goalert": exports.goalert}[system]()
    found = convert(system, [Answer(export, "export.json")], SINCE, with_hotline=True)
    configuration = load({f"{name}.yaml": text for name, text in found.document.texts.items()})
    assert all(each.phone for each in configuration.engineers.values())
    assert configuration.policies[configuration.hotline.escalation_policy].steps


def test_engineers_are_named_after_their_names_and_told_apart() -> None:
    found = imported("pagerduty", exports.pagerduty())
    assert list(found.document.engineers.values()) == ["earline-greenholt", "kyler-kuhn", "kyler-kuhn-2"]
    assert 'phone: "+12125550101"' in found.document.texts["engineers"]
    assert "- {by: call, after: 2m}" in found.document.texts["engineers"]


def test_a_phone_that_is_missing_or_anothers_is_to_be_mended_by_hand() -> None:
    export = exports.pagerduty()
    export["users"][1] = exports.pagerduty_user("PAM4FGS", "Kyler Kuhn", "2125550101")
    del export["users"][0]["contact_methods"][1:3]
    export["users"][2] = exports.pagerduty_user("PXPGF42", "Kyler Kuhn", "2125550101")
    found = imported("pagerduty", export)
    assert [each.partition(" (")[0] for each in found.document.problems] == [
        "engineers.earline-greenholt: Earline Greenholt needs a phone",
        "engineers.kyler-kuhn-2: Kyler Kuhn needs a phone",
    ]
    assert (
        "#   engineers.earline-greenholt: Earline Greenholt needs a phone"
        in found.document.texts["escalation_policies"]
    )


def test_a_user_who_was_deleted_is_named_and_said_so() -> None:
    layer = exports.pagerduty_layer(
        users=[{"user": {"id": "PGONE", "type": "user_reference", "summary": "Grace Gone", "deleted_at": "x"}}]
    )
    found = imported("pagerduty", exports.pagerduty(exports.pagerduty_schedule(layer)))
    assert "deleted there?" in found.document.texts["engineers"]
    assert "engineers.grace-gone: Grace Gone needs a phone" in found.document.problems


def test_what_pagerduty_itself_answers_otherwise_is_a_difference() -> None:
    entries = [
        {
            "start": "2026-02-01T00:00:00Z",
            "end": "2026-02-02T01:00:00Z",
            "user": {"id": "PXPGF42", "summary": "Kyler Kuhn"},
        },
    ]
    schedule = exports.pagerduty_schedule(
        exports.pagerduty_layer(), final_schedule={"name": "Final Schedule", "rendered_schedule_entries": entries}
    )
    found = imported("pagerduty", exports.pagerduty(schedule))
    assert differences(found) == [
        ("2026-02-01T00:00:00Z", "2026-02-01T01:00:00Z", {"kyler-kuhn-2"}, {"kyler-kuhn"}),
        ("2026-02-01T01:00:00Z", "2026-02-02T01:00:00Z", {"kyler-kuhn-2"}, {"earline-greenholt"}),
    ]
    assert "was something edited since" in found.comparison.differences[0].why
    assert "from 2026-02-01 until 2026-02-02, and beyond with what its rules say" in found.comparison.remarks[0]


def test_turns_in_elapsed_hours_move_when_the_clock_changes_and_ours_do_not() -> None:
    layer = exports.pagerduty_layer(rotation_turn_length_seconds=12 * 3600)
    found = imported("pagerduty", exports.pagerduty(exports.pagerduty_schedule(layer)))
    first = found.comparison.differences[0]
    assert (z(first.starts_at), z(first.ends_at)) == ("2026-03-08T12:00:00Z", "2026-03-08T13:00:00Z")
    assert "the clock changes here" in first.why
    assert "move when the clock changes" in found.comparison.differences[-1].why


def test_a_layer_that_begins_later_or_ends_is_carried_over_with_its_turns() -> None:
    ending = exports.pagerduty_layer(end="2026-02-11T12:00:00-05:00")
    beginning = exports.pagerduty_layer(
        name="Layer 2",
        start="2026-02-11T12:00:00-05:00",
        rotation_virtual_start="2026-02-02T20:00:00-05:00",
        rotation_turn_length_seconds=604800,
        users=[{"user": {"id": "PXPGF42"}}, {"user": {"id": "PAM4FGS"}}],
    )
    gone = exports.pagerduty_layer(name="Old", end="2026-01-01T00:00:00Z")
    found = imported("pagerduty", exports.pagerduty(exports.pagerduty_schedule(gone, ending, beginning)))
    text = found.document.texts["schedules"]
    assert differences(found) == []
    assert "until: 2026-02-11 12:00" in text
    assert "layer Old ended and is left out" in text
    assert "name: layer-2-first" in text


def test_goalert_ends_a_repeated_hour_at_its_last_occurrence() -> None:
    rule = {"start": "18:00", "end": "01:30", "weekdayFilter": [True] * 7}
    export = exports.goalert(exports.goalert_schedule(exports.goalert_target("user", exports.GOALERT_USERS[0], rule)))
    found = imported("goalert", export, AUTUMN)
    assert differences(found) == [("2026-11-01T06:30:00Z", "2026-11-01T07:30:00Z", {"ann-lee"}, set())]
    assert "last occurrence" in found.comparison.differences[0].why


def test_a_goalert_rule_of_mondays_only_is_carried_over() -> None:
    rule = {"start": "09:00", "end": "17:00", "weekdayFilter": [False, True, False, False, False, False, False]}
    target = exports.goalert_target("user", exports.GOALERT_USERS[0], rule)
    found = imported("goalert", exports.goalert(exports.goalert_schedule(target)))
    assert '- {days: [mon], from: "09:00", until: "17:00"}' in found.document.texts["schedules"]


def test_goalert_counts_the_turn_from_whoever_has_it_now() -> None:
    rotation = exports.goalert_rotation(activeUserIndex=1, nextHandoffTimes=["2026-02-02T15:00:00Z"])
    found = imported("goalert", exports.goalert(None, rotation))
    assert "engineers: [ben-orr, ann-lee]" in found.document.texts["schedules"]


def test_goalert_removing_somebody_without_another_is_said() -> None:
    away = {
        "id": "o",
        "start": "2026-02-03T00:00:00Z",
        "end": "2026-02-03T06:00:00Z",
        "addUserID": "",
        "removeUserID": exports.GOALERT_USERS[1],
        "target": {"id": exports.goalert_schedule()["id"], "type": "schedule"},
    }
    found = imported(
        "goalert",
        exports.goalert(
            None, exports.goalert_rotation(activeUserIndex=1, userIDs=exports.GOALERT_USERS[1:2]), overrides=[away]
        ),
    )
    assert differences(found) == [("2026-02-03T00:00:00Z", "2026-02-03T06:00:00Z", set(), {"ben-orr"})]
    assert "puts nobody in their place" in found.comparison.differences[0].why
    assert "puts nobody in their place" in found.document.texts["schedules"]


def test_a_temporary_schedule_of_two_people_covers_every_lane() -> None:
    def shift(user: int) -> Any:
        return {"userID": exports.GOALERT_USERS[user], "start": "2026-02-03T00:00:00Z", "end": "2026-02-04T00:00:00Z"}

    temporary = {"start": "2026-02-03T00:00:00Z", "end": "2026-02-04T00:00:00Z", "shifts": [shift(1), shift(2)]}
    found = imported("goalert", exports.goalert(exports.goalert_schedule(temporarySchedules=[temporary])))
    assert differences(found) == []
    assert found.document.schedules == {exports.goalert_schedule()["id"]: ["primary", "primary-2"]}
    assert "page: [primary, primary-2]" in found.document.texts["escalation_policies"]


def test_opsgenie_rotations_side_by_side_become_two_schedules_that_a_step_pages_together() -> None:
    both = exports.opsgenie_schedule(
        exports.opsgenie_rotation(),
        exports.opsgenie_rotation(id="r2", name="Second", participants=exports.OPSGENIE_USERS[::-1]),
    )
    found = imported("opsgenie", exports.opsgenie(both))
    assert "page: [schedulename, schedulename-2], wait: 5m" in found.document.texts["escalation_policies"]
    assert differences(found) == []


def test_opsgenie_rotations_that_never_meet_stay_one_schedule() -> None:
    def half(number: int, start: int, end: int) -> Any:
        hours = {"startHour": start, "startMin": 0, "endHour": end, "endMin": 0}
        return exports.opsgenie_rotation(
            id=f"r{number}", name=f"Half {number}", timeRestriction={"type": "time-of-day", "restriction": hours}
        )

    found = imported("opsgenie", exports.opsgenie(exports.opsgenie_schedule(half(1, 8, 20), half(2, 20, 8))))
    assert list(found.document.schedules.values()) == [["schedulename"]]
    assert differences(found) == []


def test_a_turn_of_nobody_goes_to_the_next_and_is_a_difference() -> None:
    rotation = exports.opsgenie_rotation(participants=[*exports.OPSGENIE_USERS, {"type": "none"}])
    found = imported("opsgenie", exports.opsgenie(exports.opsgenie_schedule(rotation)))
    assert "engineers: [john-doe, jane-roe, john-doe]" in found.document.texts["schedules"]
    assert {frozenset(each.theirs) for each in found.comparison.differences} == {frozenset()}
    assert "nobody's, a team's or an escalation's" in found.comparison.differences[0].why


def test_grafana_oncall_gives_no_phones_and_says_which_rules_it_lists() -> None:
    monthly = exports.grafana_shift(
        frequency="monthly", by_monthday=[1, -1], start="2025-09-01T09:00:00", duration=86400
    )
    found = imported("grafana-oncall", exports.grafana_oncall(monthly))
    assert [each for each in found.document.problems if "phone" in each] == [
        "engineers.alex: alex needs a phone",
        "engineers.bea: bea needs a phone",
    ]
    assert "its events are listed until 2027-02-02" in found.document.texts["schedules"]
    assert differences(found) == []


def test_a_grafana_oncall_shift_of_nobody_is_left_out_and_said_so() -> None:
    found = imported("grafana-oncall", exports.grafana_oncall(exports.grafana_shift(rolling_users=[[]])))
    assert "shift Demo rolling users has no users and is left out" in found.document.texts["schedules"]


def test_grafana_oncall_rolling_on_working_days_only_becomes_a_cycle() -> None:
    weekdays = exports.grafana_shift(by_day=["MO", "TU", "WE", "TH", "FR"], duration=36000)
    found = imported("grafana-oncall", exports.grafana_oncall(weekdays))
    assert "shift: [1d, 1d, 1d, 1d, 3d]" in found.document.texts["schedules"]
    assert differences(found) == []


def test_a_grafana_oncall_calendar_stays_a_calendar_and_is_not_compared() -> None:
    calendar = exports.grafana_schedule(
        type="ical", shifts=[], ical_url_primary="https://example.com/meow_calendar.ics"
    )
    found = imported("grafana-oncall", exports.grafana_oncall(schedule=calendar))
    assert "ical: https://example.com/meow_calendar.ics" in found.document.texts["schedules"]
    assert "engineers: {alex: alex, bea: bea, cleo: cleo}" in found.document.texts["schedules"]
    assert "not compared" in found.comparison.remarks[0]


def test_an_override_that_is_over_is_left_out() -> None:
    past = {"start": z(SINCE - DAYS), "end": z(SINCE - DAYS + timedelta(hours=1)), "user": {"id": "PXPGF42"}}
    found = imported("pagerduty", exports.pagerduty(exports.pagerduty_schedule(overrides=[past])))
    assert "overrides" not in found.document.texts["schedules"]


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
