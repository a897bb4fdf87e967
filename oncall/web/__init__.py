"""The web: it parses, calls the engine, and answers. No rules live here."""

from urllib.parse import urlsplit

from flask import Flask, Response, request

from oncall.bootstrap import Runtime
from oncall.errors import ConfigurationError, StoreError
from oncall.web import (
    auth,
    calendar_feeds,
    contact,
    dashboard,
    delivery_calls,
    github_webhooks,
    health,
    overrides,
    pagerduty_webhooks,
    postmortems,
    recording_urls,
    reports,
    shift_calendar,
    slack_webhooks,
    sms_webhooks,
    status_callbacks,
    tracking,
    voice_webhooks,
)
from oncall.web.callback_door import CallbackDoor
from oncall.web.errors import attach_errors
from oncall.web.runtime import attach

__all__ = ["Runtime", "create_app"]

_PARTS = (
    voice_webhooks,
    delivery_calls,
    status_callbacks,
    recording_urls,
    sms_webhooks,
    pagerduty_webhooks,
    github_webhooks,
    slack_webhooks,
    tracking,
    auth,
    dashboard,
    shift_calendar,
    calendar_feeds,
    overrides,
    contact,
    reports,
    postmortems,
    health,
)
# No browser looks at what these answer, and callers wait for it.
_FOR_PROVIDERS = frozenset(
    each.blueprint.name
    for each in (
        voice_webhooks,
        delivery_calls,
        status_callbacks,
        sms_webhooks,
        pagerduty_webhooks,
        github_webhooks,
        slack_webhooks,
    )
)
MOST_BYTES = 256 * 1024
_PRIVATE = ("/track/", "/incidents/", "/overrides", "/reports/customers/", "/reports/team", "/login", "/postmortems")
_PRIVATE_PAGES = ("/", "/calendar", "/calendars", "/reports")
# No script at all: nothing on our pages needs one, and nothing that a caller says can become one.
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; form-action 'self';"
    " frame-ancestors 'none'; base-uri 'none'"
)
# But one: only a script can say which time zone a browser is in. Callers' words are not on that page.
_MAY_RUN_OUR_SCRIPT = "calendar.show"
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}


def create_app(runtime: Runtime) -> Flask:
    """The web over this runtime."""
    app = Flask(__name__)
    https = urlsplit(runtime.settings.public_url).scheme == "https"
    app.config.update(
        SECRET_KEY=runtime.settings.secret_key,
        MAX_CONTENT_LENGTH=MOST_BYTES,
        SESSION_COOKIE_NAME="oncall",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=https,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["csrf_token"] = auth.csrf_token
    attach(app, runtime)
    auth.attach_logins(app)
    attach_errors(app)
    for part in _PARTS:
        app.register_blueprint(part.blueprint)
    app.register_blueprint(calendar_feeds.feeds)
    app.register_blueprint(reports.styles)
    app.register_blueprint(postmortems.public)
    health.attach_numbers(app, runtime)

    def look_for_newer_schedules() -> None:
        if request.endpoint in ("static", "health.alive"):
            return
        try:
            runtime.configuration.refresh()
        except (StoreError, ConfigurationError) as error:
            # The view finds out by itself if it needs what is away; what was published last still serves.
            runtime.log("web.not_refreshed", problem=str(error))

    def with_headers(response: Response) -> Response:
        if request.blueprint in _FOR_PROVIDERS:
            return response
        response.headers.update(_HEADERS)
        if https:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        if request.endpoint == _MAY_RUN_OUR_SCRIPT:
            response.headers["Content-Security-Policy"] = f"{_POLICY}; script-src 'self'"
        if request.path in _PRIVATE_PAGES or request.path.startswith(_PRIVATE):
            response.headers["Cache-Control"] = "private, no-store"
        return response

    app.before_request(look_for_newer_schedules)
    app.after_request(with_headers)
    app.wsgi_app = CallbackDoor(app.wsgi_app, runtime, MOST_BYTES)  # type: ignore[method-assign]
    return app
