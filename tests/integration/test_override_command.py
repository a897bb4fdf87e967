"""`oncall override` and `oncall schedule export`, as people and programs use them, on a real database."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from oncall import bootstrap
from oncall.cli.commands import oncall
from oncall.errors import OncallError
from oncall.settings import load_settings
from oncall.system import SystemClock

Run = Callable[..., Result]

YAML = """\
hotline: {company: Example Hosting, number: "+3225550199", escalation_policy: down, operators: [dana]}
engineers:
  alice: {name: Alice Martin, phone: "+32470000001"}
  bob: {name: Bob Peeters, phone: "+32470000002"}
  dana: {name: Dana Dubois, phone: "+32470000004"}
escalation_policies:
  down: {steps: [{page: [production], wait: 5m}]}
schedules:
  production:
    timezone: Europe/Brussels
    rotations:
      - {name: weekly, starts: 2026-01-05 09:00, shift: 1w, engineers: [alice]}  # only she
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "schedules"
    made.mkdir()
    (made / "all.yaml").write_text(YAML, encoding="utf-8")
    return made


@pytest.fixture
def run(tmp_path: Path, folder: Path) -> Run:
    environ = {
        "DATABASE_URL": f"sqlite:///{tmp_path}/oncall.db",
        "ONCALL_SCHEDULES_DIR": str(folder),
        "USER": "erik",
    }
    bootstrap.upgrade_database(load_settings(environ, serving=False))

    def invoke(*words: str) -> Result:
        return CliRunner(env=environ).invoke(oncall, words)

    assert "in force" in invoke("schedule", "publish", "--yes").stdout
    return invoke


def said(result: Result) -> Any:
    assert result.exit_code == 0, (result.output, result.exception)
    return json.loads(result.stdout)


def refusal(result: Result) -> str:
    assert isinstance(result.exception, OncallError), (result.output, result.exception)
    return str(result.exception)


def listed(run: Run, *words: str) -> list[tuple[Any, ...]]:
    return [(each["id"], each["engineer"], each["state"]) for each in said(run("override", "list", "--json", *words))]


def on_call(run: Run) -> Any:
    return said(run("schedule", "who", "production", "--json"))


def test_an_override_counts_at_once_says_where_it_comes_from_and_can_be_taken_back(run: Run) -> None:
    added = run("override", "add", "production", "bob", "--for", "4h", "--reason", "Alice is ill")
    assert "Override 1 is in force: bob in production from " in added.stdout
    assert "Told, because shifts move: alice, bob." in added.stdout
    assert (on_call(run)["engineer"], on_call(run)["rotation"]) == ("bob", None)
    assert "erik by command line" in on_call(run)["why"]
    assert "Alice is ill" in on_call(run)["why"]
    assert "Override 1 is removed" in run("override", "remove", "1").stdout
    assert on_call(run)["engineer"] == "alice"
    assert listed(run) == []
    assert listed(run, "--all") == [(1, "bob", "removed")]
    assert said(run("override", "list", "--all", "--json"))[0]["removed_by"] == "erik by command line"


