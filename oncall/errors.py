"""Every error of ours, in one tree. Foreign errors become one of these once, at the border, with ``from exc``.

::

    OncallError
    ├── SettingsError              an environment variable is missing or wrong: the start stops
    ├── ConfigurationError         the schedules folder cannot be read or resolved: nothing is published
    ├── CalendarError              a calendar of somebody else's cannot be read
    ├── NoBusinessTimeError        business hours do not hold as much time as was promised
    ├── UsageError                 the person at the command line, or the form, asked for something that cannot be
    │   └── UnknownIncidentError   no incident has that number
    ├── StoreError                 the database refused or is away
    │   ├── StoreUnavailableError  … it is away: try again, nothing was written
    │   └── ConflictError          … somebody else changed the row first: read again
    ├── DocumentError              a document cannot be made of what there is
    ├── RefusedWebhookError        unsigned, wrongly signed or foreign: 403, nothing is stored
    └── ChannelError               a message could not be handed to a provider
        ├── RecipientError         … and never can be, to this address: go to the next contact method
        │   └── GoneError              … whoever is there says that nothing is to be sent there any more
        ├── OvertakenError         … and need not be: what it says is true no more
        ├── SetupError             … and never can be, until an operator mends our account or settings
        │   └── PlaceError             … as far as this one place there goes: other places are not concerned
        └── TransientError         … now: try again
            ├── BusyError              … and not before so long
            └── OutcomeUnknownError    … we do not know whether it went: ask before repeating
"""

from datetime import timedelta


class OncallError(Exception):
    """Something went wrong that we foresaw; the message says what, where, and what to do."""


class SettingsError(OncallError):
    """An environment variable is missing or wrong."""


class ConfigurationError(OncallError):
    """The schedules folder cannot be read or resolved."""


class CalendarError(OncallError):
    """A calendar cannot be read; the message goes on from its name: "it is …"."""


class NoBusinessTimeError(OncallError):
    """Business hours do not hold, within years, as much time as was asked for."""


class UsageError(OncallError):
    """What was asked for cannot be done; the message says what can."""


class UnknownIncidentError(UsageError):
    """No incident has that number."""


class StoreError(OncallError):
    """The database refused."""


class StoreUnavailableError(StoreError):
    """The database is away; nothing was written; try again."""


class ConflictError(StoreError):
    """Somebody else changed the row first; read it again."""


class DocumentError(OncallError):
    """A document cannot be made of what there is."""


class RefusedWebhookError(OncallError):
    """The webhook is not the provider's, or not for us."""


class ChannelError(OncallError):
    """A message could not be handed to a provider.

    ``code`` is the provider's own error code as text, or "" where it gave none.
    """

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class RecipientError(ChannelError):
    """This address can never be reached by this contact method."""


class GoneError(RecipientError):
    """Whoever is there says that nothing is to be sent there any more."""


class OvertakenError(ChannelError):
    """What it says is true no more, and nothing else is to be said in its place: it is not sent."""


class SetupError(ChannelError):
    """Nothing can be sent until an operator mends our account or settings."""


class PlaceError(SetupError):
    """Nothing can be sent to this one place until an operator mends something; others are not concerned."""


class TransientError(ChannelError):
    """It did not go now; it may a moment later."""


class BusyError(TransientError):
    """It asks not to be tried again before ``wait_for`` has passed."""

    def __init__(self, message: str, *, wait_for: timedelta, code: str = "") -> None:
        super().__init__(message, code=code)
        self.wait_for = wait_for


class OutcomeUnknownError(TransientError):
    """The provider did not answer in time: it may have gone, ``times`` times where several providers were asked."""

    def __init__(self, message: str, *, code: str = "", times: int = 1) -> None:
        super().__init__(message, code=code)
        self.times = times
