"""`oncall incident`, as people and programs use it, on a real database."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from oncall import bootstrap
from oncall.__main__ import main
from oncall.bootstrap import Runtime
from oncall.cli.incident import incident
from oncall.core.incident import IncidentState
from oncall.errors import StoreError, UnknownIncidentError, UsageError
from oncall.schedule_files import fingerprint, read_folder
from oncall.settings import load_settings

SHIPPED = Path(__file__).parents[2] / "schedules"
FIELDS = [
    "number", "state", "priority", "type", "channel", "customer", "caller_name", "caller_number", "opened_at",
    "respond_by", "acknowledged_at", "acknowledged_by", "resolved_at", "breached",
]  # fmt: skip
A_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
JANE = "+32470111111"

Run = Callable[..., Result]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"DATABASE_URL": f"sqlite:///{tmp_path}/oncall.db", "USER": "dana"}


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
    def invoke(*words: str, **more: str) -> Result:
        return CliRunner(env={**environ, **more}).invoke(incident, words)

    return invoke


@pytest.fixture
def opened(run: Run) -> int:
    return int(json.loads(run("open", "the shop is down", "--number", JANE, "--json").stdout)["number"])


def listed(run: Run, *more: str) -> list[dict[str, object]]:
    return list(json.loads(run("list", "--json", *more).stdout))


def test_a_program_reads_exactly_the_fixed_fields_in_utc(run: Run, opened: int) -> None:
    [found] = listed(run)
    assert list(found) == FIELDS
    assert (found["number"], found["state"], found["channel"]) == (opened, "triggered", "operator")
    assert (found["priority"], found["type"], found["breached"]) == ("production_down", "problem", False)
    assert (found["customer"], found["caller_name"], found["caller_number"]) == ("acme", "Jane Doe", JANE)
    assert A_TIME.fullmatch(str(found["opened_at"]))
    assert A_TIME.fullmatch(str(found["respond_by"]))
    assert found["acknowledged_at"] is found["acknowledged_by"] is found["resolved_at"] is None


def test_show_adds_the_timeline_in_order(run: Run, opened: int) -> None:
    run("note", str(opened), "looking", "at", "the", "logs")
    shown = json.loads(run("show", str(opened), "--json").stdout)
    assert list(shown) == [*FIELDS, "timeline"]
    assert [list(entry) for entry in shown["timeline"]] == [["at", "kind", "text"]] * 2
    assert [entry["kind"] for entry in shown["timeline"]] == ["opened", "note"]
    assert "dana by command line: looking at the logs" in shown["timeline"][1]["text"]
    assert all(A_TIME.fullmatch(entry["at"]) for entry in shown["timeline"])


def test_an_engineer_acknowledges_and_resolves_and_the_customer_is_told(
    run: Run, runtime: Runtime, opened: int
) -> None:
    acknowledged = run("ack", str(opened), "--as", "alice")
    assert (acknowledged.exit_code, acknowledged.stderr) == (0, "")
    assert "Acknowledged. You have incident" in acknowledged.stdout
    assert listed(run)[0]["acknowledged_by"] == "alice"
    resolved = run("resolve", str(opened), "The", "disk", "was", "full.", "--as", "alice")
    assert resolved.exit_code == 0
    assert listed(run) == []
    assert listed(run, "--all")[0]["state"] == "resolved"
    with runtime.database.read() as uow:
        told = [(each.purpose, each.details.get("note", "")) for each in uow.deliveries.of(opened)]
        assert uow.timeline.of(opened)[-1].text == "Alice Martin resolved it by command line: The disk was full."
    assert ("acknowledged", "") in told
    assert ("resolved", "The disk was full.") in told


def test_without_a_public_url_a_notice_has_no_half_link(run: Run, runtime: Runtime, opened: int) -> None:
    run("ack", str(opened), "--as", "alice")
    run("resolve", str(opened), "--as", "alice", ONCALL_PUBLIC_URL="https://hotline.example")
    with runtime.database.read() as uow:
        links = [each.details.get("tracking_url") for each in uow.deliveries.of(opened)]
        token = uow.incidents.get(opened).token
    assert links == [None, f"https://hotline.example/track/{token}"]


def test_what_somebody_else_has_is_not_acknowledged(run: Run, opened: int) -> None:
    run("ack", str(opened), "--as", "alice")
    second = run("ack", str(opened), "--as", "bob")
    assert isinstance(second.exception, UsageError)
    assert "already acknowledged by Alice Martin" in str(second.exception)
    assert run("ack", str(opened), "--as", "alice").exit_code == 0
    assert listed(run)[0]["acknowledged_by"] == "alice"


def test_an_engineer_acknowledges_and_asks_for_quiet_at_the_command_line(run: Run, opened: int) -> None:
    quiet = run("ack", str(opened), "--as", "alice", "--for", "2h")
    assert quiet.exit_code == 0
    assert "It is quiet until" in quiet.stdout
    assert "Quiet until" in run("show", str(opened)).stdout


def test_a_quiet_time_that_is_too_long_is_refused_at_the_command_line(run: Run, opened: int) -> None:
    refused = run("ack", str(opened), "--as", "alice", "--for", "2d")
    assert isinstance(refused.exception, UsageError)
    assert "at most 24 hours" in str(refused.exception)
    assert listed(run)[0]["acknowledged_by"] is None


def test_resolving_twice_says_so_and_fails_only_where_a_text_was_not_sent(run: Run, opened: int) -> None:
    run("resolve", str(opened), "--as", "alice")
    assert run("resolve", str(opened), "--as", "bob").exit_code == 0
    lost = run("resolve", str(opened), "another text", "--as", "bob")
    assert isinstance(lost.exception, UsageError)


def test_opening_by_hand_pages_at_once_and_says_the_number(run: Run, runtime: Runtime) -> None:
    result = run("open", "they", "called", "my", "mobile", "--customer", "acme")
    assert result.exit_code == 0
    [found] = listed(run)
    assert f"Incident {found['number']} is open" in result.stdout
    with runtime.database.read() as uow:
        stored = uow.incidents.get(int(str(found["number"])))
    assert stored is not None
    assert (stored.state, stored.summary, stored.due_at) == (
        IncidentState.TRIGGERED, "they called my mobile", stored.opened_at,
    )  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [["open", "x", "--customer", "acne"], ["open", "x", "--number", "+321"], ["ack", "1001", "--as", "mallory"]],
)
def test_what_nobody_knows_is_refused_with_what_there_is(run: Run, opened: int, words: list[str]) -> None:
    result = run(*words)
    assert isinstance(result.exception, UsageError)
    assert re.search(r"There are: |write it as", str(result.exception))
    assert len(listed(run)) == 1


def test_an_unknown_number_is_said(run: Run) -> None:
    for words in (["show", "4711"], ["ack", "4711", "--as", "alice"], ["note", "4711", "x"], ["show", "4711" * 9]):
        result = run(*words)
        assert isinstance(result.exception, UnknownIncidentError)
        assert "no incident 4711" in str(result.exception)


@pytest.mark.parametrize("words", [["ack", "1001"], ["resolve", "1001"], ["open"], ["note", "1001"], ["show", "x"]])
def test_what_is_asked_wrongly_exits_2(run: Run, words: list[str]) -> None:
    assert run(*words).exit_code == 2


def test_people_read_tables_and_a_quiet_night_is_said(run: Run, opened: int) -> None:
    table = run("list").stdout
    assert "Number  State" in table
    assert re.search(rf"{opened} +triggered +ACME Shop +Jane Doe \{JANE} .* nobody", table)
    shown = run("show", str(opened)).stdout
    assert "the shop is down" in shown
    assert "Opened by hand" in shown
    run("resolve", str(opened), "--as", "alice")
    assert run("list").stdout == "No incident is open.\n"
    assert str(opened) in run("list", "--all").stdout


def test_what_a_caller_said_is_not_taken_for_markup(run: Run) -> None:
    run("open", "[bold]down[/bold] [/]", "--customer", "acme")
    assert "[bold]down[/bold] [/]" in run("show", "1001").stdout


@pytest.mark.parametrize("name", ["nowhere/oncall.db", "empty.db"])
def test_a_database_that_is_not_there_is_said_with_what_makes_one(run: Run, tmp_path: Path, name: str) -> None:
    (tmp_path / "empty.db").touch()
    result = run("list", DATABASE_URL=f"sqlite:///{tmp_path / name}")
    assert isinstance(result.exception, StoreError)
    assert "oncall db upgrade" in str(result.exception)


def test_an_error_is_one_sentence_on_stderr_and_exits_1(
    environ: dict[str, str], runtime: Runtime, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["oncall", "incident", "show", "4711"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "oncall: there is no incident 4711; `oncall incident list --all` names them all\n"


def test_an_engineer_hands_over_by_command_and_nobody_else_can(run: Run, opened: int) -> None:
    run("ack", str(opened), "--as", "alice")
    assert run("pass", str(opened), "--as", "bob", "--to", "carol").exit_code == 1
    handed = run("pass", str(opened), "--as", "alice", "--to", "bob")
    assert (handed.exit_code, handed.stderr) == (0, "")
    assert "Handed over. We are paging" in handed.stdout
    assert listed(run)[0]["state"] == "triggered"


def test_a_priority_is_changed_by_an_engineer_and_the_clock_moves(run: Run, runtime: Runtime, opened: int) -> None:
    before = json.loads(run("show", str(opened), "--json").stdout)
    changed = run("priority", str(opened), "normal", "--as", "alice")
    assert (changed.exit_code, changed.stdout) == (0, f"Incident {opened} is Normal now.\n")
    after = json.loads(run("show", str(opened), "--json").stdout)
    assert (before["priority"], after["priority"]) == ("production_down", "normal")
    assert after["respond_by"] > before["respond_by"]
    assert "Normal instead of Production down" in after["timeline"][-1]["text"]
    assert "Nothing has changed" in run("priority", str(opened), "normal", "--as", "alice").stdout


def test_a_type_a_wait_and_a_major_downtime_are_said_and_taken_back(run: Run, opened: int) -> None:
    number = str(opened)
    assert (
        run("type", number, "change_request", "--as", "alice").stdout == f"Incident {opened} is Change Request now.\n"
    )
    assert "waits for the customer." in run("wait", number, "--as", "alice").stdout
    shown = run("show", number).stdout
    assert "the customer, since" in shown
    assert "Change Request" in shown
    assert "does not wait" in run("wait", number, "--over", "--as", "alice").stdout
    assert "the customer, since" not in run("show", number).stdout
    assert "major downtime" in run("major", number, "--as", "alice").stdout
    assert "major downtime" in run("show", number).stdout
    assert "no major downtime" in run("major", number, "--not", "--as", "alice").stdout


def test_a_change_needs_an_engineer_whom_we_know_and_an_open_incident(run: Run, opened: int) -> None:
    unknown = run("priority", str(opened), "urgent", "--as", "nobody")
    assert isinstance(unknown.exception, UsageError)
    run("resolve", str(opened), "--as", "alice")
    over = run("priority", str(opened), "urgent", "--as", "alice")
    assert isinstance(over.exception, UsageError)
    assert "already resolved" in str(over.exception)
    assert run("priority", str(opened), "worst", "--as", "alice").exit_code == 2


def test_an_incident_that_is_not_so_bad_is_opened_by_hand_and_pages_nobody(run: Run) -> None:
    opened = run("open", "please", "add", "a", "user", "--priority", "normal")
    assert "Nobody is paged for it" in opened.stdout
    [listed] = json.loads(run("list", "--json").stdout)
    assert list(listed) == FIELDS
    assert (listed["priority"], listed["breached"]) == ("normal", False)


@pytest.mark.parametrize("who", ["--as", "--by"])
@pytest.mark.parametrize(
    "words",
    [
        ["ack"],
        ["note", "we look"],
        ["resolve", "it is back"],
        ["priority", "urgent"],
        ["type", "other"],
        ["wait"],
        ["major"],
    ],
)
def test_every_command_takes_either_word_for_who_does_it(run: Run, opened: int, words: list[str], who: str) -> None:
    command, *more = words
    assert run(command, str(opened), *more, who, "alice").exit_code == 0


def test_a_command_that_changes_something_names_one_word_first_for_who_does_it(run: Run) -> None:
    for command in ("ack", "pass", "resolve", "note", "priority", "type", "wait", "major"):
        assert "--as, --by ENGINEER" in run(command, "--help").stdout
