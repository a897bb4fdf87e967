"""What commands ask of the world outside without the running whole: hosted documents, the account, calendars."""

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from oncall.calendars import Source, check_source
from oncall.channels import TwilioNumbers, build_calendars, build_email, build_hosted, build_numbers
from oncall.core.configuration import Configuration
from oncall.engine.calendar_contents import sources_by_url
from oncall.errors import CalendarError, ChannelError
from oncall.ports import CalendarAnswer, CalendarSource
from oncall.settings import Settings
from oncall.system import SystemClock, SystemRng

_CALENDARS_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Outside:
    """What can be asked outside without sending anything, for `oncall doctor`.

    ``numbers_of`` gives the account of the provider with this name, None without credentials.
    """

    numbers_of: Callable[[str], TwilioNumbers | None]
    mail_reached: Callable[[], None]


def build_outside(settings: Settings) -> Outside:
    """The providers, to be asked whether they know us. ``mail_reached`` raises SettingsError for a wrong SMTP_URL."""
    clock = SystemClock()
    return Outside(partial(open_numbers, settings), lambda: build_email(settings, clock, SystemRng()).reach())


def fetch_hosted(url: str) -> str:
    """A document that is hosted elsewhere. Raises ChannelError."""
    return build_hosted(SystemClock())(url)


def open_numbers(settings: Settings, provider: str) -> TwilioNumbers | None:
    """The numbers of this provider's account; None where the settings hold no credentials of it."""
    opens = settings.provider_account(provider)
    return build_numbers(opens, SystemClock()) if opens is not None and opens.account_sid else None


def open_calendars(settings: Settings) -> CalendarSource:
    """Where the calendars that rotations name are fetched from, and PagerDuty by the settings' key."""
    return build_calendars(settings, SystemClock())


@dataclass(frozen=True, slots=True)
class FetchedCalendars:
    """Calendars by their URL; and of every rotation whose calendar could not be had, why."""

    answers: Mapping[str, CalendarAnswer]
    problems: Sequence[tuple[Source, str]]

    @property
    def texts(self) -> dict[str, str]:
        """Their texts, by URL."""
        return {url: answer.text for url, answer in self.answers.items()}


def fetch_calendars(
    configuration: Configuration, source: CalendarSource, *, without: Collection[str] = ()
) -> FetchedCalendars:
    """The calendars and on-calls that its rotations are kept in, but for those ``without``, fetched now, each once.

    Sixteen at a time, so that slow ones take no longer than the slowest: half a minute. Never within a transaction.
    """
    named = {url: sources for url, sources in sources_by_url(configuration).items() if url not in without}
    with ThreadPoolExecutor(_CALENDARS_AT_ONCE) as threads:
        found = dict(zip(named, threads.map(partial(_fetched, source), named), strict=True))
    answers = {url: answer for url, answer in found.items() if isinstance(answer, CalendarAnswer)}
    problems = [(each, what) for url, what in found.items() if isinstance(what, str) for each in named[url]]
    return FetchedCalendars(answers, problems)


def _fetched(fetcher: CalendarSource, url: str) -> CalendarAnswer | str | None:
    """The answer, or why there is none of use; None where it says that nothing is new, though nothing was known."""
    try:
        answer = fetcher.fetch(url, etag="", last_modified="")
        if answer is not None:
            check_source(url, answer.text)
    except (ChannelError, CalendarError) as error:
        return f"{error}"
    return answer
