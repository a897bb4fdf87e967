"""The ways out, and where what others keep is fetched from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from oncall.core.accounted import AskAccounted
from oncall.core.delivery import DeliveryKind
from oncall.core.engineer import ContactMethod
from oncall.errors import SetupError


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with an email. ``content_type`` is such as text/vcard; ``content`` is for what is no text.

    One of text/calendar with a method is an invitation: it is also what mail programs show in the place of the text.
    """

    name: str
    content_type: str
    text: str = ""
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class Message:
    """What a channel is asked to send.

    ``to`` is E.164 or an email address. ``text`` is what to write (SMS, email); a call fetches what it says from
    ``/voice/deliveries/<delivery_id>`` when it is answered. ``subject`` is for email.
    ``expires_in_seconds`` bounds how long the provider may keep trying. ``delivery_id`` is carried by every callback
    URL. ``ask_first`` names the telephone provider to ask before the others where it is well, "" for the usual order.
    ``counted_at`` names the one whose turns it has taken already, "" where none has been counted.
    ``ring_seconds`` is how long a call rings; with ``detect_machine`` the provider listens for an answering
    machine and tells its guess. ``known_by`` is what a text holds, in this order and to its end, whatever else of it
    has changed since it may have gone; empty where only the whole text tells.
    """

    delivery_id: str
    kind: DeliveryKind
    to: str
    text: str
    subject: str = ""
    expires_in_seconds: int = 300
    ring_seconds: int = 25
    detect_machine: bool = False
    attachments: tuple[Attachment, ...] = ()
    ask_first: str = ""
    counted_at: str = ""
    known_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider took the message. ``provider_id`` is its id there; ``status`` its first word on it.

    ``final`` says that no callback will follow (email): handed over is all that will be known. ``provider`` is the
    name of the telephone provider that took it, "" where there is only one to ask (email). ``perhaps_more`` is how many
    more of it other providers may have taken.
    """

    provider_id: str
    status: str
    final: bool = False
    provider: str = ""
    perhaps_more: int = 0


@dataclass(frozen=True, slots=True)
class ProviderStatus:
    """What the provider says when it is asked: its word, as in a callback, and its error code, "" for none."""

    status: str
    error_code: str = ""


class Channel(Protocol):
    """One way to reach somebody. Every call ends within ten seconds."""

    def send(self, message: Message) -> Receipt:
        """Hand it to the provider.

        Raises RecipientError, SetupError, TransientError or, where it may have gone, OutcomeUnknownError.
        """
        ...

    def find(self, message: Message, since: datetime, known: AskAccounted) -> Receipt | None:
        """Look for a message that may have gone at or after ``since``, whose sending was not recorded.

        ``known`` tells what other deliveries account for; it is to be asked once the provider's list was read. None:
        it did not go, or nobody can tell.
        """
        ...

    def cancel(self, provider_id: str, *, provider: str = "") -> None:
        """Stop what is queued or ringing; nothing happens where it has already ended.

        ``provider`` is the name from its receipt, "" where nobody knows it.

        Raises TransientError or SetupError.
        """
        ...

    def ask(self, provider_id: str, *, provider: str = "") -> ProviderStatus | None:
        """What has become of what was handed over; None where this way keeps no record, or none of that.

        ``provider`` names the one that took it, where there are several. Raises ChannelError.
        """
        ...


class ProviderNews(Protocol):
    """Who hears how the telephone providers stand. Nothing is raised."""

    def is_ill(self, name: str, problem: str) -> None:
        """It was found ill."""
        ...

    def works(self, name: str) -> None:
        """It works, or works again."""
        ...

    def refuses(self, name: str, method: ContactMethod, error: SetupError) -> None:
        """It refused a message until an operator mends something."""
        ...


class RecordingSource(Protocol):
    """Where recordings are kept before we have them."""

    def fetch(self, recording_sid: str) -> tuple[bytes, str] | None:
        """The audio and its content type; None while it is not ready. Raises ChannelError."""
        ...


@dataclass(frozen=True, slots=True)
class CalendarAnswer:
    """A calendar as it was fetched. ``etag`` and ``last_modified`` are sent back at the next fetch, "" where none."""

    text: str
    etag: str = ""
    last_modified: str = ""


class CalendarSource(Protocol):
    """Where calendars that rotations name by a URL are fetched."""

    def fetch(self, url: str, *, etag: str, last_modified: str) -> CalendarAnswer | None:
        """The calendar; None where it is as it was. Ends within half a minute.

        Raises ChannelError, whose message names the host and nothing of the URL that may be secret.
        """
        ...


class DrillCaller(Protocol):
    """Who makes a call for practice."""

    def call(self, sid: str, to_number: str) -> None:
        """Somebody who withholds their number calls the hotline, presses 1, and hangs up. Ends within two minutes.

        Raises TransientError where the service does not answer as it should, and UsageError where what answers is
        another service, or another account's.
        """
        ...


Channels = Mapping[ContactMethod, Channel]
