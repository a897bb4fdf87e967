"""When the pager itself is what is ill, the operators hear of it straight from the process that notices."""

from collections.abc import Callable

import pytest

from oncall.errors import OutcomeUnknownError, RecipientError, SetupError, StoreUnavailableError, TransientError
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import MINUTE, SECOND, Night

Posts = list[str]


@pytest.fixture
def posts(night: Night) -> Posts:
    """What the operators' webhook was sent."""
    sent: Posts = []
    night.runtime.engine._distress._post = sent.append
    return sent


def away(*_args: object, **_more: object) -> object:
    raise StoreUnavailableError("the database db is away (no route to host): try again")


class Nap:
    """Does not sleep; nothing is due."""

    def wait(self, timeout_seconds: float) -> bool:
        return False

    def close(self) -> None:
        """Nothing is open."""


def turns(night: Night, how_many: int) -> None:
    """Guarded turns, as the engine's own loop takes them: a failed one waits a second."""
    for _ in range(how_many):
        night.runtime.engine._guarded_turn(Nap())


def operators_mail(night: Night) -> list[str]:
    return [mail.text for mail in night.mails.sent if mail.to == "dana@example.com"]


def test_a_database_that_is_away_for_a_minute_is_told_by_email_and_webhook_from_memory(
    night: Night, posts: Posts, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns(night, 1)
    for name in ("begin", "read", "look"):
        monkeypatch.setattr(SqlDatabase, name, away)
    turns(night, 60)
    assert posts == []
    turns(night, 2)
    assert len(posts) == len(operators_mail(night)) == 1
    assert "On-call hotline of Example Hosting: The hotline's database has been away" in posts[0]
    assert "no route to host" in operators_mail(night)[0]


def test_it_is_told_again_only_after_a_quarter_of_an_hour(
    night: Night, posts: Posts, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns(night, 1)
    for name in ("begin", "read", "look"):
        monkeypatch.setattr(SqlDatabase, name, away)
    turns(night, 14 * 60)
    assert len(posts) == 1
    turns(night, 3 * 60)
    assert len(posts) == 2


def test_a_database_that_is_back_in_time_is_not_told_of(
    night: Night, posts: Posts, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns(night, 1)
    for _ in range(3):
        with monkeypatch.context() as while_away:
            for name in ("begin", "read", "look"):
                while_away.setattr(SqlDatabase, name, away)
            turns(night, 40)
        turns(night, 1)
    assert posts == []


def test_a_process_that_has_never_read_a_configuration_still_posts(
    night: Night, posts: Posts, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("begin", "read", "look"):
        monkeypatch.setattr(SqlDatabase, name, away)
    turns(night, 62)
    assert [post.startswith("On-call hotline: ") for post in posts] == [True]
    assert night.mails.sent == []


def test_where_no_way_could_be_gone_it_is_tried_again_a_minute_later(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def refuse(text: str) -> None:
        tried.append(text)
        raise TransientError("the operators' webhook cannot be reached")

    turns(night, 1)
    night.runtime.engine._distress._post = refuse
    night.mails.always = TransientError("the mail server is away, too")
    for name in ("begin", "read", "look"):
        monkeypatch.setattr(SqlDatabase, name, away)
    turns(night, 62)
    assert len(tried) == 1
    turns(night, 61)
    assert len(tried) == 2
    assert {fields["way"] for event, fields in night.logged if event == "distress.failed"} == {"webhook", "email"}


def test_pages_that_nobody_sends_are_told_of_without_the_rows_that_nobody_sends(
    night: Night, posts: Posts, monkeypatch: pytest.MonkeyPatch
) -> None:
    night.phoned()
    monkeypatch.setattr(night.runtime.engine, "_hand_out", lambda _now: 0)
    for _ in range(11):
        night.clock.at += 10 * SECOND
        night.turn()
    assert posts == [], "it has been due for fifty seconds, and was found twenty seconds ago"
    for _ in range(3):
        night.clock.at += 10 * SECOND
        night.turn()
    assert len(posts) == 1
    assert "nobody sends it" in posts[0]
    assert any("The hotline is stuck" in mail for mail in operators_mail(night))


@pytest.mark.parametrize(
    "error",
    [SetupError("suspended", code="20005"), TransientError("away"), OutcomeUnknownError("no answer")],
    ids=["setup", "transient", "unknown"],
)
def test_a_provider_that_refuses_everything_for_a_minute_is_told_of(
    night: Night, posts: Posts, error: Exception
) -> None:
    night.calls.always = night.texts.always = error
    night.paged()
    assert posts == []
    night.later(7 * MINUTE)
    assert len(posts) == 1
    assert "No call and no text of the hotline has gone for more than a minute" in posts[0]
    assert f"{error}. Look at the runbook" in posts[0]


def test_a_provider_that_takes_something_now_and_then_is_not_ill(night: Night, posts: Posts) -> None:
    incident = night.paged()
    distress, page = night.runtime.engine._distress, night.page(incident.number)
    for turn in range(30):
        distress.refused(page, TransientError("busy"))
        night.clock.at += 15 * SECOND
        if turn % 3 == 0:
            distress.went(page)
    assert posts == []


def test_a_wrong_number_says_nothing_of_the_provider(night: Night, posts: Posts) -> None:
    night.calls.always = night.texts.always = RecipientError("not a number", code="21211")
    night.paged()
    night.later(9 * MINUTE)
    assert posts == []


def test_without_webhook_and_mail_nothing_is_tried(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    distress = night.runtime.engine._distress
    distress._mail = None
    submitted: list[Callable[[], None]] = []
    monkeypatch.setattr(distress._workers, "submit", submitted.append)
    for _ in range(70):
        distress.database_away("away")
        night.clock.at += SECOND
    assert submitted == []
