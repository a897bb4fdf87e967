"""What a real provider does besides: it tells how far each call and text has come, and asks again where nobody answers.

By that most of what was sent when a process was killed becomes known, before anybody looks for it.
"""

import contextlib
import http
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from tests.process.doors import answered
from tests.process.provider import Provider
from tests.process.service import Service
from tests.process.signed_requests import ACCOUNT, HOTLINE, call_form

# As Twilio tries again where its address asks for that (``rc=5``).
_TRIES = 6
_SECONDS_BETWEEN_TRIES = 1.0
_LINES = 16


class CallingBack:
    """For one service. ``told`` counts what it took, ``not_told`` what it never heard."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._lines = ThreadPoolExecutor(_LINES, thread_name_prefix="calling-back")
        self._counted = threading.Lock()
        self.told = 0
        self.not_told = 0

    def taken(self, made: dict[str, str], callback: str) -> None:
        """Tell of one that was just created. A telephone rings on, and nobody answers it."""
        if callback:
            self._lines.submit(self._tell, made, urlsplit(callback).path)

    def end(self) -> None:
        """Nothing more is told."""
        self._lines.shutdown(cancel_futures=True)

    def _tell(self, made: dict[str, str], path: str) -> None:
        for request in _story(made):
            is_told = self._is_told(self._service.signer.post(path, request))
            with self._counted:
                self.told += is_told
                self.not_told += not is_told

    def _is_told(self, request: bytes) -> bool:
        for _ in range(_TRIES):
            status, _ = answered(self._service.port, request, seconds=15)
            if http.HTTPStatus.OK <= status < http.HTTPStatus.MULTIPLE_CHOICES:
                return True
            time.sleep(_SECONDS_BETWEEN_TRIES)
        return False


def _story(made: dict[str, str]) -> list[dict[str, str]]:
    if made["kind"] == "Messages":
        return [{"AccountSid": ACCOUNT, "MessageSid": made["sid"], "SmsSid": made["sid"], "MessageStatus": "sent"}]
    to = {"To": made["to"], "Called": made["to"], "Direction": "outbound-api"}
    return [call_form(made["sid"], HOTLINE, status) | to for status in ("initiated", "ringing")]


@contextlib.contextmanager
def calling_back(provider: Provider, service: Service) -> Iterator[CallingBack]:
    """This provider tells the service of whatever it takes, until the block ends."""
    callbacks = CallingBack(service)
    provider.tell = callbacks.taken
    try:
        yield callbacks
    finally:
        provider.tell = None
        callbacks.end()
