"""The border: what the databases and their drivers raise becomes one of our errors, here and nowhere else."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from oncall.errors import ConflictError, StoreError, StoreUnavailableError
from oncall.store.postgres import READ_ONLY

_HELD = frozenset({"55P03", "40P01"})  # a lock was not to be had in time, or two waited for each other
_UNIQUE_VIOLATION = "23505"
_MISSING_TABLE_OR_COLUMN = frozenset({"42P01", "42703"})
# A standby; a server that is going down or coming up; one that closed a transaction that stood still for too long.
_AWAY = frozenset({READ_ONLY, "57P01", "57P02", "57P03", "25P03", "25P04"})


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Raises ours for theirs; ``name`` says which database, without its password."""
    try:
        yield
    except exc.IntegrityError as error:
        raise _refused(error, name) from error
    except exc.DBAPIError as error:
        raise _failed(error, name) from error
    except exc.PendingRollbackError as error:
        raise StoreUnavailableError(f"the database {name} went away within a transaction: try again") from error
    except exc.TimeoutError as error:
        raise StoreUnavailableError(
            f"the database {name} had no free connection in time: try again; if it lasts, it is overloaded"
        ) from error


def _refused(error: exc.IntegrityError, name: str) -> StoreError:
    text = _first_line(error)
    if _code(error) == _UNIQUE_VIOLATION or text.startswith("UNIQUE constraint failed"):
        return ConflictError(f"somebody else stored the same row first in {name} ({text}): read it again")
    return StoreError(f"the database {name} refused a row that does not fit the others: {text}")


def _failed(error: exc.DBAPIError, name: str) -> StoreError:
    text = _first_line(error)
    if _code(error) in _MISSING_TABLE_OR_COLUMN or text.startswith(("no such table", "no such column")):
        return StoreUnavailableError(
            f"the database {name} has not the tables of this release ({text}): run `oncall db upgrade`"
        )
    away = isinstance(error, (exc.OperationalError, exc.InterfaceError)) or error.connection_invalidated
    if away or _code(error) in _AWAY:
        return StoreUnavailableError(f"the database {name} is away ({text}): try again")
    return StoreError(f"the database {name} refused: {text}")


def is_held(error: exc.DBAPIError) -> bool:
    """Whether it failed since somebody else held what it needed: later it may succeed."""
    return _code(error) in _HELD


def _code(error: exc.DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""


def _first_line(error: exc.DBAPIError) -> str:
    return (str(error.orig).splitlines() or [type(error.orig).__name__])[0]
