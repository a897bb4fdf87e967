"""What the provider wrote down by itself: the calls and texts that came in, whether we were there to hear or not."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """A call to our number. ``started_at`` is by the provider's clock, None where it did not say."""

    sid: str
    from_number: str
    to_number: str
    status: str
    started_at: datetime | None


@dataclass(frozen=True, slots=True)
class LoggedRecording:
    """What was recorded in a call; ``duration_seconds`` is 0 where unknown."""

    sid: str
    call_sid: str
    duration_seconds: int
    created_at: datetime | None


@dataclass(frozen=True, slots=True)
class LoggedText:
    """A text to our number. ``received_at`` is by the provider's clock, None where it did not say."""

    sid: str
    from_number: str
    body: str
    received_at: datetime | None


class ProviderLog(Protocol):
    """The provider's own lists, in batches: the newest batch first, the oldest entry of each first.

    A batch is asked for only once the one before was taken. Each raises ChannelError, at any batch.
    """

    def inbound_calls(self, since: datetime) -> Iterator[list[LoggedCall]]:
        """Calls to our number that began since then."""
        ...

    def recordings(self, since: datetime) -> Iterator[list[LoggedRecording]]:
        """What was recorded since then, in calls of any kind, where it can be had."""
        ...

    def inbound_texts(self, since: datetime) -> Iterator[list[LoggedText]]:
        """Texts to our number since then."""
        ...


# The logs of the providers that there are now, by the name of each.
ProviderLogs = Callable[[], Mapping[str, ProviderLog]]


@dataclass(frozen=True, slots=True)
class LogMark:
    """How far one of the provider's logs was compared with our rows, and when it is looked at next."""

    log: str
    due_at: datetime
    caught_up_to: datetime


class LogMarks(Protocol):
    """How far each log was compared."""

    def claim(self, log: str, now: datetime, *, again_at: datetime) -> LogMark | None:
        """The mark of this log where it is due, put off to ``again_at`` so that one engine of many looks; else None.

        A log that nobody has looked at is due, and caught up to now.
        """
        ...

    def caught_up(self, log: str, to: datetime) -> None:
        """Everything until then was compared; a mark never moves back."""
        ...
