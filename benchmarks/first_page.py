"""From the webhook that ends the recording of the problem to the provider's first request, all processes running."""

import time
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.load import put_under_load, quantile
from benchmarks.rows import open_many
from tests.process.provider import Provider, running_provider
from tests.process.schedules import write_schedules
from tests.process.service import Service, ended_with
from tests.process.signed_requests import fresh_call_sid

CALLS = 100
OPEN_INCIDENTS = 10_000
WARM_UP = 5
# A text and a call to the engineer, and a text to the caller.
REQUESTS_OF_A_CALL = 3


def measure(folder: Path) -> list[Figure]:
    """At rest, and with many incidents open."""
    schedules = write_schedules(folder / "schedules", page_after="1h")
    found = []
    for name, how_many in (("at rest", 0), (f"{OPEN_INCIDENTS:,} open", OPEN_INCIDENTS)):
        delays = _delays(folder / f"with-{how_many}", schedules, how_many)
        median, tail = quantile(delays, 0.5) * 1000, quantile(delays, 0.99) * 1000
        against = f"{len(delays)} calls, one after another"
        found += [
            Figure(f"recording ended → provider asked, {name}, median", median, "ms", against, at_most=50),
            Figure(f"recording ended → provider asked, {name}, p99", tail, "ms", against, at_most=250),
        ]
    return found


def _delays(folder: Path, schedules: Path, open_incidents: int) -> list[float]:
    folder.mkdir()
    with running_provider() as provider:
        service = Service(folder, schedules, provider_url=provider.url)
        service.finish("db", "upgrade")
        open_many(f"sqlite:///{folder}/oncall.db", open_incidents)
        with ended_with(service.oncall("run")) as process:
            service.wait_until_ready(process)
            return [_delay(service, provider, serial) for serial in range(CALLS + WARM_UP)][WARM_UP:]


def _delay(service: Service, provider: Provider, serial: int) -> float:
    sid, caller, before = fresh_call_sid(), f"+3247{2000000 + serial}", len(provider.taken)
    _post(service, service.signer.incoming(sid, caller))
    # Not in step with anything that looks once a second.
    time.sleep(0.05 + serial % 7 * 0.03)
    began = time.monotonic()
    _post(service, service.signer.problem_recorded(sid, caller))
    if not provider.wait_for(before + REQUESTS_OF_A_CALL, 10):
        raise RuntimeError(f"the provider was asked {len(provider.taken) - before} times:\n{service.said()}")
    return provider.taken[before].at - began


def _post(service: Service, request: bytes) -> None:
    load = put_under_load(service.port, [request], connections=1, seconds=10)
    if load.failures:
        raise RuntimeError(f"a webhook was refused: {load.failures[0]!r}")
