"""Slack, as the engine asks it."""

from collections.abc import Mapping
from typing import Any, Protocol


class SlackApi(Protocol):
    """The way to Slack. Every call ends within twenty seconds.

    Each raises GoneError where the channel, or the address, takes nothing from us any more, RecipientError where this
    will never be taken, SetupError until an operator has mended something, BusyError and TransientError for now. The
    ``code`` of the error is Slack's own word.
    """

    def call(self, method: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call a method of its Web API, such as ``chat.postMessage``; what it answered."""
        ...

    def answer(self, response_url: str, text: str) -> None:
        """Tell one person, at the address that came with what they did."""
        ...
