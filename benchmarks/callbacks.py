"""A flood of status callbacks as a provider gone wild sends them: 100,000 a minute, and as many as can be.

Most were said before, some are of deliveries that there are none of or signed by nobody, and a few are news. They come
from a process of their own, so that the calls that come in beside them are timed by somebody who is idle.
"""

import multiprocessing
import random
import statistics
import subprocess
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import psutil

from benchmarks.figures import Figure
from benchmarks.first_pages_at_once import postgres_database
from benchmarks.load import Load, put_under_load
from benchmarks.rows import OPENED_AT, open_many
from oncall.core.delivery import Delivery, DeliveryKind, sent
from oncall.core.engineer import ContactMethod
from oncall.store import open_store
from oncall.system import SystemClock
from tests.process.schedules import write_schedules
from tests.process.service import Service, ended_with
from tests.process.signed_requests import CUSTOMER, Signer, call_form, fresh_call_sid

ROUNDS = 3
SECONDS = 5.0
# What a provider gone wild may send: 100,000 a minute.
A_FLOOD = 100_000 / 60
CONNECTIONS = 32
# More than are let in at once.
CROWD = 260
CALLS_A_SECOND = 20
# A caller hears nothing meanwhile.
LONGEST_CALL, LONGEST_IN_A_CROWD = 0.25, 1.0
# Of the rate of an app that asks no database.
LEAST_SHARES = {"SQLite": 0.5, "PostgreSQL": 0.3}
# Each round has pages of its own, and each page brings four pieces of news.
PAGES, FLOODS = 400, ROUNDS + 3
_NEWS = ("initiated", "ringing", "in-progress", "no-answer")
_SAID_BEFORE = "f" * 32
# Of a hundred callbacks; the rest were said before.
_SHARES = {"news": 5, "unknown": 15, "forged": 10}


def measure(folder: Path) -> list[Figure]:
    """On SQLite with its one process, and on PostgreSQL, where this machine has one, with its two."""
    schedules = write_schedules(folder / "schedules", page_after="1h")
    figures = _figures("SQLite", folder / "sqlite", schedules, "")
    with postgres_database() as url:
        return figures + (_figures("PostgreSQL", folder / "postgresql", schedules, url) if url else [])


def _figures(name: str, folder: Path, schedules: Path, database_url: str) -> list[Figure]:
    folder.mkdir()
    service = Service(folder, schedules, database_url=database_url)
    service.finish("db", "upgrade")
    service.finish("schedule", "publish", "--yes")
    url = service.environment()["DATABASE_URL"]
    _pages_under_way(url)
    bare = Service(folder, schedules, database_url=database_url)
    apart = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
    with (
        apart,
        ended_with(service.gunicorn()) as web,
        ended_with(bare.gunicorn("benchmarks.bare_app:app_that_only_checks()")) as floor,
    ):
        measuring, at_least = _Measuring(service, web, apart), _Measuring(bare, floor, apart)
        measuring.flood(seconds=1.0)
        at_least.flood(seconds=1.0)
        # In turns, so that both meet the same machine.
        rounds = [(measuring.flood(seconds=SECONDS), at_least.flood(seconds=SECONDS)) for _ in range(ROUNDS)]
        alone = measuring.calls()
        steady_calls, steady = measuring.calls_beside(A_FLOOD, CONNECTIONS)
        crowded_calls, crowd = measuring.calls_beside(0.0, CROWD)
        if web.poll() is not None or _stuck(url):
            raise RuntimeError(f"the web ended ({web.poll()}), or incidents are stuck: {_stuck(url)[:5]}")
    rate = statistics.median(ours.rate for ours, _ in rounds)
    share = statistics.median(ours.rate / bare.rate for ours, bare in rounds)
    cost = statistics.median(ours.cost for ours, _ in rounds)
    own = statistics.median(ours.generator for ours, _ in rounds)
    turned_away = sum(answer.startswith(b"HTTP/1.1 503") for answer in crowd.failures) / crowd.answers
    return [
        Figure(f"callbacks, {name}, share of 100,000 a minute", rate / A_FLOOD, "×", "mixed", at_least=1),
        Figure(
            f"callbacks, {name}, share of a bare app's rate",
            share,
            "",
            "it checks the signature alone",
            at_least=LEAST_SHARES[name],
        ),
        _tail(f"calls beside 100,000 a minute, {name}", steady_calls, LONGEST_CALL),
        _tail(f"calls beside all that can be, {name}", crowded_calls, LONGEST_IN_A_CROWD),
        Figure(f"calls without callbacks, {name}, p99", alone.quantile(0.99) * 1000, "ms"),
        Figure(f"callbacks, {name}", rate, "/s", f"{CONNECTIONS} connections"),
        Figure(f"callbacks beside calls, {name}", steady.answered, "/s", f"sent at {A_FLOOD:.0f}/s"),
        Figure(
            f"callbacks, {name}, {CROWD} connections", crowd.answered, "/s", f"{turned_away:.0%} told to come again"
        ),
        Figure(f"a callback, {name}", cost * 1e6, "µs", "processor time of the web"),
        Figure(f"the load generator, {name}", own, "", "share of a core that it took itself"),
    ]


def _tail(name: str, calls: Load, longest: float) -> Figure:
    if calls.failures:
        raise RuntimeError(f"{len(calls.failures)} calls were not answered: {calls.failures[0]!r}")
    milliseconds = calls.quantile(0.99) * 1000
    return Figure(f"{name}, p99", milliseconds, "ms", f"{CALLS_A_SECOND} calls/s", at_most=longest * 1000)


