"""Webhooks that got lost are found in GitHub's own lists, and take no effect twice when they come after all."""

from datetime import timedelta

from oncall.core.incident import IncidentState
from oncall.core.sla import Priority
from oncall.engine.github_sweep import EVERY, LEFT_TO_WEBHOOKS
from oncall.sim.github import RefusedError, Webhook
from oncall.store import SqlDatabase
from tests.unit.engine.github import ALICE_THERE, BOB_THERE, GITHUB_YAML, OCTOCAT, REPO, Connected
from tests.unit.engine.hotline import MINUTE, SECOND

FOUND_WITHIN = EVERY + LEFT_TO_WEBHOOKS + timedelta(minutes=1)


def wait(night: Connected, for_how_long: timedelta = FOUND_WITHIN) -> None:
    """Time passes as it does for an engine that turns every half minute."""
    until = night.clock.at + for_how_long
    while night.clock.at < until:
        night.clock.at += 30 * SECOND
        night.turn()


def test_an_opened_a_commented_and_a_closed_issue_whose_webhooks_got_lost_are_found(database: SqlDatabase) -> None:
    night = Connected(database)
    night.there.opens(REPO, "It fails", by=OCTOCAT, labels=("urgent",))
    night.there.deliveries()
    wait(night)
    incident = night.living_at(1)
    night.there.comments_on(REPO, 1, "any news?", by=OCTOCAT)
    night.there.comments_on(REPO, 1, "yes, soon", by=ALICE_THERE)
    night.there.deliveries()
    wait(night)
    assert "octocat by GitHub: any news?" in night.timeline(incident.number)
    assert night.living_at(1).acknowledged_by == "alice"
    night.there.closes(REPO, 1, by=OCTOCAT)
    night.there.deliveries()
    wait(night)
    assert night.living_at(1).state is IncidentState.RESOLVED
    assert "octocat resolved it by GitHub" in night.timeline(incident.number)
    night.there.reopens(REPO, 1, by=OCTOCAT)
    night.there.deliveries()
    wait(night)
    assert night.living_at(1).state is IncidentState.TRIGGERED


def test_the_webhook_that_comes_after_all_changes_nothing_twice(database: SqlDatabase) -> None:
    night = Connected(database)
    night.there.opens(REPO, "It fails", by=OCTOCAT)
    night.there.comments_on(REPO, 1, "now", by=OCTOCAT)
    late = night.there.deliveries()
    wait(night)
    night.receive(late)
    assert night.incidents() == 1
    assert night.timeline(night.living_at(1).number).count("octocat by GitHub: now") == 1


def test_what_webhooks_brought_is_not_found_again(database: SqlDatabase) -> None:
    night = Connected(database)
    incident = night.opened()
    night.there.comments_on(REPO, 1, "now", by=OCTOCAT)
    night.hear()
    before = night.timeline(incident.number)
    wait(night, timedelta(minutes=15))
    assert not [fields for event, fields in night.logged if event == "github.swept" and fields["found"]]
    assert night.timeline(incident.number).count("by GitHub") == before.count("by GitHub")


def test_what_we_did_there_ourselves_is_no_news(database: SqlDatabase) -> None:
    night = Connected(database)
    incident = night.opened()
    night.runtime.respond.resolve(incident.number, engineer="alice", note="done", via="SMS")
    night.turn()
    night.runtime.respond.reopen(incident.number, by="Jane", via="SMS")
    night.there.refuses = RefusedError(503, "away")
    wait(night)
    night.there.refuses = None
    night.there.deliveries()
    wait(night, timedelta(minutes=15))
    assert night.living_at(1).open
    assert night.there.issue(REPO, 1)["state"] == "open"


def test_a_list_that_was_read_before_something_happened_here_undoes_nothing(database: SqlDatabase) -> None:
    night = Connected(database)
    incident = night.opened()
    night.runtime.respond.resolve(incident.number, engineer="alice", note="done", via="SMS")
    night.turn()
    closed = night.there.deliveries()[-1]
    night.there.refuses = RefusedError(503, "away")
    night.runtime.respond.reopen(incident.number, by="Jane", via="SMS")
    as_listed = closed.body.replace(b'"action": "closed"', b'"action": "swept"')
    assert as_listed != closed.body
    night.receive([Webhook("issues", "swept-1", as_listed)])
    assert night.effects()[-1] == "as it was"
    assert night.living_at(1).open


