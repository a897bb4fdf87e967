"""A customer: the company that a caller belongs to."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from oncall.core.sla import Priority, Promise


@dataclass(frozen=True, slots=True)
class Contact:
    """A person at a customer; ``phone`` is E.164; absent data is ""."""

    name: str
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Customer:
    """A company we know. ``numbers`` and the contacts' phones are how its callers are recognised.

    ``promises`` are those that were agreed with it; for the other priorities it has what is promised to everybody.
    """

    key: str
    name: str
    numbers: tuple[str, ...] = ()
    contacts: tuple[Contact, ...] = ()
    language: str = ""
    github: str = ""
    slack: str = ""
    promises: Mapping[Priority, Promise] = field(default_factory=dict, hash=False)

    def knows(self, number: str) -> bool:
        """Whether a call or text from ``number`` (E.164) is theirs."""
        return bool(number) and (number in self.numbers or any(c.phone == number for c in self.contacts))

    def contact_name(self, number: str) -> str:
        """The name of the contact whose phone this is, or ""."""
        return next((c.name for c in self.contacts if c.phone and c.phone == number), "")
