"""An engineer: who is paged, and by which notification rules."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum


class ContactMethod(StrEnum):
    """One way to reach somebody."""

    SMS = "sms"
    CALL = "call"
    EMAIL = "email"
    SLACK = "slack"
    PAGERDUTY = "pagerduty"


class Confirm(StrEnum):
    """What is pressed on a call to acknowledge."""

    KEY = "key"  # 1, on every call
    DIGIT = "digit"  # one that only this call names: a voicemail that echoes keys cannot know it


@dataclass(frozen=True, slots=True)
class NotificationRule:
    """Use this contact method so long after the page began."""

    by: ContactMethod
    after_for: timedelta


# Telephones let a second call from the same number through Do Not Disturb when it comes so soon after the first.
SECOND_CALL_WITHIN = timedelta(minutes=3)
DEFAULT_NOTIFICATION_RULES: tuple[NotificationRule, ...] = (
    NotificationRule(ContactMethod.SMS, timedelta(0)),
    NotificationRule(ContactMethod.CALL, timedelta(0)),
    NotificationRule(ContactMethod.CALL, timedelta(minutes=2)),
)


class ShiftPurpose(StrEnum):
    """What an engineer is told of their shifts."""

    DAY_BEFORE = "day_before"  # a shift of theirs begins tomorrow
    HANDOFF = "handoff"  # they are on call from now on
    CHANGES = "changes"  # an edit moved, added or removed a shift of theirs


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Times on the wall between which only pages and handoffs may disturb; ``until`` is the first that is not quiet."""

    begins: time
    until: time


@dataclass(frozen=True, slots=True)
class Absence:
    """A span in which somebody takes no turns; ``ends_at`` is the first instant at which they do again."""

    starts_at: datetime
    ends_at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Engineer:
    """Somebody who is paged. ``key`` is the name in YAML, ``phone`` is E.164; absent contact data is "".

    ``quiet_hours`` None: they have none. ``shift_notices`` are those that they want. ``confirm`` says what a call asks
    for to be acknowledged.
    """

    key: str
    name: str
    phone: str
    email: str = ""
    timezone: str = ""
    language: str = ""
    slack: str = ""
    github: str = ""
    pagerduty: str = ""
    notify: tuple[NotificationRule, ...] = DEFAULT_NOTIFICATION_RULES
    quiet_hours: QuietHours | None = None
    shift_notices: tuple[ShiftPurpose, ...] = tuple(ShiftPurpose)
    confirm: Confirm = Confirm.KEY

    def address(self, method: ContactMethod) -> str:
        """Where this contact method reaches the engineer, or "" where it does not."""
        match method:
            case ContactMethod.SMS | ContactMethod.CALL:
                return self.phone
            case ContactMethod.EMAIL:
                return self.email
            case ContactMethod.SLACK:
                return self.slack
            case ContactMethod.PAGERDUTY:
                return self.pagerduty
