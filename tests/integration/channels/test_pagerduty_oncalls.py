"""Who is on call at PagerDuty is asked over HTTP, as its API is; and what is no answer is none."""

import json
import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from oncall.calendars import oncalls_text
from oncall.channels.building import build_calendars
from oncall.channels.pagerduty_oncalls import MOST_ROWS
from oncall.errors import ChannelError, OutcomeUnknownError, SetupError, TransientError
from oncall.ports import CalendarAnswer
from oncall.sim.pagerduty import API_TOKEN, Oncall

from .conftest import RealClock, settings
from .fake_twilio import Answer, FakeTwilio, running_fake_twilio
from .test_partners import Running

HOUR = timedelta(hours=1)
NOW = datetime.now(UTC).replace(microsecond=0)
EMPTY = json.dumps({"oncalls": [], "limit": 100, "offset": 0, "more": False, "total": None})


@pytest.fixture
def pagerduty(caplog: pytest.LogCaptureFixture) -> Iterator[Running]:
    caplog.set_level(logging.CRITICAL)
    running = Running()
    yield running
    running.close()


@pytest.fixture
def host(caplog: pytest.LogCaptureFixture) -> Iterator[FakeTwilio]:
    caplog.set_level(logging.CRITICAL)
    with running_fake_twilio() as fake:
        yield fake


def ask(url: str, token: str = API_TOKEN, schedule: str = "PSCHED1") -> CalendarAnswer | None:
    made = settings(PAGERDUTY_API_URL=url, **({"PAGERDUTY_API_TOKEN": token} if token else {}))
    return build_calendars(made, RealClock()).fetch(f"pagerduty:{schedule}", etag="", last_modified="")


def users(answer: CalendarAnswer | None) -> list[tuple[str, str]]:
    assert answer is not None
    rows = json.loads(answer.text)["oncalls"]
    return sorted({(row["user"], row["email"]) for row in rows})


def test_the_on_calls_of_one_schedule_come_with_the_addresses_of_their_users(pagerduty: Running) -> None:
    pagerduty.fake.oncalls = {
        "PSCHED1": [Oncall("PALICE", NOW - HOUR, NOW + HOUR), Oncall("PZOE", NOW + HOUR, level=2)],
        "POTHER": [Oncall("PBOB", NOW - HOUR)],
    }
    answer = ask(pagerduty.url)
    assert users(answer) == [("PALICE", "alice@example.com"), ("PZOE", "")]
    assert answer == ask(pagerduty.url), "the same answer is the same text"


def test_all_pages_are_asked_for(pagerduty: Running) -> None:
    shifts = [Oncall(f"P{n}", NOW + n * HOUR, NOW + (n + 1) * HOUR) for n in range(250)]
    pagerduty.fake.oncalls = {"PSCHED1": shifts}
    assert len(users(ask(pagerduty.url))) == 250


def test_more_on_calls_than_can_be_meant_are_refused(pagerduty: Running) -> None:
    pagerduty.fake.oncalls = {"PSCHED1": [Oncall("PALICE", NOW - HOUR, level=n + 1) for n in range(MOST_ROWS + 1)]}
    with pytest.raises(SetupError, match=f"more than {MOST_ROWS}"):
        ask(pagerduty.url)


def test_it_is_asked_as_the_api_is_documented_from_a_monday_for_twelve_weeks(host: FakeTwilio) -> None:
    host.will(Answer(200, EMPTY, {"Content-Type": "application/json"}))
    assert ask(host.url) == CalendarAnswer(oncalls_text([], "PSCHED1"))
    [request] = host.requests
    named = {name.lower(): value for name, value in request.headers.items()}
    asked = request.query
    assert (request.method, request.path) == ("GET", "/oncalls")
    assert named["authorization"] == f"Token token={API_TOKEN}"
    assert (asked["schedule_ids[]"], asked["include[]"]) == (["PSCHED1"], ["users"])
    since, until = (datetime.fromisoformat(asked[name][0]) for name in ("since", "until"))
    assert (since.weekday(), since.hour, until - since) == (0, 0, timedelta(weeks=12))
    assert timedelta(days=7) <= NOW - since <= timedelta(days=15)
    assert until - NOW < timedelta(days=90), "PagerDuty looks no further"


@pytest.mark.parametrize(
    ("status", "body", "kind", "says"),
    [
        (200, "<html>Sign in</html>", TransientError, "not a list of on-calls"),
        (200, "[]", TransientError, "not a list of on-calls"),
        (200, "7", TransientError, "not a list of on-calls"),
        (200, "{}", TransientError, "not a list of on-calls"),
        (200, '{"oncalls": {"id": 1}}', TransientError, "not a list of on-calls"),
        (200, '{"oncalls": [7]}', SetupError, "row 1 of its answer"),
        (401, "{}", SetupError, "HTTP 401"),
        (403, "<html>", SetupError, "HTTP 403"),
        (404, "{}", SetupError, "no such schedule"),
        (400, "{}", SetupError, "no such schedule"),
        (500, "<html>", OutcomeUnknownError, "HTTP 500"),
        (503, "", OutcomeUnknownError, "HTTP 503"),
    ],
)
def test_what_is_no_answer_is_told_as_what_it_is_after_one_try(
    host: FakeTwilio, status: int, body: str, kind: type[ChannelError], says: str
) -> None:
    host.will(Answer(status, body, {"Content-Type": "application/json"}))
    with pytest.raises(kind, match=says) as caught:
        ask(host.url)
    assert "PSCHED1" in str(caught.value)
    assert API_TOKEN not in str(caught.value)
    assert len(host.requests) == 1


def test_a_busy_pagerduty_is_asked_once_more_and_then_left_to_the_rows(host: FakeTwilio) -> None:
    host.will(Answer(429, "{}"), Answer(429, "{}"))
    began = time.monotonic()
    with pytest.raises(TransientError, match="patience"):
        ask(host.url)
    assert len(host.requests) == 2
    assert time.monotonic() - began < 5


def test_a_wrong_key_and_an_unknown_schedule_are_refused_by_pagerduty_itself(pagerduty: Running) -> None:
    with pytest.raises(SetupError, match="HTTP 401"):
        ask(pagerduty.url, token="wrong")
    with pytest.raises(SetupError, match="no such schedule"):
        ask(pagerduty.url, schedule="PNOWHERE")


def test_a_pagerduty_that_is_not_there_is_told_soon(pagerduty: Running) -> None:
    pagerduty.close()
    with pytest.raises(OutcomeUnknownError, match="cannot be reached"):
        ask(pagerduty.url)


def test_without_a_key_nobody_is_asked(host: FakeTwilio) -> None:
    with pytest.raises(SetupError, match="PAGERDUTY_API_TOKEN is not set"):
        ask(host.url, token="")
    assert host.requests == []