def test_an_assignment_whose_webhook_got_lost_acknowledges_by_the_one_who_made_it(database: SqlDatabase) -> None:
    night = Connected(database)
    incident = night.opened(labels=("urgent",))
    night.there.assigns(REPO, 1, BOB_THERE, by=ALICE_THERE)
    night.there.deliveries()
    wait(night)
    assert night.living_at(1).acknowledged_by == "alice"
    assert "Alice Martin assigned it to Bob Peeters (by GitHub)" in night.timeline(incident.number)


def test_a_label_whose_webhook_got_lost_changes_the_priority_and_an_engineers_acknowledges(
    database: SqlDatabase,
) -> None:
    night = Connected(database)
    night.opened()
    night.there.labels(REPO, 1, "urgent", by=OCTOCAT)
    night.there.deliveries()
    wait(night)
    assert night.living_at(1).priority is Priority.URGENT
    assert night.living_at(1).state is IncidentState.TRIGGERED
    night.there.labels(REPO, 1, "looking", by=BOB_THERE)
    night.there.takes_label_off(REPO, 1, "urgent", by=BOB_THERE)
    night.there.deliveries()
    wait(night)
    assert night.living_at(1).acknowledged_by == "bob"
    assert night.living_at(1).priority is Priority.NORMAL


def test_a_label_on_an_issue_that_was_never_heard_of_is_found_with_it(database: SqlDatabase) -> None:
    night = Connected(database)
    night.there.opens(REPO, "It fails", by=OCTOCAT)
    night.there.labels(REPO, 1, "looking", by=ALICE_THERE)
    night.there.deliveries()
    wait(night)
    assert night.incidents() == 1
    assert night.living_at(1).acknowledged_by == "alice"


def test_labels_and_assignments_that_webhooks_told_are_not_found_again(database: SqlDatabase) -> None:
    night = Connected(database)
    incident = night.opened(labels=("urgent",))
    night.there.assigns(REPO, 1, BOB_THERE, by=OCTOCAT)
    night.there.labels(REPO, 1, "looking", by=ALICE_THERE)
    night.hear()
    before = night.timeline(incident.number)
    wait(night, timedelta(minutes=15))
    assert not [fields for event, fields in night.logged if event == "github.swept" and fields["found"]]
    assert night.timeline(incident.number).count("assigned it to") == before.count("assigned it to") == 1


def test_the_same_label_put_on_again_later_is_found_again(database: SqlDatabase) -> None:
    night = Connected(database)
    night.opened()
    night.there.labels(REPO, 1, "urgent", by=OCTOCAT)
    night.there.takes_label_off(REPO, 1, "urgent", by=OCTOCAT)
    night.hear()
    assert night.living_at(1).priority is Priority.NORMAL
    night.clock.at += MINUTE
    night.there.labels(REPO, 1, "urgent", by=OCTOCAT)
    night.there.deliveries()
    wait(night)
    assert night.living_at(1).priority is Priority.URGENT


def test_an_assignment_that_is_found_late_does_not_silence_what_was_passed_on_since(database: SqlDatabase) -> None:
    night = Connected(database)
    incident = night.opened(labels=("urgent",))
    night.there.assigns(REPO, 1, ALICE_THERE, by=ALICE_THERE)
    night.there.deliveries()
    night.clock.at += 5 * SECOND
    night.runtime.respond.acknowledge(incident.number, engineer="alice", via="SMS")
    night.clock.at += 5 * SECOND
    night.runtime.respond.pass_on(incident.number, engineer="alice", via="SMS")
    wait(night)
    assert "too late to acknowledge" in night.effects()
    assert "acknowledged by alice" not in night.effects()


