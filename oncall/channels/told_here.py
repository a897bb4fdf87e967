"""What the processes of this machine have told the operators, kept beside the database, which may be what is away.

A file in the temporary folder, held by a lock for a moment. It only keeps news from coming twice: where it cannot be
had, each process tells for itself.
"""

import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

_MOST_BYTES = 4096


class ToldHere:
    """Shared by all processes of this user on this machine that have the same ``key``, such as a database's URL."""

    def __init__(self, key: str, log: Callable[..., None], folder: Path | None = None) -> None:
        name = f"oncall-told-{os.geteuid()}-{hashlib.sha256(key.encode()).hexdigest()[:16]}"
        self._path = (folder or Path(tempfile.gettempdir())) / name
        self._log = log

    def take(self, what: str, now: datetime, quiet_for: timedelta) -> bool:
        """Whether this is ours to tell: nobody here has taken it within ``quiet_for``."""
        try:
            with self._opened() as file:
                told = _read(file)
                # A clock that was ahead for a while must not keep everybody quiet.
                if timedelta(0) <= now - told.get(what, now - quiet_for) < quiet_for:
                    return False
                _write(file, {**told, what: now})
        except OSError as error:
            self._log("distress.not_shared", problem=str(error))
        return True

    def give_back(self, what: str) -> None:
        """It could not be told: anybody may try."""
        try:
            with self._opened() as file:
                _write(file, {name: at for name, at in _read(file).items() if name != what})
        except OSError as error:
            self._log("distress.not_shared", problem=str(error))

    @contextmanager
    def _opened(self) -> Iterator[int]:
        # Never through a link, and never a file of somebody else's: anybody may write in the temporary folder.
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            if os.fstat(file).st_uid != os.geteuid():
                raise PermissionError(f"{self._path} belongs to somebody else")
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
        finally:
            os.close(file)


def _read(file: int) -> dict[str, datetime]:
    """What was told when; nothing where the file is empty, or holds what nobody here has written."""
    try:
        found = json.loads(os.pread(file, _MOST_BYTES, 0) or b"{}")
        instants = {str(name): datetime.fromisoformat(at) for name, at in found.items()}
    except (ValueError, TypeError, AttributeError):
        return {}
    return {name: at for name, at in instants.items() if at.tzinfo is not None}


def _write(file: int, told: dict[str, datetime]) -> None:
    os.ftruncate(file, 0)
    os.pwrite(file, json.dumps({name: at.isoformat() for name, at in told.items()}).encode(), 0)
