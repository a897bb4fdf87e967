"""A server that says nothing any more is left, though nobody has hung up: its own time limits went away with it.

Where a proxy stands between, it confirms whatever is sent to a server that is long gone. And a commit waits without any
limit for a standby that was to confirm it.
"""

from collections.abc import Generator
from typing import Any

from sqlalchemy import Engine, event

# Statements end by themselves after five seconds, and are heard of then.
SILENT_SECONDS = 7.0
_INTERVAL_SECONDS = 0.1  # how often the driver looks up from waiting


class _SilentError(Exception):
    """Nothing was heard of the server for too long."""


def leave(engine: Engine) -> None:
    """Wait for no answer on this engine's connections for longer than SILENT_SECONDS."""
    lost: Any = engine.dialect.loaded_dbapi.OperationalError

    def bound(connection: Any, _record: Any) -> None:
        usual = connection.wait

        def wait(answer: Any, *how_long: Any, **named: Any) -> Any:
            if how_long or named:
                return usual(answer, *how_long, **named)  # whoever says how long, as a listener does, knows best
            try:
                return usual(_heard(answer, round(SILENT_SECONDS / _INTERVAL_SECONDS)), _INTERVAL_SECONDS)
            except _SilentError as error:
                connection.close()
                raise lost(f"the server has said nothing for {SILENT_SECONDS:g} s") from error

        connection.wait = wait

    event.listen(engine, "connect", bound, insert=True)  # before anything is asked on it


def _heard(answer: Generator[Any, Any, Any], patience: int) -> Generator[Any, Any, Any]:
    """The same, as long as something is heard before the driver has looked up so often."""
    silent = 0
    try:
        wanted = next(answer)
        while True:
            ready = yield wanted
            silent = 0 if ready else silent + 1
            if silent > patience:
                raise _SilentError
            wanted = answer.send(ready)
    except StopIteration as end:
        return end.value
