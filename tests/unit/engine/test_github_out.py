"""What happens here is told at GitHub: in order, once, not to those who did it there, and never in a page's way."""

from datetime import timedelta

import pytest

from oncall.core.call import RecordingPart
from oncall.core.github import GITHUB
from oncall.core.incident import Incident, IncidentState
from oncall.core.partner_event import Ending
from oncall.sim.github import OUR_LOGIN, RefusedError
from oncall.store import SqlDatabase
from tests.unit.engine.github import ALICE_THERE, GITHUB_YAML, OCTOCAT, REPO, Connected
from tests.unit.engine.hotline import ALICE, JANE, MINUTE, STRANGER

A_CALL = timedelta(seconds=100)


def phoned(night: Connected, said: str = "") -> Incident:
    """Jane has phoned, and said this."""
    incident = night.phoned()
    if said:
        intake = night.runtime.intake
        for part, text in ((RecordingPart.NAME, "Jane"), (RecordingPart.PROBLEM, said)):
            intake.recording_arrived(call_sid="CA-jane", recording_sid=f"RE{part}", part=part, duration_seconds=5)
            intake.transcript_arrived(call_sid="CA-jane", recording_sid=f"RE{part}", text=text)
    night.runtime.intake.caller_finished("CA-jane")
    night.turn()
    return incident


def test_a_call_opens_an_issue_with_what_was_said_a_link_and_no_number(database: SqlDatabase) -> None:
    night = Connected(database)
    incident = phoned(night, "Production is down, call +32470111111 @octocat")
    night.later(A_CALL)
    issue = night.there.issue(REPO, night.issue_of(incident.number))
    assert [each["name"] for each in issue["labels"]] == ["on-call", "production-down", "problem"]
    assert issue["title"].startswith(f"Incident {incident.number}, reported to our on-call line: Production is down")
    assert "> Production is down" in issue["body"] and f"/track/{incident.token}" in issue["body"]
    for private in (JANE, "470111111", "@octocat"):
        assert private not in issue["body"]
    assert JANE not in issue["title"]
    assert "at GitHub: https://github.com/acme/platform/issues/1" in night.timeline(incident.number)


def test_what_is_written_down_later_is_a_comment(database: SqlDatabase) -> None:
    night = Connected(database)
    incident = phoned(night)
    night.runtime.intake.recording_arrived(
        call_sid="CA-jane", recording_sid="RE1", part=RecordingPart.PROBLEM, duration_seconds=5
    )
    night.later(A_CALL)
    night.runtime.intake.transcript_arrived(call_sid="CA-jane", recording_sid="RE1", text="The shop shows an error")
    night.later(MINUTE)
    (comment,) = night.ours_on(night.issue_of(incident.number))
    assert "> The shop shows an error" in comment


def test_what_was_said_is_not_lost_where_the_issue_may_have_been_opened_already(database: SqlDatabase) -> None:
    night = Connected(database)
    incident = phoned(night)
    night.runtime.intake.recording_arrived(
        call_sid="CA-jane", recording_sid="RE1", part=RecordingPart.PROBLEM, duration_seconds=5
    )
    night.there.loses_answers = 1
    night.later(timedelta(seconds=91))
    night.runtime.intake.transcript_arrived(call_sid="CA-jane", recording_sid="RE1", text="The shop shows an error")
    night.later(MINUTE)
    issue = night.issue_of(incident.number)
    told = [night.there.issue(REPO, issue)["body"], *night.ours_on(issue)]
    assert sum("The shop shows an error" in text for text in told) == 1


def test_a_stranger_s_call_and_a_drill_open_none(database: SqlDatabase) -> None:
    night = Connected(database)
    night.phoned(sid="CA-stranger", number=STRANGER)
    night.runtime.intake.call_arrived(sid="CA-drill", from_number=JANE, to_number="+3225550199", drill=True)
    night.later(timedelta(minutes=5))
    assert night.there.find(REPO).issues == {}


def test_acknowledged_updated_and_resolved_here_is_told_there_in_order_and_closes_the_issue(
    database: SqlDatabase,
) -> None:
    night = Connected(database)
    incident = phoned(night, "It is down")
    respond = night.runtime.respond
    respond.acknowledge(incident.number, engineer="alice", via="phone")
    respond.update(incident.number, engineer="alice", note="We see it: https://status.example/x_y @octocat", via="SMS")
    respond.note(incident.number, by="Alice Martin", note="for us only", via="SMS")
    respond.resolve(incident.number, engineer="alice", note="It was the *disk*", via="SMS")
    night.later(A_CALL)
    issue = night.issue_of(incident.number)
    acknowledged, update, resolved = night.ours_on(issue)
    assert acknowledged == "Alice Martin has it."
    assert update.startswith("**Alice Martin**: We see it: https://status.example/x_y") and "@octocat" not in update
    assert resolved == "Resolved.\n\nIt was the \\*disk\\*"
    assert night.there.issue(REPO, issue)["state"] == "closed"
    link = night.link(issue)
    assert link is not None and link.state == "closed"


