"""Calendars that lie in the schedules folder, and those that it names by a URL."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from oncall import schedule_files
from oncall.schedule_files import ScheduleFilesError, fingerprint, read, read_folder, warnings
from tests.unit.calendars.calendar_text import calendar, shift

NOW = datetime(2026, 1, 7, 12, tzinfo=UTC)
TEXT = """\
hotline: {company: Example, number: "+3225550199", escalation_policy: p, operators: [alice]}
engineers: {alice: {name: Alice Martin, phone: "+32470000001"}, bob: {name: Bob, phone: "+32470000002"}}
schedules:
  production:
    timezone: Europe/Brussels
    rotations:
      - {name: team, ical: SOURCE, engineers: {"B.": bob}}
escalation_policies: {p: {steps: [{page: [production], wait: 5m}]}}
"""
ALL_YEAR = calendar(shift("Alice", "20260101", "20270101"))
URL = "https://calendar.example/private.ics"


def files(source: str = "team.ics", **more: str) -> dict[str, str]:
    return {"all.yaml": TEXT.replace("SOURCE", source), **{name.replace("_", "."): text for name, text in more.items()}}


def problems(found: dict[str, str]) -> list[str]:
    with pytest.raises(ScheduleFilesError) as raised:
        read(found)
    return [str(problem) for problem in raised.value.problems]


def test_a_calendar_is_read_with_the_folder_and_belongs_to_its_version(tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text(TEXT.replace("SOURCE", "team.ics"), encoding="utf-8")
    (tmp_path / "team.ics").write_text(ALL_YEAR, encoding="utf-8", newline="")
    (tmp_path / ".hidden.ics").write_text("x", encoding="utf-8")
    found = read_folder(tmp_path)
    assert list(found) == ["all.yaml", "team.ics"]
    assert found["team.ics"] == ALL_YEAR
    assert fingerprint(found) != fingerprint({**found, "team.ics": calendar()})
    assert warnings(read(found), NOW) == []


def test_a_folder_of_calendars_alone_is_none(tmp_path: Path) -> None:
    (tmp_path / "team.ics").write_text(ALL_YEAR, encoding="utf-8")
    with pytest.raises(ScheduleFilesError, match=r"no \*\.yaml file"):
        read_folder(tmp_path)


def test_a_file_that_is_not_there_is_an_error_at_the_place_that_names_it() -> None:
    [problem] = problems(files(other_ics=ALL_YEAR))
    assert problem.startswith("all.yaml:7:28: there is no file `team.ics` in the schedules folder")
    assert "there are: other.ics" in problem


@pytest.mark.parametrize(
    ("text", "says"),
    [("<html>", "a web page"), ("", "it is empty"), (ALL_YEAR[:50], "it is cut off"), ("\0\0", "something else")],
)
def test_a_file_that_is_no_calendar_is_an_error_that_names_it(text: str, says: str) -> None:
    [problem] = problems(files(team_ics=text))
    assert problem.startswith("team.ics")
    assert says in problem


def test_a_file_that_no_rotation_names_may_be_anything() -> None:
    assert warnings(read(files(team_ics=ALL_YEAR, notes_ics="<html>")), NOW) == []


def test_who_is_no_engineer_is_a_warning_at_the_rotation_and_so_is_the_gap_that_it_leaves() -> None:
    text = calendar(
        shift("Alice", "20260101", "20260201"),
        shift("Zoë", "20260201", "20260301"),
        shift("B.", "20260301", "20270101"),
    )
    text = text.replace("UID:1", "UID:x", 1).replace("UID:1", "UID:y", 1)
    found = [str(problem) for problem in warnings(read(files(team_ics=text)), NOW)]
    assert len(found) == 2
    assert "nobody is on call from 2026-02-01 00:00+01:00 until 2026-03-01 00:00+01:00" in found[0]
    assert found[1].startswith(
        "all.yaml:7:9: the calendar of `team`: “Zoë”, from Sun 2026-02-01 00:00 CET, names no engineer"
    )


def test_a_name_that_is_mapped_to_no_engineer_is_an_error() -> None:
    [problem] = problems(
        {**files(team_ics=ALL_YEAR), "all.yaml": TEXT.replace("SOURCE", "team.ics").replace('": bob}', '": rob}')}
    )
    assert "there is no engineer `rob`" in problem


def test_gaps_of_a_calendar_that_was_not_fetched_cannot_be_known_and_of_a_fetched_one_are_told() -> None:
    loaded = read(files(f'"{URL}"'))
    assert warnings(loaded, NOW) == []
    assert warnings(loaded, NOW, {URL: ALL_YEAR}) == []
    [gap] = warnings(loaded, NOW, {URL: calendar(shift("Alice", "20260101", "20260201"))})
    assert "nobody is on call from 2026-02-01" in gap.message


def test_the_configuration_names_its_calendars() -> None:
    [rotation] = schedule_files.load(files(team_ics=ALL_YEAR)).schedules["production"].rotations
    assert (rotation.source, rotation.names) == ("team.ics", (("B.", "bob"),))
