"""The calendars that rotations name, put into the configuration in force."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from oncall.calendars import calendar_rotations, is_url, known_span, with_calendars
from oncall.core.configuration import Configuration
from oncall.ports import UnitOfWork

Kept = tuple[tuple[str, datetime | None], ...]


class CalendarsInForce:
    """``look`` asks the rows, within a transaction; ``fill`` reads what it found, outside. Both do nothing while
    neither the configuration, nor a calendar, nor the time that is looked at is another."""

    def __init__(self, log: Callable[..., None]) -> None:
        self._log = log
        self._of: Configuration | None = None
        self._kept: Kept = ()
        self._texts: dict[str, str] = {}
        self._filled: tuple[tuple[datetime, datetime], Configuration] | None = None

    @property
    def changed_at(self) -> datetime | None:
        """When a fetched calendar last changed; None where none is named, or none has been fetched."""
        return max((at for _, at in self._kept if at is not None), default=None)

    def look(self, uow: UnitOfWork, configuration: Configuration, files: Mapping[str, str]) -> None:
        """Find the calendars that this configuration names: among ``files`` of its version, and as last fetched."""
        sources = {source.name for source in calendar_rotations(configuration)}
        kept = _kept(uow, sources)
        if configuration is self._of and kept == self._kept:
            return
        self._texts = {name: files[name] for name in sources if name in files and not is_url(name)}
        for name, _ in kept:
            found = uow.imported_calendars.get(name)
            if found is not None and found.text:
                self._texts[name] = found.text
        self._of, self._kept, self._filled = configuration, kept, None

    def is_up_to_date(self, uow: UnitOfWork) -> bool:
        """Whether this transaction sees no calendar that `look` has not found as it is."""
        if self._of is None:
            return True
        return _kept(uow, {source.name for source in calendar_rotations(self._of)}) == self._kept

    def fill(self, configuration: Configuration, now: datetime) -> Configuration:
        """The configuration with its calendars' spans.

        What cannot be read leaves its rotation empty, and is logged: operators are told where it is fetched.
        """
        span = known_span(now)
        if self._filled is None or self._filled[0] != span:
            filled, troubles = with_calendars(configuration, self._texts, now)
            for trouble in troubles:
                rotation = f"{trouble.source.schedule.key}/{trouble.source.rotation.name}"
                self._log("calendar.doubt", rotation=rotation, problem=trouble.text)
            self._filled = span, filled
        return self._filled[1]


def _kept(uow: UnitOfWork, sources: Collection[str]) -> Kept:
    listing = uow.imported_calendars.listing() if any(map(is_url, sources)) else []
    return tuple((each.source, each.changed_at) for each in listing if each.source in sources)
