"""What is to be done after a downtime lives as issues at GitHub: opened once, and followed until people close them."""

from datetime import timedelta

import pytest

from oncall.core.github_actions import action_marker
from oncall.core.postmortem_actions import ActionState
from oncall.sim.github import OUR_LOGIN, RefusedError
from oncall.store import SqlDatabase
from tests.unit.engine.github import BOB_THERE, OCTOCAT, REPO
from tests.unit.engine.hotline import MINUTE
from tests.unit.engine.mended import (
    IN_NO_REPOSITORY,
    IN_OUR_REPOSITORY,
    OURS,
    TEXT,
    Mended,
    answer_is_lost,
    in_repository,
)


def test_an_open_action_becomes_an_issue_of_the_customers_repository_once_it_is_published(
    database: SqlDatabase,
) -> None:
    night = Mended(database)
    assert in_repository(night, REPO) == [1] and night.action().link == ""
    night.published()
    assert in_repository(night, REPO) == [1, 2] and in_repository(night, OURS) == []
    issue = night.there.issue(REPO, 2)
    assert night.action().link == issue["html_url"]
    assert issue["title"].startswith("Alert at 80%")
    assert "Bob Peeters" in issue["body"] and "2026-02-01" in issue["body"]
    assert f"/track/{night.incident(night.number).token}/postmortem" in issue["body"]
    assert "470999999" not in f"{issue['title']}{issue['body']}" and "@all" not in issue["body"]
    assert [each["name"] for each in issue["labels"]] == ["on-call", "post-mortem"]


def test_publishing_again_opens_none_again_and_our_own_issue_is_no_request(database: SqlDatabase) -> None:
    night = Mended(database)
    night.published()
    night.published(again=True)
    night.written(TEXT + "\nA correction.\n")
    night.published()
    night.hear()
    assert in_repository(night, REPO) == [1, 2] and night.incidents() == 1


def test_an_answer_that_got_lost_opens_no_second_issue(database: SqlDatabase) -> None:
    night = Mended(database)
    night.published_and_opened_with(answer_is_lost)
    assert in_repository(night, REPO) == [1, 2] and night.action().link == ""
    night.later(5 * MINUTE)
    assert in_repository(night, REPO) == [1, 2] and night.issue() == 2


def test_github_being_away_holds_nothing_up_and_the_issue_comes_later(database: SqlDatabase) -> None:
    night = Mended(database)
    night.there.refuses = RefusedError(503, "away")
    night.published()
    night.waits(10)
    assert night.action().link == ""
    night.there.refuses = None
    night.later(timedelta(hours=1))
    assert night.issue() == 2


def test_whoever_closes_the_issue_has_done_the_action_and_opening_it_again_undoes_that(database: SqlDatabase) -> None:
    night = Mended(database)
    night.published()
    night.there.closes(REPO, 2, by=BOB_THERE)
    night.hear()
    assert (night.action().state, night.action().done_by) == (ActionState.DONE, "Bob Peeters")
    assert not night.incident(night.number).open
    night.later(MINUTE)
    night.there.reopens(REPO, 2, by=OCTOCAT)
    night.hear()
    assert night.action().state is ActionState.OPEN
    assert not night.incident(night.number).open and night.incidents() == 1


def test_a_program_that_closes_the_issue_has_done_nothing(database: SqlDatabase) -> None:
    night = Mended(database)
    night.published()
    night.there.closes(REPO, 2, by="dependabot[bot]")
    night.hear()
    assert night.action().state is ActionState.OPEN


def test_an_action_that_is_done_here_closes_its_issue_and_hears_nothing_new_from_that(database: SqlDatabase) -> None:
    night = Mended(database)
    night.published()
    night.runtime.postmortems.action_is_done(night.number, night.action().key, by="bob")
    night.turn()
    assert night.state() == "closed"
    night.hear()
    assert night.action().done_by == "Bob Peeters" and len(night.told()) == 2
    night.runtime.postmortems.action_is_done(night.number, night.action().key, by="bob", is_done=False)
    night.turn()
    assert night.state() == "open"
    night.written(TEXT.replace("- [ ]", "- [x]"))
    night.turn()
    assert night.state() == "closed"


