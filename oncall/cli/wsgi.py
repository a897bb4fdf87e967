"""The web for a WSGI server: ``gunicorn -c python:oncall.cli.gunicorn_config "oncall.cli.wsgi:app()"``."""

import gc
import os
import socket
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from oncall import bootstrap
from oncall.cli import gunicorn_config
from oncall.settings import Settings, load_settings
from oncall.web import create_app

_GUNICORN_SETTINGS = (
    "worker_class",
    "workers",
    "threads",
    "worker_connections",
    "timeout",
    "graceful_timeout",
    "keepalive",
    "logger_class",
    "control_socket_disable",
    "worker_tmp_dir",
    "post_fork",
)


def app() -> Flask:
    """The web by the environment's settings. Raises SettingsError."""
    return _web(load_settings(os.environ, serving=True))


def _web(settings: Settings) -> Flask:
    runtime = bootstrap.build(settings)
    runtime.unheard.begun()
    runtime.database_watch.begin()
    web = create_app(runtime)
    # What is loaded by now stays. Looking through all of it for garbage again and again kept every caller of that
    # moment waiting for 60 ms.
    gc.collect()
    gc.freeze()
    return web


class _Web(BaseApplication):
    """gunicorn inside this process, on a socket that is already listening."""

    def __init__(self, settings: Settings, listener: socket.socket) -> None:
        self._settings = settings
        self._listener = listener
        super().__init__()

    def load_config(self) -> None:
        """Take everything from gunicorn_config but the address."""
        for name in _GUNICORN_SETTINGS:
            self.cfg.set(name, getattr(gunicorn_config, name))
        # gunicorn closes the descriptor that it is given.
        self.cfg.set("bind", f"fd://{os.dup(self._listener.fileno())}")

    def load(self) -> Any:  # gunicorn asks for more than a Flask can be typed as
        """The web, built in each worker: a database connection must not be shared across a fork."""
        return _web(self._settings)


def serve(settings: Settings, listener: socket.socket) -> None:
    """Answer requests on this socket until SIGTERM; what has begun is finished first."""
    _Web(settings, listener).run()
