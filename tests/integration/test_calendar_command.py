"""`oncall calendar`, and calendars in `oncall schedule`, on a real database."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from oncall import bootstrap
from oncall.cli.commands import oncall
from oncall.errors import OncallError
from oncall.settings import load_settings
from tests.integration.channels.fake_twilio import Answer, running_fake_twilio
from tests.unit.calendars.calendar_text import calendar, shift
from tests.unit.schedule_files.test_calendar_files import TEXT

Run = Callable[..., Result]
FOR_YEARS = calendar(shift("Alice", "20200101", "20990101"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "schedules"
    made.mkdir()
    (made / "all.yaml").write_text(TEXT.replace("SOURCE", "team.ics"), encoding="utf-8")
    (made / "team.ics").write_text(FOR_YEARS, encoding="utf-8")
    return made


@pytest.fixture
def run(tmp_path: Path, folder: Path) -> Run:
    environ = {
        "DATABASE_URL": f"sqlite:///{tmp_path}/oncall.db",
        "ONCALL_SCHEDULES_DIR": str(folder),
        "ONCALL_PUBLIC_URL": "https://hotline.example/base",
        "USER": "erik",
    }
    bootstrap.upgrade_database(load_settings(environ, serving=False))

    def invoke(*words: str, **more: str) -> Result:
        return CliRunner(env={**environ, **more}).invoke(oncall, words)

    assert invoke("schedule", "publish", "--yes").exit_code == 0
    return invoke


def test_an_address_is_made_once_listed_revoked_and_made_anew(run: Run) -> None:
    assert "There is no address yet" in run("calendar", "list").stdout
    first = run("calendar", "url", "alice").stdout.strip()
    assert first.startswith("https://hotline.example/base/calendars/")
    assert run("calendar", "url", "alice").stdout.strip() == first
    other = run("calendar", "url", "production").stdout.strip()
    assert json.loads(run("calendar", "list", "--json").stdout) == [
        {"name": "alice", "url": first}, {"name": "production", "url": other},
    ]  # fmt: skip
    assert run("calendar", "list").stdout == f"alice\t{first}\nproduction\t{other}\n"
    assert "shows nothing any more" in run("calendar", "revoke", "alice").stdout
    assert run("calendar", "url", "alice").stdout.strip() not in ("", first)


def test_nobody_and_nothing_else_has_an_address(run: Run) -> None:
    assert isinstance(run("calendar", "revoke", "alice").exception, OncallError)
    unknown = run("calendar", "url", "mallory").exception
    assert "there are alice, bob, production" in str(unknown)
    missing = run("calendar", "url", "alice", ONCALL_PUBLIC_URL="").exception
    assert "ONCALL_PUBLIC_URL" in str(missing)


def test_who_is_on_call_by_a_calendar_in_the_folder_is_told_published_or_not(run: Run, tmp_path: Path) -> None:
    for more in ({}, {"DATABASE_URL": f"sqlite:///{tmp_path}/none.db"}):
        found = run("schedule", "who", "production", "--json", **more)
        assert json.loads(found.stdout)["engineer"] == "alice"


def test_check_fetches_calendars_and_only_warns_where_it_cannot(run: Run, folder: Path) -> None:
    with running_fake_twilio() as host:
        (folder / "all.yaml").write_text(TEXT.replace("SOURCE", f'"{host.url}/x.ics"'), encoding="utf-8")
        host.will(Answer(200, FOR_YEARS, {"Content-Type": "text/calendar"}))
        assert "no errors, 0 warnings" in run("schedule", "check").stdout
        for answer, says in ((Answer(500), "HTTP 500"), (Answer(200, "<html>"), "it is a web page")):
            host.will(answer)
            checked = run("schedule", "check")
            assert checked.exit_code == 0
            assert "no errors, 1 warning" in checked.stdout
            assert says in checked.stdout
            assert "all.yaml:7:9: warning:" in checked.stdout


BOB_FOR_YEARS = calendar(shift("B.", "20200101", "20990101"))


def on_call(run: Run) -> str | None:
    found: str | None = json.loads(run("schedule", "who", "production", "--json").stdout)["engineer"]
    return found


def test_whoever_a_calendar_names_is_on_call_from_the_instant_of_publishing_and_after_a_rollback(
    run: Run, folder: Path
) -> None:
    with running_fake_twilio() as host:
        (folder / "all.yaml").write_text(TEXT.replace("SOURCE", f'"{host.url}/x.ics"'), encoding="utf-8")
        host.will(Answer(200, BOB_FOR_YEARS, {"Content-Type": "text/calendar"}))
        published = run("schedule", "publish", "--yes")
        assert "Bob instead of Alice Martin" in published.stdout
        assert on_call(run) == "bob"
        run("schedule", "publish", "--yes", "--rollback", "1")
        assert on_call(run) == "alice"
        host.will(Answer(200, FOR_YEARS, {"Content-Type": "text/calendar"}))
        run("schedule", "publish", "--yes", "--rollback", "2")
        assert on_call(run) == "alice", "by the calendar as it is now"
        host.will(Answer(200, calendar(), {"Content-Type": "text/calendar"}))
        run("schedule", "publish", "--yes", "--rollback", "1")
        run("schedule", "publish", "--yes", "--rollback", "2")
        assert on_call(run) == "alice", "a calendar that has lost every shift replaces nothing"


def test_a_calendar_that_cannot_be_had_is_asked_for_once_and_warned_of_at_each_rotation(run: Run, folder: Path) -> None:
    with running_fake_twilio() as host:
        rotation = '      - {name: team, ical: SOURCE, engineers: {"B.": bob}}\n'
        assert rotation in TEXT
        twice = TEXT.replace(rotation, rotation + rotation.replace("team", "again"))
        (folder / "all.yaml").write_text(twice.replace("SOURCE", f'"{host.url}/x.ics"'), encoding="utf-8")
        host.will(Answer(500))
        checked = run("schedule", "check")
        assert len(host.requests) == 1
        assert "no errors, 2 warnings" in checked.stdout
        assert "all.yaml:7:9: warning:" in checked.stdout
        assert "all.yaml:8:9: warning:" in checked.stdout
