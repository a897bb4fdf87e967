"""The schedules folder, watched: whatever is saved there and passes the check is in force a few seconds later."""

import threading
from datetime import datetime, timedelta
from pathlib import Path

from oncall.bootstrap import Runtime
from oncall.cli.publishing import bring_into_force
from oncall.errors import ConfigurationError

# Several files that belong together are not saved in one instant.
LEFT_ALONE_FOR = timedelta(seconds=2)
_ZERO = timedelta(0)

# Of each file in the folder: its name and what every write changes; or why it cannot be looked at.
FolderState = tuple[tuple[str | int, ...], ...]


class FolderWatch:
    """Publishes the folder whenever it has changed and was then left alone for a moment."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._handled: FolderState | None = None
        self._seen: FolderState | None = None
        self._seen_at: datetime | None = None
        self._looking = threading.Lock()

    def start(self, runtime: Runtime) -> None:
        """Bring into force what there is, at once. Raises what `bring_into_force` raises."""
        state = folder_state(self._folder)
        bring_into_force(runtime, self._folder)
        self._handled = state

    def look(self, runtime: Runtime) -> None:
        """Look once; costs a few microseconds where nothing was touched. A look that takes long keeps out others.

        Raises StoreError while the database is away: the next look tries again.
        """
        if self._looking.acquire(blocking=False):
            try:
                self._look(runtime)
            finally:
                self._looking.release()

    def _look(self, runtime: Runtime) -> None:
        state, now = folder_state(self._folder), runtime.clock.now()
        if state != self._seen or self._seen_at is None or now < self._seen_at:
            self._seen, self._seen_at = state, now
        if state == self._handled or now - self._seen_at < LEFT_ALONE_FOR:
            return
        try:
            bring_into_force(runtime, self._folder)
        except ConfigurationError as error:
            runtime.log("schedules.refused", problem=str(error))
        # What was touched while it was read is read again.
        if folder_state(self._folder) == state:
            self._handled = state


def folder_state(folder: Path) -> FolderState:
    """Equal to an earlier one as long as nobody touched a file of the folder, or its permissions."""
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix == ".yaml")
    except OSError as error:
        return (("the folder", error.errno or 0),)
    return tuple(_file_state(path) for path in files)


def _file_state(path: Path) -> tuple[str | int, ...]:
    try:
        found = path.stat()
    except OSError as error:
        return path.name, error.errno or 0
    return path.name, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
