"""What people's browsers are told when something fails. Voice and SMS have their own: spoken_answers, sms_webhooks."""

import traceback

from flask import Flask, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from oncall.errors import ConfigurationError, StoreUnavailableError
from oncall.web.runtime import runtime


def attach_errors(app: Flask) -> None:
    """Give this app its error pages."""
    app.register_error_handler(HTTPException, _known)
    app.register_error_handler(StoreUnavailableError, _away)
    app.register_error_handler(ConfigurationError, _unconfigured)
    app.register_error_handler(Exception, _unforeseen)


def _known(error: HTTPException) -> ResponseReturnValue:
    return _sentence(error.name, error.description or "", error.code or 500)


def _away(error: StoreUnavailableError) -> ResponseReturnValue:
    runtime().log("web.store_away", problem=str(error))
    return _sentence("The database is away", "Nothing was changed. Please try again in a minute.", 503)


def _unconfigured(error: ConfigurationError) -> ResponseReturnValue:
    return _sentence("No schedules are published", f"{error}", 503)


def _unforeseen(error: Exception) -> ResponseReturnValue:
    runtime().log("web.error", traceback="".join(traceback.format_exception(error)))
    return _sentence("Something went wrong on our side", "It has been logged. Please try again.", 500)


def _sentence(title: str, more: str, status: int) -> ResponseReturnValue:
    return render_template("sentence.html", title=title, more=more), status
