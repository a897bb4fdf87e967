"""``oncall run``: the whole service on one machine, as one command."""

import functools
import http.client
import os
import socket

import click

from oncall import bootstrap, logs
from oncall.cli.engine import work_until_told
from oncall.cli.folder_watch import FolderWatch
from oncall.cli.processes import Processes
from oncall.cli.wsgi import serve
from oncall.errors import SettingsError
from oncall.settings import Settings, load_settings

_SECONDS_BETWEEN_LOOKS = 0.05
_A_LONG_WAIT = 60.0


@click.command()
def run() -> None:
    """Upgrade the database, publish the schedules folder, then serve and page until SIGTERM.

    The folder is published again whenever it changes and holds no error.
    """
    logs.configure()
    settings = load_settings(os.environ, serving=True)
    listener = listen(settings)
    bootstrap.upgrade_database(settings)
    runtime = bootstrap.build(settings)
    watch = FolderWatch(settings.schedules_dir)
    try:
        watch.start(runtime)
    finally:
        # A database connection must not be shared across the forks that follow.
        runtime.database.close()
    parent = os.getpid()
    parts = {
        "engine": functools.partial(work_until_told, settings, lambda: os.getppid() != parent, watch.look),
        "web": functools.partial(serve, settings, listener),
    }
    Processes(parts).run(_Readiness(settings).look)


def listen(settings: Settings) -> socket.socket:
    """A socket that takes connections on PORT, before anything else is done, so that none is refused meanwhile.

    A public URL on this machine is served to this machine only. Raises SettingsError where the port is taken.
    """
    try:
        return socket.create_server((settings.listens_on, settings.port), backlog=1024)
    except OSError as exc:
        why = os.strerror(exc.errno) if exc.errno else str(exc)
        raise SettingsError(f"PORT {settings.port} is not to be had: {why}; free it, or set another") from exc


class _Readiness:
    """Says once, on stdout, that the service is ready."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._said = False

    def look(self) -> float:
        """Look whether it is ready, unless that has been said; the seconds after which to look again."""
        if self._said:
            return _A_LONG_WAIT
        if not self._answers():
            return _SECONDS_BETWEEN_LOOKS
        self._said = True
        click.echo(f"ready {self._settings.public_url} (port {self._settings.port})")
        return _A_LONG_WAIT

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self._settings.port, timeout=1)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
