"""TwiML as the carrier understands it: one value for each verb it can perform."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Say:
    """Speak."""

    text: str
    language: str = ""
    loop: int = 1


@dataclass(frozen=True, slots=True)
class Play:
    """Play audio from a URL."""

    url: str
    loop: int = 1


@dataclass(frozen=True, slots=True)
class Pause:
    """Be silent."""

    seconds: float = 1.0


Prompt = Say | Play | Pause


@dataclass(frozen=True, slots=True)
class Gather:
    """Collect keys or words. ``action`` is "" for the current document; ``finish_on_key`` "" is none."""

    prompts: tuple[Prompt, ...] = ()
    action: str = ""
    method: str = "POST"
    keys: bool = True
    speech: bool = False
    timeout_seconds: float = 5.0
    num_digits: int = 0
    finish_on_key: str = "#"
    action_on_empty_result: bool = False
    barge_in: bool = True


@dataclass(frozen=True, slots=True)
class Record:
    """Record what is said. ``action`` is "" for the current document."""

    action: str = ""
    method: str = "POST"
    timeout_seconds: float = 5.0
    finish_on_key: str = "1234567890*#"
    max_seconds: int = 3600
    beep: bool = True
    status_callback: str = ""
    status_events: frozenset[str] = frozenset({"completed"})
    transcribe_callback: str = ""


@dataclass(frozen=True, slots=True)
class Dial:
    """Ring these numbers, and put the caller through to the first that answers.

    ``caller_id`` is "" for the caller's own number. Without ``action`` the next verb follows, after a conversation too.
    """

    numbers: tuple[str, ...]
    timeout_seconds: float = 30.0
    caller_id: str = ""
    action: str = ""
    method: str = "POST"
    sequential: bool = False


@dataclass(frozen=True, slots=True)
class Redirect:
    """Go on with another document."""

    url: str
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the call."""


@dataclass(frozen=True, slots=True)
class Reject:
    """Do not take the call."""

    reason: str = "rejected"


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer a text with a text (``<Message>``)."""

    body: str


Verb = Say | Play | Pause | Gather | Record | Dial | Redirect | Hangup | Reject | Reply
