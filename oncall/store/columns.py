"""Kinds of column: how our values are written, so that both databases keep, sort and return them alike."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum, StrEnum
from functools import lru_cache
from typing import Any, Generic, TypeVar

from sqlalchemy import ARRAY, TIMESTAMP, BigInteger, Dialect, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from oncall.core.escalation_policy import EscalationPolicy, EscalationStep
from oncall.core.shift_changes import OwnShift

E = TypeVar("E", bound=StrEnum)


class Instant(TypeDecorator[datetime]):
    """An aware datetime. SQLite keeps ISO text of fixed width in UTC, which sorts as the instants do."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """`timestamptz` on PostgreSQL, text elsewhere."""
        kind: TypeEngine[Any] = TIMESTAMP(timezone=True) if dialect.name == "postgresql" else Text()
        return dialect.type_descriptor(kind)

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        """Straight to the function: a page's row has ten of these."""
        return _aware if dialect.name == "postgresql" else _as_text

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuses a naive datetime: nobody can say which instant it means."""
        return self.bind_processor(dialect)(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        """Straight to the function: a report reads hundreds of thousands."""
        return _in_utc if dialect.name == "postgresql" else _from_text

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Aware, in UTC."""
        return _in_utc(value) if isinstance(value, datetime) else _from_text(value)


def _aware(value: datetime | None) -> datetime | None:
    if value is not None and value.tzinfo is None:
        raise ValueError(f"the store keeps aware datetimes only, and {value!r} has no time zone")
    return _in_utc(value)


def _as_text(value: datetime | None) -> str | None:
    in_utc = _aware(value)
    return None if in_utc is None else in_utc.isoformat(timespec="microseconds")


def _in_utc(value: datetime | None) -> datetime | None:
    return value if value is None or value.tzinfo is UTC else value.astimezone(UTC)


def _from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


class Lasting(TypeDecorator[timedelta]):
    """A span of time, kept as whole microseconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> int | None:
        """Its microseconds."""
        return None if value is None else value // timedelta(microseconds=1)

    def process_result_value(self, value: Any, dialect: Dialect) -> timedelta | None:
        """The span."""
        return None if value is None else timedelta(microseconds=value)


class Words(TypeDecorator[str]):
    """Text that somebody outside wrote. PostgreSQL refuses NUL, and neither database takes half a surrogate pair."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[str | None], str | None]:
        """Straight to the function: a row has a dozen of these, and callers wait for it."""
        return _keepable

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The same text, without what no database can keep."""
        return _keepable(value)


def _keepable(text: str | None) -> str | None:
    if text is None or (text.isascii() and "\0" not in text):
        return text
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


class Word(TypeDecorator[E], Generic[E]):
    """One of our words, kept as its text."""

    impl = Text
    cache_ok = True

    def __init__(self, words: type[E]) -> None:
        super().__init__()
        self.words = words
        self._spelt: dict[str | None, E | None] = {None: None, **{word.value: word for word in words}}

    def bind_processor(self, dialect: Dialect) -> Callable[[E | None], str | None]:
        """Straight to the function, as in `Words`."""
        return _spelt

    def process_bind_param(self, value: E | None, dialect: Dialect) -> str | None:
        """Its text."""
        return _spelt(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], E | None]:
        """Straight to the function, as in `Instant`."""
        return self._word

    def process_result_value(self, value: Any, dialect: Dialect) -> E | None:
        """The word; ValueError where the row holds one that this release does not know."""
        return self._word(value)

    def _word(self, value: str | None) -> E | None:
        try:
            return self._spelt[value]
        except KeyError:
            return self.words(str(value))


def _spelt(word: StrEnum | None) -> str | None:
    return None if word is None else word.value


# Made once: `json.dumps` makes one for every text that is written otherwise than it would.
_as_short_json = json.JSONEncoder(separators=(",", ":")).encode


class Facts(TypeDecorator[Mapping[str, str]]):
    """Names to texts, as JSON in ASCII."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Mapping[str, str] | None], str | None]:
        """Straight to the function, as in `Words`."""
        return _facts_as_json

    def process_bind_param(self, value: Mapping[str, str] | None, dialect: Dialect) -> str | None:
        """JSON."""
        return _facts_as_json(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Mapping[str, str]]:
        """Straight to the function, as in `Instant`."""
        return _from_json

    def process_result_value(self, value: Any, dialect: Dialect) -> Mapping[str, str] | None:
        """A fresh mapping."""
        found: Mapping[str, str] | None = _from_json(value)
        return found


def _facts_as_json(value: Mapping[str, str] | None) -> str | None:
    return None if value is None else _as_short_json(dict(value))


