"""POST /voice/incoming on SQLite FULL against bare Flask apps that check the signature and commit one row."""

import statistics
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.load import Load, put_under_load, quantile
from tests.process.schedules import write_schedules
from tests.process.service import Service, ended_with
from tests.process.signed_requests import CUSTOMER, fresh_call_sid

ROUNDS = 7
SECONDS = 3.0
CONNECTIONS = 16
# A customer among strangers, who are not the same twice.
_CALLERS = (CUSTOMER, *(f"+3247{last:07d}" for last in range(1000001, 1000008)))


def measure(folder: Path) -> list[Figure]:
    """Requests a second as a share of the bare app's, in turns so that both meet the same machine; and the tail."""
    schedules = write_schedules(folder / "schedules", page_after="1h")
    ours, bare, usual = (_service(folder / name, schedules) for name in ("ours", "bare", "usual"))
    ours.finish("db", "upgrade")
    ours.finish("schedule", "publish", "--yes")
    with (
        ended_with(ours.gunicorn()) as our_web,
        ended_with(bare.gunicorn("benchmarks.bare_app:app()")) as bare_web,
        ended_with(usual.gunicorn("benchmarks.bare_app:app_on_sqlalchemy()")) as usual_web,
    ):
        for service, web in ((ours, our_web), (bare, bare_web), (usual, usual_web)):
            service.wait_until_ready(web)
            _round(service, 1.0)
        rounds = [tuple(_round(service, SECONDS) for service in (ours, bare, usual)) for _ in range(ROUNDS)]
    our_loads, bare_loads, usual_loads = zip(*rounds, strict=True)
    share = statistics.median(our.rate / floor.rate for our, floor in zip(our_loads, bare_loads, strict=True))
    usual_share = statistics.median(our.rate / floor.rate for our, floor in zip(our_loads, usual_loads, strict=True))
    tail = statistics.median(load.quantile(0.99) for load in our_loads) * 1000
    return [
        Figure("incoming calls, share of the bare app's rate", share, "", "bare app on sqlite3", at_least=0.7),
        Figure("incoming calls, share with SQLAlchemy there too", usual_share, "", "bare app on SQLAlchemy"),
        Figure("incoming calls, p99", tail, "ms", f"{CONNECTIONS} connections", at_most=60),
        Figure("incoming calls", statistics.median(load.rate for load in our_loads), "/s"),
        Figure("bare app", statistics.median(load.rate for load in bare_loads), "/s"),
        Figure("bare app on SQLAlchemy", statistics.median(load.rate for load in usual_loads), "/s"),
        Figure("bare app, p99", quantile([t for load in bare_loads for t in load.latencies], 0.99) * 1000, "ms"),
    ]


def _service(folder: Path, schedules: Path) -> Service:
    folder.mkdir()
    return Service(folder, schedules, more={"BARE_DATABASE": str(folder / "bare.db")})


def _round(service: Service, seconds: float) -> Load:
    # Made before the clock starts: signing costs as much as answering.
    requests = list(_calls(service, int(seconds * 2500)))
    load = put_under_load(service.port, requests, connections=CONNECTIONS, seconds=seconds)
    if load.failures:
        raise RuntimeError(f"{len(load.failures)} calls were not answered with a document: {load.failures[0]!r}")
    return load


def _calls(service: Service, how_many: int) -> Iterator[bytes]:
    callers = cycle(_CALLERS)
    return (service.signer.incoming(fresh_call_sid(), next(callers)) for _ in range(how_many))
