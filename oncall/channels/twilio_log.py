"""What Twilio wrote down by itself: calls and texts to our number, and recordings, from its lists.

Twilio lists the newest first, a page at a time; so far is asked for as somebody reads.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from oncall.channels.twilio import TwilioAccount
from oncall.channels.twilio_http import provider_errors_as_ours
from oncall.ports import LoggedCall, LoggedRecording, LoggedText

# A page of two hundred is far below the largest answer that we read.
PAGE_SIZE = 200
BATCH = 2000
_INBOUND = "inbound"
Listed = TypeVar("Listed", LoggedCall, LoggedText, LoggedRecording)


class TwilioLog:
    """`ports.ProviderLog`."""

    def __init__(self, account: TwilioAccount) -> None:
        self._account = account

    def inbound_calls(self, since: datetime) -> Iterator[list[LoggedCall]]:
        """Calls to our number that began since then."""
        number = self._account.number

        def listed() -> Iterator[Any]:
            stream: Iterator[Any] = self._account.client().calls.stream(
                to=number, start_time_after=since, page_size=PAGE_SIZE
            )
            return stream

        def read(one: Any) -> LoggedCall | None:
            if one.direction != _INBOUND:
                return None
            return LoggedCall(one.sid, _text(_caller(one)), number, _text(one.status), _instant(one.start_time))

        return _in_batches("listing calls", listed, read)

    def recordings(self, since: datetime) -> Iterator[list[LoggedRecording]]:
        """What was recorded since then and can be had."""

        def listed() -> Iterator[Any]:
            stream: Iterator[Any] = self._account.client().recordings.stream(
                date_created_after=since, page_size=PAGE_SIZE
            )
            return stream

        def read(one: Any) -> LoggedRecording | None:
            if one.status != "completed":
                return None
            return LoggedRecording(one.sid, _text(one.call_sid), _seconds(one.duration), _instant(one.date_created))

        return _in_batches("listing recordings", listed, read)

    def inbound_texts(self, since: datetime) -> Iterator[list[LoggedText]]:
        """Texts to our number since then."""
        number = self._account.number

        def listed() -> Iterator[Any]:
            stream: Iterator[Any] = self._account.client().messages.stream(
                to=number, date_sent_after=since, page_size=PAGE_SIZE
            )
            return stream

        def read(one: Any) -> LoggedText | None:
            if one.direction != _INBOUND:
                return None
            return LoggedText(one.sid, _text(one.from_), _text(one.body), _instant(one.date_sent or one.date_created))

        return _in_batches("listing texts", listed, read)


def _in_batches(
    doing: str, listed: Callable[[], Iterator[Any]], read: Callable[[Any], Listed | None]
) -> Iterator[list[Listed]]:
    with provider_errors_as_ours(doing):
        entries = listed()
    while True:
        with provider_errors_as_ours(doing):
            found = list(islice(entries, BATCH))
            # The SID becomes a key of ours, and part of URLs.
            usable = [one for one in reversed(found) if isinstance(one.sid, str) and one.sid.isalnum()]
            batch = [entry for entry in map(read, usable) if entry is not None]
        if not found:
            return
        yield batch


def _caller(call: Any) -> object:
    # The library calls it from_ in texts and, of calls, shows only how it would be written for reading.
    return getattr(call, "_from", None)


def _text(value: object) -> str:
    return str(value or "")


def _instant(value: object) -> datetime | None:
    return value if isinstance(value, datetime) and value.tzinfo else None


def _seconds(value: object) -> int:
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() else 0
