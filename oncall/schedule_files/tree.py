"""YAML text → a tree in which every value and every key knows its place.

Composed from the parser's events in one pass, since nothing else keeps all places at such a speed. Only plain data
passes: text, numbers, true, false, null, lists and mappings with text as keys. Dates and times stay text, to be read by
those who know what they mean.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import yaml
from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from yaml.reader import ReaderError

from oncall.schedule_files.folder import MAX_BYTES
from oncall.schedule_files.problem import Place, Problem

MAX_DEPTH = 20
MAX_NODES = 50_000

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEAN = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}\Z")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z|[-+]?\.(inf|Inf|INF)\Z|\.(nan|NaN|NAN)\Z")
# libyaml reads some ten times as fast; where PyYAML was built without it, its own parser says the same.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAB = re.compile(r"^ *\t", re.MULTILINE)

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Value:
    """Text, a number, true, false or null."""

    place: Place
    value: Scalar


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    place: Place
    items: list["Node"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Mapping:
    """Names to values; ``keys`` are the places of the names."""

    place: Place
    entries: dict[str, "Node"] = field(default_factory=dict)
    keys: dict[str, Place] = field(default_factory=dict)


Node = Value | Sequence | Mapping


def plain(node: Node) -> object:
    """The same as Python's own values."""
    match node:
        case Mapping():
            return {key: plain(value) for key, value in node.entries.items()}
        case Sequence():
            return [plain(item) for item in node.items]
        case Value():
            return node.value


def parse(file: str, text: str) -> tuple[Mapping | None, list[Problem]]:
    """The tree of one file, and everything that is wrong with it; None where it cannot be read to its end."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        return None, [Problem(Place(file), f"is larger than {MAX_BYTES // 1024} KiB; split it into several files")]
    if tab := _TAB.search(text):
        place = Place(file, text.count("\n", 0, tab.start()) + 1, tab.end() - tab.start())
        return None, [Problem(place, "a tab in the indentation; use spaces")]
    composer = _Composer(file)
    try:
        root = composer.compose(yaml.parse(text, Loader=_LOADER))
    except _UnreadableError as error:
        return None, [*composer.problems, error.problem]
    except MarkedYAMLError as error:
        place = _place(file, error.problem_mark or error.context_mark)
        said = " ".join(part for part in (error.context, error.problem) if part)
        return None, [*composer.problems, Problem(place, f"this is not YAML: {_one_line(said)}")]
    except ReaderError as error:
        before = text.encode()[: error.position].decode(errors="ignore")
        place = Place(file, before.count("\n") + 1, len(before) - before.rfind("\n"))
        return None, [*composer.problems, Problem(place, "a character that no text has; remove it")]
    except (YAMLError, ValueError) as error:
        return None, [*composer.problems, Problem(Place(file), f"this is not YAML: {_one_line(str(error))}")]
    return root, composer.problems


class _Mark(Protocol):
    """Where the parser is, counted from 0."""

    @property
    def line(self) -> int: ...

    @property
    def column(self) -> int: ...


class _UnreadableError(Exception):
    """Reading this file ends here."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class _Composer:
    """Builds the tree of one file from the parser's events."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self._count = 0

    def compose(self, events: Iterator[Event]) -> Mapping:
        """The one document of the file, an empty mapping where there is none."""
        root: Node | None = None
        for event in events:
            if isinstance(event, DocumentStartEvent):
                if root is not None:
                    raise self._unreadable(event, "a second document begins here; remove the line ---")
                root = self._node(next(events), events, depth=1)
        if root is None or (isinstance(root, Value) and root.value is None):
            return Mapping(Place(self.file, 1, 1))
        if not isinstance(root, Mapping):
            raise _UnreadableError(Problem(root.place, "a file holds keys such as `engineers:`; this is none"))
        return root

    def _node(self, event: Event, events: Iterator[Event], depth: int) -> Node:
        self._refuse_odd(event, depth)
        place = _place(self.file, event.start_mark)
        match event:
            case ScalarEvent():
                return Value(place, _scalar(event))
            case SequenceStartEvent():
                return self._sequence(place, events, depth)
            case MappingStartEvent():
                return self._mapping(place, events, depth)
            case _:
                raise self._unreadable(event, "a value was expected here")

    def _sequence(self, place: Place, events: Iterator[Event], depth: int) -> Sequence:
        found = Sequence(place)
        for event in events:
            if isinstance(event, SequenceEndEvent):
                break
            found.items.append(self._node(event, events, depth + 1))
        return found

    def _mapping(self, place: Place, events: Iterator[Event], depth: int) -> Mapping:
        found = Mapping(place)
        for event in events:
            if isinstance(event, MappingEndEvent):
                break
            key = self._node(event, events, depth + 1)
            value = self._node(next(events), events, depth + 1)
            if not isinstance(key, Value) or not isinstance(key.value, str):
                self.problems.append(Problem(key.place, "a key must be text; put it in quotes"))
            elif key.value in found.entries:
                first = found.keys[key.value]
                self.problems.append(
                    Problem(key.place, f"`{key.value}` is defined twice, first in line {first.line}; remove one")
                )
            else:
                found.entries[key.value] = value
                found.keys[key.value] = key.place
        return found

    def _refuse_odd(self, event: Event, depth: int) -> None:
        self._count += 1
        if self._count > MAX_NODES:
            raise self._unreadable(event, f"more than {MAX_NODES} values in one file; split it into several files")
        if depth > MAX_DEPTH:
            raise self._unreadable(event, f"nested more than {MAX_DEPTH} deep; nothing here needs that")
        if isinstance(event, AliasEvent):
            raise self._unreadable(event, "an alias (*name) is not allowed; write the value out")
        if getattr(event, "anchor", None) is not None:
            raise self._unreadable(event, "an anchor (&name) is not allowed; remove it")
        if getattr(event, "tag", None) is not None:
            raise self._unreadable(event, "a tag (!name) is not allowed; remove it")

    def _unreadable(self, event: Event, message: str) -> _UnreadableError:
        return _UnreadableError(Problem(_place(self.file, event.start_mark), message))


def _scalar(event: ScalarEvent) -> Scalar:
    text: str = event.value
    if not event.implicit[0]:  # quoted, or a block: text whatever it looks like
        return text
    if text in _NULL:
        return None
    if text in _BOOLEAN:
        return _BOOLEAN[text]
    if _INTEGER.match(text):
        return int(text)
    return float(text.replace(".inf", "inf").replace(".nan", "nan")) if _NUMBER.match(text) else text


def _place(file: str, mark: _Mark | None) -> Place:
    return Place(file) if mark is None else Place(file, mark.line + 1, mark.column + 1)


def _one_line(text: str) -> str:
    return " ".join(text.split())
