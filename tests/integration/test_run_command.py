"""``oncall run``: real processes on a real port; how they start, live and end together."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from oncall.store import open_store

REPOSITORY = Path(__file__).parents[2]
SECONDS_TO_STOP = 10
SECONDS_TO_START = 30  # generous: the benchmark holds it to three, on a machine that does nothing else
MEGABYTE = 1024 * 1024


@dataclass
class Service:
    """One `oncall run` in a folder of its own."""

    folder: Path
    port: int

    def environment(self, **more: str) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(REPOSITORY),
            "SECRET_KEY": "a secret of the tests",
            "ONCALL_PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "PORT": str(self.port),
            "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
            "TWILIO_AUTH_TOKEN": "a token of the tests",
            "TWILIO_API_URL": "http://127.0.0.1:9",  # nobody listens there: no test calls anybody
            **more,
        }

    def command(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "oncall", *arguments],
            cwd=self.folder, env=self.environment(**more), capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    @contextlib.contextmanager
    def running(self) -> Iterator[psutil.Popen]:
        """The parent process, once it has said that it is ready; whatever is left of its group is killed."""
        with (self.folder / "stderr").open("w") as stderr:
            process = psutil.Popen(
                [sys.executable, "-m", "oncall", "run"],
                cwd=self.folder, env=self.environment(), stdout=subprocess.PIPE, stderr=stderr, text=True,
                start_new_session=True,
            )  # fmt: skip
        watchdog = threading.Timer(SECONDS_TO_START, process.kill)
        watchdog.start()
        try:
            line = process.stdout.readline()
            watchdog.cancel()
            assert line.startswith(f"ready http://127.0.0.1:{self.port} "), (line, self.said())
            yield process
        finally:
            watchdog.cancel()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.stdout.close()
            process.wait(SECONDS_TO_STOP)

    def said(self) -> str:
        return (self.folder / "stderr").read_text()

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture
def service(tmp_path: Path) -> Service:
    shutil.copytree(REPOSITORY / "schedules", tmp_path / "schedules")
    return Service(tmp_path, free_port())


def eventually(holds: Callable[[], bool], seconds: float = 15) -> bool:
    """Whether it comes true in time: these are other processes, whose clock cannot be moved."""
    pause = threading.Event()
    for _ in range(int(seconds / 0.05)):
        if holds():
            return True
        pause.wait(0.05)
    return False


def break_the_folder(service: Service) -> None:
    (service.folder / "schedules" / "broken.yaml").write_text("engineers: {mallory: {name: Mallory}}\n")


def versions(service: Service) -> int:
    database = open_store(f"sqlite:///{service.folder / 'oncall.db'}")
    with contextlib.closing(database), database.read() as uow:
        return uow.schedule_versions.latest_version()


def test_one_command_serves_and_pages_within_250_megabytes(service: Service) -> None:
    with service.running() as parent:
        assert service.answers()
        # SQLite takes one writer at a time: one worker answers.
        assert eventually(lambda: len(parent.children(recursive=True)) == 3), "the engine, the web, its worker"
        family = [parent, *parent.children(recursive=True)]
        assert {os.getpgid(each.pid) for each in family} == {parent.pid}, "one process group"
        # What processes share is counted once: they are forks of one that had loaded everything.
        proportional = sum(each.memory_full_info().pss for each in family)
        assert proportional < 250 * MEGABYTE


def test_sigterm_ends_everything_within_ten_seconds(service: Service) -> None:
    with service.running() as parent:
        family = [parent, *parent.children(recursive=True)]
        parent.terminate()
        _, alive = psutil.wait_procs(family, timeout=SECONDS_TO_STOP)
        assert alive == []
        assert parent.returncode == 0
        assert "event=engine.stopped" in service.said()


def test_a_client_that_never_finishes_its_request_does_not_keep_it_from_stopping(service: Service) -> None:
    with service.running() as parent, socket.create_connection(("127.0.0.1", service.port)) as slow:
        slow.sendall(b"POST /voice/incoming HTTP/1.1\r\nContent-Length: 100\r\n\r\nCallSid=")
        family = [parent, *parent.children(recursive=True)]
        parent.terminate()
        _, alive = psutil.wait_procs(family, timeout=SECONDS_TO_STOP)
        assert alive == []
        assert "event=process.killed" not in service.said()


def test_nothing_outlives_a_parent_that_is_killed(service: Service) -> None:
    with service.running() as parent:
        children = parent.children(recursive=True)
        parent.kill()
        _, alive = psutil.wait_procs(children, timeout=SECONDS_TO_STOP)
        assert alive == []


@pytest.mark.parametrize("which", [0, 1], ids=["engine", "web"])
def test_a_part_that_dies_is_started_again(service: Service, which: int) -> None:
    with service.running() as parent:
        before = sorted(parent.children(), key=lambda child: child.pid)
        before[which].kill()
        assert eventually(lambda: len({c.pid for c in parent.children()} - {c.pid for c in before}) == 1)
        assert eventually(service.answers)
        assert f"event=process.died part={['engine', 'web'][which]}" in service.said()


def test_a_second_start_publishes_only_a_folder_that_changed(service: Service) -> None:
    for _ in range(2):
        with service.running():
            assert versions(service) == 1
    engineers = service.folder / "schedules" / "engineers.yaml"
    engineers.write_text(engineers.read_text() + "\n# a comment is a change\n")
    with service.running():
        assert versions(service) == 2


def test_a_folder_that_is_edited_while_it_runs_is_published_and_a_mistake_is_not(service: Service) -> None:
    engineers = service.folder / "schedules" / "engineers.yaml"
    with service.running():
        engineers.write_text(engineers.read_text().replace("Bob Peeters", "Robert Peeters"))
        assert eventually(lambda: versions(service) == 2)
        break_the_folder(service)
        assert eventually(lambda: "event=operators.told" in service.said())
        assert "broken.yaml:1:" in service.said()
        assert "Traceback" not in service.said()
        assert versions(service) == 2
        (service.folder / "schedules" / "broken.yaml").unlink()
        engineers.write_text(engineers.read_text().replace("Robert Peeters", "Bob Peeters"))
        assert eventually(lambda: versions(service) == 3)
    shown = service.command("schedule", "versions", "2").stdout
    assert "by oncall run" in shown
    assert "Engineer Robert Peeters (bob): name Robert Peeters instead of Bob Peeters." in shown


def test_a_folder_with_an_error_keeps_the_last_good_version_and_the_operators_are_told(service: Service) -> None:
    with service.running():
        pass
    break_the_folder(service)
    with service.running():
        assert versions(service) == 1
        assert "event=schedules.refused" in service.said()
        assert "broken.yaml:1:" in service.said()
        assert "event=operators.told" in service.said()


def test_a_folder_with_an_error_and_nothing_published_refuses_to_start(service: Service) -> None:
    break_the_folder(service)
    done = service.command("run")
    assert done.returncode == 1
    assert "broken.yaml:1:" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken_stops_the_start_and_is_named(service: Service) -> None:
    with socket.create_server(("127.0.0.1", service.port)):
        done = service.command("run")
    assert done.returncode == 1
    assert f"PORT {service.port} is not to be had" in done.stderr


@pytest.mark.parametrize("command", ["run", "engine"])
def test_a_missing_token_stops_the_start_and_is_named(service: Service, command: str) -> None:
    """bmlt-enabled/yap#1589: without a token every call would be refused, once somebody calls."""
    done = service.command(command, TWILIO_AUTH_TOKEN="")
    assert done.returncode == 1
    assert done.stderr.startswith("oncall: TWILIO_AUTH_TOKEN is missing or empty")


def test_gunicorn_from_the_procfile_stops_with_one_sentence_where_a_setting_is_wrong(service: Service) -> None:
    web = next(line for line in (REPOSITORY / "Procfile").read_text().splitlines() if line.startswith("web: "))
    done = subprocess.run(
        ["bash", "-c", f"exec {sys.executable} -m {web.removeprefix('web: ')}"],
        cwd=service.folder, env=service.environment(SECRET_KEY="short"), capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("oncall: SECRET_KEY is shorter than 16 characters")
    assert "Traceback" not in done.stderr


def test_db_upgrade_twice_changes_nothing_and_needs_no_account(tmp_path: Path) -> None:
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-m", "oncall", "db", "upgrade"],
            cwd=tmp_path, env={"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY)},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "oncall.db").exists()
