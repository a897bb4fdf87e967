"""Webhooks of GitHub and Slack on SQLite FULL against the bare Flask app that checks a signature and commits one row.

What a webhook asks for is done afterwards by an engine; here none runs, and the webhooks pile up.
"""

import contextlib
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.load import Load, put_under_load
from oncall.sim.github import WEBHOOK_SECRET, signature
from oncall.sim.slack import SIGNING_SECRET, signed_headers
from oncall.sim.slack_people import SlackPeople
from tests.process.schedules import write_schedules
from tests.process.service import Service, ended_with

ROUNDS = 5
SECONDS = 3.0
CONNECTIONS = 16
MOST_A_SECOND = 2500
P99_AT_MOST_MS = 100
PAYLOAD = Path(__file__).parents[1] / "tests" / "integration" / "web" / "github_payloads" / "issues.opened.json"
_serial = count(1)
# One for all rounds: a message is known by its channel and its ts.
_people = SlackPeople()


def github(how_many: int) -> Iterator[bytes]:
    """An issue is opened: GitHub's own example, each time another delivery."""
    body = PAYLOAD.read_bytes()
    for _ in range(how_many):
        head = (
            "POST /webhooks/github HTTP/1.1\r\nHost: hotline\r\nUser-Agent: GitHub-Hookshot/abc\r\nAccept: */*\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nX-GitHub-Event: issues\r\n"
            f"X-GitHub-Delivery: {next(_serial):032x}\r\nX-Hub-Signature-256: {signature(body)}\r\n\r\n"
        )
        yield head.encode() + body


def slack(how_many: int) -> Iterator[bytes]:
    """Somebody asks for help in a channel, each time in another message, signed at this second."""
    at = str(int(time.time()))
    for _ in range(how_many):
        text = "@help the shop answers nothing but errors since two o'clock"
        body = _people.says("U0JANE", "C0123ACME", text, event_id=f"Ev{next(_serial):09d}")
        head = (
            "POST /webhooks/slack HTTP/1.1\r\nHost: hotline\r\nUser-Agent: Slackbot 1.0\r\nAccept: */*\r\n"
            f"Content-Length: {len(body)}\r\n"
        )
        signed = "".join(f"{name}: {value}\r\n" for name, value in signed_headers(body, at).items())
        yield f"{head}{signed}\r\n".encode() + body


# Whose webhooks are measured: requests ready for the wire, and how a good answer begins.
SENDERS: Mapping[str, tuple[Callable[[int], Iterator[bytes]], bytes]] = {
    "github": (github, b"HTTP/1.1 202"),
    "slack": (slack, b"HTTP/1.1 200"),
}


def measure(folder: Path) -> list[Figure]:
    """For each sender the tail, and requests a second as a share of the bare app's, in turns on the same machine."""
    schedules = write_schedules(folder / "schedules", page_after="1h")
    ours, bare = (_service(folder / name, schedules) for name in ("ours", "bare"))
    ours.finish("db", "upgrade")
    ours.finish("schedule", "publish", "--yes")
    with (
        ended_with(ours.gunicorn()) as our_web,
        ended_with(bare.gunicorn("benchmarks.bare_app:app()")) as bare_web,
    ):
        for service, web in ((ours, our_web), (bare, bare_web)):
            service.wait_until_ready(web)
        return [figure for name in SENDERS for figure in _compared(name, ours, bare)]


def _compared(name: str, ours: Service, bare: Service) -> Iterator[Figure]:
    requests, good = SENDERS[name]

    def our_round(seconds: float) -> Load:
        return _round(ours, list(requests(int(seconds * MOST_A_SECOND))), seconds, good)

    def bare_round(seconds: float) -> Load:
        return _round(bare, list(requests(int(seconds * MOST_A_SECOND))), seconds, good)

    warm = [our_round(1.0)]
    bare_round(1.0)
    before = _kept(ours, name) - len(warm[0].latencies)
    rounds = [(our_round(SECONDS), bare_round(SECONDS)) for _ in range(ROUNDS)]
    answered = len(warm[0].latencies) + sum(len(mine.latencies) for mine, _ in rounds)
    if (kept := _kept(ours, name) - before) != answered:
        raise RuntimeError(f"{answered} webhooks were answered, and {kept} were kept")
    tail = statistics.median(mine.quantile(0.99) for mine, _ in rounds) * 1000
    floor = statistics.median(its.quantile(0.99) for _, its in rounds) * 1000
    share = statistics.median(mine.rate / its.rate for mine, its in rounds)
    yield Figure(f"{name} webhooks, p99", tail, "ms", f"{CONNECTIONS} connections", at_most=P99_AT_MOST_MS)
    yield Figure(f"{name} webhooks, p99 as a multiple of the bare app's", tail / floor, "", "bare app on sqlite3")
    yield Figure(f"{name} webhooks, share of the bare app's rate", share, "", "bare app on sqlite3")
    yield Figure(f"{name} webhooks", statistics.median(mine.rate for mine, _ in rounds), "/s")


def _service(folder: Path, schedules: Path) -> Service:
    folder.mkdir()
    secrets = {"GITHUB_WEBHOOK_SECRET": WEBHOOK_SECRET, "SLACK_SIGNING_SECRET": SIGNING_SECRET}
    more = {"BARE_DATABASE": str(folder / "bare.db"), **secrets}
    return Service(folder, schedules, more=more)


def _kept(service: Service, name: str) -> int:
    with contextlib.closing(sqlite3.connect(service.folder / "oncall.db")) as rows:
        (found,) = rows.execute("SELECT count(*) FROM inbound_events WHERE platform = ?", (name,)).fetchone()
    return int(found)


def _round(service: Service, requests: list[bytes], seconds: float, good: bytes) -> Load:
    # Made before the clock starts: signing costs as much as answering.
    load = put_under_load(
        service.port, requests, connections=CONNECTIONS, seconds=seconds, is_good=lambda answer: answer.startswith(good)
    )
    if load.failures:
        raise RuntimeError(f"{len(load.failures)} webhooks were answered otherwise: {load.failures[0]!r}")
    return load
