"""What tables are made of: kinds of columns, and how a dataclass is read from a row and written to one."""

from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter
from typing import Any, TypeVar

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table

from oncall.store.columns import Instant, Word, Words

T = TypeVar("T")

BIG = BigInteger().with_variant(Integer(), "sqlite")  # only INTEGER counts by itself on SQLite

metadata = MetaData()


def columns(table: Table, kind: type, without: tuple[str, ...] = ()) -> list[Column[Any]]:
    """The columns that keep this dataclass, in the order of its fields: ``kind(*row)`` reads a row."""
    return [table.c[field.name] for field in fields(kind) if field.name not in without]


def writer(kind: type[T], without: tuple[str, ...] = ()) -> Callable[[T], dict[str, Any]]:
    """A function from such a dataclass to its row."""
    names = [field.name for field in fields(kind) if field.name not in without]  # type: ignore[arg-type]
    read = attrgetter(*names)
    return lambda value: dict(zip(names, read(value), strict=True))


def text_column(name: str) -> Column[str]:
    """Words, "" where there are none."""
    return Column(name, Words, nullable=False)


def instant_column(name: str, *, required: bool = False) -> Column[Any]:
    """An instant; null where it has not come, unless it is ``required``."""
    return Column(name, Instant, nullable=not required)


def word_column(name: str, words: type[Any], *, required: bool = True) -> Column[Any]:
    """One of the ``words`` of an enumeration."""
    return Column(name, Word(words), nullable=not required)


def count_column(name: str) -> Column[int]:
    """A number that counts something."""
    return Column(name, Integer, nullable=False)
