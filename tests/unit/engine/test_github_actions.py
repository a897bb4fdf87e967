"""What is to be done after a downtime lives as issues at GitHub: opened once, and followed until people close them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Event
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from oncall.core.github_actions import action_marker
from oncall.core.partner_event import PartnerEvent
from oncall.core.postmortem_actions import Action, ActionState
from oncall.sim.github import OUR_LOGIN, FakeRepository, RefusedError
from oncall.store import SqlDatabase
from tests.unit.engine.github import BOB_THERE, GITHUB_YAML, OCTOCAT, REPO, Connected
from tests.unit.engine.hotline import MINUTE

OURS = "example/platform"
TEXT = (
    "## Causes\n\nA disk was full.\n\n- [ ] Alert at 80%, or call +32470999999 @all — bob — 2026-02-01\n- [x] Free it\n"
)
WITHOUT = "## Causes\n\nA disk was full.\n\n- [x] Free it\n"
IN_OUR_REPOSITORY = GITHUB_YAML.replace(f"    github: {REPO}\n", "") + f"postmortems: {{repository: {OURS}}}\n"
IN_NO_REPOSITORY = GITHUB_YAML.replace(f"    github: {REPO}\n", "")
# A transaction that waits for another one.
WAITING = "SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"


class Mended(Connected):
    """Production was down, it is mended, and a post-mortem is written and reviewed."""

    def __init__(self, database: SqlDatabase, yaml: str = GITHUB_YAML, text: str = TEXT) -> None:
        super().__init__(database, yaml=yaml)
        self.there.add_repository(OURS)
        self.number = self.paged().number
        self.later(2 * MINUTE)
        self.runtime.respond.acknowledge(self.number, engineer="alice", via="test")
        self.runtime.respond.resolve(self.number, engineer="alice", note="mended", via="test")
        self.turn()
        self.hear()
        self.written(text)

    def written(self, text: str) -> None:
        postmortems = self.runtime.postmortems
        version = postmortems.write(self.number, text, by="alice", via="test", base=None).version
        postmortems.review(self.number, version, by="bob")

    def published(self, again: bool = False) -> None:
        self.runtime.postmortems.publish(self.number, by="alice", via="test", notify_again=again)
        self.turn()

    def published_and_opened_with(self, happens: Callable[[], None]) -> None:
        """It is published, and this happens between the opening of the issue and the answer, once."""
        opens = self.there._open

        def opened(repository: FakeRepository, fields: Any) -> dict[str, Any]:
            issue = opens(repository, fields)
            self.there._open = opens  # type: ignore[method-assign]
            happens()
            return issue

        self.there._open = opened  # type: ignore[method-assign]
        self.published()

    def clicked(self, *, is_done: bool) -> None:
        """Bob says so in the dashboard."""
        self.runtime.postmortems.action_is_done(self.number, self.action().key, by="bob", is_done=is_done)
        self.turn()

    def over(self, by: str) -> None:
        """The action is dropped by a new text, or done by a click."""
        if by == "text":
            self.written(WITHOUT)
        else:
            self.runtime.postmortems.action_is_done(self.number, self.action().key, by="bob")

    def action(self) -> Action:
        """The one that was not done when it was written."""
        with self.database.read() as uow:
            return next(each for each in uow.postmortems.actions(self.number) if "Alert" in each.text)

    def issue(self) -> int:
        """The number of its issue."""
        return int(self.action().link.rpartition("/")[2])

    def waits(self, minutes: int) -> None:
        """Time, in which somebody looks at GitHub's lists."""
        for _ in range(2 * minutes):
            self.later(MINUTE / 2)
            self.turn()

    def state(self) -> str:
        return str(self.there.issue(REPO, self.issue())["state"])

    def told(self) -> list[PartnerEvent]:
        with self.database.read() as uow:
            return [each for each in uow.partner_events.of(self.number) if each.type.startswith("action.")]


def answer_is_lost() -> None:
    raise RefusedError(502, "Server Error")


def in_repository(night: Connected, name: str) -> list[int]:
    return list(night.there.find(name).issues)


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


