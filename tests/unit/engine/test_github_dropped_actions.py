"""What a post-mortem names no more is closed at GitHub with the reason, and taken up again by whoever wants it."""

from datetime import timedelta

import pytest

from oncall.core.postmortem_actions import ActionState
from oncall.sim.github import OUR_LOGIN, RefusedError
from oncall.store import SqlDatabase
from tests.unit.engine.github import BOB_THERE, OCTOCAT, REPO
from tests.unit.engine.hotline import MINUTE
from tests.unit.engine.mended import TEXT, WITHOUT, Mended, answer_is_lost, in_repository


def test_an_action_that_a_later_version_does_not_name_has_its_issue_closed_with_the_reason(
    database: SqlDatabase,
) -> None:
    night = Mended(database)
    night.published()
    night.hear()
    night.written(WITHOUT)
    night.turn()
    assert night.action().state is ActionState.DROPPED
    assert (night.state(), night.there.issue(REPO, 2)["state_reason"]) == ("closed", "not_planned")
    [said] = night.ours_on(2)
    assert f"no longer part of the post-mortem of incident {night.number}" in said
    night.hear()
    night.waits(10)
    assert night.action().state is ActionState.DROPPED and len(night.told()) == 2
    night.written(WITHOUT + "\nA correction.\n")
    night.published()
    assert len(night.told()) == 2 and len(night.ours_on(2)) == 1


def test_the_reason_is_written_once_although_the_answer_got_lost(database: SqlDatabase) -> None:
    night = Mended(database)
    night.published()
    night.there.loses_answers = 1
    night.written(WITHOUT)
    night.later(5 * MINUTE)
    assert night.state() == "closed" and len(night.ours_on(2)) == 1


def test_an_action_that_is_dropped_before_its_issue_could_be_opened_has_none(database: SqlDatabase) -> None:
    night = Mended(database)
    night.there.refuses = RefusedError(503, "away")
    night.published()
    night.written(WITHOUT)
    night.there.refuses = None
    night.later(timedelta(hours=1))
    assert in_repository(night, REPO) == [1] and night.action().link == ""
    night.written(TEXT)
    night.published()
    assert in_repository(night, REPO) == [1, 2] and night.state() == "open"


@pytest.mark.parametrize("by", ["text", "click"])
def test_an_opening_whose_answer_got_lost_is_found_and_closed_where_the_action_is_over_meanwhile(
    database: SqlDatabase, by: str
) -> None:
    night = Mended(database)
    night.published_and_opened_with(answer_is_lost)
    assert in_repository(night, REPO) == [1, 2] and night.action().link == ""
    night.over(by)
    night.later(5 * MINUTE)
    assert in_repository(night, REPO) == [1, 2] and night.state() == "closed"


@pytest.mark.parametrize("by", ["text", "click"])
def test_an_action_that_is_over_while_its_issue_is_being_opened_has_it_closed(database: SqlDatabase, by: str) -> None:
    night = Mended(database)
    night.published_and_opened_with(lambda: night.over(by))
    night.later(MINUTE)
    assert in_repository(night, REPO) == [1, 2] and night.state() == "closed"
    night.hear()
    assert night.action().state is (ActionState.DROPPED if by == "text" else ActionState.DONE)


def test_an_issue_that_was_found_by_its_webhook_is_closed_where_the_action_is_over_meanwhile(
    database: SqlDatabase,
) -> None:
    night = Mended(database)
    night.published_and_opened_with(answer_is_lost)
    night.there.refuses = RefusedError(503, "away")
    night.written(WITHOUT)
    night.hear()
    assert night.issue() == 2
    night.there.refuses = None
    night.later(timedelta(hours=1))
    assert night.state() == "closed" and len(night.ours_on(2)) == 1


def test_an_action_that_is_named_again_has_its_issue_opened_again(database: SqlDatabase) -> None:
    night = Mended(database)
    night.published()
    night.written(WITHOUT)
    night.turn()
    night.hear()
    night.later(MINUTE)
    night.written(TEXT)
    night.published()
    night.hear()
    assert night.action().state is ActionState.OPEN and night.state() == "open"
    assert in_repository(night, REPO) == [1, 2]


def test_an_action_that_is_named_again_as_done_is_done_and_its_issue_stays_closed(database: SqlDatabase) -> None:
    night = Mended(database)
    night.published()
    night.written(WITHOUT)
    night.turn()
    night.written(TEXT.replace("- [ ]", "- [x]"))
    night.turn()
    assert (night.action().state, night.state()) == (ActionState.DONE, "closed")


def test_an_action_that_is_named_again_and_has_no_issue_gets_one_when_it_is_published(database: SqlDatabase) -> None:
    night = Mended(database)
    night.written(WITHOUT)
    night.published()
    assert night.action().state is ActionState.DROPPED and in_repository(night, REPO) == [1]
    night.written(TEXT)
    assert in_repository(night, REPO) == [1]
    night.published()
    assert night.issue() == 2 and night.state() == "open"


def test_dropped_and_named_again_while_github_is_away_leaves_the_issue_as_it_was(database: SqlDatabase) -> None:
    night = Mended(database)
    night.published()
    night.hear()
    night.there.refuses = RefusedError(503, "away")
    night.written(WITHOUT)
    night.later(MINUTE)
    night.written(TEXT)
    night.there.refuses = None
    night.later(timedelta(hours=1))
    assert night.state() == "open" and night.ours_on(2) == []
    assert night.there.deliveries() == []


@pytest.mark.parametrize("webhooks_arrive", [True, False])
def test_a_person_who_opens_the_issue_of_a_dropped_action_again_takes_it_up_whatever_later_versions_say(
    database: SqlDatabase, webhooks_arrive: bool
) -> None:
    night = Mended(database)
    night.published()
    night.written(WITHOUT)
    night.turn()
    night.hear()
    night.later(5 * MINUTE)
    night.there.reopens(REPO, 2, by=OCTOCAT)
    if webhooks_arrive:
        night.hear()
    else:
        night.there.deliveries()
        night.waits(10)
    assert night.action().state is ActionState.OPEN
    night.written(WITHOUT + "\nA correction.\n")
    night.turn()
    assert night.action().state is ActionState.OPEN and night.state() == "open"
    night.later(MINUTE)
    night.there.closes(REPO, 2, by=BOB_THERE)
    night.hear()
    assert (night.action().state, night.action().done_by) == (ActionState.DONE, "Bob Peeters")


@pytest.mark.parametrize("by", [OUR_LOGIN, "dependabot[bot]"])
def test_a_program_that_opens_the_issue_of_a_dropped_action_again_takes_nothing_up(
    database: SqlDatabase, by: str
) -> None:
    night = Mended(database)
    night.published()
    night.written(WITHOUT)
    night.turn()
    night.later(MINUTE)
    night.there.reopens(REPO, 2, by=by)
    night.hear()
    assert night.action().state is ActionState.DROPPED


def test_closing_the_issue_of_a_dropped_action_does_not_make_it_done(database: SqlDatabase) -> None:
    night = Mended(database)
    night.published()
    night.hear()
    night.there.refuses = RefusedError(503, "away")
    night.written(WITHOUT)
    night.later(MINUTE)
    night.there.closes(REPO, 2, by=BOB_THERE)
    night.hear()
    assert night.action().state is ActionState.DROPPED
