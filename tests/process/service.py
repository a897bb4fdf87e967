"""Starts the service's real processes, each service in a folder and a process group of its own."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.process.signed_requests import ACCOUNT, TOKEN, Signer

BIN = Path(sys.executable).parent
GUNICORN = [str(BIN / "gunicorn"), "--config", "python:oncall.cli.gunicorn_config"]
_ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class Service:
    """One installation: its folder, port and environment, and the processes that were started for it.

    ``code`` is the folder whose code it runs. ``called_by`` is the address of the load balancer before it, "" for none.
    """

    folder: Path
    schedules: Path
    provider_url: str = "http://127.0.0.1:9"
    database_url: str = ""
    more: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    code: Path = _ROOT
    called_by: str = ""

    @property
    def public_url(self) -> str:
        """What the provider calls, and signs."""
        return self.called_by or f"http://127.0.0.1:{self.port}"

    @property
    def signer(self) -> Signer:
        """Signs webhooks for this service."""
        return Signer(self.public_url)

    def environment(self) -> dict[str, str]:
        """What its processes are started with."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "PYTHONPATH": str(self.code),
            "DATABASE_URL": self.database_url or f"sqlite:///{self.folder}/oncall.db",
            "PORT": str(self.port),
            "SECRET_KEY": "a key that signs nothing of value",
            "ONCALL_PUBLIC_URL": self.public_url,
            "ONCALL_SCHEDULES_DIR": str(self.schedules),
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_API_URL": self.provider_url,
            **self.more,
        }

    def oncall(self, *words: str) -> subprocess.Popen[bytes]:
        """Start an ``oncall`` command."""
        return self.start([str(BIN / "oncall"), *words])

    def gunicorn(self, application: str = "oncall.cli.wsgi:app()") -> subprocess.Popen[bytes]:
        """Start the web alone, as the Procfile does."""
        return self.start([*GUNICORN, "--bind", f"127.0.0.1:{self.port}", application])

    def start(self, command: list[str]) -> subprocess.Popen[bytes]:
        """Start a process that leads a group of its own; what it says goes to ``log``."""
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command, env=self.environment(), cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def finish(self, *words: str) -> None:
        """Run an ``oncall`` command to its end. Raises RuntimeError with its words where it fails."""
        process = self.oncall(*words)
        if process.wait(60):
            raise RuntimeError(f"oncall {' '.join(words)} failed:\n{self.said()}")

    @property
    def log(self) -> Path:
        """Where its processes speak."""
        return self.folder / "log"

    def said(self) -> str:
        """The last that its processes said."""
        return self.log.read_text(errors="replace")[-4000:] if self.log.exists() else ""

    def ready(self) -> bool:
        """Whether /readyz says so."""
        return self.asked("/readyz")[0] == http.HTTPStatus.OK

    def asked(self, path: str) -> tuple[int, str]:
        """The status and the words of a page of its web; 0 and why where it did not answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        except (OSError, http.client.HTTPException) as error:
            return 0, repr(error)
        finally:
            connection.close()

    def wait_until_ready(self, process: subprocess.Popen[bytes], seconds: float = 30) -> None:
        """Raises RuntimeError where it ends, or takes too long."""
        until = time.monotonic() + seconds
        while not self.ready():
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the service did not become ready (exit {process.poll()}):\n{self.said()}")
            time.sleep(0.02)


@contextlib.contextmanager
def ended_with(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """The process until the block ends; then its whole group stops, kindly at first."""
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(12)
        kill_group(process)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to the process and everything it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(12)
