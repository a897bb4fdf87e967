"""What one process asks of another that hands calls and texts to the providers for it, and the answer: lines of JSON.

A line is whole where it ends with a line feed. Half of one was never asked, or never answered.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from oncall import __version__, errors
from oncall.errors import BusyError, ChannelError, OutcomeUnknownError
from oncall.ports import Receipt

# What is installed may be newer than the engine that starts it, which has run since before: a process that may speak
# otherwise is not used.
READY = f"ready {__version__}\n".encode()


@dataclass(frozen=True, slots=True)
class Order:
    """One call or text: ``doing`` is the method of the account that makes it, ``details`` its keyword arguments.

    It is over within ``seconds``, the provider's answer included. It is not begun once it is ``until``, by the clock of
    this machine in seconds since 1970: a process that was frozen would send what was given up long ago.
    """

    account_sid: str
    auth_token: str
    api_url: str
    from_number: str
    doing: Literal["create_call", "create_message"]
    to: str
    details: Mapping[str, Any]
    seconds: float
    until: float

    def as_line(self) -> bytes:
        """To be sent to the other process only: the account's token is in it."""
        return json.dumps({name: getattr(self, name) for name in self.__slots__}).encode() + b"\n"


def order_of(line: bytes) -> Order | None:
    """The order; None where the line is not whole, because whoever wrote it is gone."""
    return Order(**json.loads(line)) if line.endswith(b"\n") else None


def taken(receipt: Receipt) -> bytes:
    """The line that says that the provider took it."""
    return _line({"sid": receipt.provider_id, "status": receipt.status})


def refused(error: ChannelError) -> bytes:
    """The line that says what came of it instead."""
    wait_for = error.wait_for.total_seconds() if isinstance(error, BusyError) else None
    return _line({"error": type(error).__name__, "text": str(error), "code": error.code, "wait_for": wait_for})


def receipt_of(line: bytes) -> Receipt:
    """What the provider said. Raises the ChannelError that it came to; OutcomeUnknownError where nobody can tell."""
    if not line.endswith(b"\n"):
        raise OutcomeUnknownError("the process that was sending it ended; it may have been done")
    said = json.loads(line)
    if "error" in said:
        raise _error_of(said)
    return Receipt(provider_id=said["sid"], status=said["status"])


def _error_of(said: Mapping[str, Any]) -> ChannelError:
    kind: type[ChannelError] = getattr(errors, said["error"])
    if issubclass(kind, BusyError):
        return kind(said["text"], wait_for=timedelta(seconds=said["wait_for"]), code=said["code"])
    return kind(said["text"], code=said["code"])


def _line(said: Mapping[str, Any]) -> bytes:
    return json.dumps(said).encode() + b"\n"
