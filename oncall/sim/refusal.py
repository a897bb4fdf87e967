"""Refusals: what the carrier's REST API answers instead of doing what was asked, in the provider's own codes."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from oncall.errors import OncallError

# code: (HTTP status, message)
REFUSALS: dict[int, tuple[int, str]] = {
    20001: (400, "Invalid parameter"),
    20003: (401, "Authenticate"),
    20005: (403, "Account is not active"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    429: (429, "Too Many Requests"),
    20500: (500, "Internal Server Error"),
    20503: (503, "Service Unavailable"),
    503: (503, "Service Unavailable"),
    21201: (400, "No 'To' number is specified"),
    21205: (400, "Url is not a valid URL"),
    21210: (400, "The source phone number provided is not yet verified for your account"),
    21211: (400, "The 'To' phone number is not a valid phone number"),
    21215: (
        400,
        "Account not authorized to call the number. Perhaps you need to enable some international permissions",
    ),
    21216: (400, "Account not authorized to call the number: it is blocked"),
    21220: (400, "Call is not in-progress. Cannot redirect, cancel or complete"),
    21266: (400, "'To' and 'From' number cannot be the same"),
    21408: (403, "Permission to send an SMS has not been enabled for the region indicated by the 'To' number"),
    21502: (400, "Url is not a valid URL"),
    21601: (400, "Phone number is not a valid SMS-capable inbound phone number"),
    21602: (400, "Message body is required"),
    21603: (400, "A 'From' phone number is required"),
    21604: (400, "A 'To' phone number is required"),
    21606: (400, "The 'From' phone number provided is not a valid message-capable Twilio phone number"),
    21608: (400, "The number provided is unverified. Trial accounts cannot send messages to unverified numbers"),
    21609: (400, "The 'StatusCallback' URL is not a valid URL"),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21611: (429, "This 'From' number has exceeded the maximum number of queued messages"),
    21612: (400, "Message cannot be sent with the current combination of 'To' and 'From' parameters"),
    21614: (400, "'To' number is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
}


class RefusalError(OncallError):
    """The carrier refused. ``code`` is its error code, ``status`` the HTTP status that goes with it."""

    def __init__(self, code: int, detail: str = "") -> None:
        status, message = REFUSALS.get(code, (code if 400 <= code <= 599 else 400, f"Error {code}"))
        super().__init__(f"{message}: {detail}" if detail else message)
        self.code = code
        self.status = status


class ResponseLostError(OncallError):
    """The carrier obeyed, but its answer never arrived. ``sid`` is what it made, for the fake's own use."""

    def __init__(self, sid: str) -> None:
        super().__init__("the connection was closed before an answer came")
        self.sid = sid


class Asked(StrEnum):
    """What a request was for."""

    CALLS = "calls"
    MESSAGES = "messages"
    READS = "reads"


@dataclass(frozen=True, slots=True)
class RefusalRule:
    """Refuse with ``code`` whatever this covers: empty ``number`` every number, empty ``asked`` every request."""

    code: int
    number: str = ""
    asked: frozenset[Asked] = frozenset()
    from_at: datetime | None = None
    until_at: datetime | None = None

    def covers(self, asked: Asked, number: str, now: datetime) -> bool:
        """Whether it applies to this request at this instant."""
        if self.number and self.number != number:
            return False
        if self.asked and asked not in self.asked:
            return False
        return (self.from_at is None or self.from_at <= now) and (self.until_at is None or now < self.until_at)
