"""An engineer: who is paged, and by which notification rules."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class ContactMethod(StrEnum):
    """One way to reach somebody."""

    SMS = "sms"
    CALL = "call"
    EMAIL = "email"
    SLACK = "slack"
    PAGERDUTY = "pagerduty"


@dataclass(frozen=True, slots=True)
class NotificationRule:
    """Use this contact method so long after the page began."""

    by: ContactMethod
    after_for: timedelta


# The second call comes within three minutes of the first: telephones let it through Do Not Disturb.
DEFAULT_NOTIFICATION_RULES: tuple[NotificationRule, ...] = (
    NotificationRule(ContactMethod.SMS, timedelta(0)),
    NotificationRule(ContactMethod.CALL, timedelta(0)),
    NotificationRule(ContactMethod.CALL, timedelta(minutes=2)),
)


@dataclass(frozen=True, slots=True)
class Absence:
    """A span in which somebody takes no turns; ``ends_at`` is the first instant at which they do again."""

    starts_at: datetime
    ends_at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Engineer:
    """Somebody who is paged. ``key`` is the name in YAML, ``phone`` is E.164; absent contact data is ""."""

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
