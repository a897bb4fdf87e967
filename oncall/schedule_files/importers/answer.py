"""Reading JSON of others: every value knows its place, and whatever is not as documented is an error that names it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytz

from oncall.errors import ConfigurationError

MAX_BYTES = 64 * 1024 * 1024
_MAX_NUMBER = 10**9
_YEARS = range(1971, 2199)


class ImportSourceError(ConfigurationError):
    """The export, or the API's answer, cannot be understood; the message names the place."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A value of the answer; ``place`` is such as ``schedules[0].time_zone``."""

    value: object
    place: str

    def wrong(self, message: str) -> ImportSourceError:
        """An error at this place."""
        return ImportSourceError(f"{self.place}: {message}")

    def has(self, key: str) -> bool:
        """Whether this is an object in which the key has a value other than null."""
        return isinstance(self.value, Mapping) and self.value.get(key) is not None

    def at(self, key: str) -> "Answer":
        """What stands under the key. Raises ImportSourceError where this is no object, or has no such key."""
        if not isinstance(self.value, Mapping):
            raise self.wrong(f"an object was expected, this is {_kind(self.value)}")
        if self.value.get(key) is None:
            raise self.wrong(f"`{key}` is missing; is the export complete?")
        return Answer(self.value[key], f"{self.place}.{key}")

    def maybe(self, key: str) -> "Answer | None":
        """What stands under the key; None where it is missing or null. Raises ImportSourceError."""
        if not isinstance(self.value, Mapping):
            raise self.wrong(f"an object was expected, this is {_kind(self.value)}")
        return self.at(key) if self.has(key) else None

    def each(self, key: str = "") -> Iterator["Answer"]:
        """The items of this list, or of the list under the key; nothing where that is missing or null."""
        found: Answer | None = self.maybe(key) if key else self
        if found is None:
            return
        if not isinstance(found.value, Sequence) or isinstance(found.value, str):
            raise found.wrong(f"a list was expected, this is {_kind(found.value)}")
        for index, item in enumerate(found.value):
            yield Answer(item, f"{found.place}[{index}]")

    def entries(self) -> Iterator[tuple[str, "Answer"]]:
        """The keys of this object with what stands under them, null left out."""
        if not isinstance(self.value, Mapping):
            raise self.wrong(f"an object was expected, this is {_kind(self.value)}")
        for key in self.value:
            if self.has(key):
                yield key, self.at(key)

    def text(self, key: str = "", default: str | None = None) -> str:
        """Text, here or under the key; the default where that is missing, if there is one."""
        found = self._here_or(key, default)
        if found is None:
            return default or ""
        if not isinstance(found.value, str):
            raise found.wrong(f"text was expected, this is {_kind(found.value)}")
        return found.value.strip()

    def id(self, key: str = "id") -> str:
        """What the other system calls something, under the key; never empty."""
        found = self.at(key)
        if not found.text():
            raise found.wrong("this is empty; is the export complete?")
        return found.text()

    def number(self, key: str = "", default: int | None = None) -> int:
        """A whole number that is not negative, here or under the key."""
        found = self._here_or(key, default)
        if found is None:
            return default or 0
        if isinstance(found.value, bool) or not isinstance(found.value, int | float) or found.value % 1 != 0:
            raise found.wrong(f"a whole number was expected, this is {_kind(found.value)}")
        if not 0 <= found.value <= _MAX_NUMBER:
            raise found.wrong(f"{found.value} is out of reach")
        return int(found.value)

    def instant(self, key: str = "", timezone: str = "UTC") -> datetime:
        """An instant (aware, UTC), here or under the key; without an offset it is local to the zone."""
        found = self.at(key) if key else self
        written = found.text()
        try:
            at = datetime.fromisoformat(written)
        except ValueError as error:
            raise found.wrong(f"`{written}` is not a date and time") from error
        if at.year not in _YEARS:
            raise found.wrong(f"the year {at.year} is out of reach")
        if at.tzinfo is None:
            at = pytz.timezone(timezone).localize(at, is_dst=False)
        return at.astimezone(pytz.utc).replace(microsecond=0)

    def timezone(self, key: str) -> str:
        """The name of a zone in the IANA database."""
        found = self.at(key)
        written = found.text()
        if written not in pytz.all_timezones_set:
            raise found.wrong(
                f"`{written}` is not a zone of the IANA database; choose one such as Europe/Brussels there"
            )
        return written

    def time_of_day(self, key: str) -> timedelta:
        """A time on the wall such as 09:00:00 or 09:00, as what has passed since midnight."""
        found = self.at(key)
        written = found.text()
        parts = written.split(":")
        if len(parts) not in (2, 3) or not all(part.isascii() and part.isdigit() for part in parts):
            raise found.wrong(f"`{written}` is not a time of day")
        hours, minutes, seconds = (*(int(part) for part in parts), 0)[:3]
        if hours > 24 or minutes > 59 or seconds > 59:
            raise found.wrong(f"`{written}` is not a time of day")
        return timedelta(hours=hours % 24, minutes=minutes, seconds=seconds)

    def one_of(self, key: str, known: Sequence[str]) -> str:
        """One of the known words."""
        found = self.at(key)
        if found.text() not in known:
            raise found.wrong(f"`{found.text()}` is unknown; known are {', '.join(known)}")
        return found.text()

    def _here_or(self, key: str, default: object) -> "Answer | None":
        if not key:
            return self
        found = self.maybe(key)
        return found if found is not None or default is not None else self.at(key)


def parse(text: str, name: str) -> Answer:
    """One JSON object by the name of its file or URL. Raises ImportSourceError."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        if text.lstrip("\ufeff \r\n\t").startswith("<"):
            raise ImportSourceError(
                f"{name}: this is HTML or XML, not JSON; was the address or the login wrong?"
            ) from error
        raise ImportSourceError(f"{name}: this is not JSON, or only a part of it: {error}") from error
    if not isinstance(value, dict):
        raise ImportSourceError(
            f"{name}: an object with keys was expected, this is {_kind(value)}; see docs/how-to/move-in.md"
        )
    return Answer(value, name)


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return f"the number {str(value)[:20]}"
        case str():
            return f"the text `{value[:40]}`"
        case Mapping():
            return "an object"
        case _:
            return "a list"
