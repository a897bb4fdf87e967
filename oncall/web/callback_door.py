"""In front of the web: status callbacks of deliveries that are forged or bring nothing new get no further than here.

A provider gone wild, or whoever guesses our URLs, sends tens of thousands a minute, and calls come in beside them. So
each costs a signature check and one read, one after the other in each process, and only news goes on to the views.
Where too many wait, the next is told so with 503: the provider asks again, and what it never says the engine asks for.
"""

import re
import threading
from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from oncall.bootstrap import Runtime
from oncall.errors import RefusedWebhookError, StoreError
from oncall.web.signatures import refusal, refuse_others
from oncall.web.status_callbacks import field_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_PATH = re.compile(r"/(voice|sms)/deliveries/([0-9A-Za-z_-]+)/status")
_FIELDS = {"voice": ("CallSid", "CallStatus"), "sms": ("MessageSid", "MessageStatus")}
# Whoever waits competes with calls for the interpreter, and a provider that is well never has as many under way.
MOST_AT_ONCE = 64


class CallbackDoor:
    """WSGI in front of ``inside``, which answers whatever is not turned away here."""

    def __init__(self, inside: "WSGIApplication", runtime: Runtime, most_bytes: int) -> None:
        self._inside = inside
        self._runtime = runtime
        self._most_bytes = most_bytes
        self._places = threading.BoundedSemaphore(MOST_AT_ONCE)
        # Threads that all compute at once take each other's turns, and those of the calls, without getting further.
        self._turn = threading.Lock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request."""
        matched = _PATH.fullmatch(environ["PATH_INFO"]) if environ["REQUEST_METHOD"] == "POST" else None
        length = environ.get("CONTENT_LENGTH") or ""
        if matched is None or not (length.isascii() and length.isdigit() and int(length) <= self._most_bytes):
            return self._inside(environ, start_response)
        # Before there is anything to wait for: some send a byte a second.
        body = environ["wsgi.input"].read(int(length))
        if not self._places.acquire(blocking=False):
            return _CROWDED(environ, start_response)
        try:
            with self._turn:
                environ["wsgi.input"] = BytesIO(body)
                answer = self._turned_away(Request(environ), *matched.groups())
            environ["wsgi.input"] = BytesIO(body)
            return (answer or self._inside)(environ, start_response)
        finally:
            self._places.release()

    def _turned_away(self, incoming: Request, medium: str, delivery_id: str) -> Response | None:
        """The answer; None where the views have to find it: it is news, or the database is away."""
        try:
            refuse_others(incoming, self._runtime.settings)
            provider_id, status = (field_of(incoming, name) for name in _FIELDS[medium])
            news = self._runtime.deliveries.is_news(delivery_id=delivery_id, provider_id=provider_id, status=status)
        except RefusedWebhookError as error:
            return refusal(incoming, error, self._runtime.log)
        except StoreError:
            return None
        return None if news else _NOTHING_NEW


_NOTHING_NEW = Response(status=204)
_CROWDED = Response("Too many at once\n", status=503, headers={"Retry-After": "1"}, mimetype="text/plain")
