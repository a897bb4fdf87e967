"""What came in from GitHub and Slack, and where incidents live there, on both databases."""

from dataclasses import replace
from datetime import timedelta

from oncall.core.github import KnownRepository
from oncall.core.inbound import Effect, InboundEvent, Link, Platform, finished
from oncall.store import SqlDatabase
from tests.integration.store.samples import NOW, an_incident

SECOND = timedelta(seconds=1)
LATER = NOW + timedelta(minutes=1)


def an_event(name: str, *, subject: str = "github:7#1", after: int = 0) -> InboundEvent:
    at = NOW + after * SECOND
    return InboundEvent(f"github:{name}", Platform.GITHUB, "issues", subject, '{"action": "opened"}', at, at)


def test_a_webhook_that_comes_twice_is_kept_once(database: SqlDatabase) -> None:
    with database.begin() as work:
        assert work.inbound_events.add(an_event("a"))
        assert not work.inbound_events.add(replace(an_event("a"), body="{}"))
    with database.read() as work:
        assert work.inbound_events.get("github:a") == an_event("a")


def test_events_of_one_subject_are_worked_on_one_after_the_other_and_others_beside_them(database: SqlDatabase) -> None:
    with database.begin() as work:
        for event in (an_event("b", after=1), an_event("a"), an_event("c", subject="github:7#2", after=2)):
            work.inbound_events.add(event)
    with database.begin() as work:
        first = work.inbound_events.claim_due(LATER, again_at=LATER + 30 * SECOND, limit=10)
        assert [(event.id, event.attempts) for event in first] == [("github:a", 1), ("github:c", 1)]
        assert work.inbound_events.claim_due(LATER, again_at=LATER + 30 * SECOND, limit=10) == []
    with database.begin() as work:
        work.inbound_events.save(finished(first[0], Effect("nothing to do"), LATER))
        assert work.inbound_events.next_due_at() == NOW + SECOND
        then = work.inbound_events.claim_due(LATER, again_at=LATER + 30 * SECOND, limit=10)
        assert [event.id for event in then] == ["github:b"]


def test_a_claim_that_was_not_finished_is_taken_up_again_after_its_lease(database: SqlDatabase) -> None:
    with database.begin() as work:
        work.inbound_events.add(an_event("a"))
        work.inbound_events.claim_due(LATER, again_at=LATER + 30 * SECOND, limit=1)
    with database.begin() as work:
        assert work.inbound_events.next_due_at() == LATER + 30 * SECOND
        again = work.inbound_events.claim_due(LATER + 31 * SECOND, again_at=LATER + 61 * SECOND, limit=1)
        assert [event.attempts for event in again] == [2]


def test_what_is_done_with_is_forgotten_in_batches_and_what_waits_is_not(database: SqlDatabase) -> None:
    with database.begin() as work:
        for name in "abc":
            work.inbound_events.add(an_event(name))
        for name in "ab":
            work.inbound_events.save(finished(an_event(name), Effect("done"), NOW))
        assert work.inbound_events.forget(LATER, limit=1) == 1
        assert work.inbound_events.forget(LATER, limit=5) == 1
        assert work.inbound_events.get("github:c") is not None


def test_an_issue_has_one_incident_and_an_incident_may_live_in_several_places(database: SqlDatabase) -> None:
    with database.begin() as work:
        number = work.incidents.open(an_incident()).number
        other = work.incidents.open(an_incident()).number
        issue = Link(number, Platform.GITHUB, "7", "12", NOW, "https://github.example/7/12", "open", "acme/platform")
        thread = Link(number, Platform.SLACK, "C1", "171.0001", NOW + SECOND)
        assert work.links.add(issue) and work.links.add(thread)
        assert not work.links.add(replace(issue, incident=other))
        assert work.links.of(number) == [issue, thread]
        assert work.links.find(Platform.GITHUB, "7", "12") == issue
        assert work.links.find(Platform.SLACK, "7", "12") is None
        work.links.save(replace(issue, state="closed"))
        assert work.links.move(Platform.GITHUB, "7", name="acme/renamed") == 1
        assert work.links.move(Platform.GITHUB, "7", name="acme/renamed") == 0
        assert work.links.find(Platform.GITHUB, "7", "12") == replace(issue, state="closed", name="acme/renamed")


def test_a_repository_is_known_by_its_id_whatever_it_is_called(database: SqlDatabase) -> None:
    known = KnownRepository("7", "acme/platform", "acme/platform", NOW)
    with database.begin() as work:
        assert work.github_repositories.get("7") is None
        work.github_repositories.save(known)
        work.github_repositories.save(replace(known, name="acme/core"))
    with database.read() as work:
        assert work.github_repositories.get("7") == replace(known, name="acme/core")


def test_a_link_remembers_when_the_other_side_last_changed(database: SqlDatabase) -> None:
    with database.begin() as work:
        number = work.incidents.open(an_incident()).number
        link = Link(number, Platform.GITHUB, "7", "12", NOW, heard_at=LATER)
        work.links.add(link)
        assert work.links.find(Platform.GITHUB, "7", "12") == link
        work.links.save(replace(link, heard_at=None))
        assert work.links.of(number) == [replace(link, heard_at=None)]
