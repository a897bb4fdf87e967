"""The local telephone exchange: the carrier in real time, behind the provider's REST API, with phones in the browser.

Webhooks go over real HTTP: signed over ``public_url``, sent to ``hotline_base_url``, where the service listens.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from threading import RLock, Thread

import requests
from flask import Flask, redirect
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Response

from oncall.ports import Clock, Ids, Rng
from oncall.sim.browser_phone import PhoneEntry
from oncall.sim.carrier import Carrier, HotlineNumber
from oncall.sim.network import CarrierSettings
from oncall.sim.phones_api import create_phones_api, create_switchbox, no_duty
from oncall.sim.rest_api import create_rest_api
from oncall.sim.timers import RealTimers
from oncall.sim.webhook import Answer, FetchError, WebhookRequest
from oncall.system import SystemClock, SystemIds, SystemRng

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 15.0
MAX_UPLOAD_BYTES = 16 * 1024 * 1024

__all__ = ["Exchange", "PhoneEntry", "create_exchange", "run_exchange"]


class HttpFetch:
    """Sends webhooks to the service. Only URLs below the public one are ours to call, and the fallback's folder."""

    def __init__(self, public_url: str, hotline_base_url: str, fallback_url: str = "") -> None:
        self._public_url = public_url.rstrip("/")
        self._base_url = hotline_base_url.rstrip("/")
        self._elsewhere = fallback_url.rpartition("/")[0] + "/" if fallback_url else ""

    def __call__(self, request: WebhookRequest) -> Answer:
        """What the service answered. Raises FetchError."""
        url = self._place(request.url)
        try:
            response = requests.request(
                request.method,
                url,
                data=dict(request.params) if request.method == "POST" else None,
                headers=dict(request.headers),
                timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
            )
        except requests.ConnectionError as error:
            raise FetchError(f"cannot connect to {url}: {error}", connected=False) from error
        except requests.RequestException as error:
            raise FetchError(f"no answer from {url}: {error}", connected=True) from error
        return Answer(response.status_code, response.headers.get("Content-Type", ""), response.content)

    def _place(self, url: str) -> str:
        if self._elsewhere and url.startswith(self._elsewhere):
            return url
        if url.startswith((f"{self._public_url}/", f"{self._public_url}?")):
            return self._base_url + url.removeprefix(self._public_url)
        raise FetchError(f"{url} is not below {self._public_url}", connected=False)


def create_exchange(
    carrier: Carrier,
    lock: RLock,
    phones: Sequence[PhoneEntry] = (),
    *,
    dashboard_url: str = "",
    duty: Callable[[str], str] = no_duty,
    other_numbers: tuple[str, ...] = (),
    second: Carrier | None = None,
) -> Flask:
    """The exchange as a Flask app: the REST API at /2010-04-01, the phones at /phones/.

    ``second`` is another account beside the carrier's, if there is one. ``duty`` says what the page shows beside
    a number: what its owner is on call for now, or "".
    """
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_UPLOAD_BYTES
    app.register_blueprint(create_rest_api(carrier, lock, other_numbers))
    if second is not None:
        app.register_blueprint(create_rest_api(second, lock), name="second_rest_api")
    app.register_blueprint(create_phones_api(create_switchbox(carrier, lock, phones, dashboard_url, duty, second)))

    @app.get("/")
    def home() -> Response:
        return redirect("/phones/")

    return app


class _OneSend(WSGIRequestHandler):
    """Headers and body leave in one send: two would cost a delayed acknowledgement, 40 ms, each time."""

    wbufsize = -1

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: the page polls."""


@dataclass(frozen=True, slots=True)
class SecondAccount:
    """Another account at the exchange, with a number of its own, for the same phones."""

    account_sid: str
    auth_token: str
    number: str


@dataclass(slots=True)
class Exchange:
    """A running exchange; ``second`` is None where there is one account."""

    carrier: Carrier
    timers: RealTimers
    server: BaseWSGIServer
    url: str
    second: Carrier | None = None

    def serve(self) -> None:
        """Serve until ``stop`` is called from another thread, or the process ends."""
        self.server.serve_forever(poll_interval=0.1)

    def start(self) -> "Exchange":
        """Serve in a thread of its own; returns at once, the socket listens already."""
        Thread(target=self.serve, name="exchange", daemon=True).start()
        return self

    def stop(self) -> None:
        """Stop serving and calling."""
        self.server.shutdown()
        self.server.server_close()
        self.timers.stop()


def run_exchange(
    *,
    host: str,
    port: int,
    account_sid: str,
    auth_token: str,
    hotline_number: str,
    hotline_base_url: str,
    public_url: str,
    phones: Sequence[PhoneEntry],
    clock: Clock | None = None,
    ids: Ids | None = None,
    rng: Rng | None = None,
    duty: Callable[[str], str] = no_duty,
    second: SecondAccount | None = None,
    other_numbers: tuple[str, ...] = (),
    fallback_url: str = "",
) -> Exchange:
    """An exchange that listens (``port`` 0 takes a free one); call its ``start`` (threads) or ``serve`` (blocks).

    ``fallback_url`` is a document of `oncall fallback`, hosted elsewhere: it answers calls while the service does not.
    """
    timers = RealTimers(clock or SystemClock())
    public = public_url.rstrip("/")
    # The carrier tells its own address in RecordingUrl, and a free port is known only once it is taken.
    server = make_server(host, port, Flask(__name__), threaded=True, request_handler=_OneSend)
    url = f"http://{host}:{server.server_port}"
    carrier = Carrier(
        CarrierSettings(account_sid=account_sid, auth_token=auth_token, api_url=url),
        HotlineNumber(
            hotline_number,
            f"{public}/voice/incoming",
            f"{public}/voice/status",
            f"{public}/sms/incoming",
            voice_fallback_url=fallback_url,
            voice_fallback_method="GET" if fallback_url else "POST",
        ),
        fetch=HttpFetch(public, hotline_base_url, fallback_url),
        timers=timers,
        ids=ids or SystemIds(),
        rng=rng or SystemRng(),
    )
    other = None
    if second is not None:
        other = Carrier(
            CarrierSettings(account_sid=second.account_sid, auth_token=second.auth_token, api_url=url),
            replace(carrier.hotline, number=second.number),
            fetch=HttpFetch(public, hotline_base_url, fallback_url),
            timers=timers,
            ids=ids or SystemIds(),
            rng=rng or SystemRng(),
            beside=carrier,
        )
    app = create_exchange(
        carrier, timers.lock, phones, dashboard_url=f"{public}/", duty=duty, other_numbers=other_numbers, second=other
    )
    server.app = app
    return Exchange(carrier, timers, server, url, other)
