"""The running whole, as the views reach it: one for each app."""

from datetime import datetime
from typing import cast

from flask import Flask, current_app, request

from oncall.bootstrap import Runtime
from oncall.twiml import Twiml

_KEY = "oncall"


class _Parts:
    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.twiml = Twiml(runtime.settings.twiml_dir)


def attach(app: Flask, runtime: Runtime) -> None:
    """Make the runtime reachable from the views of this app."""
    app.extensions[_KEY] = _Parts(runtime)


def runtime() -> Runtime:
    """The runtime of the app that is answering."""
    return cast(_Parts, current_app.extensions[_KEY]).runtime


def twiml() -> Twiml:
    """The TwiML templates of the app that is answering."""
    return cast(_Parts, current_app.extensions[_KEY]).twiml


def calling_provider() -> str:
    """The name of the telephone provider whose account the webhook that is being answered comes from."""
    return runtime().provider_of(request.form.get("AccountSid", ""))


def now() -> datetime:
    """The present instant."""
    return runtime().clock.now()
