"""Calendars that were fetched to check what is about to be published: kept in the transaction of the new version.

So a rotation that names one has somebody from the first instant of that version on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from oncall.core.configuration import Configuration
from oncall.engine.calendar_contents import says_otherwise, shifts_lost, sources_by_url
from oncall.errors import CalendarError
from oncall.ports import CalendarAnswer, ImportedCalendar, UnitOfWork


@dataclass(frozen=True, slots=True)
class FreshCalendar:
    """An answer of ``source`` that is to be kept. ``before`` is the text, "" for none, that it was compared with."""

    source: str
    answer: CalendarAnswer
    before: str
    has_changed: bool


def worth_keeping(
    configuration: Configuration, answers: Mapping[str, CalendarAnswer], kept: Mapping[str, str], now: datetime
) -> list[FreshCalendar]:
    """Which of these answers, by URL, may take the place of the texts that are ``kept``; in order of their URLs.

    Not one that has lost every shift to come: that is a failure, and telling the operators of it is the engine's.
    Reads whole calendars: not within a transaction.
    """
    fresh = []
    for url, sources in sorted(sources_by_url(configuration).items()):
        answer, before = answers.get(url), kept.get(url, "")
        if answer is None:
            continue
        try:
            if not shifts_lost(before, answer.text, sources[0], now):
                has_changed = says_otherwise(before, answer.text, sources, now)
                fresh.append(FreshCalendar(url, answer, before, has_changed))
        except CalendarError:
            continue  # whoever fetched it has said so, and the engine's next try tells the operators
    return fresh


def keep(uow: UnitOfWork, fresh: Sequence[FreshCalendar], now: datetime) -> None:
    """Keep them, unless the engine has brought something newer since they were compared.

    They stay due, so that the engine tells the operators at once of events that page nobody.
    """
    for each in fresh:
        found = uow.imported_calendars.get(each.source, lock=True) or ImportedCalendar(each.source, now)
        if found.text == each.before:
            uow.imported_calendars.save(
                replace(
                    found,
                    due_at=now,
                    etag=each.answer.etag,
                    last_modified=each.answer.last_modified,
                    fetched_at=now,
                    changed_at=now if each.has_changed else found.changed_at,
                    failures=0,
                    problem="",
                    text=each.answer.text,
                )
            )
