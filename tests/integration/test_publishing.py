"""`check → diff → publish`, versions and rollbacks, as people and programs use them, on both databases."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from oncall.cli.schedule import schedule
from oncall.errors import ConflictError, OncallError, UsageError
from oncall.store import SqlDatabase
from tests.integration.store.samples import NOW
from tests.unit.schedule_files.test_loading import SMALLEST

Run = Callable[..., Result]
QUIET = SMALLEST.replace("escalation_policy: down}", "escalation_policy: down, operators: [alice]}")
BOB = "  bob: {name: Bob Peeters, phone: '+32470000002'}\n"
WITH_BOB = QUIET.replace("schedules:\n", f"{BOB}schedules:\n")
BOBS_WEEK = WITH_BOB.replace("engineers: [alice]}", "engineers: [bob]}")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "schedules"
    made.mkdir()
    save(made, QUIET)
    return made


@pytest.fixture
def run(folder: Path, database_url: str) -> Run:
    environ = {"DATABASE_URL": database_url, "ONCALL_SCHEDULES_DIR": str(folder), "USER": "erik", "PORT": "nonsense"}

    def invoke(*words: str) -> Result:
        return CliRunner(env=environ).invoke(schedule, words)

    return invoke


def save(folder: Path, text: str) -> None:
    (folder / "all.yaml").write_text(text, encoding="utf-8")


def failure(result: Result) -> str:
    assert isinstance(result.exception, OncallError), (result.output, result.exception)
    return str(result.exception)


def latest(run: Run) -> dict[str, object]:
    found: list[dict[str, object]] = json.loads(run("versions", "--json").stdout)
    return found[0]


def test_the_samples_differ() -> None:
    assert len({SMALLEST, QUIET, WITH_BOB, BOBS_WEEK}) == 4


# ---------------------------------------------------------------- diff


def test_nothing_changes_while_the_folder_is_as_it_was_published(run: Run) -> None:
    run("publish")
    result = run("diff")
    assert result.exit_code == 0
    assert "Nothing changes for anybody." in result.stdout
    assert json.loads(run("diff", "--json").stdout)["same"] is True


def test_a_diff_says_what_changes_for_whom_and_needs_nothing_but_folder_and_database(run: Run, folder: Path) -> None:
    run("publish")
    save(folder, BOBS_WEEK)
    said = run("diff", str(folder)).stdout
    assert "Against version 1 of " in said
    assert ": Bob Peeters instead of Alice" in said
    assert "Engineer Bob Peeters (bob) is new, with the phone +…0002." in said
    assert "+32470000002" not in said


def test_a_diff_for_a_program_has_every_change_by_key_and_instant(run: Run, folder: Path) -> None:
    run("publish")
    save(folder, BOBS_WEEK)
    found = json.loads(run("diff", "--json", "--weeks", "1").stdout)
    [change] = found["changes"]
    assert (change["schedule"], change["before"], change["after"]) == ("production", "alice", "bob")
    assert (change["from"], change["until"]) == (found["from"], found["until"])
    assert (found["version"], found["same"]) == (1, False)
    assert any("is new" in sentence for sentence in found["besides"])


def test_a_diff_is_against_any_version_that_is_asked_for(run: Run, folder: Path) -> None:
    run("publish")
    save(folder, BOBS_WEEK)
    run("publish")
    assert "Nothing changes" in run("diff").stdout
    assert "Bob Peeters instead of Alice" in run("diff", "--from", "1").stdout
    assert "there is no version 7" in failure(run("diff", "--from", "7"))


def test_before_the_first_publication_everything_is_new(run: Run) -> None:
    result = run("diff")
    assert (result.exit_code, result.stdout) == (0, "Nothing is in force: this would be the first version.\n")
    assert json.loads(run("diff", "--json").stdout)["version"] is None


def test_a_folder_with_errors_has_no_diff_but_its_errors(run: Run, folder: Path) -> None:
    run("publish")
    save(folder, QUIET.replace("1w", "1x"))
    result = run("diff")
    assert result.exit_code == 1
    assert "all.yaml:8:" in result.stderr


# ---------------------------------------------------------------- publish


def test_publishing_prints_the_diff_and_keeps_it_with_text_author_time_and_warnings(run: Run, folder: Path) -> None:
    run("publish")
    save(folder, BOBS_WEEK.replace("operators: [alice]", "operators: []"))
    published = run("publish", "--yes", "--author", "dana")
    assert "Bob Peeters instead of Alice" in published.stdout
    version = json.loads(run("versions", "2", "--json").stdout)
    assert (version["author"], version["in_force"], version["rollback_of"]) == ("dana", True, None)
    assert "Bob Peeters instead of Alice" in version["diff"]
    assert version["published_at"].endswith("Z")
    assert version["files"] == {"all.yaml": (folder / "all.yaml").read_text(encoding="utf-8")}
    assert any("`operators` is empty" in warning for warning in version["warnings"])
    shown = run("versions", "2").stdout
    for part in (
        "Version 2, in force",
        "by dana",
        "Bob Peeters instead of Alice",
        "# ---- all.yaml",
        "engineers: [bob]",
    ):
        assert part in shown


def test_the_list_of_versions_says_what_each_changed(run: Run, folder: Path) -> None:
    assert run("versions").stdout == "Nothing has been published yet.\n"
    run("publish")
    save(folder, BOBS_WEEK)
    run("publish")
    _, newest, oldest = run("versions").stdout.splitlines()
    assert newest.startswith("2 in force") and "erik" in newest and "Bob Peeters instead of Alice" in newest
    assert oldest.startswith("1 ") and "in force" not in oldest.partition("Nothing")[0]
    assert "there is no version 9" in failure(run("versions", "9"))


def test_a_version_that_was_published_before_diffs_were_kept_says_so(run: Run, database: SqlDatabase) -> None:
    with database.begin() as uow:
        uow.schedule_versions.publish({"a.yaml": QUIET}, fingerprint="f", author="x", now=NOW)
    assert "not kept" in run("versions").stdout
    assert "What it changed was not kept." in run("versions", "1").stdout


# ---------------------------------------------------------------- rollback


def test_a_rollback_puts_the_version_before_in_force_as_a_new_one_and_says_so(run: Run, folder: Path) -> None:
    run("publish")
    save(folder, BOBS_WEEK)
    run("publish")
    back = run("publish", "--rollback")
    assert "Alice" in back.stdout and "instead of Bob Peeters" in back.stdout
    assert "Version 3 is in force, which is version 1 once more" in back.stdout
    assert latest(run)["rollback_of"] == 1
    assert json.loads(run("who", "production", "--at", "2026-12-01", "--json").stdout)["engineer"] == "alice"
    assert "version 1 once more" in run("versions").stdout


def test_a_release_never_undoes_a_rollback(run: Run, folder: Path) -> None:
    run("publish")
    save(folder, BOBS_WEEK)
    run("publish")
    run("publish", "--rollback", "1")
    release = run("publish", "--yes")
    assert release.exit_code == 0
    assert "version 3 has put version 1 back in force since" in release.stdout
    assert "--rollback 2" in release.stdout
    assert latest(run)["version"] == 3


def test_after_a_rollback_an_edit_is_published_and_the_same_edit_again_later_too(run: Run, folder: Path) -> None:
    """The folder goes back to what is in force, and forth again: each is news against what was last published."""
    run("publish")
    save(folder, BOBS_WEEK)
    run("publish")
    run("publish", "--rollback", "1")
    save(folder, QUIET)
    assert "Nothing changes for anybody." in run("publish").stdout
    assert (latest(run)["version"], latest(run)["rollback_of"]) == (4, None)
    save(folder, BOBS_WEEK)
    run("publish")
    assert latest(run)["version"] == 5
    assert json.loads(run("who", "production", "--at", "2026-12-01", "--json").stdout)["engineer"] == "bob"


def test_a_rollback_to_what_is_in_force_or_was_never_there_does_nothing(run: Run) -> None:
    assert "there is no version before" in failure(run("publish", "--rollback"))
    run("publish")
    assert "there is no version before the one in force to go back to" in failure(run("publish", "--rollback"))
    assert "there is no version 8" in failure(run("publish", "--rollback", "8"))
    same = run("publish", "--rollback", "1")
    assert (same.exit_code, "Nothing to do" in same.stdout) == (0, True)
    assert latest(run)["version"] == 1


def test_a_rollback_needs_no_sound_folder(run: Run, folder: Path) -> None:
    run("publish")
    save(folder, BOBS_WEEK)
    run("publish")
    save(folder, "hotline: [")
    assert "Version 3 is in force" in run("publish", "--rollback").stdout


def test_a_rollback_to_a_doubtful_version_needs_yes_too(run: Run, folder: Path) -> None:
    save(folder, SMALLEST)
    run("publish", "--yes")
    save(folder, QUIET)
    run("publish")
    assert "because of 1 warning" in failure(run("publish", "--rollback"))
    assert "Version 3 is in force" in run("publish", "--rollback", "--yes").stdout


# ---------------------------------------------------------------- two editors


def test_publishing_onto_another_version_than_the_one_in_force_is_refused(run: Run, folder: Path) -> None:
    run("publish")
    save(folder, BOBS_WEEK)
    result = run("publish", "--onto", "0")
    assert isinstance(result.exception, UsageError)
    assert "version 1 is in force, not 0" in failure(result)
    assert "Version 2 is in force" in run("publish", "--onto", "1").stdout


def test_whoever_published_between_the_diff_and_the_publication_is_not_overwritten(
    run: Run, folder: Path, database: SqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("publish")
    save(folder, BOBS_WEEK)

    def somebody_else(*_: object) -> str:
        with database.begin() as uow:
            uow.schedule_versions.publish({"all.yaml": WITH_BOB}, fingerprint="theirs", author="dana", now=NOW)
        return "the diff"

    monkeypatch.setattr("oncall.cli.schedule_publish.what_changes", somebody_else)
    result = run("publish", "--yes")
    assert isinstance(result.exception, ConflictError)
    assert "nothing was published: version 2 was put in force by dana" in failure(result)
    assert (latest(run)["version"], latest(run)["author"]) == (2, "dana")


def test_a_provider_without_credentials_is_said_and_hinders_neither_check_nor_publish(run: Run, folder: Path) -> None:
    save(folder, QUIET + 'providers: {second: {number: "+3225550188"}}\n')
    checked = run("check")
    assert checked.exit_code == 0
    assert "second" not in checked.stderr
    published = run("publish", "--yes")
    assert published.exit_code == 0, published.output
    assert "Set ONCALL_PROVIDER_SECOND_ACCOUNT_SID and ONCALL_PROVIDER_SECOND_AUTH_TOKEN" in published.stderr
    assert latest(run)["version"] == 1
