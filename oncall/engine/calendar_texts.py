"""The calendars that rotations name, put into the configuration in force."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from oncall.calendars import calendar_rotations, is_fetched, known_span, with_calendars
from oncall.core.configuration import Configuration
from oncall.ports import UnitOfWork

Kept = tuple[tuple[str, datetime | None], ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """The calendars that a configuration names, as they were when they were looked for."""

    of: Configuration | None = None
    kept: Kept = ()
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Filled:
    """What came of calendars as they were found, in the span of time that was looked at."""

    found: _Found
    span: tuple[datetime, datetime]
    configuration: Configuration


class CalendarsInForce:
    """``look`` asks the rows, within a transaction; ``fill`` reads what it found, which may take a second, and
    ``filled`` is what is known without. `fill` may be called in a thread of its own."""

    def __init__(self, log: Callable[..., None]) -> None:
        self._log = log
        self._found = _Found()
        self._filled: _Filled | None = None

    @property
    def changed_at(self) -> datetime | None:
        """When a fetched calendar last changed; None where none is named, or none has been fetched."""
        return max((at for _, at in self._found.kept if at is not None), default=None)

    def look(self, uow: UnitOfWork, configuration: Configuration, files: Mapping[str, str]) -> None:
        """Find the calendars that this configuration names: among ``files`` of its version, and as last fetched."""
        sources = {source.name for source in calendar_rotations(configuration)}
        kept = _kept(uow, sources)
        if configuration is self._found.of and kept == self._found.kept:
            return
        texts = {name: files[name] for name in sources if name in files and not is_fetched(name)}
        for name, _ in kept:
            found = uow.imported_calendars.get(name)
            if found is not None and found.text:
                texts[name] = found.text
        self._found = _Found(configuration, kept, texts)

    def is_up_to_date(self, uow: UnitOfWork) -> bool:
        """Whether this transaction sees no calendar that `look` has not found as it is."""
        if self._found.of is None:
            return True
        return _kept(uow, {source.name for source in calendar_rotations(self._found.of)}) == self._found.kept

    def filled(self, configuration: Configuration, now: datetime) -> Configuration | None:
        """What `fill` would answer; None where it would have to read calendars for that."""
        if not any(True for _ in calendar_rotations(configuration)):
            return configuration
        filled = self._filled
        if filled is None or filled.found is not self._found or filled.span != known_span(now):
            return None
        return filled.configuration if self._found.of is configuration else None

    def fill(self, configuration: Configuration, now: datetime) -> Configuration:
        """The configuration with its calendars' spans.

        What cannot be read leaves its rotation empty, and is logged: operators are told where it is fetched.
        """
        known = self.filled(configuration, now)
        if known is not None:
            return known
        found = self._found
        filled, troubles = with_calendars(configuration, found.texts, now)
        for trouble in troubles:
            rotation = f"{trouble.source.schedule.key}/{trouble.source.rotation.name}"
            self._log("calendar.doubt", rotation=rotation, problem=trouble.text)
        if found.of is configuration:
            self._filled = _Filled(found, known_span(now), filled)
        return filled


def _kept(uow: UnitOfWork, sources: Collection[str]) -> Kept:
    listing = uow.imported_calendars.listing() if any(map(is_fetched, sources)) else []
    return tuple((each.source, each.changed_at) for each in listing if each.source in sources)
