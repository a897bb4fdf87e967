"""An engine that is stopped while everything outside hangs ends in time, and what it had begun is taken up."""

import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.process.provider import Provider
from tests.process.schedules import write_schedules
from tests.process.service import Service, kill_group

SECONDS_TO_STOP = 10.0
_WEBHOOK_SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Hanging:
    """Takes every connection, and never answers."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._held: list[socket.socket] = []
        self._came = threading.Condition()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._taker = threading.Thread(target=self._take, daemon=True)
        self._taker.start()

    def wait_for(self, how_many: int, seconds: float) -> bool:
        """Whether so many came in time."""
        with self._came:
            return self._came.wait_for(lambda: len(self._held) >= how_many, seconds)

    def close(self) -> None:
        """Take no more, and let go of all."""
        self._listener.shutdown(socket.SHUT_RDWR)  # whoever waits to accept waits no more
        self._taker.join()
        self._listener.close()
        for one in self._held:
            one.close()

    def _take(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._came:
                self._held.append(connection)
                self._came.notify_all()


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    with closing(Hanging()) as server:
        yield server


def installed(folder: Path, hanging: Hanging) -> Service:
    """A service for which the provider, Slack, GitHub, a program with webhooks and a calendar are all the one that
    hangs."""
    schedules = write_schedules(folder / "schedules", page_after="1s")
    yaml = schedules / "hotline.yaml"
    calendar = f'      - {{name: feed, ical: "{hanging.url}/a.ics", engineers: {{A: alice}}}}\nescalation_policies:'
    written = yaml.read_text().replace("escalation_policies:", calendar)
    written = written.replace("name: ACME Shop", "name: ACME Shop\n    github: acme/platform")
    written = written.replace("hotline:\n", "hotline:\n  slack: C0123TEAM\n", 1)
    yaml.write_text(f'{written}webhooks:\n  prog: {{url: "{hanging.url}/hook"}}\n')
    more = {
        "GITHUB_TOKEN": "a token", "GITHUB_WEBHOOK_SECRET": "a secret of the tests", "GITHUB_API_URL": hanging.url,
        "SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "a secret of the tests",
        "SLACK_API_URL": f"{hanging.url}/api/", "ONCALL_WEBHOOK_PROG_SECRET": _WEBHOOK_SECRET,
    }  # fmt: skip
    service = Service(folder, schedules, provider_url=hanging.url, more=more)
    service.finish("db", "upgrade")
    service.finish("schedule", "publish", "--yes")
    return service


def test_an_engine_for_which_everything_hangs_stops_in_time_and_the_next_one_pages(
    tmp_path: Path, hanging: Hanging, provider: Provider
) -> None:
    service = installed(tmp_path, hanging)
    process = service.oncall("engine")
    try:
        service.finish("incident", "open", "the shop is down", "--customer", "acme")
        assert hanging.wait_for(6, 30), service.said()
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert time.monotonic() - began < SECONDS_TO_STOP
        assert "event=engine.stopped" in service.said()
    finally:
        kill_group(process)
    service.provider_url = provider.url
    following = service.oncall("engine")
    try:
        assert provider.wait_for(2, 40), f"one text and one call: {service.said()}"
    finally:
        kill_group(following)
