"""`oncall schedule`, as people and programs use it, on a real database."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from oncall import bootstrap
from oncall.cli.schedule import schedule
from oncall.errors import OncallError
from oncall.settings import load_settings
from tests.unit.schedule_files.test_loading import EVERY_KEY, SHIPPED, SMALLEST

Run = Callable[..., Result]
QUIET = SMALLEST.replace("escalation_policy: down}", "escalation_policy: down, operators: [alice]}")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "schedules"
    made.mkdir()
    (made / "all.yaml").write_text(QUIET, encoding="utf-8")
    return made


@pytest.fixture
def run(tmp_path: Path, folder: Path) -> Run:
    environ = {
        "DATABASE_URL": f"sqlite:///{tmp_path}/oncall.db",
        "ONCALL_SCHEDULES_DIR": str(folder),
        "USER": "erik",
    }
    bootstrap.upgrade_database(load_settings(environ, serving=False))

    def invoke(*words: str, **more: str) -> Result:
        return CliRunner(env={**environ, **more}).invoke(schedule, words)

    return invoke


def test_checking_a_sound_folder_says_what_is_in_it_and_exits_0(run: Run) -> None:
    result = run("check")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "1 engineer, 1 schedule, 1 escalation policy, 0 customers: no errors, 0 warnings." in result.stdout


def test_checking_needs_no_environment() -> None:
    result = CliRunner(env={"DATABASE_URL": "nonsense", "PORT": "x"}).invoke(schedule, ["check", str(SHIPPED)])
    assert (result.exit_code, result.stderr) == (0, "")
    assert "5 engineers, 2 schedules, 1 escalation policy, 1 customer: no errors, 0 warnings." in result.stdout


def test_a_schedule_of_pagerduty_is_checked_without_credentials_and_that_nobody_looked_is_said(
    run: Run, folder: Path
) -> None:
    own = QUIET[QUIET.index("schedules:") : QUIET.index("escalation_policies")]
    theirs = QUIET.replace(own, "schedules: {production: {pagerduty: PSCHED1}}\n")
    (folder / "all.yaml").write_text(theirs, encoding="utf-8")
    result = run("check", "--json")
    assert result.exit_code == 0
    [warning] = json.loads(result.stdout)["warnings"]
    assert warning["message"] == (
        "asking PagerDuty who is on call in schedule PSCHED1: PAGERDUTY_API_TOKEN is not set; set it to a read-only "
        "REST API key; so who is on call by PagerDuty schedule PSCHED1 was not looked at; the service asks by itself"
    )
    line = theirs.splitlines()[warning["line"] - 1]
    assert line[warning["column"] - 1 :].startswith("pagerduty")


def test_checking_a_wrong_folder_says_where_and_how_to_mend_it_and_exits_1(run: Run, folder: Path) -> None:
    (folder / "all.yaml").write_text(QUIET.replace("[alice]}]", "[alcie]}]"), encoding="utf-8")
    result = run("check")
    assert result.exit_code == 1
    assert (
        "all.yaml:8:81: schedules.production.rotations[0].engineers[0]: there is no engineer `alcie`" in result.stderr
    )
    assert "did you mean `alice`?" in result.stderr


def test_checking_for_a_program_prints_one_object_with_every_place(run: Run, folder: Path) -> None:
    (folder / "all.yaml").write_text(SMALLEST, encoding="utf-8")
    doubtful = run("check", "--json")
    assert doubtful.exit_code == 0
    [warning] = json.loads(doubtful.stdout)["warnings"]
    assert (warning["file"], warning["line"], warning["column"]) == ("all.yaml", 2, 1)
    (folder / "all.yaml").write_text("hotline: [", encoding="utf-8")
    wrong = run("check", "--json")
    assert wrong.exit_code == 1
    assert json.loads(wrong.stdout)["ok"] is False
    assert json.loads(wrong.stdout)["errors"][0]["file"] == "all.yaml"


def test_a_folder_that_is_not_there_is_an_error_and_no_traceback(run: Run, tmp_path: Path) -> None:
    result = run("check", str(tmp_path / "nowhere"))
    assert result.exit_code == 1
    assert "there is no such folder" in result.stderr


def test_publishing_puts_the_folder_in_force_once(run: Run) -> None:
    assert "Version 1 is in force" in run("publish").stdout
    again = run("publish", "--yes")
    assert again.exit_code == 0
    assert "Nothing to publish: version 1" in again.stdout


def test_warnings_are_published_only_when_accepted(run: Run, folder: Path) -> None:
    (folder / "all.yaml").write_text(SMALLEST, encoding="utf-8")
    refused = run("publish")
    assert isinstance(refused.exception, OncallError)
    assert "nothing was published, because of 1 warning" in str(refused.exception)
    assert "all.yaml:2:1: warning: `operators` is empty" in refused.stdout
    assert "Version 1 is in force" in run("publish", "--yes").stdout


def test_errors_are_never_published_and_the_last_good_version_keeps_serving(run: Run, folder: Path) -> None:
    run("publish")
    (folder / "all.yaml").write_text(QUIET.replace("1w", "1x"), encoding="utf-8")
    refused = run("publish", "--yes")
    assert refused.exit_code == 1
    assert "all.yaml:8:65: schedules.production.rotations[0].shift: `1x` is not a duration" in refused.stderr
    assert json.loads(run("who", "production", "--at", "2026-02-01", "--json").stdout)["engineer"] == "alice"


def test_who_prints_the_answer_its_span_and_why_in_utc(run: Run, folder: Path) -> None:
    (folder / "all.yaml").write_text(EVERY_KEY, encoding="utf-8")
    run("publish", "--yes")
    during = json.loads(run("who", "production", "--at", "2026-12-24T10:00", "--json").stdout)
    assert during == {
        "engineer": "carol",
        "from": "2026-12-24T08:00:00Z",
        "until": "2026-12-26T08:00:00Z",
        "rotation": None,
        "why": "override: Alice is away",
    }
    gap = json.loads(run("who", "production", "--at", "2026-01-05T07:59:59Z", "--json").stdout)
    assert (gap["engineer"], gap["from"], gap["until"]) == (None, None, "2026-01-05T08:00:00Z")


def test_a_time_without_an_offset_is_the_schedules_own(run: Run) -> None:
    local = run("who", "production", "--at", "2026-01-05 09:00", "--json").stdout
    assert local == run("who", "production", "--at", "2026-01-05T08:00Z", "--json").stdout
    assert json.loads(local)["engineer"] == "alice"


def test_who_answers_from_what_is_in_force_and_not_from_the_folder(run: Run, folder: Path) -> None:
    before = run("who", "production")
    assert "nothing has been published yet" in before.stderr
    run("publish")
    (folder / "all.yaml").write_text("broken: [", encoding="utf-8")
    after = run("who", "production")
    assert (after.exit_code, after.stderr) == (0, "")
    assert after.stdout.startswith("alice from Mon 2026-01-05 09:00 CET, with no end in sight (rotation weekly")


def test_who_answers_from_the_folder_and_says_so_while_the_database_is_away(run: Run, tmp_path: Path) -> None:
    result = run("who", "production", DATABASE_URL=f"sqlite:///{tmp_path}/nowhere/x.db")
    assert result.exit_code == 0
    assert "From the folder" in result.stderr
    assert result.stdout.startswith("alice ")


def test_show_lists_every_shift_and_gap_clipped_to_what_was_asked(run: Run, folder: Path) -> None:
    (folder / "all.yaml").write_text(EVERY_KEY, encoding="utf-8")
    words = ("show", "production", "--from", "2026-01-05T08:00", "--until", "2026-01-06T00:00", "--json")
    found = json.loads(run(*words).stdout)
    assert [(each["engineer"], each["from"], each["until"]) for each in found] == [
        (None, "2026-01-05T07:00:00Z", "2026-01-05T08:00:00Z"),
        ("dana", "2026-01-05T08:00:00Z", "2026-01-05T17:00:00Z"),
        ("alice", "2026-01-05T17:00:00Z", "2026-01-05T23:00:00Z"),
    ]


def test_an_unknown_schedule_is_answered_with_those_that_there_are(run: Run) -> None:
    with pytest.raises(OncallError, match="there is no schedule `prod`; there are production"):
        raise run("who", "prod").exception or AssertionError


@pytest.mark.parametrize("words", [("--at", "lunch"), ("--at", "9999-12-31T23:59Z"), ("--at", "0001-01-01")])
def test_a_time_that_is_none_is_a_usage_error(run: Run, words: tuple[str, ...]) -> None:
    result = run("who", "production", *words)
    assert result.exit_code == 2
    assert "--at" in result.stderr


def test_drawing_shows_every_rotation_the_overrides_and_who_is_on_call(run: Run, folder: Path) -> None:
    (folder / "all.yaml").write_text(EVERY_KEY, encoding="utf-8")
    drawn = run("show", "production", "--from", "2026-12-21T00:00", "--weeks", "1").stdout
    lines = drawn.splitlines()
    assert lines[0] == "production  Mon 21 Dec 00:00 – Mon 28 Dec 00:00, times in Europe/Brussels"
    begin = next(number for number, line in enumerate(lines) if "Tue 22" in line)
    assert [line.split()[0] for line in lines[begin : begin + 5]] == ["Dec", "weekly", "office", "overrides", "on"]
    assert "carol" in lines[begin + 3]
    assert "Thu 24 Dec 09:00 – Sat 26 Dec 09:00  Carol Janssens" in drawn
    assert "\x1b" not in drawn


def test_a_drawing_ends_either_then_or_after_so_many_weeks(run: Run) -> None:
    both = run("show", "--until", "2026-02-01", "--weeks", "1")
    assert both.exit_code == 2
    assert "--until or --weeks" in both.stderr


def test_drawing_without_a_name_draws_every_schedule(run: Run) -> None:
    assert "production  " in run("show").stdout
    nameless = run("show", "--json")
    assert nameless.exit_code == 2
    assert "oncall schedule show NAME --json" in nameless.stderr


def test_a_gap_is_loud_in_the_drawing_and_in_the_list(run: Run) -> None:
    drawn = run("show", "production", "--from", "2026-01-05T00:00", "--weeks", "1").stdout
    assert "1 coverage gap: nobody is on call for 9 h" in drawn
    assert "NOBODY├alice" in drawn
    assert re.search(r"Mon 5 Jan 00:00 – 09:00 +NOBODY +coverage gap", drawn)


@pytest.mark.parametrize("width", [40, 80, 140])
def test_a_drawing_fits_into_the_terminal(run: Run, folder: Path, width: int) -> None:
    (folder / "all.yaml").write_text(EVERY_KEY, encoding="utf-8")
    words = ("show", "production", "--from", "2026-12-21T00:00")
    environ = {"FORCE_COLOR": "1", "TERM": "xterm-256color", "COLUMNS": str(width)}
    coloured = run(*words, **environ).stdout
    plain = run(*words, **environ, NO_COLOR="1").stdout
    assert "\x1b[" in coloured
    assert "\x1b[3" not in plain
    assert "\x1b[4" not in plain
    for drawn in (click.unstyle(coloured), click.unstyle(plain)):
        assert max(len(line) for line in drawn.splitlines()) <= width


def test_a_page_is_whole_escaped_and_has_no_script(run: Run, folder: Path, tmp_path: Path) -> None:
    (folder / "all.yaml").write_text(EVERY_KEY.replace("Alice is away", "<script>alert(1)</script>"), encoding="utf-8")
    page = tmp_path / "page.html"
    result = run("show", "--from", "2026-12-21T00:00", "--html", str(page))
    assert (result.exit_code, result.stdout) == (0, "")
    html = page.read_text(encoding="utf-8")
    assert "<script" not in html
    assert "override: &lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "http://" not in html and "https://" not in html and "url(" not in html
    assert "Carol Janssens, Thu 24 Dec 09:00 – Sat 26 Dec 09:00" in html
    nowhere = run("show", "--html", str(tmp_path / "nowhere" / "page.html"))
    assert "cannot be written" in str(nowhere.exception)


def test_the_schema_is_printed_for_editors(run: Run) -> None:
    assert json.loads(run("schema").stdout)["title"] == "Schedules of the on-call hotline"


def test_showing_backwards_is_a_usage_error(run: Run) -> None:
    assert run("show", "production", "--from", "2026-02-01", "--until", "2026-01-01").exit_code == 2


TWO = QUIET.replace("engineers: [alice]", "engineers: [alice, bob]").replace(
    "schedules:",
    '  bob: {name: B, phone: "+32470000002", away: [{from: 2026-11-01, until: 2026-11-05, reason: ski}]}\nschedules:',
    1,
)


@pytest.mark.parametrize(
    ("at", "says"),
    [
        ("2026-10-25 02:30", "the first, 02:30 CEST (00:30 UTC); for the second, ask with --at 2026-10-25T02:30+01"),
        ("2026-03-29 02:30", "It was taken to mean 03:00 CEST, the first instant after the gap (01:00 UTC)."),
        ("2026-10-26 08:59", "CEST to Mon 2026-10-26 09:00 CET, and it is bob's; the order is bob → alice."),
        ("2026-11-04 12:00", "bob is away (ski); alice is the next in the list who is there."),
        ("2026-01-05 08:59", "The rotation weekly has not begun: it starts at Mon 2026-01-05 09:00 CET."),
    ],
)  # fmt: skip
def test_who_explains_itself_in_sentences(run: Run, folder: Path, at: str, says: str) -> None:
    (folder / "all.yaml").write_text(TWO, encoding="utf-8")
    assert says in run("who", "production", "--at", at).stdout


def test_who_says_what_an_override_covers(run: Run, folder: Path) -> None:
    swap = "overrides: [{engineer: bob, from: 2026-10-26, until: 2026-10-28, instead_of: alice, reason: a swap}]"
    (folder / "all.yaml").write_text(TWO.replace("    rotations:", f"    {swap}\n    rotations:"), encoding="utf-8")
    said = run("who", "production", "--at", "2026-10-27 12:00").stdout
    assert "An override from the schedules folder gives alice's shifts from Mon 2026-10-26 00:00 CET" in said
    assert "to bob, because: a swap." in said
    assert "Without it: alice (rotation weekly" in said


def test_a_time_that_comes_once_is_not_explained(run: Run) -> None:
    assert "twice" not in run("who", "production", "--at", "2026-10-25 03:30").stdout
    assert "taken" not in run("who", "production", "--at", "2026-10-25T02:30+01:00").stdout
