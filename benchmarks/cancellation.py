"""From an engineer's ACK by text to the provider's being asked to stop the call that rings, all processes running."""

import time
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.load import put_under_load, quantile
from tests.process.provider import Provider, running_provider
from tests.process.schedules import write_schedules
from tests.process.service import Service, ended_with
from tests.process.signed_requests import fresh_call_sid

ANSWERS = 100
WARM_UP = 5
ENGINEER = "+32470000001"
# A text and a call to the engineer, and a text to the caller.
REQUESTS_OF_A_CALL = 3
# The customer hears who has it.
REQUESTS_OF_AN_ANSWER = 1
MOST_MEDIAN_MS, MOST_TAIL_MS = 50, 200


def measure(folder: Path) -> list[Figure]:
    """Answers one after another, each to a call that rings."""
    schedules = write_schedules(folder / "schedules", page_after="1h")
    with running_provider() as provider:
        service = Service(folder, schedules, provider_url=provider.url)
        service.finish("db", "upgrade")
        with ended_with(service.oncall("run")) as process:
            service.wait_until_ready(process)
            delays = [_delay(service, provider, serial) for serial in range(ANSWERS + WARM_UP)][WARM_UP:]
    median, tail = quantile(delays, 0.5) * 1000, quantile(delays, 0.99) * 1000
    against = f"{len(delays)} answers, one after another"
    return [
        Figure("acknowledged → provider asked to stop, median", median, "ms", against, at_most=MOST_MEDIAN_MS),
        Figure("acknowledged → provider asked to stop, p99", tail, "ms", against, at_most=MOST_TAIL_MS),
    ]


def _delay(service: Service, provider: Provider, serial: int) -> float:
    sid, caller, before = fresh_call_sid(), f"+3247{2000000 + serial}", len(provider.taken)
    _post(service, service.signer.incoming(sid, caller))
    _post(service, service.signer.problem_recorded(sid, caller))
    _expect(service, provider.wait_for(before + REQUESTS_OF_A_CALL, 10), "did not page")
    # Everything is recorded by then, and it is not in step with anything that looks once a second.
    time.sleep(0.1 + serial % 7 * 0.03)
    page = next(taken for taken in provider.taken[before:] if taken.to == ENGINEER and taken.kind == "Messages")
    answer = service.signer.text(f"SM{sid[2:]}", ENGINEER, f"ACK {page.body.split()[0]}")
    changes, began = len(provider.changed_at), time.monotonic()
    _post(service, answer)
    _expect(service, provider.wait_for_changes(changes + 1, 10), "did not stop the call")
    _expect(service, provider.wait_for(before + REQUESTS_OF_A_CALL + REQUESTS_OF_AN_ANSWER, 10), "did not say who")
    return provider.changed_at[changes] - began


def _post(service: Service, request: bytes) -> None:
    load = put_under_load(service.port, [request], connections=1, seconds=10)
    if load.failures:
        raise RuntimeError(f"a webhook was refused: {load.failures[0]!r}")


def _expect(service: Service, happened: bool, what_else: str) -> None:
    if not happened:
        raise RuntimeError(f"the service {what_else}:\n{service.said()}")
