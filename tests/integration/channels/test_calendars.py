"""Calendars are fetched over https, or from this machine; small, in bounded time, and with no secret in any message."""

import time
from base64 import b64encode
from datetime import timedelta

import pytest

from oncall.channels import calendars
from oncall.channels.calendars import CalendarFetcher
from oncall.errors import ChannelError, SetupError, TransientError
from oncall.ports import CalendarAnswer

from .conftest import RealClock
from .fake_twilio import Answer, FakeTwilio, running_fake_twilio

ICS = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


def text(body: str | bytes = ICS, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(200, body, {"Content-Type": "text/calendar", **named})


def moved(to: str) -> Answer:
    return Answer(302, "", {"Location": to})


@pytest.fixture
def host():
    with running_fake_twilio() as fake:
        yield fake


def fetch(url: str, etag: str = "", last_modified: str = "") -> CalendarAnswer | None:
    return CalendarFetcher(RealClock()).fetch(url, etag=etag, last_modified=last_modified)


def test_a_calendar_comes_with_what_makes_the_next_fetch_cheap(host: FakeTwilio) -> None:
    host.will(text("\ufeff" + ICS, ETag='"7"', Last_Modified="Mon, 23 Nov 2026 03:00:00 GMT"))
    assert fetch(f"{host.url}/secret.ics") == CalendarAnswer(ICS, '"7"', "Mon, 23 Nov 2026 03:00:00 GMT")
    host.will(Answer(304, "", {}))
    assert fetch(f"{host.url}/secret.ics", '"7"', "Mon, 23 Nov 2026 03:00:00 GMT") is None
    headers = host.requests[-1].headers
    assert headers["If-None-Match"] == '"7"'
    assert headers["If-Modified-Since"] == "Mon, 23 Nov 2026 03:00:00 GMT"


def test_a_password_in_the_url_is_sent_to_its_host_and_to_no_other(host: FakeTwilio) -> None:
    with running_fake_twilio() as elsewhere:
        host.will(moved("/moved.ics"), moved(f"{elsewhere.url}/away.ics"))
        elsewhere.will(text())
        assert fetch(host.url.replace("//", "//me:s%40crecy@") + "/team.ics") is not None
        basic = "Basic " + b64encode(b"me:s@crecy").decode()
        assert [request.headers.get("Authorization") for request in host.requests] == [basic, basic]
        assert elsewhere.requests[0].headers.get("Authorization") is None


def test_redirects_without_end_end(host: FakeTwilio) -> None:
    host.will(moved("/again.ics"))
    with pytest.raises(SetupError, match="redirects more than 3 times"):
        fetch(f"{host.url}/team.ics")
    assert len(host.requests) == 4


@pytest.mark.parametrize(
    "to", ["file:///etc/passwd", "ftp://127.0.0.1/x.ics", "http://192.0.2.1/x.ics", "gopher://x/", "javascript:1"]
)
def test_a_redirect_leads_to_no_other_scheme_and_not_into_the_clear(host: FakeTwilio, to: str) -> None:
    host.will(moved(to))
    with pytest.raises(SetupError, match="must begin with https"):
        fetch(f"{host.url}/team.ics")


@pytest.mark.parametrize(
    "url", ["http://calendar.example/x.ics", "ftp://x/y.ics", "https://", "https://[::1/x.ics", ""]
)
def test_an_address_in_the_clear_or_none_is_never_asked(url: str) -> None:
    with pytest.raises(SetupError):
        fetch(url)


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        (Answer(500, "<html>", {}), TransientError, "HTTP 500"),
        (Answer(429, "", {}), TransientError, "HTTP 429"),
        (Answer(404, "", {}), SetupError, "HTTP 404"),
        (Answer(401, "", {}), SetupError, "HTTP 401"),
        (Answer(302, "", {}), SetupError, "HTTP 302"),
        (text(b"\xff\xfe\xff"), SetupError, "not UTF-8"),
        (text(b"x" * 10_000_000), SetupError, "larger than 1000 kB"),
    ],
    ids=["500", "429", "404", "401", "302 to nowhere", "binary", "10 MB"],
)
def test_what_went_wrong_is_said_with_the_host_and_without_the_address(
    host: FakeTwilio, answer: Answer, error: type[ChannelError], says: str
) -> None:
    host.will(answer)
    with pytest.raises(error) as raised:
        fetch(f"{host.url}/private-4711.ics")
    assert says in str(raised.value)
    assert "127.0.0.1" in str(raised.value)
    assert "4711" not in str(raised.value)


def test_a_host_that_is_not_there_is_said_without_the_address() -> None:
    with pytest.raises(TransientError) as raised:
        fetch("http://127.0.0.1:9/private-4711.ics")
    assert "cannot be reached" in str(raised.value)
    assert "4711" not in str(raised.value)


def test_a_host_that_says_nothing_holds_nobody_up(host: FakeTwilio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendars, "_HEAD_SECONDS", 0.3)
    host.will(Answer(200, ICS, {}, after=5))
    began = time.monotonic()
    with pytest.raises(TransientError, match="did not answer in time"):
        fetch(f"{host.url}/team.ics")
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("drip_head", [False, True], ids=["body", "head"])
def test_a_host_that_trickles_holds_nobody_up(
    host: FakeTwilio, monkeypatch: pytest.MonkeyPatch, *, drip_head: bool
) -> None:
    monkeypatch.setattr(calendars, "_HEAD_SECONDS", 0.5)
    monkeypatch.setattr(calendars, "_TOGETHER_FOR", timedelta(seconds=1))
    host.will(Answer(200, "x" * 1000, {}, drip=0.05, drip_head=drip_head))
    began = time.monotonic()
    with pytest.raises(TransientError, match="did not answer in time"):
        fetch(f"{host.url}/team.ics")
    assert time.monotonic() - began < 5
