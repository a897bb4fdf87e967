"""How gunicorn serves the web, under ``oncall run`` and from the Procfile alike.

Few processes of many threads: a client that sends a byte a second holds one thread, and hundreds of them leave room
for the call that matters. Threads are made when they are needed and cost nothing before.
"""

import logging
import os
import sys
from pathlib import Path

from gunicorn.arbiter import Arbiter
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.base import Worker

from oncall import logs
from oncall.cli.processes import die_with_parent
from oncall.errors import SettingsError
from oncall.settings import Settings, load_settings


class MaskedLogger(Logger):
    """gunicorn's own words, through our log: a request line may hold a phone number."""

    def setup(self, cfg: Config) -> None:
        """Log warnings and errors; requests are counted in /metrics, not logged."""
        self.cfg = cfg
        logs.configure()
        self.error_log.propagate = True
        self.error_log.setLevel(logging.WARNING)
        self.access_log.propagate = False
        self.access_log.disabled = True


def _readable_settings() -> Settings | None:
    """None where one of them is wrong: `on_starting` says which, and stops before anybody listens."""
    try:
        return load_settings(os.environ, serving=False)
    except SettingsError:
        return None


# Not gevent: forked after the libraries are loaded, as `oncall run` does, its patches come too late for their locks.
worker_class = "gthread"
# SQLite takes one writer at a time. Within a process writers queue in order and share commits; a second process could
# only ask again with growing pauses, and the last callers of a rush would wait for that.
_settings = _readable_settings()
workers = 1 if _settings is None or _settings.database_url.startswith("sqlite") else 2
threads = 500
# The rest may be kept alive between requests.
worker_connections = threads + 50
bind = f"{_settings.listens_on}:{_settings.port}" if _settings else "127.0.0.1:0"
timeout = 30
graceful_timeout = 5  # well within the ten seconds that the whole has to stop
keepalive = 5
logger_class = MaskedLogger
control_socket_disable = True
# The sign of life is a file; on a busy disk writing it can block a worker that is well.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108


def on_starting(server: Arbiter) -> None:
    """Stop at once, with one sentence, where a setting is wrong."""
    try:
        load_settings(os.environ, serving=True)
    except SettingsError as exc:
        sys.stderr.write(f"oncall: {exc}\n")
        sys.exit(1)


def post_fork(server: Arbiter, worker: Worker) -> None:
    """Never outlive the master."""
    die_with_parent(worker.ppid)
