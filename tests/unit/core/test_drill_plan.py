"""When planned drills come: in weeks, at times on the wall, across changes of the clock."""

from datetime import UTC, datetime, time
from itertools import pairwise

import pytest

from oncall.core.drill_plan import DrillPlan, last_turn, next_turn
from oncall.errors import ConfigurationError
from oncall.schedule_files import load

TUESDAY_14 = DrillPlan(1, time(14, 0), schedule="production")
YAML = """
hotline: {company: Example Hosting, number: "+3225550199", escalation_policy: p}
engineers: {alice: {name: Alice Martin, phone: "+32470000001"}}
schedules: {production: {timezone: UTC, rotations: [{name: w, starts: 2026-01-05, shift: 1w, engineers: [alice]}]}}
escalation_policies: {p: {steps: [{page: [production], wait: 5m}]}}
drills:
  - DRILL
"""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_it_comes_on_its_day_at_its_time_on_the_wall() -> None:
    now = at("2026-11-23 03:00")
    assert last_turn(TUESDAY_14, "Europe/Brussels", now) == at("2026-11-17 13:00")
    assert next_turn(TUESDAY_14, "Europe/Brussels", now) == at("2026-11-24 13:00")
    assert last_turn(TUESDAY_14, "Europe/Brussels", at("2026-11-24 13:00")) == at("2026-11-24 13:00")


def test_the_clocks_change_and_the_wall_says_the_same() -> None:
    before = at("2026-10-20 13:00")
    assert last_turn(TUESDAY_14, "Europe/Brussels", before) == at("2026-10-20 12:00")
    assert next_turn(TUESDAY_14, "Europe/Brussels", before) == at("2026-10-27 13:00")
    skipped = DrillPlan(6, time(2, 30), schedule="production")
    assert next_turn(skipped, "Europe/Brussels", at("2026-03-28 12:00")) == at("2026-03-29 01:00")


def test_every_fourth_week_is_every_fourth_week() -> None:
    plan = DrillPlan(3, time(10, 30), engineer="dana", weeks=4)
    turns = [next_turn(plan, "UTC", at("2026-11-23 03:00"))]
    for _ in range(4):
        turns.append(next_turn(plan, "UTC", turns[-1]))
    assert {(after - before).days for before, after in pairwise(turns)} == {28}
    assert all(last_turn(plan, "UTC", turn) == turn for turn in turns)


def test_the_schedules_folder_names_them() -> None:
    found = load({"all.yaml": YAML.replace("DRILL", '{schedule: production, every: 2w, at: "tue 14:00"}')})
    assert found.drills == (DrillPlan(1, time(14, 0), schedule="production", weeks=2),)


def test_a_plan_of_the_whole_path_says_call_and_is_no_other_s() -> None:
    found = load({"all.yaml": YAML.replace("DRILL", "{call: true, every: 1w, at: tue 14:00}")})
    assert found.drills == (DrillPlan(1, time(14, 0), call=True),)
    assert found.drills[0].key not in {TUESDAY_14.key, DrillPlan(1, time(14, 0), engineer="call").key}


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("{engineer: alise, at: tue 14:00}", r"drills.*there is no engineer `alise`"),
        ("{schedule: backup, at: tue 14:00}", r"there is no schedule `backup`"),
        ("{engineer: alice, schedule: production, at: tue 14:00}", r"name one of them"),
        ("{at: tue 14:00}", r"name one of them"),
        ("{call: false, at: tue 14:00}", r"name one of them"),
        ("{call: true, engineer: alice, at: tue 14:00}", r"name one of them"),
        ("{call: alice, at: tue 14:00}", r"call"),
        ("{engineer: alice, at: tues 14:00}", r"does not begin with a day of the week"),
        ("{engineer: alice, at: tue 25:00}", r"is not a time of day"),
        ("{engineer: alice, every: 3d, at: tue 14:00}", r"not a number of weeks"),
    ],
)
def test_a_plan_that_cannot_be_read_is_refused_at_its_line(written: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"all\.yaml:7:.*{complaint}"):
        load({"all.yaml": YAML.replace("DRILL", written)})