def test_a_label_that_is_found_late_does_not_lower_what_was_raised_since(database: SqlDatabase) -> None:
    night = Connected(database)
    incident = night.opened()
    night.there.labels(REPO, 1, "urgent", by=ALICE_THERE)
    night.there.deliveries()
    night.clock.at += 5 * SECOND
    night.runtime.prioritising.change(incident.number, priority=Priority.PRODUCTION_DOWN, by="bob", via="SMS")
    wait(night)
    assert night.living_at(1).priority is Priority.PRODUCTION_DOWN
    assert any("raised since" in effect for effect in night.effects())


def test_more_than_can_be_read_at_once_is_told(database: SqlDatabase) -> None:
    night = Connected(database)
    night.opened()
    wait(night)
    for _ in range(260):
        night.there.labels(REPO, 1, "noise", by="dependabot[bot]")
        night.there.takes_label_off(REPO, 1, "noise", by="dependabot[bot]")
    night.there.deliveries()
    wait(night)
    assert "labels and assignments may have been missed" in night.operators_read()


def test_issues_from_before_we_came_and_those_of_programs_are_left_alone(database: SqlDatabase) -> None:
    night = Connected(database)
    other = night.there.add_repository("acme/other")
    assert other.issues == {}
    night.there.opens(REPO, "Bump", by="dependabot[bot]")
    night.there.deliveries()
    wait(night)
    assert night.incidents() == 0


def test_several_engines_ask_once(database: SqlDatabase) -> None:
    first, second = Connected(database), Connected(database, prefix="b")
    second.there = first.there
    for night in (first, second):
        wait(night, timedelta(minutes=6))
    asked = [path for _, path in first.there.asked if path.endswith("/issues")]
    assert len(asked) <= 4


def test_lists_that_cannot_be_read_for_an_hour_are_told_and_caught_up_with_later(database: SqlDatabase) -> None:
    night = Connected(database)
    wait(night, MINUTE)
    night.there.refuses = RefusedError(401, "Bad credentials")
    night.there.opens(REPO, "It fails", by=OCTOCAT)
    night.there.deliveries()
    wait(night, timedelta(minutes=70))
    assert "The issues of acme/platform cannot be read" in night.operators_read()
    night.there.refuses = None
    wait(night)
    assert night.living_at(1).open


def test_a_long_list_is_read_to_its_end(database: SqlDatabase) -> None:
    night = Connected(database)
    wait(night, MINUTE)
    for number in range(60):
        night.there.opens(REPO, f"Request {number}", by=OCTOCAT)
    night.there.deliveries()
    night.clock.at += FOUND_WITHIN
    night.runtime.engine.run_once()
    while night.runtime.engine.run_once():
        pass
    assert night.incidents() == 60
    assert night.living_at(60).open


def test_a_label_that_was_put_on_before_we_had_read_the_issue_counts(database: SqlDatabase) -> None:
    night = Connected(database)
    night.there.opens(REPO, "It fails", by=OCTOCAT)
    night.clock.at += 2 * SECOND
    night.there.labels(REPO, 1, "urgent", by=OCTOCAT)
    night.clock.at += 5 * MINUTE
    night.hear()
    assert night.living_at(1).priority is Priority.URGENT


def test_a_label_taken_off_before_we_had_read_that_it_was_put_on_is_off(database: SqlDatabase) -> None:
    night = Connected(database)
    night.opened()
    night.clock.at += MINUTE
    night.there.labels(REPO, 1, "urgent", by=OCTOCAT)
    night.clock.at += MINUTE
    night.there.takes_label_off(REPO, 1, "urgent", by=OCTOCAT)
    night.clock.at += 5 * MINUTE
    night.hear()
    assert night.living_at(1).priority is Priority.NORMAL


def test_a_label_put_on_taken_off_and_put_on_again_unheard_is_on(database: SqlDatabase) -> None:
    night = Connected(database)
    night.opened()
    night.there.labels(REPO, 1, "urgent", by=OCTOCAT)
    night.clock.at += 20 * SECOND
    night.there.takes_label_off(REPO, 1, "urgent", by=OCTOCAT)
    night.clock.at += 20 * SECOND
    night.there.labels(REPO, 1, "urgent", by=OCTOCAT)
    night.there.deliveries()
    wait(night)
    assert night.living_at(1).priority is Priority.URGENT


