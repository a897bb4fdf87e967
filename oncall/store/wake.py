"""Waking the engines. It is only a hint: the rows hold the work, and a lost call costs one poll, never work.

On SQLite every engine listens on a Unix datagram socket of its own, in a folder beside the database; on PostgreSQL
it LISTENs.
"""

import hashlib
import os
import select
import socket
import tempfile
import threading
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from oncall.store.postgres import asks_to_write, for_listening, is_read_only

CHANNEL = "oncall_wake"
_LONGEST_SOCKET_PATH = 107
_LONGEST_NAME = "/4194304-9999.sock"
_KIND = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
_serial = count(1)


def wake_folder(database: Path) -> Path:
    """Where engines of this SQLite file listen: beside it, or in the temporary folder where its path is too long."""
    beside = database.with_name(database.name + ".wake")
    if len(os.fsencode(f"{beside}{_LONGEST_NAME}")) <= _LONGEST_SOCKET_PATH:
        return beside
    short = hashlib.sha256(os.fsencode(database)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"oncall-wake-{short}"


def call_engines(folder: Path) -> None:
    """Wake whoever listens, and remove what dead engines left. Never raises: nobody needs to listen."""
    try:
        found = [entry.path for entry in os.scandir(folder) if entry.name.endswith(".sock")]
    except OSError:
        return
    if not found:
        return
    with socket.socket(socket.AF_UNIX, _KIND) as calling:
        for path in found:
            _call(calling, path)


def _call(calling: socket.socket, path: str) -> None:
    try:
        calling.sendto(b"w", path)
    except ConnectionRefusedError:
        Path(path).unlink(missing_ok=True)
    except OSError:
        return  # its queue is full, so it is awake; or it went away just now


class SocketWake:
    """`ports.Wake` of one engine process on SQLite."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o770, exist_ok=True)
        call_engines(folder)
        self._path = folder / f"{os.getpid()}-{next(_serial)}.sock"
        self._path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, _KIND)
        before = os.umask(0o117)
        try:
            self._socket.bind(str(self._path))
        finally:
            os.umask(before)

    def wait(self, timeout_seconds: float) -> bool:
        """Sleep at most so long; True when somebody called. Many calls are one."""
        if not select.select([self._socket], [], [], max(0.0, timeout_seconds))[0]:
            return False
        try:
            while True:
                self._socket.recv(16)
        except BlockingIOError:
            return True

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()
        self._path.unlink(missing_ok=True)


class ListenWake:
    """`ports.Wake` of one engine process on PostgreSQL: one connection of its own, opened again when it breaks."""

    def __init__(self, engine: Engine) -> None:
        self._engine = for_listening(engine.url)
        self._finds_another = asks_to_write(engine.url)
        self._errors = self._engine.dialect.loaded_dbapi.Error
        self._connection: Any = None
        self._closed = threading.Event()

    def wait(self, timeout_seconds: float) -> bool:
        """Sleep at most so long; True when somebody called, or may have while the connection was broken."""
        try:
            if self._connection is None:
                self._connection = self._listening()
                return True
            driver = self._connection.connection.driver_connection
            if self._finds_another and is_read_only(driver):
                self._drop()  # whoever has work stores it elsewhere by now, and calls there
                return True
            called = any(True for _ in driver.notifies(timeout=max(0.0, timeout_seconds), stop_after=1))
            return any([*driver.notifies(timeout=0)]) or called
        except (SQLAlchemyError, self._errors):
            # While the database is away, waiting is all that is left; the next wait connects again.
            self._drop()
            self._closed.wait(timeout_seconds)
            return False

    def close(self) -> None:
        """Stop listening."""
        self._closed.set()
        self._drop()
        self._engine.dispose()

    def _listening(self) -> Any:
        connection = self._engine.connect()
        connection.exec_driver_sql(f"LISTEN {CHANNEL}")
        return connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None
