"""Calls that come in while 80 clients send one byte a second, against the same without them."""

import contextlib
import selectors
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.load import Load, put_under_load
from tests.process.schedules import write_schedules
from tests.process.service import Service, ended_with
from tests.process.signed_requests import fresh_call_sid

SLOW = 80
FAST = 4
SECONDS = 6.0


def measure(folder: Path) -> list[Figure]:
    """The tail of four ordinary connections, with the slow ones and without."""
    service = Service(folder, write_schedules(folder / "schedules", page_after="1h"))
    service.finish("db", "upgrade")
    service.finish("schedule", "publish", "--yes")
    with ended_with(service.gunicorn()) as process:
        service.wait_until_ready(process)
        _load(service, 1.0)
        alone = _load(service, SECONDS)
        with _slow_clients(service) as still_connected:
            crowded = _load(service, SECONDS)
            held = still_connected()
    return [
        Figure(f"beside {SLOW} slow clients, p99", crowded.quantile(0.99) * 1000, "ms", f"{FAST} clients", at_most=250),
        Figure("beside slow clients, slowest", max(crowded.latencies, default=float("inf")) * 1000, "ms"),
        Figure("beside slow clients, not answered", len(crowded.failures), "", at_most=0),
        Figure("slow clients that were held all the time", held, "", at_least=SLOW),
        Figure("without slow clients, p99", alone.quantile(0.99) * 1000, "ms"),
    ]


def _load(service: Service, seconds: float) -> Load:
    requests = [service.signer.incoming(fresh_call_sid()) for _ in range(int(seconds * 2000))]
    return put_under_load(service.port, requests, connections=FAST, seconds=seconds)


@contextlib.contextmanager
def _slow_clients(service: Service) -> Iterator[Callable[[], int]]:
    """They are half way into their heads; yields a function that counts those that the server still holds."""
    words = service.signer.incoming(fresh_call_sid())
    with contextlib.ExitStack() as stack:
        clients = [
            stack.enter_context(socket.create_connection(("127.0.0.1", service.port), timeout=5)) for _ in range(SLOW)
        ]
        over = threading.Event()
        drip = threading.Thread(target=_drip, args=(clients, words, over), daemon=True)
        drip.start()
        over.wait(2.5)
        try:
            yield lambda: SLOW - _hung_up(clients)
        finally:
            over.set()
            drip.join()


def _drip(clients: list[socket.socket], words: bytes, over: threading.Event) -> None:
    for byte in words:
        for client in clients:
            with contextlib.suppress(OSError):
                client.sendall(bytes([byte]))
        if over.wait(1.0):
            return


def _hung_up(clients: list[socket.socket]) -> int:
    with selectors.DefaultSelector() as selector:
        for client in clients:
            selector.register(client, selectors.EVENT_READ)
        return len(selector.select(0))
