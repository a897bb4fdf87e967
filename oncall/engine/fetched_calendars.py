"""Fetching every calendar that a configuration names, now, for whoever checks or publishes it."""

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from oncall.calendars import Source, check_source
from oncall.core.configuration import Configuration
from oncall.engine.calendar_contents import sources_by_url
from oncall.errors import CalendarError, ChannelError
from oncall.ports import CalendarAnswer, CalendarSource

_CALENDARS_AT_ONCE = 16


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
