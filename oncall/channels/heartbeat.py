"""The heartbeat: tells a dead man's switch outside that the hotline is well. It falls silent when we are not."""

from collections.abc import Callable

import requests

TIMEOUT_SECONDS = 5


class Heartbeat:
    """Calling it GETs the URL once; a failure is logged, and the switch outside notices the silence."""

    def __init__(self, url: str, log: Callable[..., None]) -> None:
        self._url = url
        self._log = log

    def __call__(self) -> None:
        """Beat once."""
        try:
            requests.get(self._url, timeout=TIMEOUT_SECONDS).raise_for_status()
        except requests.RequestException as error:
            self._log("heartbeat.failed", problem=str(error))
