"""What people do at GitHub happens here: once, in whatever order it comes, and only where people did it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from oncall.core.incident import IncidentState, IntakeChannel, RequestType
from oncall.core.sla import Priority
from oncall.sim.github import OUR_LOGIN, RefusedError
from oncall.store import SqlDatabase
from tests.unit.engine.github import ALICE_THERE, OCTOCAT, REPO, Connected
from tests.unit.engine.hotline import MINUTE, SECOND


def state(night: Connected, issue: int = 1) -> IncidentState:
    return night.living_at(issue).state


# ---------------------------------------------------------------- an issue becomes an incident


def test_an_issue_of_a_customer_s_becomes_an_incident_with_its_priority_and_type(database: SqlDatabase) -> None:
    night = Connected(database)
    plain = night.opened("How do I …?", "<!-- describe it -->I wonder.", labels=("question",))
    assert (plain.channel, plain.customer, plain.priority) == (IntakeChannel.GITHUB, "acme", Priority.NORMAL)
    assert (plain.request_type, plain.caller_name) == (RequestType.GUIDANCE, OCTOCAT)
    assert plain.summary == "How do I …?\n\nI wonder."
    urgent = night.opened("It fails", labels=("urgent", "bug"))
    assert (urgent.priority, urgent.request_type) == (Priority.URGENT, RequestType.PROBLEM)
    assert "acme/platform#2" in night.timeline(urgent.number)


def test_whoever_wrote_is_answered_with_the_number_and_what_to_do_where_it_cannot_wait(database: SqlDatabase) -> None:
    night = Connected(database)
    incident = night.opened()
    (received,) = night.ours_on(1)
    assert f"incident {incident.number}" in received and f"/track/{incident.token}" in received
    assert "+3225550199" in received
    assert "no number to call back" not in night.timeline(incident.number)


def test_the_same_webhook_twice_and_one_for_each_label_open_one_incident(database: SqlDatabase) -> None:
    night = Connected(database)
    night.there.opens(REPO, "It fails", by=OCTOCAT, labels=("urgent", "bug"))
    webhooks = night.there.deliveries()
    night.receive([*webhooks, *webhooks])
    night.receive(reversed(webhooks))
    assert night.incidents() == 1


@pytest.mark.parametrize("by", ["dependabot[bot]", OUR_LOGIN])
def test_programs_and_ourselves_open_nothing(database: SqlDatabase, by: str) -> None:
    night = Connected(database)
    night.there.opens(REPO, "Bump", by=by)
    night.hear()
    assert night.incidents() == 0


def test_before_we_know_who_we_are_there_our_own_words_are_known_by_their_marker(database: SqlDatabase) -> None:
    night = Connected(database, refuses=RefusedError(503, "away"))
    night.there.opens(REPO, "Incident 1042", "text\n\n<!-- on-call:1042 -->", by=OUR_LOGIN)
    night.there.opens(REPO, "Please", "text", by=OCTOCAT)
    night.hear()
    assert (night.link(1), night.incidents()) == (None, 1)


def test_whoever_copies_our_marker_is_not_taken_for_us(database: SqlDatabase) -> None:
    night = Connected(database)
    incident = night.opened("Please", "text\n\n<!-- on-call:1042 -->")
    night.there.comments_on(REPO, 1, "and this <!-- on-call:1042 -->", by=OCTOCAT)
    night.hear()
    assert "and this" in night.timeline(incident.number)


def test_an_issue_in_a_repository_of_nobody_we_know_is_none(database: SqlDatabase) -> None:
    night = Connected(database)
    night.there.add_repository("else/where")
    night.there.opens("else/where", "Hello", by=OCTOCAT)
    night.hear()
    assert night.incidents() == 0
    assert night.effects() == ["else/where is no customer's repository"]


def test_a_pull_request_is_none(database: SqlDatabase) -> None:
    night = Connected(database)
    night.there.opens(REPO, "A change", by=OCTOCAT)
    night.there.issue(REPO, 1)["pull_request"] = {"url": "https://api.github.com/x"}
    night.there.deliveries()
    night.there.labels(REPO, 1, "urgent", by=OCTOCAT)
    night.hear()
    assert (night.incidents(), night.effects()) == (0, ["a pull request"])


def test_production_down_in_an_issue_gets_the_number_and_an_engineer_decides(database: SqlDatabase) -> None:
    night = Connected(database)
    incident = night.opened("Production is down!")
    night.later(MINUTE)
    assert incident.priority is Priority.NORMAL
    assert [text for text in night.ours_on(1) if text.startswith("**If production is down")]
    assert f"oncall incident priority {incident.number} production_down" in night.operators_read()
    night.there.comments_on(REPO, 1, "production is still down", by=OCTOCAT)
    night.there.labels(REPO, 1, "production-down", by=OCTOCAT)
    night.hear()
    assert len([text for text in night.ours_on(1) if text.startswith("**If production is down")]) == 1


# ---------------------------------------------------------------- who has it


@pytest.mark.parametrize("does", ["assigns", "labels", "comments"])
def test_an_engineer_who_does_something_there_has_it(database: SqlDatabase, does: str) -> None:
    night = Connected(database)
    night.opened()
    match does:
        case "assigns":
            night.there.assigns(REPO, 1, ALICE_THERE, by=ALICE_THERE)
        case "labels":
            night.there.labels(REPO, 1, "seen", by=ALICE_THERE)
        case _:
            night.there.comments_on(REPO, 1, "On it.", by=ALICE_THERE)
    night.hear()
    incident = night.living_at(1)
    assert (incident.state, incident.acknowledged_by) == (IncidentState.ACKNOWLEDGED, "alice")
    assert "Alice Martin acknowledged by GitHub" in night.timeline(incident.number)
    assert "Alice Martin has it." in night.ours_on(1)


@pytest.mark.parametrize("by", [OCTOCAT, OUR_LOGIN, "automation[bot]", "dependabot[bot]"])
def test_whoever_is_no_engineer_acknowledges_for_nobody(database: SqlDatabase, by: str) -> None:
    night = Connected(database)
    night.opened()
    night.there.assigns(REPO, 1, ALICE_THERE, by=by)
    night.there.labels(REPO, 1, "seen", by=by)
    night.there.comments_on(REPO, 1, "Alice has it", by=by)
    night.hear()
    assert state(night) is IncidentState.TRIGGERED


def test_a_program_with_an_engineer_s_login_acknowledges_nothing(database: SqlDatabase) -> None:
    night = Connected(database)
    night.there.bots.add(ALICE_THERE)
    night.opened()
    night.there.assigns(REPO, 1, ALICE_THERE, by=ALICE_THERE)
    night.there.labels(REPO, 1, "seen", by=ALICE_THERE)
    night.there.comments_on(REPO, 1, "On it", by=ALICE_THERE)
    night.there.closes(REPO, 1, by=ALICE_THERE)
    night.hear()
    assert state(night) is IncidentState.TRIGGERED


def test_a_program_that_writes_in_an_engineer_s_name_acknowledges_nothing(database: SqlDatabase) -> None:
    night = Connected(database)
    night.opened()
    night.there.comments_on(REPO, 1, "Thank you for your request.", by=ALICE_THERE)
    (webhook,) = night.there.deliveries()
    body = webhook.body.replace(b'"performed_via_github_app": null', b'"performed_via_github_app": {"id": 1}')
    night.receive([type(webhook)(webhook.event, webhook.delivery, body)])
    assert state(night) is IncidentState.TRIGGERED


def test_what_was_done_before_it_was_opened_again_acknowledges_nothing(database: SqlDatabase) -> None:
    night = Connected(database)
    incident = night.opened()
    night.there.comments_on(REPO, 1, "I have it", by=ALICE_THERE)
    late = night.there.deliveries()
    night.clock.at += MINUTE
    night.runtime.respond.resolve(incident.number, engineer="bob", note="", via="SMS")
    night.clock.at += MINUTE
    night.runtime.respond.reopen(incident.number, by="Jane", via="SMS")
    night.receive(late)
    assert state(night) is IncidentState.TRIGGERED
    assert night.effects()[-1] == "too late to acknowledge, update"


# ---------------------------------------------------------------- what is said


def test_what_the_customer_writes_is_added_and_what_an_engineer_writes_is_an_update_that_is_not_repeated(
    database: SqlDatabase,
) -> None:
    night = Connected(database)
    incident = night.opened()
    night.there.comments_on(REPO, 1, "It is worse now", by=OCTOCAT)
    night.there.comments_on(REPO, 1, "We found it", by=ALICE_THERE)
    night.hear()
    timeline = night.timeline(incident.number)
    assert "octocat by GitHub: It is worse now" in timeline
    assert "Alice Martin by GitHub: We found it" in timeline
    assert not [text for text in night.ours_on(1) if "We found it" in text or "worse" in text]


def test_what_is_written_after_the_end_is_added_and_whoever_wrote_is_told_how_to_open_it_again(
    database: SqlDatabase,
) -> None:
    night = Connected(database)
    incident = night.opened()
    night.there.comments_on(REPO, 1, "It works, thank you", by=OCTOCAT)
    with_the_end = night.there.deliveries()
    night.later(MINUTE)
    night.runtime.respond.resolve(incident.number, engineer="alice", note="", via="SMS")
    night.hear()
    night.receive(with_the_end)
    assert not [text for text in night.ours_on(1) if "open this issue again" in text]
    night.later(MINUTE)
    night.there.comments_on(REPO, 1, "It is slow again", by=OCTOCAT)
    night.there.comments_on(REPO, 1, "Hello?", by=OCTOCAT)
    night.hear()
    assert "octocat by GitHub: It is slow again" in night.timeline(incident.number)
    assert len([text for text in night.ours_on(1) if "open this issue again" in text]) == 1
    assert not night.incident(incident.number).open
    night.there.reopens(REPO, 1, by=OCTOCAT)
    night.hear()
    assert night.incident(incident.number).open


def test_what_was_opened_again_and_closed_before_we_heard_of_either_is_over(database: SqlDatabase) -> None:
    night = Connected(database)
    incident = night.opened()
    night.later(MINUTE)
    night.runtime.respond.resolve(incident.number, engineer="alice", note="", via="SMS")
    night.turn()
    night.hear()
    night.later(MINUTE)
    night.there.reopens(REPO, 1, by=OCTOCAT)
    night.clock.at += MINUTE
    night.there.closes(REPO, 1, by=OCTOCAT)
    night.clock.at += MINUTE
    night.hear()
    assert not night.incident(incident.number).open


def test_a_comment_that_comes_twice_is_added_once(database: SqlDatabase) -> None:
    night = Connected(database)
    incident = night.opened()
    night.there.comments_on(REPO, 1, "once", by=OCTOCAT)
    (webhook,) = night.there.deliveries()
    night.receive([webhook])
    night.receive([type(webhook)(webhook.event, "another-name", webhook.body)])
    assert night.timeline(incident.number).count("once") == 1
    assert night.effects()[-1] == "known already"


def test_what_is_edited_or_deleted_there_stays_in_the_timeline(database: SqlDatabase) -> None:
    night = Connected(database)
    incident = night.opened("Old title")
    night.there.edits(REPO, 1, title="New title", by=OCTOCAT)
    night.hear()
    night.there.deletes(REPO, 1, by=OCTOCAT)
    night.hear()
    timeline = night.timeline(incident.number)
    assert "octocat changed the title to: New title" in timeline
    assert "octocat deleted the issue" in timeline
    assert night.incident(incident.number).open
    night.runtime.respond.update(incident.number, engineer="alice", note="news", via="SMS")
    night.later(timedelta(minutes=5))
    assert "could not" not in night.operators_read()


# ---------------------------------------------------------------- closed, and opened again


def test_an_engineer_who_closes_it_resolves_it_and_a_customer_too(database: SqlDatabase) -> None:
    night = Connected(database)
    mine, theirs = night.opened("One"), night.opened("Two")
    night.there.closes(REPO, 1, by=ALICE_THERE)
    night.there.closes(REPO, 2, by=OCTOCAT)
    night.hear()
    assert (state(night, 1), state(night, 2)) == (IncidentState.RESOLVED, IncidentState.RESOLVED)
    assert "Alice Martin resolved it by GitHub" in night.timeline(mine.number)
    assert "octocat resolved it by GitHub: closed by the customer" in night.timeline(theirs.number)
    assert len(night.ours_on(1)) == 1


def test_a_program_that_closes_it_changes_nothing(database: SqlDatabase) -> None:
    night = Connected(database)
    incident = night.opened()
    night.there.closes(REPO, 1, by="stale[bot]")
    night.hear()
    assert state(night) is IncidentState.TRIGGERED
    assert "stale[bot] closed the issue: nothing changes here" in night.timeline(incident.number)


def test_opened_again_there_is_opened_again_here(database: SqlDatabase) -> None:
    night = Connected(database)
    night.opened()
    night.there.closes(REPO, 1, by=OCTOCAT)
    night.hear()
    night.clock.at += MINUTE
    night.there.reopens(REPO, 1, by=OCTOCAT)
    night.hear()
    assert state(night) is IncidentState.TRIGGERED


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
@pytest.mark.parametrize("last", ["closed", "open"])
def test_in_whatever_order_they_come_the_end_is_how_it_stands(
    database: SqlDatabase, order: tuple[int, ...], last: str
) -> None:
    night = Connected(database)
    night.opened()
    for action in (night.there.closes, night.there.reopens, night.there.closes):
        night.clock.at += MINUTE
        action(REPO, 1, by=OCTOCAT)
    if last == "open":
        night.clock.at += MINUTE
        night.there.reopens(REPO, 1, by=OCTOCAT)
    webhooks = night.there.deliveries()[-3:]
    night.receive([webhooks[n] for n in order])
    assert night.living_at(1).open == (last == "open")
    night.receive(webhooks)
    assert night.living_at(1).open == (last == "open")


def test_closed_before_its_opening_is_heard_of_is_resolved_and_stays_so(database: SqlDatabase) -> None:
    night = Connected(database)
    night.opened("the first, by which the repository is known")
    night.clock.at += MINUTE
    night.there.opens(REPO, "short", by=OCTOCAT)
    night.there.closes(REPO, 2, by=OCTOCAT)
    night.receive(reversed(night.there.deliveries()))
    assert state(night, 2) is IncidentState.RESOLVED
    assert night.incidents() == 2


def test_a_closing_from_before_it_was_opened_again_by_telephone_resolves_nothing(database: SqlDatabase) -> None:
    night = Connected(database)
    incident = night.opened()
    night.there.closes(REPO, 1, by=OCTOCAT)
    late = night.there.deliveries()
    night.clock.at += MINUTE
    night.runtime.respond.resolve(incident.number, engineer="alice", note="", via="SMS")
    night.clock.at += MINUTE
    night.runtime.respond.reopen(incident.number, by="Jane", via="SMS")
    night.receive(late)
    assert state(night) is IncidentState.TRIGGERED
    assert night.effects()[-1] == "too late"


def test_an_old_issue_is_left_alone_until_somebody_opens_it_again(database: SqlDatabase) -> None:
    night = Connected(database)
    night.there.opens(REPO, "from long ago", by=OCTOCAT)
    night.there.closes(REPO, 1, by=OCTOCAT)
    night.there.deliveries()
    night.clock.at += timedelta(days=1)
    night.opened("the first that we hear of")
    night.there.comments_on(REPO, 1, "by the way", by=OCTOCAT)
    night.there.edits(REPO, 1, title="other", by=OCTOCAT)
    night.hear()
    assert night.link(1) is None
    night.there.reopens(REPO, 1, by=OCTOCAT)
    night.hear()
    assert state(night, 1) is IncidentState.TRIGGERED


# ---------------------------------------------------------------- places and people that change


def test_a_renamed_repository_is_still_the_customer_s(database: SqlDatabase) -> None:
    night = Connected(database)
    night.opened("before")
    night.there.rename(REPO, "acme/core", by=OCTOCAT)
    night.hear()
    night.there.comments_on("acme/core", 1, "still here", by=OCTOCAT)
    night.there.opens("acme/core", "after", by=OCTOCAT)
    night.hear()
    assert night.incidents() == 2
    link = night.link(1, "acme/core")
    assert link is not None and link.name == "acme/core"
    assert "still here" in night.timeline(link.incident)


def test_a_label_changes_priority_and_type_and_taking_it_off_changes_it_back(database: SqlDatabase) -> None:
    night = Connected(database)
    night.opened()
    night.there.labels(REPO, 1, "urgent", by=OCTOCAT)
    night.there.labels(REPO, 1, "bug", by=OCTOCAT)
    night.hear()
    assert (night.living_at(1).priority, night.living_at(1).request_type) == (Priority.URGENT, RequestType.PROBLEM)
    night.there.takes_label_off(REPO, 1, "urgent", by=OCTOCAT)
    night.hear()
    assert night.living_at(1).priority is Priority.NORMAL


def test_only_an_engineer_s_label_makes_it_production_down(database: SqlDatabase) -> None:
    night = Connected(database)
    night.opened()
    night.there.labels(REPO, 1, "production-down", by=OCTOCAT)
    night.hear()
    assert night.living_at(1).priority is Priority.NORMAL
    night.there.labels(REPO, 1, "production-down", by=ALICE_THERE)
    night.hear()
    assert night.living_at(1).priority is Priority.PRODUCTION_DOWN


def test_a_customer_s_label_takes_nothing_from_production_down(database: SqlDatabase) -> None:
    night = Connected(database)
    incident = night.paged()
    night.later(timedelta(seconds=100))
    issue = night.issue_of(incident.number)
    night.there.labels(REPO, issue, "urgent", by=OCTOCAT)
    night.hear()
    assert night.incident(incident.number).priority is Priority.PRODUCTION_DOWN
    assert "octocat labelled it urgent" in night.timeline(incident.number)
    night.there.labels(REPO, issue, "priority: urgent", by=ALICE_THERE)
    night.hear()
    assert night.incident(incident.number).priority is Priority.URGENT


def test_a_signed_body_under_another_delivery_s_name_changes_nothing_again(database: SqlDatabase) -> None:
    night = Connected(database)
    incident = night.opened()
    night.there.labels(REPO, 1, "urgent", by=OCTOCAT)
    heard = night.hear()
    night.runtime.prioritising.change(incident.number, priority=Priority.NORMAL, by="alice", via="dashboard")
    night.receive(replace(each, delivery=f"again-{each.delivery}") for each in heard)
    assert night.living_at(1).priority is Priority.NORMAL
    assert night.effects()[-1] == "known already"


def test_a_customer_who_was_waited_for_has_answered(database: SqlDatabase) -> None:
    night = Connected(database)
    incident = night.opened()
    night.runtime.prioritising.wait_for_customer(incident.number, by="alice", via="dashboard")
    assert night.incident(incident.number).waiting_since is not None
    night.there.comments_on(REPO, 1, "Here it is", by=OCTOCAT)
    night.clock.at += SECOND
    night.hear()
    assert night.incident(incident.number).waiting_since is None
    assert "The customer answered by GitHub" in night.timeline(incident.number)
