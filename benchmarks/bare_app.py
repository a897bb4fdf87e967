"""The floor: Flask that checks the signature and commits one row, and does nothing else."""

import os
import sqlite3
import threading

from flask import Flask, Response, request
from twilio.request_validator import RequestValidator

from oncall.settings import load_settings


def app() -> Flask:
    """The bare app; its database is the file that BARE_DATABASE names."""
    settings = load_settings(os.environ, serving=True)
    validator = RequestValidator(settings.twilio_auth_token)
    connection = sqlite3.connect(os.environ["BARE_DATABASE"], timeout=10, check_same_thread=False, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS calls (sid TEXT PRIMARY KEY, caller TEXT NOT NULL)")
    turn = threading.Lock()
    bare = Flask(__name__)

    @bare.post("/voice/incoming")
    def incoming() -> Response:
        url = settings.public_url + request.environ["RAW_URI"]
        if not validator.validate(url, request.form, request.headers.get("X-Twilio-Signature", "")):
            return Response("Forbidden\n", status=403)
        with turn:
            connection.execute("INSERT INTO calls VALUES (?, ?)", (request.form["CallSid"], request.form["From"]))
        return Response("<Response/>", content_type="text/xml")

    @bare.get("/readyz")
    def ready() -> str:
        return "ok"

    return bare