def test_times_are_the_schedule_s_own_and_days_are_days_of_the_calendar(run: Run) -> None:
    year = SystemClock().now().year + 1
    added = said(run("override", "add", "production", "bob", "--from", f"{year}-01-02 09:00", "--for", "1d", "--json"))
    assert (added["from"], added["until"]) == (f"{year}-01-02T08:00:00Z", f"{year}-01-03T08:00:00Z")
    assert (added["state"], added["origin"], added["instead_of"]) == ("coming", "erik by command line", None)
    until = said(
        run("override", "add", "production", "bob", "--from", f"{year}-01-02T09:00Z", "--until", f"{year}-01-02 12:00",
            "--instead-of", "alice", "--json")
    )  # fmt: skip
    assert (until["from"], until["until"]) == (f"{year}-01-02T09:00:00Z", f"{year}-01-02T11:00:00Z")
    assert until["instead_of"] == "alice"
    assert [each[0] for each in listed(run)] == [1, 2]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("prod", "bob", "--for", "4h"), "there is no schedule `prod`; there are production"),
        (("production", "bo", "--for", "4h"), "there is no engineer `bo`; there are alice, bob, dana"),
        (("production", "bob", "--for", "4h", "--instead-of", "bo"), "there is no engineer `bo`"),
        (("production", "bob", "--for", "4h", "--instead-of", "bob"), "take over from themselves"),
        (("production", "bob", "--until", "2020-01-01"), "is over already"),
        (("production", "bob", "--for", "400d"), "at most a year"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(run: Run, words: tuple[str, ...], says: str) -> None:
    assert says in refusal(run("override", "add", *words))
    assert listed(run, "--all") == []


@pytest.mark.parametrize(
    "words",
    [
        ("production", "bob"),
        ("production", "bob", "--for", "4h", "--until", "2030-01-01"),
        ("production", "bob", "--for", "4x"),
        ("production", "bob", "--for", "h"),
        ("production", "bob", "--until", "lunch"),
        ("production",),
    ],
)
def test_asking_wrongly_exits_2(run: Run, words: tuple[str, ...]) -> None:
    assert run("override", "add", *words).exit_code == 2


@pytest.mark.parametrize(
    ("lasting", "says"),
    [
        ("1mo", "only a shift may be as long as months; write days or weeks"),
        ("20s", "`20s` is shorter than a minute; write one such as 90m, 4h, 1d or 1w"),
        ("4x", "`4x` is not a duration; write a duration such as 30s, 5m, 2h, 1d or 1w"),
    ],
)
def test_how_long_is_refused_with_what_is_wrong_about_it(run: Run, lasting: str, says: str) -> None:
    refused = run("override", "add", "production", "bob", "--for", lasting)
    assert (refused.exit_code, says in " ".join(refused.stderr.replace("│", " ").split())) == (2, True), refused.stderr


def test_an_override_within_the_hour_that_the_clocks_skip_is_refused_in_the_words_of_the_check(run: Run) -> None:
    night = next_spring_night()
    refused = run("override", "add", "production", "bob", "--from", f"{night} 02:15", "--until", f"{night} 02:45")
    assert refusal(refused) == (
        f"this override lasts no time: the clocks of Europe/Brussels skip from 02:00 to 03:00 on {night}, and a time "
        "between them means 03:00; give it a later end"
    )
    assert listed(run, "--all") == []


def next_spring_night() -> date:
    """When summer time begins in Brussels: the last Sunday of March."""
    today = SystemClock().now().date()
    nights = (date(year, 3, 31) for year in (today.year, today.year + 1))
    return next(night for last in nights if (night := last - timedelta(days=last.isoweekday() % 7)) > today)


def test_only_what_counts_can_be_removed_and_the_answer_says_why(run: Run) -> None:
    assert "there is no override 7" in refusal(run("override", "remove", "7"))
    run("override", "add", "production", "bob", "--for", "4h")
    run("override", "remove", "1")
    assert "has been removed already, by erik" in refusal(run("override", "remove", "1"))


def test_the_list_names_what_the_folder_says_too_and_what_is_left_out(run: Run, folder: Path) -> None:
    run("override", "add", "production", "bob", "--for", "4h")
    written = YAML.replace('  bob: {name: Bob Peeters, phone: "+32470000002"}\n', "") + (
        "    overrides: [{engineer: dana, from: 2026-01-01 09:00, until: 2199-01-01 09:00}]\n"
    )
    (folder / "all.yaml").write_text(written, encoding="utf-8")
    run("schedule", "publish", "--yes")
    assert listed(run) == [(1, "bob", "left out"), (None, "dana", "present")]
    table = run("override", "list").stdout
    assert "left out: there is no engineer `bob` any more" in table
    assert "schedules folder" in table
    assert on_call(run)["engineer"] == "dana"


def test_an_empty_list_is_said(run: Run) -> None:
    assert run("override", "list").stdout == "No override is present or coming.\n"


# ---------------------------------------------------------------- export, publish


def exported_and_published(run: Run) -> None:
    assert run("schedule", "export").exit_code == 0
    assert "is in force" in run("schedule", "publish", "--yes").stdout


def test_what_is_exported_stands_in_the_file_with_comments_kept_and_counts_once_when_published(
    run: Run, folder: Path
) -> None:
    run("override", "add", "production", "bob", "--for", "4h", "--reason", "Alice is ill")
    before = on_call(run)
    result = run("schedule", "export")
    assert "Exported override 1: bob in production from " in result.stdout
    text = (folder / "all.yaml").read_text(encoding="utf-8")
    assert text.startswith(YAML)
    assert "# erik by command line, " in text
    assert "Override 1 is in the folder already." in run("schedule", "export").stdout
    assert (folder / "all.yaml").read_text(encoding="utf-8") == text
    run("schedule", "publish", "--yes")
    after = on_call(run)
    assert {**after, "why": ""} == {**before, "why": ""}
    assert after["why"] == "override: Alice is ill"
    assert listed(run) == [(None, "bob", "present")]
    assert listed(run, "--all")[0] == (1, "bob", "published")
    assert "There is nothing to export." in run("schedule", "export").stdout
    assert "is in the schedules folder since version 2: remove it there" in refusal(run("override", "remove", "1"))


def test_printing_writes_nothing(run: Run, folder: Path) -> None:
    run("override", "add", "production", "bob", "--for", "4h")
    printed = run("schedule", "export", "--print")
    assert printed.stdout.startswith(YAML + "    overrides:\n      - {engineer: bob, from: ")
    assert (folder / "all.yaml").read_text(encoding="utf-8") == YAML


def test_what_was_published_and_then_taken_out_of_the_folder_is_gone(run: Run, folder: Path) -> None:
    run("override", "add", "production", "bob", "--for", "4h")
    exported_and_published(run)
    (folder / "all.yaml").write_text(YAML + "# without bob\n", encoding="utf-8")
    run("schedule", "publish", "--yes")
    assert on_call(run)["engineer"] == "alice"
    assert listed(run) == []


def test_a_rollback_of_the_export_does_not_lose_what_was_taken(run: Run, folder: Path) -> None:
    run("override", "add", "production", "bob", "--for", "4h")
    exported_and_published(run)
    run("schedule", "publish", "--yes", "--rollback")
    assert on_call(run)["engineer"] == "bob"
    assert listed(run) == [(1, "bob", "present")]


def test_an_edit_that_takes_the_exported_line_out_again_removes_the_override(run: Run, folder: Path) -> None:
    """As `override remove` says where the folder has it: the file as it was before, and published."""
    run("override", "add", "production", "bob", "--for", "4h")
    exported_and_published(run)
    (folder / "all.yaml").write_text(YAML, encoding="utf-8")
    run("schedule", "publish", "--yes")
    assert on_call(run)["engineer"] == "alice"
    assert listed(run) == []


@pytest.mark.parametrize(
    "words", [["override", "remove"], ["schedule", "versions"], ["schedule", "publish", "--rollback"]]
)
def test_a_number_that_no_database_can_hold_is_refused_in_a_sentence(run: Run, words: list[str]) -> None:
    assert run(*words, "9" * 23).exit_code == 2


def test_one_that_covers_what_was_published_goes_on_covering_it(run: Run) -> None:
    run("override", "add", "production", "bob", "--for", "4h")
    assert run("schedule", "export").exit_code == 0
    run("override", "add", "production", "dana", "--for", "1h")
    run("schedule", "publish", "--yes")
    assert on_call(run)["engineer"] == "dana"
    assert listed(run) == [(2, "dana", "present"), (None, "bob", "present")]


def test_what_cannot_be_exported_is_named_and_exits_1(run: Run, folder: Path) -> None:
    run("override", "add", "production", "bob", "--for", "4h")
    (folder / "all.yaml").write_text(
        YAML.replace('  bob: {name: Bob Peeters, phone: "+32470000002"}\n', ""), encoding="utf-8"
    )
    result = run("schedule", "export")
    assert result.exit_code == 1
    assert "override 1 of bob in production was not exported: there is no engineer `bob` in the folder" in result.stderr
    assert listed(run) == [(1, "bob", "present")]


def test_a_folder_that_cannot_be_written_is_named_and_left_as_it_is(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("override", "add", "production", "bob", "--for", "4h")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert "all.yaml cannot be written (No space left on device)" in refusal(run("schedule", "export"))
    assert [path.name for path in folder.iterdir()] == ["all.yaml"]
    assert (folder / "all.yaml").read_text(encoding="utf-8") == YAML


def test_an_exported_file_keeps_its_mark_and_its_mode(run: Run, folder: Path) -> None:
    path = folder / "all.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + YAML.encode())
    path.chmod(0o640)
    run("override", "add", "production", "bob", "--for", "4h")
    assert run("schedule", "export", str(folder)).exit_code == 0
    assert path.read_bytes().startswith(b"\xef\xbb\xbfhotline:")
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_database_of_an_earlier_release_is_told_what_to_do(tmp_path: Path) -> None:
    environ = {"DATABASE_URL": f"sqlite:///{tmp_path}/nowhere.db"}
    for words in (("override", "list"), ("schedule", "export")):
        result = CliRunner(env=environ).invoke(oncall, words)
        assert "oncall db upgrade" in refusal(result)


def test_whoever_loses_a_shift_is_sent_a_text(run: Run, tmp_path: Path) -> None:
    run("override", "add", "production", "bob", "--for", "4h")
    runtime = bootstrap.build(load_settings({"DATABASE_URL": f"sqlite:///{tmp_path}/oncall.db"}, serving=False))
    now = SystemClock().now()
    with runtime.database.begin() as uow:
        due = uow.deliveries.claim_due(now, worker="w", lease_until=now + timedelta(seconds=9), limit=9)
    assert {(each.recipient, each.method.value) for each in due} == {("alice", "sms"), ("bob", "sms")}
