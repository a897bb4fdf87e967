"""What Twilio wrote down by itself: calls and texts to our number, and recordings, from its lists.

Twilio lists the newest first, a page at a time; so many are asked for that a day's outage is covered, and no more.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from oncall.channels.twilio import TwilioAccount
from oncall.channels.twilio_http import provider_errors_as_ours
from oncall.ports import LoggedCall, LoggedRecording, LoggedText

# A page of two hundred is far below the largest answer that we read.
PAGE_SIZE = 200
MOST = 2000
_INBOUND = "inbound"


class TwilioLog:
    """`ports.ProviderLog`."""

    def __init__(self, account: TwilioAccount) -> None:
        self._account = account

    def inbound_calls(self, since: datetime) -> list[LoggedCall]:
        """Calls to our number that began since then, oldest first."""
        number = self._account.number
        with provider_errors_as_ours("listing calls"):
            found = self._account.client().calls.list(
                to=number, start_time_after=since, limit=MOST, page_size=PAGE_SIZE
            )
            return [
                LoggedCall(one.sid, _text(_caller(one)), number, _text(one.status), _instant(one.start_time))
                for one in _oldest_first(found)
                if one.direction == _INBOUND
            ]

    def recordings(self, since: datetime) -> list[LoggedRecording]:
        """What was recorded since then and can be had, oldest first."""
        with provider_errors_as_ours("listing recordings"):
            found = self._account.client().recordings.list(date_created_after=since, limit=MOST, page_size=PAGE_SIZE)
            return [
                LoggedRecording(one.sid, _text(one.call_sid), _seconds(one.duration), _instant(one.date_created))
                for one in _oldest_first(found)
                if one.status == "completed"
            ]

    def inbound_texts(self, since: datetime) -> list[LoggedText]:
        """Texts to our number since then, oldest first."""
        number = self._account.number
        with provider_errors_as_ours("listing texts"):
            found = self._account.client().messages.list(
                to=number, date_sent_after=since, limit=MOST, page_size=PAGE_SIZE
            )
            return [
                LoggedText(one.sid, _text(one.from_), _text(one.body), _instant(one.date_sent or one.date_created))
                for one in _oldest_first(found)
                if one.direction == _INBOUND
            ]


def _oldest_first(found: list[Any]) -> Iterable[Any]:
    # The SID becomes a key of ours, and part of URLs.
    return [one for one in reversed(found) if isinstance(one.sid, str) and one.sid.isalnum()]


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
