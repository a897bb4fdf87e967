"""POST status callbacks that change nothing, on SQLite FULL: what a flood of them costs one web process."""

import statistics
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.load import Load, put_under_load
from oncall.core.delivery import Delivery, DeliveryKind, sent
from oncall.core.engineer import ContactMethod
from oncall.store import open_store
from oncall.system import SystemClock
from tests.process.schedules import write_schedules
from tests.process.service import Service, ended_with
from tests.process.signed_requests import CUSTOMER, call_form

ROUNDS = 3
SECONDS = 3.0
CONNECTIONS = 16
KNOWN, KNOWN_CALL = "d" * 32, "CA" + "d" * 32
# What a provider gone wild may send: 100,000 a minute.
A_FLOOD = 100_000 / 60


def measure(folder: Path) -> list[Figure]:
    """Callbacks a second of three kinds: of deliveries that there are none of, said before, and signed by nobody."""
    service = Service(folder, write_schedules(folder / "schedules", page_after="1h"))
    service.finish("db", "upgrade")
    service.finish("schedule", "publish", "--yes")
    _ringing_call(f"sqlite:///{folder}/oncall.db")
    kinds: dict[str, Callable[[], Iterator[bytes]]] = {
        "callbacks of unknown deliveries": lambda: _unknown(service),
        "callbacks said before": lambda: _repeated(service),
        "callbacks signed by nobody": lambda: _forged(service),
    }
    with ended_with(service.gunicorn()) as web:
        service.wait_until_ready(web)
        return [
            Figure(name, statistics.median(_round(service, make()).rate for _ in range(ROUNDS)), "/s",
                   f"100,000 a minute are {A_FLOOD:.0f}/s")
            for name, make in kinds.items()
        ]  # fmt: skip


def _round(service: Service, requests: Iterator[bytes]) -> Load:
    # Made before the clock starts: signing costs as much as answering.
    made = [next(requests) for _ in range(int(SECONDS * 4000))]
    load = put_under_load(service.port, made, connections=CONNECTIONS, seconds=SECONDS, is_good=_refused_or_taken)
    if load.failures:
        raise RuntimeError(f"{len(load.failures)} callbacks were answered otherwise: {load.failures[0]!r}")
    return load


def _refused_or_taken(answer: bytes) -> bool:
    return answer.startswith((b"HTTP/1.1 204", b"HTTP/1.1 403"))


def _unknown(service: Service) -> Iterator[bytes]:
    for number in count():
        path = f"/voice/deliveries/{number:032x}/status"
        yield service.signer.post(path, call_form(f"CA{number:032x}", CUSTOMER, "completed"))


def _repeated(service: Service) -> Iterator[bytes]:
    while True:
        yield service.signer.post(f"/voice/deliveries/{KNOWN}/status", call_form(KNOWN_CALL, CUSTOMER, "ringing"))


def _forged(service: Service) -> Iterator[bytes]:
    for genuine in _unknown(service):
        yield genuine.replace(b"X-Twilio-Signature: ", b"X-Twilio-Signature: x")


def _ringing_call(database_url: str) -> None:
    now = SystemClock().now()
    call = Delivery(
        id=KNOWN,
        kind=DeliveryKind.OPERATOR,
        purpose="operator",
        incident=None,
        recipient="dana",
        method=ContactMethod.CALL,
        address="+32470000004",
        created_at=now,
        due_at=now,
    )
    database = open_store(database_url)
    with database.begin() as uow:
        uow.deliveries.add([replace(sent(call, KNOWN_CALL, "ringing", now), ask_at=now + timedelta(days=1))])
    database.close()
