"""What the provider's client sends without a network is what it would send over one."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
import requests

from oncall.sim.clocks import VirtualClock
from oncall.sim.in_process import InProcessHttp
from oncall.sim.timers import VirtualTimers

API = "https://carrier.example"


@pytest.mark.parametrize(
    ("method", "params", "data"),
    [
        ("GET", {"StartTime>": "2026-03-01T00:00:00Z", "PageSize": 50, "Page": None}, None),
        ("GET", None, None),
        ("POST", None, {"To": "+32470000001", "StatusCallbackEvent": ["initiated", "answered"], "Body": "👍 a&b=c"}),
        ("POST", None, {"Status": "canceled", "Body": ""}),
        ("POST", {"a b": "c/d"}, {"Timeout": 25, "MachineDetection": None}),
    ],
)
def test_it_is_what_requests_makes_of_it(method: str, params: Any, data: Any) -> None:
    asked: list[tuple[Any, ...]] = []

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        names = ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "HTTP_AUTHORIZATION")
        body = environ["wsgi.input"].read()
        asked.append((*(environ.get(name) for name in names), environ.get("CONTENT_TYPE"), body))
        start_response("201 Created", [("X-Test", "yes")])
        return [b"taken"]

    clock = VirtualClock(VirtualTimers(datetime(2026, 3, 1, tzinfo=UTC)))
    http = InProcessHttp(app, API, clock, lambda *_heard: None)
    answer = http.request(method, f"{API}/2010-04-01/Calls.json", params=params, data=data, auth=("AC1", "secret"))
    assert (answer.status_code, answer.text, answer.headers["x-test"]) == (201, "taken", "yes")

    url = f"{API}/2010-04-01/Calls.json"
    theirs = requests.Request(method, url, params=params, data=data, auth=("AC1", "secret")).prepare()
    parts = urlsplit(str(theirs.url))
    body = theirs.body.encode() if isinstance(theirs.body, str) else theirs.body or b""
    headers = (theirs.headers["Authorization"], theirs.headers.get("Content-Type"))
    assert asked == [(method, parts.path, parts.query, *headers, body)]