def test_closing_either_closes_both_once_and_nothing_echoes(database: SqlDatabase) -> None:
    night = Connected(database)
    here, there = phoned(night, "It is down"), night.opened("A question")
    night.later(A_CALL)
    night.hear()
    night.runtime.respond.resolve(here.number, engineer="alice", note="", via="SMS")
    night.there.closes(REPO, night.issue_of(there.number), by=OCTOCAT)
    night.turn()
    asked = len(night.there.asked)
    for _ in range(5):
        night.hear()
        night.later(timedelta(seconds=30))
    told_again = [each for each in night.there.asked[asked:] if each[0] != "GET"]
    assert told_again == []
    for number in (here.number, there.number):
        assert night.incident(number).state is IncidentState.RESOLVED
        assert night.timeline(number).count("resolved it by") == 1


def test_opened_again_here_is_opened_again_there(database: SqlDatabase) -> None:
    night = Connected(database)
    incident = night.opened()
    night.runtime.respond.resolve(incident.number, engineer="alice", note="", via="SMS")
    night.hear()
    night.turn()
    assert night.there.issue(REPO, 1)["state"] == "closed"
    night.clock.at += MINUTE
    night.runtime.respond.reopen(incident.number, by="Jane", via="SMS")
    night.turn()
    night.hear()
    assert night.there.issue(REPO, 1)["state"] == "open"
    assert night.incident(incident.number).open
    assert f"Incident {incident.number} is open again; we are on it." in night.ours_on(1)


def test_an_answer_that_got_lost_makes_no_second_issue_and_no_second_comment(database: SqlDatabase) -> None:
    night = Connected(database)
    night.there.loses_answers = 1
    incident = phoned(night, "It is down")
    night.later(A_CALL)
    assert list(night.there.find(REPO).issues) == [1]
    night.there.loses_answers = 1
    night.runtime.respond.acknowledge(incident.number, engineer="alice", via="phone")
    night.later(MINUTE)
    assert night.ours_on(1) == ["Alice Martin has it."]


def test_github_being_away_delays_no_page_and_what_it_missed_is_told_later(database: SqlDatabase) -> None:
    night = Connected(database)
    night.there.refuses = RefusedError(503, "away")
    incident = phoned(night, "It is down")
    night.later(timedelta(minutes=3))
    assert night.texts.to(ALICE)
    night.runtime.respond.acknowledge(incident.number, engineer="alice", via="phone")
    night.there.refuses = None
    night.later(timedelta(minutes=10))
    assert night.ours_on(1) == ["Alice Martin has it."]


@pytest.mark.parametrize(
    ("headers", "wait_for"),
    [({"Retry-After": "600"}, 600), ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "{at}"}, 900)],
)
def test_its_limits_are_kept(database: SqlDatabase, headers: dict[str, str], wait_for: int) -> None:
    night = Connected(database)
    incident = night.opened()
    reset = str(int((night.clock.at + timedelta(seconds=900)).timestamp()))
    night.there.refuses = RefusedError(403, "secondary rate limit", {k: v.format(at=reset) for k, v in headers.items()})
    night.runtime.respond.acknowledge(incident.number, engineer="alice", via="phone")
    night.turn()
    with night.database.read() as uow:
        waiting = uow.partner_events.last(GITHUB, str(incident.number))
    assert waiting is not None and waiting.due_at is not None
    assert waiting.due_at - night.clock.at >= timedelta(seconds=wait_for - 1)


def test_while_its_limits_are_reached_nothing_else_is_asked_of_it(database: SqlDatabase) -> None:
    night = Connected(database)
    incidents = [night.opened(), night.opened(), night.opened(), night.opened()]
    night.there.refuses = RefusedError(429, "slow down", {"Retry-After": "600"})
    before = len(night.there.asked)
    for incident in incidents:
        night.runtime.respond.acknowledge(incident.number, engineer="alice", via="phone")
        night.turn()
    night.later(timedelta(minutes=9))
    asked = [path for _, path in night.there.asked[before:] if "/comments" in path]
    assert len(asked) == 1, asked
    night.there.refuses = None
    night.later(timedelta(minutes=5))
    assert [len(night.ours_on(number)) for number in (1, 2, 3, 4)] == [2, 2, 2, 2]


