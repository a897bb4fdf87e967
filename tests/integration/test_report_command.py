"""`oncall report`, as people and programs use it, on a real database."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from oncall import bootstrap
from oncall.bootstrap import Runtime
from oncall.cli.report import report
from oncall.core.incident import IntakeChannel
from oncall.errors import UsageError
from oncall.schedule_files import fingerprint, read_folder
from oncall.settings import load_settings

SHIPPED = Path(__file__).parents[2] / "schedules"
Run = Callable[..., Result]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"DATABASE_URL": f"sqlite:///{tmp_path}/oncall.db"}


@pytest.fixture
def runtime(environ: dict[str, str]) -> Runtime:
    settings = load_settings(environ, serving=False)
    bootstrap.upgrade_database(settings)
    built = bootstrap.build(settings)
    files = read_folder(SHIPPED)
    with built.database.begin() as uow:
        uow.schedule_versions.publish(files, fingerprint=fingerprint(files), author="", now=built.clock.now())
    return built


@pytest.fixture
def run(environ: dict[str, str], runtime: Runtime) -> Run:
    def invoke(*words: str) -> Result:
        return CliRunner(env=environ).invoke(report, words)

    return invoke


def this_year(runtime: Runtime) -> tuple[str, ...]:
    year = runtime.clock.now().year
    return ("--from", f"{year}-01-01", "--to", f"{year + 1}-01-01")


def test_a_customers_report_is_markdown_where_nothing_else_is_asked_for(run: Run, runtime: Runtime) -> None:
    runtime.intake.open_by_hand(summary="the *shop* is down", by="x", channel=IntakeChannel.OPERATOR, customer="acme")
    told = run("--customer", "acme", *this_year(runtime))
    assert told.exit_code == 0
    assert told.stdout.startswith(f"# ACME Shop: {runtime.clock.now().year}\n")
    assert r"the \*shop\* is down" in told.stdout and "## Every incident" in told.stdout


def test_without_a_period_it_is_the_last_whole_month(run: Run) -> None:
    told = json.loads(run("--team", "--format", "json").stdout)
    assert told["from"].endswith("-01") and told["to"].endswith("-01") and told["from"] < told["to"]


@pytest.mark.parametrize(
    ("kind", "begins"), [("pdf", b"%PDF"), ("html", b"<!doctype html>"), ("csv", b"number,"), ("json", b"{")]
)
def test_the_files_ending_says_what_it_is_to_be(run: Run, tmp_path: Path, kind: str, begins: bytes) -> None:
    output = tmp_path / f"acme.{kind}"
    told = run("--customer", "acme", "--output", str(output))
    assert told.exit_code == 0 and told.stdout == "" and f"Written: {output}" in told.stderr
    assert output.read_bytes().startswith(begins)


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--team", "--customer", "acme"),
        ("--team", "--from", "2026-01-01"),
        ("--team", "--from", "January", "--to", "2026-01-01"),
        ("--team", "--output", "report.doc"),
        ("--team", "--format", "doc"),
    ],
)
def test_what_was_asked_wrongly_is_said(run: Run, words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == 2


def test_what_cannot_be_done_is_said_and_leaves_no_file(run: Run, tmp_path: Path) -> None:
    output = tmp_path / "x.md"
    for words in (("--customer", "nobody"), ("--team", "--from", "2026-02-01", "--to", "2026-01-01")):
        error = run(*words, "--output", str(output)).exception
        assert isinstance(error, UsageError)
    assert not output.exists()
    error = run("--team", "--output", str(tmp_path / "missing" / "x.md")).exception
    assert isinstance(error, UsageError) and "cannot be written" in str(error)
