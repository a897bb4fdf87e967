"""Statements that are compiled once and then go straight to the driver.

SQLAlchemy looks its compiled SQL up again at every execution and wraps whatever comes back, which takes longer than
the database takes for a row. What is read or written for every page goes this way.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect
from sqlalchemy.types import TypeEngine

from oncall.store import driver

Values = Mapping[str, Any]
_Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """SQL for the driver; the values that it takes, in order, and how each is converted; ``constants`` are those that
    are the statement's own, ``named`` says that it takes values by name, ``reads`` are the columns of a row that are
    to be converted."""

    sql: str
    names: tuple[str, ...]
    converts: tuple[_Convert | None, ...]
    constants: Values
    named: bool
    reads: tuple[tuple[int, _Convert], ...]

    def parameters(self, values: Values) -> Any:
        given = {**self.constants, **values} if self.constants else values
        # None is NULL in every kind of column that we have.
        converted = [
            value if convert is None or value is None else convert(value)
            for value, convert in zip(map(given.__getitem__, self.names), self.converts, strict=True)
        ]
        return dict(zip(self.names, converted, strict=True)) if self.named else converted

    def row(self, found: Sequence[Any]) -> list[Any]:
        row = list(found)
        for place, convert in self.reads:
            if row[place] is not None:
                row[place] = convert(row[place])
        return row

    def tuples(self, found: Sequence[tuple[Any, ...]]) -> Iterable[tuple[Any, ...]]:
        if not found or not self.reads:
            return found
        columns: list[Sequence[Any]] = list(zip(*found, strict=True))
        for place, convert in self.reads:
            columns[place] = [None if value is None else convert(value) for value in columns[place]]
        return zip(*columns, strict=True)


class Prepared:
    """One statement. What it is given has the names of its parameters; lists among them are not understood, except
    where their type turns them into one value (`columns.Several`)."""

    __slots__ = ("_compiled", "_names", "_statement")

    def __init__(self, statement: Any, names: Sequence[str] | None = None) -> None:
        """``names`` are the columns that an insert or an update is given; None for all that the statement says."""
        self._statement = statement
        self._names = names
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, connection: Connection, values: Values) -> list[list[Any]]:
        """What it finds."""
        compiled = self._of(connection.dialect)
        return [compiled.row(found) for found in driver.rows(connection, compiled.sql, compiled.parameters(values))]

    def many(self, connection: Connection, values: Values) -> Iterable[tuple[Any, ...]]:
        """What it finds where that is thousands: read already, and handed out once, one by one.

        Converted column by column, and in tuples, which the garbage collector soon lets be; lists it would go through
        again and again.
        """
        compiled = self._of(connection.dialect)
        return compiled.tuples(driver.many_rows(connection, compiled.sql, compiled.parameters(values)))

    def written(self, connection: Connection, values: Values) -> list[list[Any]]:
        """What it gives back of the rows that it writes."""
        driver.begun(connection)
        return self.rows(connection, values)

    def run(self, connection: Connection, rows: Sequence[Values]) -> int:
        """Do it with each of these, at least one; how many rows it stored or changed."""
        compiled = self._of(connection.dialect)
        written = [compiled.parameters(row) for row in rows]
        if len(written) == 1:
            return driver.execute(connection, compiled.sql, written[0]).rows
        return driver.execute_many(connection, compiled.sql, written)

    def key(self, connection: Connection, row: Values) -> int:
        """The key that SQLite gave this row."""
        compiled = self._of(connection.dialect)
        return driver.execute(connection, compiled.sql, compiled.parameters(row)).key

    def _of(self, dialect: Dialect) -> _Compiled:
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _compiled(self._statement, dialect, self._names)
        return compiled


def _compiled(statement: Any, dialect: Dialect, names: Sequence[str] | None) -> _Compiled:
    found: Any = statement.compile(
        dialect=dialect, column_keys=names and list(names), compile_kwargs={"render_postcompile": True}
    )
    order = found.positiontup if found.positional else list(found.params)
    converts = tuple(_bind(found.binds.get(name), dialect) for name in order)
    constants = {name: value for name, value in found.params.items() if value is not None}
    columns = getattr(statement, "selected_columns", None) or getattr(statement, "returning_columns", None) or ()
    reads = ((place, _result(column, dialect)) for place, column in enumerate(columns))
    return _Compiled(
        str(found),
        tuple(order),
        converts,
        constants,
        named=not found.positional,
        reads=tuple((place, convert) for place, convert in reads if convert is not None),
    )


def _bind(parameter: Any, dialect: Dialect) -> _Convert | None:
    if parameter is None:
        return None  # one of a list that the statement itself holds, which is written already
    return bind(parameter.type, dialect)


def bind(kind: TypeEngine[Any], dialect: Dialect) -> _Convert | None:
    """What makes of a value of this kind what the driver takes; None where it is taken as it is."""
    convert: _Convert | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return convert


def _result(column: Any, dialect: Dialect) -> _Convert | None:
    convert: _Convert | None = column.type.dialect_impl(dialect).result_processor(dialect, None)
    return convert
