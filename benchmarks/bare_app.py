"""The floor: Flask that checks the signature and commits one row, and does nothing else.

Twice: with the database driver itself, which is as little as can be done, and with SQLAlchemy, as most would write it.
A third checks the signature alone.
"""

import hmac
import os
import sqlite3
import threading
from collections.abc import Callable

from flask import Flask, Response, request
from sqlalchemy import Column, MetaData, Table, Text, create_engine, event, insert
from twilio.request_validator import RequestValidator

from oncall.settings import load_settings

PRAGMAS = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL")


def app() -> Flask:
    """The bare app on the driver; its database is the file that BARE_DATABASE names."""
    connection = sqlite3.connect(os.environ["BARE_DATABASE"], timeout=10, check_same_thread=False, isolation_level=None)
    for pragma in PRAGMAS:
        connection.execute(pragma)
    connection.execute("CREATE TABLE IF NOT EXISTS calls (sid TEXT PRIMARY KEY, caller TEXT NOT NULL)")

    def keep(sid: str, caller: str) -> None:
        connection.execute("INSERT INTO calls VALUES (?, ?)", (sid, caller))

    connection.execute("CREATE TABLE IF NOT EXISTS webhooks (name TEXT PRIMARY KEY, body TEXT NOT NULL)")

    def keep_webhook(name: str, body: str) -> None:
        connection.execute("INSERT INTO webhooks VALUES (?, ?)", (name, body))

    return _bare(keep, keep_webhook)


def app_on_sqlalchemy() -> Flask:
    """The bare app on SQLAlchemy, in a file beside that of `app`."""
    engine = create_engine(f"sqlite:///{os.environ['BARE_DATABASE']}.sqlalchemy", connect_args={"timeout": 10})

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        for pragma in PRAGMAS:
            connection.execute(pragma)

    calls = Table("calls", MetaData(), Column("sid", Text, primary_key=True), Column("caller", Text, nullable=False))
    calls.create(engine, checkfirst=True)

    def keep(sid: str, caller: str) -> None:
        with engine.begin() as connection:
            connection.execute(insert(calls), {"sid": sid, "caller": caller})

    return _bare(keep)


def app_that_only_checks() -> Flask:
    """Flask that checks the signature of a status callback and reads nothing."""
    settings = load_settings(os.environ, serving=True)
    validator = RequestValidator(settings.twilio_auth_token)
    bare = Flask(__name__)

    @bare.post("/voice/deliveries/<delivery_id>/status")
    def status(delivery_id: str) -> Response:
        url = settings.public_url + request.environ["RAW_URI"]
        signed = validator.validate(url, request.form, request.headers.get("X-Twilio-Signature", ""))
        return Response(status=204 if signed else 403)

    @bare.get("/readyz")
    def ready() -> str:
        return "ok"

    return bare


def _bare(keep: Callable[[str, str], None], keep_webhook: Callable[[str, str], None] | None = None) -> Flask:
    settings = load_settings(os.environ, serving=True)
    validator = RequestValidator(settings.twilio_auth_token)
    turn = threading.Lock()
    bare = Flask(__name__)

    @bare.post("/voice/incoming")
    def incoming() -> Response:
        url = settings.public_url + request.environ["RAW_URI"]
        if not validator.validate(url, request.form, request.headers.get("X-Twilio-Signature", "")):
            return Response("Forbidden\n", status=403)
        with turn:
            keep(request.form["CallSid"], request.form["From"])
        return Response("<Response/>", content_type="text/xml")

    @bare.post("/webhooks/github")
    def webhook() -> Response:
        body = request.get_data()
        expected = hmac.new(settings.github_webhook_secret.encode(), body, "sha256").hexdigest()
        if not hmac.compare_digest(f"sha256={expected}", request.headers.get("X-Hub-Signature-256", "")):
            return Response("Forbidden\n", status=403)
        if keep_webhook is not None:
            with turn:
                keep_webhook(request.headers["X-GitHub-Delivery"], body.decode())
        return Response(status=202)

    @bare.post("/webhooks/slack")
    def slack() -> Response:
        body, signature = request.get_data(), request.headers.get("X-Slack-Signature", "")
        signed = b"v0:" + request.headers.get("X-Slack-Request-Timestamp", "").encode() + b":" + body
        expected = hmac.new(settings.slack_signing_secret.encode(), signed, "sha256").hexdigest()
        if not hmac.compare_digest(f"v0={expected}", signature):
            return Response("Forbidden\n", status=403)
        if keep_webhook is not None:
            with turn:
                keep_webhook(signature, body.decode())
        return Response(status=200)

    @bare.get("/readyz")
    def ready() -> str:
        return "ok"

    return bare
