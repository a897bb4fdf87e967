"""`oncall postmortem` and `oncall meeting`, as people and pipelines use them, on a real database."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from oncall import bootstrap
from oncall.bootstrap import Runtime
from oncall.cli.meeting import meeting
from oncall.cli.postmortem import postmortem
from oncall.core.incident import IntakeChannel
from oncall.errors import OncallError, UnknownIncidentError, UsageError
from oncall.schedule_files import fingerprint, read_folder
from oncall.settings import load_settings

SHIPPED = Path(__file__).parents[2] / "schedules"
MEETINGS = """
meetings:
  acme-weekly: {customer: acme, day: tue, at: "10:00", who: [dana, jane@acme.example], starts: 2026-12-01}
"""
Run = Callable[..., Result]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"DATABASE_URL": f"sqlite:///{tmp_path}/oncall.db"}


@pytest.fixture
def runtime(environ: dict[str, str]) -> Runtime:
    settings = load_settings(environ, serving=False)
    bootstrap.upgrade_database(settings)
    built = bootstrap.build(settings)
    files = {**read_folder(SHIPPED), "meetings.yaml": MEETINGS}
    with built.database.begin() as uow:
        uow.schedule_versions.publish(files, fingerprint=fingerprint(files), author="", now=built.clock.now())
    return built


@pytest.fixture
def number(runtime: Runtime) -> str:
    opened = runtime.intake.open_by_hand(summary="the shop is down", by="x", channel=IntakeChannel.OPERATOR)
    return str(opened.number)


@pytest.fixture
def run(environ: dict[str, str], runtime: Runtime) -> Run:
    def invoke(*words: str, command: click.Command = postmortem) -> Result:
        return CliRunner(env=environ).invoke(command, words)

    return invoke


def test_a_draft_is_markdown_and_changes_nothing(run: Run, runtime: Runtime, number: str) -> None:
    told = run(number)
    assert told.exit_code == 0 and told.stdout.startswith("## Summary\n")
    assert runtime.postmortems.get(int(number)) is None


def test_a_merged_file_is_kept_reviewed_and_published_once(
    run: Run, runtime: Runtime, number: str, tmp_path: Path
) -> None:
    file = tmp_path / "1001.md"
    run(number, "--output", str(file))
    file.write_text(re.sub(r"_to be written[^_]*_", "The disk was full.", file.read_text(), flags=re.IGNORECASE))
    words = (number, "--from", str(file), "--by", "alice", "--reviewed-by", "bob", "--publish")
    for _ in range(2):  # a pipeline that runs again
        told = run(*words)
        assert told.exit_code == 0, told.output
    assert told.stdout.splitlines() == ["Version 1 is kept.", "Version 1 is reviewed.", "Version 1 is published."]
    shown = json.loads(run(number, "--json").stdout)
    assert (shown["standing"], shown["published_version"], shown["reviewed_by"]) == ("published", 1, "bob")
    assert "The disk was full." in shown["text"]


def test_what_was_not_reviewed_is_not_published(run: Run, number: str, tmp_path: Path) -> None:
    file = tmp_path / "p.md"
    file.write_text("## Causes\n")
    told = run(number, "--from", str(file), "--by", "alice", "--publish")
    assert isinstance(told.exception, UsageError) and "not reviewed" in str(told.exception)
    told = run(number, "--reviewed-by", "alice")
    assert isinstance(told.exception, UsageError) and "somebody else" in str(told.exception)


def test_it_can_be_had_as_pdf(run: Run, number: str, tmp_path: Path) -> None:
    file = tmp_path / "p.pdf"
    assert run(number, "--output", str(file)).exit_code == 0
    assert file.read_bytes().startswith(b"%PDF")


def test_that_none_is_needed_is_noted(run: Run, number: str) -> None:
    assert run(number, "--waive", "a drill of theirs", "--by", "dana").exit_code == 0
    assert json.loads(run(number, "--json").stdout)["standing"] == "waived"


@pytest.mark.parametrize("words", [("--from", "nowhere.md"), ("--reviewed-by", "nobody")])
def test_what_cannot_be_done_is_said(run: Run, number: str, words: tuple[str, ...]) -> None:
    assert isinstance(run(number, *words).exception, OncallError)


def test_an_unknown_incident_has_none(run: Run) -> None:
    assert isinstance(run("9999").exception, UnknownIncidentError)


def test_the_next_meetings_are_listed_with_whom_they_reach(run: Run) -> None:
    told = run("list", command=meeting)
    assert told.exit_code == 0
    assert "acme-weekly, every Tuesday at 10:00" in told.stdout and "jane@acme.example" in told.stdout
    [shown] = json.loads(run("list", "--json", command=meeting).stdout)
    assert shown["customer"] == "acme" and "jane@acme.example" in shown["invited"]
