"""GitHub over HTTP, as it answers and as it refuses."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from werkzeug.serving import make_server

from oncall.channels.github import GitHubApi
from oncall.errors import (
    BusyError,
    ChannelError,
    GoneError,
    OutcomeUnknownError,
    PlaceError,
    RecipientError,
    SetupError,
    TransientError,
)
from oncall.sim.github import OUR_LOGIN, TOKEN, FakeGitHub, RefusedError
from oncall.sim.github_api import create_github_api
from oncall.system import SystemClock

from .fake_twilio import Answer, running_fake_twilio

REPO = "acme/platform"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass
class Served:
    """A fake that listens, and our way to it."""

    fake: FakeGitHub
    api: GitHubApi


@pytest.fixture
def served() -> Iterator[Served]:
    clock = SystemClock()
    fake = FakeGitHub(clock.now)
    fake.add_repository(REPO)
    app = Flask(__name__)
    app.register_blueprint(create_github_api(fake), url_prefix="/api/v3")
    server = make_server("127.0.0.1", 0, app, threaded=True)
    fake.base_url = f"http://127.0.0.1:{server.server_port}/api/v3"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield Served(fake, GitHubApi(TOKEN, fake.base_url, clock))
    server.shutdown()
    thread.join()
    server.server_close()


def test_who_we_are_what_the_repository_is_and_all_that_is_done_with_issues(served: Served) -> None:
    fake, api = served.fake, served.api
    assert api.login() == OUR_LOGIN
    assert api.repository("ACME/Platform").name == REPO
    opened = api.open_issue(REPO, title="Down", body="<!-- on-call:1042 -->", labels=["on-call", "urgent"])
    assert (opened.number, opened.repository.id) == (1, str(fake.find(REPO).id))
    assert api.find_issue(REPO, marker="<!-- on-call:1042 -->", label="on-call", since=LONG_AGO) == opened
    assert api.find_issue(REPO, marker="<!-- on-call:7 -->", label="on-call", since=LONG_AGO) is None
    api.comment(REPO, 1, "hello <!-- x -->")
    assert api.has_comment(REPO, 1, marker="<!-- x -->", since=LONG_AGO)
    assert not api.has_comment(REPO, 1, marker="<!-- x -->", since=datetime.now(UTC) + timedelta(days=1))
    api.set_state(REPO, 1, closed=True)
    assert (fake.issue(REPO, 1)["state"], fake.issue(REPO, 1)["state_reason"]) == ("closed", "completed")
    api.set_state(REPO, 1, closed=False)
    assert fake.issue(REPO, 1)["state"] == "open"
    api.set_state(REPO, 1, closed=True, planned=False)
    assert (fake.issue(REPO, 1)["state"], fake.issue(REPO, 1)["state_reason"]) == ("closed", "not_planned")


def test_lists_are_read_page_by_page(served: Served) -> None:
    for number in range(120):
        served.fake.opens(REPO, f"{number}", by="octocat")
    listed = served.api.issues(REPO, LONG_AGO)
    assert (len(listed.items), listed.whole) == (120, True)
    assert served.api.comments(REPO, LONG_AGO).items == []


def test_a_renamed_repository_is_followed_with_what_was_to_be_done(served: Served) -> None:
    served.fake.rename(REPO, "acme/core", by="octocat")
    opened = served.api.open_issue(REPO, title="Down", body="b", labels=[])
    assert opened.repository.name == "acme/core"
    served.api.comment(REPO, 1, "followed")
    assert served.fake.texts_on("acme/core", 1) == ["followed"]


@pytest.mark.parametrize(
    ("refusal", "becomes", "says"),
    [
        (RefusedError(401, "Bad credentials"), SetupError, "GITHUB_TOKEN and GITHUB_API_URL right"),
        (RefusedError(403, "Resource not accessible by integration"), PlaceError, "may it write issues"),
        (RefusedError(403, "Repository was archived so is read-only."), RecipientError, "archived"),
        (RefusedError(404, "Not Found"), PlaceError, "does GITHUB_TOKEN open it"),
        (RefusedError(410, "Issues are disabled for this repo"), GoneError, "disabled"),
        (RefusedError(422, "Validation Failed"), RecipientError, "Validation"),
        (RefusedError(429, "slow down"), BusyError, "429"),
        (RefusedError(403, "You have exceeded a secondary rate limit"), BusyError, "403"),
        (RefusedError(500, "oops"), OutcomeUnknownError, "500"),
        (RefusedError(302, "away", {"Location": "https://evil.example/repos"}), SetupError, "302"),
    ],
    ids=lambda value: str(getattr(value, "status", "")) or None,
)
def test_what_it_refuses_becomes_one_of_our_errors(
    served: Served, refusal: RefusedError, becomes: type[ChannelError], says: str
) -> None:
    served.fake.opens(REPO, "x", by="octocat")
    served.fake.refuses = refusal
    with pytest.raises(becomes, match=says) as caught:
        served.api.comment(REPO, 1, "b")
    assert type(caught.value) is becomes
    assert TOKEN not in str(caught.value)


def test_it_is_asked_again_when_it_says(served: Served) -> None:
    served.fake.refuses = RefusedError(403, "limit", {"Retry-After": "90"})
    with pytest.raises(BusyError) as caught:
        served.api.repository(REPO)
    assert caught.value.wait_for == timedelta(seconds=90)
    reset = str(int(datetime.now(UTC).timestamp()) + 300)
    served.fake.refuses = RefusedError(403, "limit", {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset})
    with pytest.raises(BusyError) as caught:
        served.api.repository(REPO)
    assert timedelta(seconds=290) < caught.value.wait_for <= timedelta(seconds=300)


def test_a_deleted_issue_is_gone_and_a_repository_that_is_not_there_is_for_the_operators(served: Served) -> None:
    served.fake.opens(REPO, "x", by="octocat")
    served.fake.deletes(REPO, 1, by="octocat")
    with pytest.raises(GoneError):
        served.api.comment(REPO, 1, "b")
    with pytest.raises(GoneError, match="the issue is there no more"):
        served.api.comment(REPO, 99, "b")
    with pytest.raises(SetupError):
        served.api.comment("acme/nothing", 1, "b")


@pytest.mark.parametrize("name", ["", "acme", "acme/", "/x", "a/b/c", "../..", "a/.."])
def test_what_is_no_repository_is_never_asked_for(served: Served, name: str) -> None:
    with pytest.raises(RecipientError):
        served.api.repository(name)
    assert served.fake.asked == []


def test_an_app_s_token_does_not_say_who_it_is(served: Served) -> None:
    served.fake.refuses = RefusedError(403, "Resource not accessible by integration")
    assert served.api.login() == ""


@pytest.mark.parametrize("body", ["[1,2]", "7", "null", "{}", '{"login": 7}'])
def test_what_does_not_say_who_we_are_is_no_app(body: str) -> None:
    with running_fake_twilio() as host:
        host.will(Answer(200, body, {"Content-Type": "application/json", "Connection": "close"}))
        with pytest.raises(OutcomeUnknownError, match="who we are"):
            GitHubApi(TOKEN, host.url, SystemClock()).login()


def test_nobody_there_is_an_error_of_ours() -> None:
    api = GitHubApi(TOKEN, "http://127.0.0.1:9", SystemClock())
    with pytest.raises(TransientError):
        api.login()