def test_a_label_whose_webhook_got_lost_raises_nothing_once_it_is_off_again(database: SqlDatabase) -> None:
    night = Connected(database)
    incident = night.opened()
    night.clock.at += 20 * SECOND
    night.there.labels(REPO, 1, "urgent", by=OCTOCAT)
    night.there.deliveries()
    night.clock.at += 20 * SECOND
    night.there.takes_label_off(REPO, 1, "urgent", by=OCTOCAT)
    night.hear()
    wait(night)
    assert night.living_at(1).priority is Priority.NORMAL
    assert "Urgent instead of" not in night.timeline(incident.number)


def test_where_two_are_wanted_who_was_first_does_not_make_the_second_too_late(database: SqlDatabase) -> None:
    yaml = GITHUB_YAML.replace("escalation_policy: production-down", "escalation_policy: two-of-us", 1)
    night = Connected(database, yaml=yaml)
    incident = night.opened(labels=("urgent",))
    night.runtime.prioritising.change(incident.number, priority=Priority.PRODUCTION_DOWN, by="dana", via="SMS")
    night.turn()
    night.clock.at += 5 * SECOND
    night.there.labels(REPO, 1, "looking", by=BOB_THERE)
    night.clock.at += 2 * SECOND
    night.runtime.respond.acknowledge(incident.number, engineer="alice", via="SMS")
    night.clock.at += SECOND
    night.hear()
    assert night.living_at(1).state is IncidentState.ACKNOWLEDGED


def test_what_an_engineer_did_before_production_went_down_does_not_silence_its_pages(database: SqlDatabase) -> None:
    night = Connected(database)
    incident = night.opened()
    night.there.labels(REPO, 1, "looking", by=BOB_THERE)
    night.there.deliveries()
    night.clock.at += 5 * SECOND
    night.runtime.prioritising.change(incident.number, priority=Priority.PRODUCTION_DOWN, by="dana", via="SMS")
    wait(night)
    assert night.living_at(1).state is IncidentState.TRIGGERED
    assert any("too late to acknowledge" in effect for effect in night.effects())


def test_whoever_says_at_github_that_production_is_down_has_it(database: SqlDatabase) -> None:
    night = Connected(database)
    night.opened()
    night.clock.at += MINUTE
    night.there.labels(REPO, 1, "production down", by=BOB_THERE)
    night.clock.at += MINUTE
    night.hear()
    assert night.living_at(1).priority is Priority.PRODUCTION_DOWN
    assert night.living_at(1).acknowledged_by == "bob"


def test_an_assignment_that_was_found_is_not_noted_again_when_its_webhook_comes_after_all(
    database: SqlDatabase,
) -> None:
    night = Connected(database)
    incident = night.opened(labels=("urgent",))
    night.there.assigns(REPO, 1, BOB_THERE, by=ALICE_THERE)
    late = night.there.deliveries()
    wait(night)
    night.receive(late)
    assert night.timeline(incident.number).count("Alice Martin assigned it to Bob Peeters") == 1
    night.there.assigns(REPO, 1, BOB_THERE, by=ALICE_THERE)
    night.hear()
    assert night.timeline(incident.number).count("Alice Martin assigned it to Bob Peeters") == 2


def test_an_issue_from_before_we_came_is_not_taken_in_for_a_label_that_is_off_again(database: SqlDatabase) -> None:
    night = Connected(database)
    other = night.there.add_repository("acme/other")
    night.there.opens("acme/other", "an old one", by=OCTOCAT)
    night.there.deliveries()
    night.clock.at += MINUTE
    night.publish({"all.yaml": GITHUB_YAML.replace(f"github: {REPO}", "github: acme/other")})
    wait(night)
    night.there.labels("acme/other", 1, "urgent", by=OCTOCAT)
    night.clock.at += 10 * SECOND
    night.there.takes_label_off("acme/other", 1, "urgent", by=OCTOCAT)
    night.there.deliveries()
    wait(night)
    assert night.link(1, other.name) is None
