"""``oncall demo``: the real command, and what its page is told; the story itself is in tests/browser."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest
from click.testing import CliRunner

from oncall.cli.demo import Demo, demo, example_schedules
from oncall.cli.demo_phones import duty_of, phones_of
from oncall.cli.demo_provider import LinkedFolder, second_account
from oncall.errors import ConfigurationError, UsageError
from oncall.schedule_files import load, read_folder
from oncall.system import SystemClock, SystemIds

REPOSITORY = Path(__file__).parents[2]
SECONDS_TO_START = 30
SECONDS_TO_STOP = 12
OFFICE = datetime(2026, 11, 23, 12, tzinfo=UTC)  # a Monday: `office` covers `weekly`
NIGHT = datetime(2026, 11, 23, 2, tzinfo=UTC)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@dataclass
class Running:
    """One `oncall demo` in a folder of its own."""

    process: psutil.Popen
    said: str
    phones: str

    def ask(self, path: str, **fields: str) -> bytes:
        body = "&".join(f"{name}={value}" for name, value in fields.items()).encode() if fields else None
        request = urllib.request.Request(self.phones + path, data=body, headers={"X-Phones": "1"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return bytes(answer.read())

    def state(self) -> dict[str, Any]:
        return dict(json.loads(self.ask("state?after=0")))


@contextlib.contextmanager
def running(folder: Path, *arguments: str, **more: str) -> Iterator[Running]:
    port, phones_port = free_port(), free_port()
    process = psutil.Popen(
        [sys.executable, "-m", "oncall", "demo", "--port", str(port), "--phones-port", str(phones_port), *arguments],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONUNBUFFERED": "1", **more},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    watchdog = threading.Timer(SECONDS_TO_START, process.kill)
    watchdog.start()
    said = ""
    try:
        while "Ctrl-C ends it" not in said:
            line = process.stdout.readline()
            assert line, f"the demo did not start:\n{said}"
            said += line
        watchdog.cancel()
        yield Running(process, said, f"http://127.0.0.1:{phones_port}/phones/")
    finally:
        watchdog.cancel()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.stdout.close()
        process.wait(SECONDS_TO_STOP)


def test_ctrl_c_ends_everything_and_what_was_set_for_a_real_service_never_gets_in(tmp_path: Path) -> None:
    real = {"DATABASE_URL": "sqlite:////nowhere/real.db", "SMTP_URL": "smtp://mail.example", "SECRET_KEY_FILE": "/no"}
    with running(tmp_path, **real) as ran:
        state = ran.state()
        assert state["hotline"] in ran.said
        assert ran.phones in ran.said
        [on_call] = [phone["name"] for phone in state["phones"] if "production" in phone["duty"]]
        assert f"{on_call} (on call: production" in ran.said
        assert (tmp_path / ".demo" / "oncall.db").exists()
        family = [ran.process, *ran.process.children(recursive=True)]
        os.killpg(ran.process.pid, signal.SIGINT)
        _, alive = psutil.wait_procs(family, timeout=SECONDS_TO_STOP)
        assert alive == []
        assert ran.process.returncode == 0
        assert "The demo is over." in ran.process.stdout.read()


def test_nothing_outlives_a_demo_that_is_killed(tmp_path: Path) -> None:
    with running(tmp_path) as ran:
        children = ran.process.children(recursive=True)
        ran.process.kill()
        _, alive = psutil.wait_procs(children, timeout=SECONDS_TO_STOP)
        assert alive == []


def test_incidents_outlive_a_demo_and_fresh_forgets_them(tmp_path: Path) -> None:
    def incidents(ran: Running) -> list[dict[str, Any]]:
        [line] = [line for line in ran.said.splitlines() if "DATABASE_URL=" in line]
        url = line.split("DATABASE_URL=")[1].split()[0]
        done = subprocess.run(
            [sys.executable, "-m", "oncall", "incident", "list", "--all", "--json"],
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY), "DATABASE_URL": url},
            capture_output=True, text=True, timeout=30, check=True,
        )  # fmt: skip
        return list(json.loads(done.stdout))

    with running(tmp_path) as ran:
        ran.ask("%2B32470111111/sms", body="DOWN+the+shop")
        pause = threading.Event()
        assert any(incidents(ran) or pause.wait(0.2) for _ in range(40))
    with running(tmp_path) as ran:
        assert [each["caller_name"] for each in incidents(ran)] == ["Jane Doe"]
    with running(tmp_path, "--fresh") as ran:
        assert incidents(ran) == []


def test_a_port_that_is_taken_is_named_with_the_option_that_changes_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for option in ("--port", "--phones-port"):
            result = CliRunner().invoke(demo, ["--folder", str(tmp_path), option, str(port)])
            assert isinstance(result.exception, UsageError)
            assert f"port {port} is not to be had" in str(result.exception)
            assert str(result.exception).endswith(f"name another with {option}")


def test_a_folder_of_ones_own_with_an_error_is_refused_with_its_place(tmp_path: Path) -> None:
    shutil.copytree(REPOSITORY / "schedules", tmp_path / "mine")
    (tmp_path / "mine" / "more.yaml").write_text("engineers: {mallory: {name: Mallory}}\n")
    result = CliRunner().invoke(demo, ["--folder", str(tmp_path), "--schedules", str(tmp_path / "mine")])
    assert isinstance(result.exception, ConfigurationError)
    assert "more.yaml:1:" in str(result.exception)


def test_fresh_forgets_the_database_and_nothing_else_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("not ours")
    (tmp_path / "oncall.db").write_text("an old one")
    with running(tmp_path, "--fresh", "--folder", str(tmp_path)):
        assert (tmp_path / "precious.txt").read_text() == "not ours"
        assert (tmp_path / "oncall.db").read_bytes().startswith(b"SQLite")


def test_the_phones_are_everybody_whom_the_folder_names_and_first_whoever_is_paged_first() -> None:
    configuration = load(read_folder(example_schedules()))
    entries = phones_of(configuration, OFFICE)
    assert [entry.name for entry in entries[:2]] == ["Jane Doe", "A stranger"]
    assert configuration.customer_of(entries[1].number) is None
    assert duty_of(entries[2].number, configuration, OFFICE) == "on call: production"
    assert {entry.name for entry in entries[2:]} == {each.name for each in configuration.engineers.values()}
    assert entries[2].name in ("Dana Dubois", "Erik Claes")
    assert phones_of(configuration, NIGHT)[2].name not in ("Dana Dubois", "Erik Claes")
    assert duty_of(entries[2].number, configuration, NIGHT) == ""


def test_the_service_is_told_of_the_exchange_and_not_of_the_provider(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "the real one")
    monkeypatch.setenv("PAGERDUTY_API_TOKEN_FILE", "/real/file")
    monkeypatch.setenv("ONCALL_PROVIDER_OTHER_AUTH_TOKEN", "the other real one")
    monkeypatch.setenv("ONCALL_WEBHOOK_CHAT_SECRET", "shared")
    configuration = load(read_folder(example_schedules()))
    told = Demo(configuration, example_schedules(), tmp_path, 1, 2, SystemClock(), SystemIds()).environment()
    assert told["TWILIO_API_URL"] == "http://127.0.0.1:2"
    assert told["TWILIO_AUTH_TOKEN"] != "the real one"
    assert not {"PAGERDUTY_API_TOKEN_FILE", "ONCALL_PROVIDER_OTHER_AUTH_TOKEN", "ONCALL_WEBHOOK_CHAT_SECRET"} & set(
        told
    )
    assert told["ONCALL_PROVIDER_SECOND_API_URL"] == "http://127.0.0.1:2"


def linked(tmp_path: Path) -> LinkedFolder:
    mine = tmp_path / "mine"
    shutil.copytree(REPOSITORY / "schedules", mine)
    account = second_account(load(read_folder(mine)), SystemIds())
    assert account is not None
    folder = LinkedFolder(mine, tmp_path, account)
    folder.make()
    return folder


def test_the_second_account_is_listed_beside_a_folder_that_stays_as_it_is_and_is_followed(tmp_path: Path) -> None:
    folder = linked(tmp_path)
    before = read_folder(folder.schedules)
    providers = load(read_folder(folder.path)).providers_in_order()
    assert [each.number for each in providers] == ["+3225550199", folder.account.number]
    assert read_folder(folder.schedules) == before

    hotline = folder.schedules / "hotline.yaml"
    hotline.write_text(hotline.read_text().replace("Example Hosting", "Another Hosting"))
    (folder.schedules / "customers.yaml").rename(folder.schedules / "clients.yaml")
    folder.follow(pytest.fail)
    assert load(read_folder(folder.path)).hotline.company == "Another Hosting"
    assert "clients.yaml" in read_folder(folder.path)
    assert "customers.yaml" not in read_folder(folder.path)


def test_a_file_that_somebody_put_into_the_demo_s_folder_is_left_alone(tmp_path: Path) -> None:
    folder = linked(tmp_path)
    (folder.path / "engineers.yaml").unlink()
    (folder.path / "engineers.yaml").write_text("precious")
    (folder.path / "notes.txt").write_text("precious, too")
    folder.make()
    assert (folder.path / "engineers.yaml").read_text() == "precious"
    assert (folder.path / "notes.txt").read_text() == "precious, too"


def test_a_folder_that_lists_providers_gets_no_second_one(tmp_path: Path) -> None:
    files = read_folder(example_schedules()) | {"providers.yaml": "providers: {twilio: {}}\n"}
    assert second_account(load(files), SystemIds()) is None
    taken = "engineers: {zoe: {name: Zoe, phone: '+3225550188'}}\n"
    account = second_account(load(read_folder(example_schedules()) | {"zoe.yaml": taken}), SystemIds())
    assert account is not None
    assert account.number == "+3225550187"