def _from_json(value: str | None) -> Any:
    return None if value is None else json.loads(value)


class Names(TypeDecorator[tuple[str, ...]]):
    """Names in order, as JSON in ASCII."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[tuple[str, ...] | None], str | None]:
        """Straight to the function, as in `Words`."""
        return _names_as_json

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:
        """JSON."""
        return _names_as_json(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], tuple[str, ...] | None]:
        """Straight to the function, as in `Instant`."""
        return _names_from_json

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[str, ...] | None:
        """The names."""
        return _names_from_json(value)


_NO_NAMES = "[]"


def _names_as_json(value: tuple[str, ...] | None) -> str | None:
    return None if value is None else _as_short_json(value) if value else _NO_NAMES


def _names_from_json(value: str | None) -> tuple[str, ...] | None:
    if value == _NO_NAMES:
        return ()
    return None if value is None else tuple(json.loads(value))


class Several(TypeDecorator[Sequence[Any]]):
    """Values of one kind as one parameter, however many they are: only asked with, never kept (`table_parts.among`)."""

    impl = Text
    cache_ok = True

    def __init__(self, of: type[TypeEngine[Any]]) -> None:
        super().__init__()
        self.of = of

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """An array on PostgreSQL, JSON elsewhere."""
        kind: TypeEngine[Any] = ARRAY(self.of) if dialect.name == "postgresql" else Text()
        return dialect.type_descriptor(kind)

    def bind_processor(self, dialect: Dialect) -> Callable[[Sequence[Any] | None], Any]:
        """Straight to the function, as in `Words`."""
        return _plain if dialect.name == "postgresql" else _as_json

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Dialect) -> Any:
        """A list, or JSON."""
        return self.bind_processor(dialect)(value)


def _plain(values: Sequence[Any] | None) -> list[Any]:
    return [value.value if isinstance(value, Enum) else value for value in values or ()]


def _as_json(values: Sequence[Any] | None) -> str:
    return _as_short_json(_plain(values))


class OwnShifts(TypeDecorator[tuple[OwnShift, ...]]):
    """Shifts that an engineer knows, as JSON: schedule, from, until, and which of its moments are done with."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[OwnShift, ...] | None, dialect: Dialect) -> str | None:
        """JSON."""
        if value is None:
            return None
        rows = [
            (
                each.schedule,
                each.starts_at.isoformat(),
                each.ends_at.isoformat(),
                each.day_before_told,
                each.handoff_told,
            )
            for each in value
        ]
        return json.dumps(rows, separators=(",", ":"))

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[OwnShift, ...] | None:
        """The shifts."""
        if value is None:
            return None
        return tuple(
            OwnShift(schedule, datetime.fromisoformat(starts_at), datetime.fromisoformat(ends_at), *told)
            for schedule, starts_at, ends_at, *told in json.loads(value)
        )


class PolicySnapshot(TypeDecorator[EscalationPolicy]):
    """The escalation policy as it was frozen into an incident, as JSON; durations in seconds."""

    impl = Text
    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], EscalationPolicy | None]:
        """Straight to the function, as in `Instant`."""
        return lambda value: None if value is None else policy_from_json(value)

    def process_bind_param(self, value: EscalationPolicy | None, dialect: Dialect) -> str | None:
        """JSON."""
        return None if value is None else policy_as_json(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> EscalationPolicy | None:
        """The policy."""
        return None if value is None else policy_from_json(value)


# Most incidents share a handful of policies, and every row read or written carries one.
@lru_cache(maxsize=256)
def policy_as_json(policy: EscalationPolicy) -> str:
    """What `policy_from_json` reads."""
    return json.dumps(
        {
            "key": policy.key,
            "steps": [{"page": step.page, "wait": step.wait_for.total_seconds()} for step in policy.steps],
            "repeat": policy.repeat,
            "acknowledge_timeout": policy.acknowledge_timeout_for.total_seconds(),
            "acknowledgements": policy.acknowledgements,
        },
        separators=(",", ":"),
    )


@lru_cache(maxsize=256)
def policy_from_json(text: str) -> EscalationPolicy:
    """The policy that `policy_as_json` wrote."""
    found = json.loads(text)
    return EscalationPolicy(
        key=found["key"],
        steps=tuple(EscalationStep(tuple(step["page"]), timedelta(seconds=step["wait"])) for step in found["steps"]),
        repeat=found["repeat"],
        acknowledge_timeout_for=timedelta(seconds=found["acknowledge_timeout"]),
        acknowledgements=found.get("acknowledgements", 1),  # an earlier release knew of no other number
    )