def test_where_webhooks_got_lost_the_sweep_finds_what_was_closed_and_opened_again(database: SqlDatabase) -> None:
    night = Mended(database)
    night.published()
    night.hear()
    night.later(5 * MINUTE)
    night.there.closes(REPO, 2, by=BOB_THERE)
    night.there.deliveries()
    night.waits(10)
    assert (night.action().state, night.action().done_by) == (ActionState.DONE, "Bob Peeters")
    night.there.reopens(REPO, 2, by=OCTOCAT)
    night.there.deliveries()
    night.waits(10)
    assert night.action().state is ActionState.OPEN


def test_a_list_that_was_read_before_it_was_done_here_undoes_nothing(database: SqlDatabase) -> None:
    night = Mended(database)
    night.published()
    night.hear()
    night.later(5 * MINUTE)
    night.there.comments_on(REPO, 2, "I look at it", by=BOB_THERE)
    night.there.deliveries()
    night.later(5 * timedelta(seconds=1))
    night.there.refuses = RefusedError(503, "away")
    night.runtime.postmortems.action_is_done(night.number, night.action().key, by="bob")
    night.later(2 * MINUTE)
    night.there.refuses = None
    night.waits(20)
    assert night.action().state is ActionState.DONE and night.state() == "closed"


def test_where_the_customer_has_no_repository_actions_live_in_ours_and_say_nothing_of_their_link(
    database: SqlDatabase,
) -> None:
    night = Mended(database, IN_OUR_REPOSITORY)
    night.published()
    issue = night.there.issue(OURS, 1)
    assert night.action().link == issue["html_url"]
    assert f"/postmortems/{night.number}" in issue["body"] and "/track/" not in issue["body"]
    night.there.closes(OURS, 1, by=BOB_THERE)
    night.hear()
    assert night.action().state is ActionState.DONE
    night.later(5 * MINUTE)
    night.there.reopens(OURS, 1, by=BOB_THERE)
    night.there.deliveries()
    night.waits(10)
    assert night.action().state is ActionState.OPEN


def test_in_our_repository_other_issues_are_no_requests(database: SqlDatabase) -> None:
    night = Mended(database, IN_OUR_REPOSITORY)
    night.there.opens(OURS, "Tidy up", by=BOB_THERE)
    night.hear()
    night.waits(10)
    assert night.incidents() == 1


def test_where_nobody_has_a_repository_they_are_followed_by_hand(database: SqlDatabase) -> None:
    night = Mended(database, IN_NO_REPOSITORY)
    night.published()
    assert night.action().link == "" and night.told() == []


@pytest.mark.parametrize("by", [OCTOCAT, BOB_THERE])
def test_whoever_copies_our_marker_into_an_issue_of_their_own_closes_no_action_with_it(
    database: SqlDatabase, by: str
) -> None:
    night = Mended(database)
    night.published()
    night.there.opens(REPO, "Please help", action_marker(night.action()), by=by)
    night.hear()
    assert night.incidents() == 2
    night.there.closes(REPO, 3, by=by)
    night.hear()
    assert night.action().state is ActionState.OPEN


def test_an_issue_in_a_repository_that_was_renamed_is_still_the_actions(database: SqlDatabase) -> None:
    night = Mended(database)
    night.published()
    night.there.rename(REPO, "acme/cloud", by=OCTOCAT)
    night.there.issue("acme/cloud", 2)["html_url"] = "https://github.com/acme/cloud/issues/2"
    night.there.closes("acme/cloud", 2, by=BOB_THERE)
    night.hear()
    assert night.action().state is ActionState.DONE


def test_an_issue_that_cannot_be_opened_is_told_to_the_operators_and_asked_for_again_when_published_again(
    database: SqlDatabase,
) -> None:
    night = Mended(database)
    night.there.find(REPO).has_issues = False
    night.published()
    assert night.action().link == ""
    assert "was given up" in night.operators_read()
    night.there.find(REPO).has_issues = True
    night.published(again=True)
    assert night.issue() == 2 and night.there.issue(REPO, 2)["user"]["login"] == OUR_LOGIN
