"""`dataclasses.replace` for what is changed at every page: that one walks through all fields, one by one, each time."""

from collections.abc import Callable
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

T = TypeVar("T")


def replace(value: T, /, **changes: Any) -> T:
    """The same but for these fields. TypeError for a field that there is none of.

    For dataclasses of which every field may be given, in its place, when one is made.
    """
    kind: Any = type(value)
    places, read = _fields(kind)
    values = [*read(value)]
    try:
        for name, changed in changes.items():
            values[places[name]] = changed
    except KeyError as error:
        raise TypeError(f"{kind.__name__} has no field {error}") from error
    made: T = kind(*values)
    return made


@cache
def _fields(kind: Any) -> tuple[dict[str, int], Callable[[Any], tuple[Any, ...]]]:
    """The place of each field, at least two, and what reads all of them."""
    names = [field.name for field in fields(kind)]
    return {name: place for place, name in enumerate(names)}, attrgetter(*names)
