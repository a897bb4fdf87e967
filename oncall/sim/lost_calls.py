"""Calls that reached our number and of which we know nothing, whoever answered them."""

from collections.abc import Container, Iterator

from oncall.sim.carrier import Carrier


def lost_calls(carrier: Carrier, known: Container[str]) -> Iterator[str]:
    """The SIDs of those that are not ``known``."""
    for call in carrier.calls.values():
        if call.order.direction == "inbound" and call.times.dialled_at is not None and call.sid not in known:
            yield call.sid