def test_a_deleted_issue_is_given_up_and_the_operators_are_told_once(database: SqlDatabase) -> None:
    night = Connected(database)
    incident = night.opened()
    night.there.deletes(REPO, 1, by=OCTOCAT)
    night.there.deliveries()
    night.runtime.respond.acknowledge(incident.number, engineer="alice", via="phone")
    night.later(timedelta(minutes=5))
    assert "An event of incident" in night.operators_read() and "410" in night.operators_read()
    night.runtime.respond.update(incident.number, engineer="alice", note="news", via="SMS")
    night.later(timedelta(minutes=5))
    with night.database.read() as uow:
        events = uow.partner_events.of(incident.number)
    assert [each.ending for each in events] == [Ending.SENT, Ending.GIVEN_UP]
    assert night.incident(incident.number).state is IncidentState.ACKNOWLEDGED


def test_a_repository_that_our_token_does_not_open_is_said_and_told_once_it_does(database: SqlDatabase) -> None:
    night = Connected(database)
    night.there.find(REPO).readable = False
    incident = phoned(night, "It is down")
    night.later(timedelta(minutes=5))
    assert "does GITHUB_TOKEN open it?" in night.operators_read()
    night.there.find(REPO).readable = True
    night.later(timedelta(minutes=10))
    assert night.issue_of(incident.number) == 1


def test_one_customer_s_repository_that_cannot_be_opened_delays_no_other_s(database: SqlDatabase) -> None:
    other = f"{GITHUB_YAML.rstrip()}\n  beta: {{name: Beta, github: beta/app}}\n"
    night = Connected(database, yaml=other)
    night.there.add_repository("beta/app")
    night.later(MINUTE)
    night.there.find(REPO).readable = False
    incident = phoned(night, "It is down")
    night.later(timedelta(minutes=5))
    with database.read() as uow:
        due_at = uow.partner_events.of(incident.number)[0].due_at
    assert due_at is not None
    night.clock.at = due_at
    night.turn()
    night.there.opens("beta/app", "Please add a user", "", by=OCTOCAT)
    night.hear()
    assert len(night.there.find("beta/app").comments) == 1


@pytest.mark.parametrize("ill", ["archived", "has_no_issues"])
def test_a_repository_that_takes_no_issues_is_given_up(database: SqlDatabase, ill: str) -> None:
    night = Connected(database)
    night.there.find(REPO).archived = ill == "archived"
    night.there.find(REPO).has_issues = ill != "has_no_issues"
    incident = phoned(night, "It is down")
    night.later(timedelta(minutes=5))
    assert "was given up" in night.operators_read()
    night.runtime.respond.acknowledge(incident.number, engineer="alice", via="phone")
    night.turn()
    with night.database.read() as uow:
        assert [each.ending for each in uow.partner_events.of(incident.number)] == [Ending.GIVEN_UP]


def test_a_repository_that_was_renamed_meanwhile_is_found(database: SqlDatabase) -> None:
    night = Connected(database)
    night.there.rename(REPO, "acme/core", by=OCTOCAT)
    night.there.deliveries()
    incident = phoned(night, "It is down")
    night.later(A_CALL)
    assert night.there.issue("acme/core", night.issue_of(incident.number))["user"]["login"] == OUR_LOGIN


def test_a_customer_is_told_in_their_language(database: SqlDatabase) -> None:
    french = GITHUB_YAML.replace("    name: ACME Shop\n", "    name: ACME Shop\n    language: fr-FR\n")
    night = Connected(database, yaml=french)
    incident = night.opened()
    night.there.assigns(REPO, 1, ALICE_THERE, by=ALICE_THERE)
    night.hear()
    assert f"c'est l'incident {incident.number}" in night.ours_on(1)[0]


def test_keeping_it_quiet_for_longer_does_not_tell_again_who_has_it(database: SqlDatabase) -> None:
    night = Connected(database)
    incident = night.opened()
    night.runtime.respond.acknowledge(incident.number, engineer="alice", via="SMS")
    night.clock.at += MINUTE
    until = night.clock.at + timedelta(hours=2)
    night.runtime.respond.snooze(incident.number, engineer="alice", until=until, via="SMS")
    night.turn()
    assert night.ours_on(1).count("Alice Martin has it.") == 1
