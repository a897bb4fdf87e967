"""Who may see the dashboard: one password for all, until there are logins; without one, nobody but this machine.

Clicks that change something carry a token that another site cannot know.
"""

import hmac
from collections import OrderedDict
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Flask,
    Request,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask.typing import ResponseReturnValue

from oncall.settings import is_loopback
from oncall.web.runtime import now, runtime

MOST_FAILURES = 10
FAILURES_COUNT_FOR = timedelta(minutes=5)
_MOST_ADDRESSES = 1000
_KEY = "oncall-logins"

blueprint = Blueprint("auth", __name__)


class Failures:
    """Wrong passwords by address, in this process; enough to make guessing slow."""

    def __init__(self) -> None:
        self._at: OrderedDict[str, list[datetime]] = OrderedDict()

    def too_many(self, address: str, at: datetime) -> bool:
        """Whether this address has to wait."""
        recent = [failed for failed in self._at.get(address, []) if at - failed < FAILURES_COUNT_FOR]
        return len(recent) >= MOST_FAILURES

    def add(self, address: str, at: datetime) -> None:
        """One more."""
        self._at[address] = [*self._at.pop(address, []), at][-MOST_FAILURES:]
        while len(self._at) > _MOST_ADDRESSES:
            self._at.popitem(last=False)


class _Sessions(SecureCookieSessionInterface):
    """Flask's own, but whoever sends no cookie and is given none, as no provider is, waits for nothing of it."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if "HTTP_COOKIE" not in request.environ:
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if session.accessed or session.modified or session:
            super().save_session(app, session, response)


def attach_logins(app: Flask) -> None:
    """Count wrong passwords for this app, and open its sessions."""
    app.extensions[_KEY] = Failures()
    app.session_interface = _Sessions()


def guard_people(blueprint: Blueprint) -> None:
    """Let only people in to the views of this blueprint, and only clicks on our own pages change anything."""
    blueprint.before_request(_check_login)
    blueprint.before_request(check_token)


def csrf_token() -> str:
    """What a form of ours carries."""
    if "token" not in session:
        session["token"] = runtime().ids.secret()
    return str(session["token"])


def check_token() -> None:
    """403 for a POST that does not come from a form of ours."""
    if request.method == "POST" and not _same(request.form.get("token", ""), str(session.get("token", ""))):
        abort(403, "This form is too old, or is not ours: load the page again, and repeat the click.")


def _check_login() -> ResponseReturnValue | None:
    password = runtime().settings.dashboard_password
    if not password:
        return None if _only_this_machine() else (render_template("refused.html"), 403)
    if _logged_in(password) or _basic(password):
        return None
    if request.method != "GET":
        abort(403, "You are not logged in any more: log in, and repeat the click.")
    return redirect(url_for("auth.login", next=request.path), 303)


def _only_this_machine() -> bool:
    # The request's Host too: a page elsewhere can point a name of its own at 127.0.0.1.
    return runtime().settings.loopback_only and is_loopback(urlsplit(f"//{request.host}").hostname)


@blueprint.get("/login")
def login() -> ResponseReturnValue:
    """The form."""
    return render_template("login.html", next=_own_path(request.args.get("next", "")), problem="")


@blueprint.post("/login")
def log_in() -> ResponseReturnValue:
    """The password."""
    check_token()
    after, password = _own_path(request.form.get("next", "")), runtime().settings.dashboard_password
    if password and _right(request.form.get("password", ""), password):
        session["login"] = _fingerprint(password)
        return redirect(after, 303)
    return render_template("login.html", next=after, problem="That is not the password."), 403


@blueprint.post("/logout")
def log_out() -> ResponseReturnValue:
    """Forget this browser."""
    check_token()
    session.clear()
    return redirect(url_for("auth.login"), 303)


def _logged_in(password: str) -> bool:
    return _same(str(session.get("login", "")), _fingerprint(password))


def _basic(password: str) -> bool:
    given = request.authorization
    return given is not None and given.type == "basic" and _right(given.password or "", password)


def _client() -> str:
    """Whose password it is. A proxy of ours is near, and writes last from whom it has the request; from anywhere else
    that header could say anything."""
    address = request.remote_addr or ""
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    try:
        near = ip_address(address).is_private
    except ValueError:
        near = False
    return forwarded if near and forwarded else address


def _right(given: str, password: str) -> bool:
    failures: Failures = current_app.extensions[_KEY]
    address = _client()
    if failures.too_many(address, now()):
        abort(429, "Too many wrong passwords: wait five minutes.")
    if _same(given, password):
        return True
    failures.add(address, now())
    runtime().log("login.refused", remote=address)
    return False


def _fingerprint(password: str) -> str:
    """What a session keeps instead of the password: a new password logs everybody out."""
    return hmac.new(runtime().settings.secret_key.encode(), password.encode(), sha256).hexdigest()


def _same(one: str, other: str) -> bool:
    return bool(other) and hmac.compare_digest(one.encode(), other.encode())


def _own_path(path: str) -> str:
    """A path on this site, or the dashboard."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"