def test_webhooks_of_closing_and_opening_again_that_come_in_the_wrong_order_leave_the_later_one_standing(
    database: SqlDatabase,
) -> None:
    night = Mended(database)
    night.published()
    night.hear()
    night.later(MINUTE)
    night.there.closes(REPO, 2, by=BOB_THERE)
    night.later(MINUTE)
    night.there.reopens(REPO, 2, by=BOB_THERE)
    night.later(MINUTE)
    night.receive(reversed(night.there.deliveries()))
    assert night.action().state is ActionState.OPEN
    night.there.closes(REPO, 2, by=BOB_THERE)
    night.later(MINUTE)
    night.there.reopens(REPO, 2, by=BOB_THERE)
    night.later(MINUTE)
    night.there.closes(REPO, 2, by=OCTOCAT)
    closed, reopened, closed_again = night.there.deliveries()
    night.later(MINUTE)
    night.receive([closed, closed_again, reopened])
    assert night.action().state is ActionState.DONE
    assert night.action().done_at == night.clock.at - 3 * MINUTE


def test_an_opening_that_is_later_counts_although_the_closing_was_heard_late(database: SqlDatabase) -> None:
    night = Mended(database)
    night.published()
    night.hear()
    night.later(MINUTE)
    night.there.closes(REPO, 2, by=BOB_THERE)
    night.later(MINUTE)
    night.there.reopens(REPO, 2, by=BOB_THERE)
    night.later(MINUTE)
    night.hear()
    assert night.action().state is ActionState.OPEN


def test_within_one_second_the_order_of_arrival_counts_and_the_sweep_has_the_last_word(database: SqlDatabase) -> None:
    night = Mended(database)
    night.published()
    night.hear()
    night.later(MINUTE)
    night.there.closes(REPO, 2, by=BOB_THERE)
    night.there.reopens(REPO, 2, by=BOB_THERE)
    closed, reopened = night.there.deliveries()
    night.receive([closed, reopened])
    assert night.action().state is ActionState.OPEN
    night.receive([replace(closed, delivery="another")])
    night.waits(10)
    assert night.action().state is ActionState.OPEN


def test_what_is_done_or_taken_up_here_is_undone_by_nothing_older_from_there(database: SqlDatabase) -> None:
    night = Mended(database)
    night.published()
    night.hear()
    night.later(MINUTE)
    night.there.closes(REPO, 2, by=BOB_THERE)
    night.later(MINUTE)
    night.there.reopens(REPO, 2, by=BOB_THERE)
    closed, reopened = night.there.deliveries()
    night.later(MINUTE)
    night.clicked(is_done=True)
    night.receive([reopened])
    assert night.action().state is ActionState.DONE
    night.later(MINUTE)
    night.clicked(is_done=False)
    night.receive([closed])
    assert night.action().state is ActionState.OPEN
    night.hear()
    assert night.state() == "open"


def test_what_people_did_meanwhile_is_not_undone_by_what_was_still_to_be_told(database: SqlDatabase) -> None:
    night = Mended(database)
    night.published()
    night.hear()
    night.there.refuses = RefusedError(503, "away")
    night.clicked(is_done=True)
    night.later(MINUTE)
    night.there.closes(REPO, 2, by=BOB_THERE)
    night.later(MINUTE)
    night.there.reopens(REPO, 2, by=BOB_THERE)
    night.hear()
    night.there.refuses = None
    night.later(timedelta(hours=1))
    assert night.action().state is ActionState.OPEN and night.state() == "open"


@pytest.mark.postgres
def test_an_issue_that_is_linked_while_a_new_version_is_written_stays_linked_and_is_closed(
    postgres_database: SqlDatabase, postgres_url: str
) -> None:
    night = Mended(postgres_database)
    night.there.refuses = RefusedError(503, "away")
    night.published()
    link = f"https://github.com/{REPO}/issues/2"
    plain = make_url(postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with ThreadPoolExecutor(1) as others, psycopg.connect(plain, autocommit=True) as watching:
        with night.database.begin() as uow:
            night.runtime.postmortems.action_linked(uow, night.number, night.action().key, link)
            writing = others.submit(night.written, WITHOUT)
            pause = Event()
            while not writing.done() and not watching.execute(WAITING).fetchone():
                pause.wait(0.01)
        writing.result(timeout=30)
    assert (night.action().state, night.action().link) == (ActionState.DROPPED, link)
    assert [each.type for each in night.told()] == ["action.opened", "action.closed"]
