"""What tables are made of: kinds of columns, and how a dataclass is read from a row and written to one."""

from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter
from typing import Any, TypeVar

from sqlalchemy import BigInteger, Boolean, Column, ColumnElement, Integer, MetaData, Table, bindparam, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from oncall.store.columns import Instant, Several, Word, Words

T = TypeVar("T")

BIG = BigInteger().with_variant(Integer(), "sqlite")  # only INTEGER counts by itself on SQLite

metadata = MetaData()

# A limit of one row. PostgreSQL would plan for a tenth of the table where it were a parameter, and rather plan anew
# each time it is asked.
ONE_ROW = literal_column("1", Integer)


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


class _Among(FunctionElement[bool]):
    """A column and the one parameter that holds all values that it may have."""

    name = "among"
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> Any:
        """As it is: SQLAlchemy would compare it with 1 on SQLite, which then reads whole tables."""
        return self


@compiles(_Among, "postgresql")
def _among_an_array(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = element.clauses
    return f"{compiler.process(column, **kw)} = ANY ({compiler.process(values, **kw)})"


@compiles(_Among)
def _among_json(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = element.clauses
    of, given = compiler.process(column, **kw), compiler.process(values, **kw)
    return f"{of} IN (SELECT value FROM json_each({given}))"  # noqa: S608 - a column and a parameter, written by SQLAlchemy


def among(column: Column[Any], parameter: str, of: type[TypeEngine[Any]]) -> ColumnElement[bool]:
    """Whether the column has one of the values of this parameter: the same statement for any number of them."""
    return _Among(column, bindparam(parameter, type_=Several(of)))
