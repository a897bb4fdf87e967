"""What comes in from where customers write: GitHub and Slack. It is stored as it came, answered, and worked on after.

An `InboundEvent` is one webhook; a `Link` says which issue or thread there an incident lives in.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

LONGEST_EFFECT = 300
MOST_ATTEMPTS = 8
_FIRST_RETRY = timedelta(seconds=2)
_LONGEST_RETRY = timedelta(minutes=10)


class Platform(StrEnum):
    """Where it came from, and where an incident lives beside here."""

    GITHUB = "github"
    SLACK = "slack"


@dataclass(frozen=True, slots=True)
class InboundEvent:
    """One webhook. ``id`` is the sender's own name for it, with the platform before it, so that a second one is known.

    Events with the same ``subject`` are worked on one after the other, in the order in which they came. ``body`` is
    JSON as it came, emptied at the end. ``due_at`` is the next try, None at the end; ``effect`` says what became of it,
    ``incident`` which incident it was about, None for none.
    """

    id: str
    platform: Platform
    type: str
    subject: str
    body: str
    received_at: datetime
    due_at: datetime | None
    attempts: int = 0
    finished_at: datetime | None = None
    effect: str = ""
    incident: int | None = None

    @property
    def given_up(self) -> bool:
        """Whether it could not be worked on: of what was, the body is gone."""
        return self.finished_at is not None and bool(self.body)


@dataclass(frozen=True, slots=True)
class Effect:
    """What became of an event, in words for the operators; ``incident`` is the one it was about, None for none."""

    text: str
    incident: int | None = None


def finished(event: InboundEvent, effect: Effect, now: datetime) -> InboundEvent:
    """It is done with; what it said of people is forgotten."""
    text = effect.text[:LONGEST_EFFECT]
    return replace(event, due_at=None, finished_at=now, effect=text, incident=effect.incident, body="")


def failed(event: InboundEvent, problem: str, now: datetime) -> InboundEvent:
    """It could not be worked on: again after 2, 4, 8 … seconds; after eight times it is kept as it is, body and all."""
    if event.attempts >= MOST_ATTEMPTS:
        return replace(event, due_at=None, finished_at=now, effect=f"failed: {problem}"[:LONGEST_EFFECT])
    wait_for = min(_FIRST_RETRY * 2 ** max(event.attempts - 1, 0), _LONGEST_RETRY)
    return replace(event, due_at=now + wait_for, effect=f"tried again: {problem}"[:LONGEST_EFFECT])


def once_more(event: InboundEvent, now: datetime) -> InboundEvent:
    """It was given up, and somebody had it sent again."""
    return replace(event, received_at=now, due_at=now, attempts=0, finished_at=None, effect="")


@dataclass(frozen=True, slots=True)
class Link:
    """Where an incident lives elsewhere.

    ``place`` is what does not change when things are renamed: a repository's id, a channel's id. ``key`` is the issue's
    number there, or the thread's ts. ``url`` is for people, "" where there is none. ``state`` is the other side's, as
    it was last heard or said: "open" or "closed", "gone" where it was deleted or moved away, "" where it has none.
    ``name`` is what people call the place. ``heard_at`` is when the other side last changed by what we have heard:
    what comes later and is older undoes nothing.
    """

    incident: int
    platform: Platform
    place: str
    key: str
    created_at: datetime
    url: str = ""
    state: str = ""
    name: str = ""
    heard_at: datetime | None = None
