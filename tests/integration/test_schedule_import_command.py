"""`oncall schedule import`, from files and from APIs on loopback."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from oncall.cli import schedule_import
from oncall.cli.schedule import schedule
from oncall.errors import OncallError
from tests.integration import other_systems
from tests.unit.schedule_files.importers import exports

Run = Callable[..., Result]
FROM = ("--from", "2026-02-01T00:00")
SECRET = "very-secret-token"
TOKENS = {
    "PAGERDUTY_API_TOKEN": SECRET,
    "OPSGENIE_API_KEY": SECRET,
    "GRAFANA_ONCALL_API_TOKEN": SECRET,
    "GOALERT_API_TOKEN": SECRET,
}


class Clock:
    """A clock that sleeping moves on."""

    slept: list[float]

    def __init__(self) -> None:
        self.slept = []

    def now(self) -> datetime:
        return datetime(2026, 2, 1, tzinfo=UTC) + timedelta(seconds=sum(self.slept))

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(schedule_import, "SystemClock", lambda: made)
    return made


@pytest.fixture
def run(clock: Clock) -> Run:
    def invoke(*words: str, **more: str) -> Result:
        return CliRunner(env={**TOKENS, **more}).invoke(schedule, ["import", *words])

    return invoke


def written(tmp_path: Path, export: object) -> str:
    path = tmp_path / "export.json"
    path.write_text(json.dumps(export), encoding="utf-8")
    return str(path)


def test_the_yaml_goes_to_stdout_and_the_rest_to_stderr(run: Run, tmp_path: Path) -> None:
    result = run("pagerduty", written(tmp_path, exports.pagerduty()), *FROM)
    assert result.exit_code == 0
    assert result.stdout.startswith("# Imported from PagerDuty")
    assert "No difference in the next 90 days." in result.stderr


def test_into_a_folder_that_check_then_finds_sound(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "schedules"
    result = run("opsgenie", written(tmp_path, exports.opsgenie()), "--into", str(folder), "--with-hotline", *FROM)
    assert result.exit_code == 0, result.output
    assert {path.name for path in folder.iterdir()} == {
        "hotline.yaml",
        "engineers.yaml",
        "schedules.yaml",
        "escalation-policies.yaml",
    }
    assert "No difference" in result.stdout
    assert CliRunner().invoke(schedule, ["check", str(folder)]).exit_code == 0


def test_nothing_is_overwritten(run: Run, tmp_path: Path) -> None:
    (tmp_path / "engineers.yaml").write_text("mine", encoding="utf-8")
    result = run("pagerduty", written(tmp_path, exports.pagerduty()), "--into", str(tmp_path), *FROM)
    assert isinstance(result.exception, OncallError)
    assert "holds engineers.yaml already" in str(result.exception)
    assert (tmp_path / "engineers.yaml").read_text(encoding="utf-8") == "mine"


def test_differences_are_said_in_peoples_terms_and_strict_exits_1(run: Run, tmp_path: Path) -> None:
    rule = {"start": "18:00", "end": "01:30", "weekdayFilter": [True] * 7}
    target = exports.goalert_target("user", exports.GOALERT_USERS[0], rule)
    file = written(tmp_path, exports.goalert(exports.goalert_schedule(target)))
    result = run("goalert", file, "--from", "2026-09-15T00:00+00:00", "--strict")
    assert result.exit_code == 1
    expected = "primary: Sun 01 Nov 2026 01:30 CDT – Sun 01 Nov 2026 01:30 CST: GoAlert has ann-lee, ours has nobody ("
    assert expected in result.stderr
    assert "1 difference in the next 90 days." in result.stderr
    assert run("goalert", file, "--from", "2026-09-15T00:00").exit_code == 0


def test_several_files_are_read_as_one(run: Run, tmp_path: Path) -> None:
    export = exports.pagerduty()
    names = []
    for key, value in export.items():
        (tmp_path / f"{key}.json").write_text(json.dumps({key: value}), encoding="utf-8")
        names.append(str(tmp_path / f"{key}.json"))
    assert run("pagerduty", *names, *FROM).stdout == run("pagerduty", written(tmp_path, export), *FROM).stdout


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"[]", "an object with keys"), (b"<html>", "HTML"), (b"\xff\xfe", "not UTF-8"), (b'{"a": ', "not JSON")],
)
def test_a_file_that_is_no_export_is_refused_by_name(run: Run, tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "export.json").write_bytes(content)
    result = run("pagerduty", str(tmp_path / "export.json"))
    assert isinstance(result.exception, OncallError)
    assert "export.json" in str(result.exception)
    assert message in str(result.exception)


def test_a_file_that_is_not_there_or_is_huge_is_refused(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "cannot be read" in str(run("goalert", str(tmp_path / "gone.json")).exception)
    monkeypatch.setattr(schedule_import, "MAX_BYTES", 10)
    assert "is larger than" in str(run("goalert", written(tmp_path, exports.goalert())).exception)


SYSTEMS: dict[str, Any] = {
    "pagerduty": (exports.pagerduty(), lambda export, _url: other_systems.pagerduty(export), f"Token token={SECRET}"),
    "opsgenie": (exports.opsgenie(), other_systems.opsgenie, f"GenieKey {SECRET}"),
    "grafana-oncall": (exports.grafana_oncall(), other_systems.grafana_oncall, SECRET),
    "goalert": (exports.goalert(), lambda export, _url: other_systems.goalert(export), f"Bearer {SECRET}"),
}


@pytest.mark.parametrize("system", list(SYSTEMS))
def test_the_api_page_by_page_says_the_same_as_the_file(run: Run, tmp_path: Path, system: str) -> None:
    export, answering, header = SYSTEMS[system]
    urls: list[str] = []
    with other_systems.running(answering(export, lambda: urls[0])) as remote:
        urls.append(remote.url)
        result = run(system, remote.url, *FROM)
    assert result.exit_code == 0, result.exception
    assert result.stdout == run(system, written(tmp_path, export), *FROM).stdout
    assert {each["Authorization"] for each in remote.headers} == {header}
    assert SECRET not in result.output


def test_pagerduty_is_asked_where_the_settings_say(run: Run) -> None:
    with other_systems.running(other_systems.pagerduty(exports.pagerduty())) as remote:
        assert run("pagerduty", "api", *FROM, PAGERDUTY_API_URL=remote.url).exit_code == 0


def test_a_token_is_read_from_a_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("other\n", encoding="utf-8")
    with other_systems.running(other_systems.goalert(exports.goalert())) as remote:
        assert run("goalert", remote.url, "--token-file", str(tmp_path / "token"), *FROM).exit_code == 0
    assert remote.headers[0]["Authorization"] == "Bearer other"


def test_an_api_that_asks_to_slow_down_is_waited_for(run: Run, clock: Clock) -> None:
    inner = other_systems.goalert(exports.goalert())
    busy = [(429, {}, {"Retry-After": "7"}), (503, {}, {})]
    with other_systems.running(lambda *asked: busy.pop(0) if busy else inner(*asked)) as remote:
        assert run("goalert", remote.url, *FROM).exit_code == 0
    assert clock.slept == [7.0, 2.0]


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        ((401, {}, {}), "the token is refused (401)"),
        ((404, {}, {}), "it answers 404; is the address right?"),
        ((302, {}, {"Location": "https://evil.example"}), "it answers 302"),
        ((500, {}, {}), "it fails (500); try again later"),
        ((200, "<html>login</html>", {}), "this is HTML or XML"),
        ((200, "[]", {}), "an object with keys was expected"),
        ((200, {"errors": [{"message": "unknown field"}]}, {}), "unknown field"),
    ],
)
def test_an_api_that_does_not_answer_as_it_should_is_said(run: Run, reply: Any, message: str) -> None:
    with other_systems.running(lambda *_: reply) as remote:
        result = run("goalert", remote.url, *FROM)
    assert isinstance(result.exception, OncallError)
    assert message in str(result.exception)
    assert SECRET not in str(result.exception)


def test_a_next_page_on_another_host_gets_no_token(run: Run) -> None:
    with other_systems.running(
        lambda *_: {"results": [], "next": "https://evil.example/api/v1/schedules/?page=2"}
    ) as remote:
        result = run("grafana-oncall", remote.url, *FROM)
    assert "is said to be at another host, evil.example: refused" in str(result.exception)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("grafana-oncall", "api"), "every installation of grafana-oncall has its own address"),
        (("goalert", "http://goalert.example.com"), "a token is sent to https:// only"),
        (("goalert", "https://me@goalert.example.com"), "has no user"),
        (("goalert", "https://a.example", "b.json"), "not several kinds"),
    ],
)
def test_what_cannot_be_asked_is_a_usage_error(run: Run, words: tuple[str, ...], message: str) -> None:
    assert message in str(run(*words).exception)


def test_without_a_token_nothing_is_asked(run: Run) -> None:
    assert "set OPSGENIE_API_KEY" in str(run("opsgenie", "api", OPSGENIE_API_KEY="").exception)
    assert "is not a time" in run("opsgenie", "x.json", "--from", "tomorrow").output