@dataclass(frozen=True, slots=True)
class _Flood:
    """``rate`` is answers a second, ``cost`` the processor time that the web took for each, in seconds, and
    ``generator`` the share of a core that the load generator took itself."""

    rate: float
    cost: float
    generator: float


class _Measuring:
    """Floods and calls against one running service; each flood has pages of its own to bring news of."""

    def __init__(self, service: Service, web: subprocess.Popen[bytes], apart: ProcessPoolExecutor) -> None:
        service.wait_until_ready(web)
        self._service = service
        self._web = psutil.Process(web.pid)
        self._apart = apart
        self._turns = count()

    def flood(self, *, seconds: float) -> _Flood:
        """Callbacks as fast as they are answered."""
        made = self._apart.submit(_made, self._service.signer, next(self._turns), int(seconds * 4000)).result()
        before = self._processor_time()
        load = self._apart.submit(_send, self._service.port, made, seconds, 0.0, CONNECTIONS).result()
        _expect_good(load)
        cost = (self._processor_time() - before) / load.answers
        return _Flood(load.answered, cost, load.computing / load.seconds)

    def calls(self) -> Load:
        """Calls come in, with nothing beside them."""
        made = [self._service.signer.incoming(fresh_call_sid()) for _ in range(int(SECONDS * CALLS_A_SECOND))]
        return put_under_load(self._service.port, made, connections=8, seconds=SECONDS, pace=CALLS_A_SECOND)

    def calls_beside(self, pace: float, connections: int) -> tuple[Load, Load]:
        """Calls, and the flood that comes in beside them."""
        made = self._apart.submit(_made, self._service.signer, next(self._turns), int(SECONDS * 6000)).result()
        flood = self._apart.submit(_send, self._service.port, made, SECONDS + 1, pace, connections)
        calls = self.calls()
        load = flood.result()
        _expect_good(load, also=b"HTTP/1.1 503")
        return calls, load

    def _processor_time(self) -> float:
        times = [each.cpu_times() for each in (self._web, *self._web.children(recursive=True))]
        return sum(time.user + time.system for time in times)


def _send(port: int, made: list[bytes], seconds: float, pace: float, connections: int) -> Load:
    return put_under_load(port, made, connections=connections, seconds=seconds, pace=pace, is_good=_recorded_or_refused)


def _recorded_or_refused(answer: bytes) -> bool:
    return answer.startswith((b"HTTP/1.1 204", b"HTTP/1.1 403"))


def _expect_good(load: Load, also: bytes = b"HTTP/1.1 204") -> None:
    wrong = [answer for answer in load.failures if not answer.startswith(also)]
    if wrong:
        raise RuntimeError(f"{len(wrong)} callbacks were answered otherwise: {wrong[0]!r}")


def _made(signer: Signer, turn: int, how_many: int) -> list[bytes]:
    """Made before the clock starts: signing costs as much as answering. The same turn makes the same flood."""
    chance = random.Random(turn)
    kinds = {"news": _news(signer, turn), "unknown": _unknown(signer, turn), "forged": _forged(signer, turn)}
    drawn = chance.choices([*kinds, ""], weights=[*_SHARES.values(), 100 - sum(_SHARES.values())], k=how_many)
    repeated = _callback(signer, _SAID_BEFORE, "ringing")
    return [next(kinds[kind]) if kind else repeated for kind in drawn]


def _news(signer: Signer, turn: int) -> Iterator[bytes]:
    for serial in range(PAGES):
        for status in _NEWS:
            yield _callback(signer, _page_id(turn, serial), status)
    raise RuntimeError(f"a flood brings more news than {PAGES} pages have")


def _unknown(signer: Signer, turn: int) -> Iterator[bytes]:
    return (_callback(signer, f"{turn:08x}{number:024x}", "completed") for number in count())


def _forged(signer: Signer, turn: int) -> Iterator[bytes]:
    return (each.replace(b"X-Twilio-Signature: ", b"X-Twilio-Signature: x") for each in _unknown(signer, turn))


def _callback(signer: Signer, delivery_id: str, status: str) -> bytes:
    return signer.post(f"/voice/deliveries/{delivery_id}/status", call_form(f"CA{delivery_id}", CUSTOMER, status))


def _page_id(turn: int, serial: int) -> str:
    return f"d{turn:07x}{serial:024x}"


def _pages_under_way(database_url: str) -> None:
    """Pages that were sent, each of an open incident of its own, and one that rings."""
    open_many(database_url, FLOODS * PAGES)
    database = open_store(database_url)
    with database.begin() as uow:
        numbers = iter([one.number for one in uow.incidents.listing(include_resolved=False, limit=FLOODS * PAGES)])
        ids = (_page_id(turn, serial) for turn in range(FLOODS) for serial in range(PAGES))
        uow.deliveries.add([_sent(_SAID_BEFORE, next(numbers), "ringing")])
        uow.deliveries.add([_sent(each, number, "queued") for each, number in zip(ids, numbers, strict=False)])
    database.close()


def _sent(delivery_id: str, incident: int, status: str) -> Delivery:
    now = SystemClock().now()
    page = Delivery(
        id=delivery_id,
        kind=DeliveryKind.PAGE,
        purpose="page",
        incident=incident,
        recipient="dana",
        method=ContactMethod.CALL,
        address="+32470000004",
        created_at=OPENED_AT,  # when its incident was paged
        due_at=now,
        chain=delivery_id,
    )
    return replace(sent(page, f"CA{delivery_id}", status, now), ask_at=now + timedelta(days=1))


def _stuck(database_url: str) -> list[int]:
    database = open_store(database_url)
    with database.read() as uow:
        found = uow.incidents.stuck(SystemClock().now())
    database.close()
    return found
