"""A telephone provider that calls and texts go through."""

import re
from dataclasses import dataclass

# The account that the TWILIO_* variables name; it is the first where the schedules do not say otherwise.
PRIMARY = "twilio"


@dataclass(frozen=True, slots=True)
class OwnLimits:
    """What one account allows, per second; None for what the hotline's limits say of all."""

    calls_per_second: float | None = None
    messages_per_second: float | None = None


@dataclass(frozen=True, slots=True)
class Provider:
    """``name`` is its key in YAML; ``number`` the E.164 number that it calls from, "" for the hotline's own."""

    name: str
    number: str = ""
    limits: OwnLimits = OwnLimits()


def variable_prefix(name: str) -> str:
    """What the names of the variables with its credentials begin with: ONCALL_PROVIDER_SECOND_ for `second`."""
    return f"ONCALL_PROVIDER_{re.sub(r'[^A-Z0-9]', '_', name.upper())}_"


def without_credentials_text(name: str) -> str:
    """What to tell whoever named a provider in the schedules and set no variables for it."""
    prefix = variable_prefix(name)
    return (
        f"The schedules name the telephone provider {name}, and nothing in the environment opens its account: "
        f"it is passed by. Set {prefix}ACCOUNT_SID and {prefix}AUTH_TOKEN, and start again."
    )
