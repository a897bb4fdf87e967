"""A web that runs alone, without an engine on its machine, tells the operators that its database is away."""

import json
import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.conftest import cannot_run
from tests.postgres import PostgresServer, find_binaries, running_postgres
from tests.process.schedules import write_schedules
from tests.process.service import Service, ended_with

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.timeout(180)]


class _Operators(BaseHTTPRequestHandler):
    heard: list[str]

    def log_message(self, *_args: object) -> None:
        """Quiet."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.heard.append(json.loads(body)["text"])
        self.send_response(200)
        self.end_headers()


@pytest.fixture
def operators() -> Iterator[tuple[str, list[str]]]:
    """Where their webhook is, and what came there."""
    heard: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Operators", (_Operators,), {"heard": heard}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", heard
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    binaries = find_binaries()
    if binaries is None:
        cannot_run("no PostgreSQL that could be stopped: run make test, which brings one")
    with running_postgres(binaries, durable=True) as running:
        yield running


def test_the_workers_of_a_web_that_runs_alone_tell_once_that_the_database_is_away(
    tmp_path: Path, server: PostgresServer, operators: tuple[str, list[str]]
) -> None:
    url, heard = operators
    service = Service(
        tmp_path,
        write_schedules(tmp_path / "schedules", page_after="60s"),
        database_url=server.url,
        more={"ONCALL_OPERATORS_WEBHOOK_URL": url, "TMPDIR": str(tmp_path)},
    )
    service.finish("db", "upgrade")
    service.finish("schedule", "publish", "--yes")
    with ended_with(service.gunicorn()) as web:
        service.wait_until_ready(web)
        until = time.monotonic() + 10
        server.stop_at_once()
        # Both workers notice each by itself; a minute later one of them tells, and the other finds that it was told.
        while len(re.findall("web.database_away", service.log.read_text())) < 2 and time.monotonic() < until + 20:
            time.sleep(0.1)
        until = time.monotonic() + 90
        while not heard and time.monotonic() < until:
            time.sleep(0.2)
        time.sleep(8)
    assert len(heard) == 1, service.said()
    assert "database has been away for more than a minute" in heard[0]
