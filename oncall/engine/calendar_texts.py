"""The calendars that rotations name, put into the configuration in force."""

from collections.abc import Callable, Mapping
from datetime import date, datetime

from oncall.calendars import calendar_rotations, is_url, with_calendars
from oncall.core.configuration import Configuration
from oncall.ports import UnitOfWork

Stamp = tuple[date, tuple[tuple[str, datetime | None], ...]]


class CalendarsInForce:
    """``fill`` reads calendars again only when one of them changed, or the day did."""

    def __init__(self, log: Callable[..., None]) -> None:
        self._log = log
        self._of: Configuration | None = None
        self._stamp: Stamp | None = None
        self._filled: Configuration | None = None
        self._changed_at: datetime | None = None

    def fill(
        self, uow: UnitOfWork, configuration: Configuration, files: Mapping[str, str], now: datetime
    ) -> tuple[Configuration, datetime | None]:
        """The configuration with its calendars' spans; when a fetched one last changed, None where none is named.

        ``files`` are those of the published version. What cannot be read leaves its rotation empty, and is logged:
        operators are told where it is fetched.
        """
        sources = {source.name for source in calendar_rotations(configuration)}
        if not sources:
            return configuration, None
        kept = [each for each in uow.imported_calendars.listing() if each.source in sources]
        stamp: Stamp = (now.date(), tuple((each.source, each.changed_at) for each in kept))
        if self._filled is None or configuration is not self._of or stamp != self._stamp:
            texts = {name: files[name] for name in sources if name in files and not is_url(name)}
            for each in kept:
                found = uow.imported_calendars.get(each.source)
                if found is not None and found.text:
                    texts[each.source] = found.text
            self._filled, troubles = with_calendars(configuration, texts, now)
            for trouble in troubles:
                rotation = f"{trouble.source.schedule.key}/{trouble.source.rotation.name}"
                self._log("calendar.doubt", rotation=rotation, problem=trouble.text)
            self._of, self._stamp = configuration, stamp
            self._changed_at = max((each.changed_at for each in kept if each.changed_at is not None), default=None)
        return self._filled, self._changed_at
