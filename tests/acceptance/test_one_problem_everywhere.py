"""One problem: it comes by phone, lives in Slack and at GitHub, is resolved by SMS, and ends in a post-mortem and a
report. And the shorter ways that a matter may go."""

from datetime import date
from io import BytesIO

import pytest

from oncall.core.incident import IncidentState
from oncall.core.postmortem import Standing
from oncall.core.postmortem_draft import TO_BE_WRITTEN
from oncall.core.report_wording import lasted
from oncall.core.sla import Priority
from oncall.core.slack_blocks import Action
from oncall.sim.github import OUR_LOGIN, RefusedError
from oncall.sim.world_schedules import JANE
from oncall.support.report_files import ReportFiles, ReportFormat
from tests.acceptance.everywhere import (
    ACME,
    ALICE_AT_GITHUB,
    ALICE_IN_SLACK,
    BOB_AT_GITHUB,
    JANE_AT_GITHUB,
    REPOSITORY,
    TEAM,
    Everywhere,
)

HOUR = 3600.0
OPEN_BOX, DONE_BOX = "\N{BALLOT BOX}", "\N{BALLOT BOX WITH CHECK}"
POSTMORTEMS = "postmortems: {after: 1h, due_within: 3d}\n"


@pytest.fixture
def there() -> Everywhere:
    """Everybody everywhere; production down for an hour owes a post-mortem."""
    return Everywhere(POSTMORTEMS)


def phoned_in(there: Everywhere) -> None:
    """Jane has said what is wrong, and the first page has rung."""
    there.jane.dials()
    there.jane.explains()
    there.jane.waits_for_the_end_of_the_call()
    there.alice.phone.rings()
    there.passes(100)


def test_one_problem_from_the_call_to_the_report(there: Everywhere) -> None:
    comes_by_phone_and_is_seen_everywhere(there)
    is_acknowledged_by_key(there)
    is_talked_about_in_slack_and_at_github(there)
    is_resolved_by_sms(there)
    owes_a_postmortem_that_is_written_reviewed_and_published(there)
    has_an_action_that_lives_in_an_issue_until_it_is_closed(there)
    is_in_the_report_of_the_month(there)


def comes_by_phone_and_is_seen_everywhere(there: Everywhere) -> None:
    phoned_in(there)
    issue = there.github.issue(REPOSITORY, 1)
    assert [each["name"] for each in issue["labels"]].count("on-call") == 1
    assert "The shop is down" in issue["body"] and f"/track/{there.incident().token}" in issue["body"]
    assert JANE[-9:] not in f"{issue['title']} {issue['body']}"
    for channel in (TEAM, ACME):
        assert "nobody has it yet" in there.message(channel).words
        assert "The shop is down" in there.read(channel)
    assert JANE[-9:] not in there.read(ACME)


def is_acknowledged_by_key(there: Everywhere) -> None:
    there.pages_and_one_acknowledges(there.alice)
    there.jane.gets_sms("Alice Martin")
    there.passes(10)
    for channel in (TEAM, ACME):
        assert "Alice Martin has it" in there.message(channel).words
    assert "Alice Martin" in there.below_the_issue()


def is_talked_about_in_slack_and_at_github(there: Everywhere) -> None:
    root = there.message(TEAM).ts
    there.happens_in_slack(there.in_slack.says(ALICE_IN_SLACK, TEAM, "update: the disk is full", thread=root))
    there.jane.gets_sms("the disk is full")
    there.passes(10)
    assert there.below_the_issue().count("the disk is full") == 1
    there.github.comments_on(REPOSITORY, 1, "The basket works again", by=JANE_AT_GITHUB)
    there.passes(10)
    assert "The basket works again" in there.facts()
    assert there.read(TEAM).count("The basket works again") == 1
    assert there.below_the_issue().count("The basket works again") == 1


def is_resolved_by_sms(there: Everywhere) -> None:
    for _ in range(3):
        there.passes(25 * 60)
        there.alice.texts("UPDATE 1001 still at it")
    there.alice.texts("RESOLVE 1001 a bigger disk")
    there.jane.gets_sms("a bigger disk")
    there.passes(30)
    issue = there.github.issue(REPOSITORY, 1)
    assert issue["state"] == "closed" and issue["closed_by"]["login"] == OUR_LOGIN
    assert "a bigger disk" in there.below_the_issue()
    facts = there.facts()
    there.passes(600)
    assert closings(there) == 1 and there.incident().state is IncidentState.RESOLVED
    assert there.facts() == facts
    for channel in (TEAM, ACME):
        assert "resolved" in there.message(channel).words.lower()
        assert "a bigger disk" in there.read(channel)


def closings(there: Everywhere) -> int:
    return sum(b'"action": "closed"' in each.body for each in there.github_hears_back)


def owes_a_postmortem_that_is_written_reviewed_and_published(there: Everywhere) -> None:
    postmortems = there.runtime.postmortems
    known = postmortems.get(1001)
    assert known is not None and known.postmortem.standing is Standing.OWED and known.postmortem.owner == "alice"
    there.passes(6 * HOUR)
    there.alice.gets_sms("ost-mortem")
    link = f"/track/{there.incident().token}/postmortem"
    assert there.asks("GET", link).status == 404
    draft = there.runtime.postmortem_texts.draft(1001)
    assert "Jane Doe" in draft and "the disk is full" in draft and JANE[-9:] not in draft
    text = draft.replace(TO_BE_WRITTEN, "The disk was full.").replace(TO_BE_WRITTEN.lower(), "everybody.")
    text = text.partition("_To be written")[0] + "- [ ] Alert at 80% — bob — 2026-04-01\n"
    postmortems.write(1001, text, by="alice", via="command line", base=None)
    postmortems.review(1001, 1, by="bob")
    postmortems.publish(1001, by="alice", via="command line")
    assert link in there.jane.gets_sms("what went wrong in incident 1001")
    page, pdf = there.asks("GET", link), there.asks("GET", f"{link}.pdf")
    assert page.status == 200 and "The disk was full." in page.body.decode()
    assert f"{OPEN_BOX} Alert at 80%" in page.body.decode()
    assert pdf.status == 200 and pdf.body.startswith(b"%PDF")


def has_an_action_that_lives_in_an_issue_until_it_is_closed(there: Everywhere) -> None:
    issue = there.github.issue(REPOSITORY, 2)
    assert issue["title"] == "Alert at 80%" and "/postmortem" in issue["body"]
    there.github.closes(REPOSITORY, 2, by=BOB_AT_GITHUB)
    there.passes(10)
    page = there.asks("GET", f"/track/{there.incident().token}/postmortem").body.decode()
    assert f"{DONE_BOX} Alert at 80%" in page
    known = there.runtime.postmortems.get(1001)
    assert known is not None and known.actions[0].done_by == "Bob Peeters"
    assert len(there.incidents()) == 1


def is_in_the_report_of_the_month(there: Everywhere) -> None:
    written = report(there, ReportFormat.MARKDOWN).decode()
    incident = there.incident()
    assert incident.responded_at is not None
    measured = lasted(incident.responded_at - incident.opened_at)
    row = next(each for each in written.splitlines() if each.startswith("|") and "1001" in each)
    assert "kept" in row and measured in row
    assert f"Median response: **{measured}**" in written and "1 of 1 kept" in written
    assert report(there, ReportFormat.PDF).startswith(b"%PDF")


def report(there: Everywhere, kind: ReportFormat) -> bytes:
    to = BytesIO()
    ReportFiles(there.runtime.reports).customer(to, kind, "acme", date(2026, 3, 1), date(2026, 4, 1))
    return to.getvalue()


def test_an_issue_in_the_night_wakes_nobody_and_becomes_urgent_by_its_label(there: Everywhere) -> None:
    there.github.opens(REPOSITORY, "Please add a user", by=JANE_AT_GITHUB)
    there.passes(10)
    assert there.incident().priority is Priority.NORMAL
    assert "+3225550199" in there.below_the_issue()
    there.alice.phone.stays_silent(for_seconds=HOUR)
    there.github.labels(REPOSITORY, 1, "urgent", by=JANE_AT_GITHUB)
    there.passes(10)
    assert there.incident().priority is Priority.URGENT
    there.alice.phone.stays_silent(for_seconds=HOUR)
    assert "· Urgent ·" in there.message(TEAM).words


def test_production_down_in_an_issue_gets_our_number_and_an_engineer_pages_with_one_click(there: Everywhere) -> None:
    there.github.opens(REPOSITORY, "Production is down", by=JANE_AT_GITHUB)
    there.passes(10)
    assert there.incident().priority is not Priority.PRODUCTION_DOWN
    assert "+3225550199" in there.below_the_issue()
    there.alice.phone.stays_silent(for_seconds=300)
    there.happens_in_slack(there.in_slack.clicks(ALICE_IN_SLACK, there.message(TEAM), Action.DOWN))
    assert there.incident().priority is Priority.PRODUCTION_DOWN
    there.pages_and_one_acknowledges(there.alice)
    there.passes(10)
    assert "Alice Martin" in there.below_the_issue()


def test_an_engineer_closes_the_issue_and_the_customer_hears_of_it_in_slack_once(there: Everywhere) -> None:
    there.github.opens(REPOSITORY, "Please add a user", by=JANE_AT_GITHUB)
    there.passes(10)
    there.at_github(ALICE_AT_GITHUB)
    there.github.comments_on(REPOSITORY, 1, "I add her", by=ALICE_AT_GITHUB)
    there.passes(10)
    assert "Alice Martin has it" in there.message(TEAM).words
    there.at_github(ALICE_AT_GITHUB)
    there.github.closes(REPOSITORY, 1, by=ALICE_AT_GITHUB)
    there.passes(600)
    assert there.incident().state is IncidentState.RESOLVED
    assert closings(there) == 1
    assert "resolved" in there.message(TEAM).words.lower()


def test_slack_and_github_away_for_an_hour_delay_no_page_and_catch_up_afterwards(there: Everywhere) -> None:
    there.slack.away = lambda: True
    there.github.refuses = RefusedError(503, "away")
    there.jane.dials()
    there.jane.explains()
    there.pages_and_one_acknowledges(there.alice, within_seconds=30)
    there.jane.gets_sms("Alice Martin")
    there.alice.texts("UPDATE 1001 the disk is full")
    there.passes(HOUR / 3)
    there.alice.texts("RESOLVE 1001 a bigger disk")
    there.jane.gets_sms("a bigger disk")
    there.passes(HOUR * 2 / 3)
    assert not there.slack.in_channel(ACME) and not there.repository.issues
    there.slack.away = lambda: False
    there.github.refuses = None
    there.passes(HOUR)
    for channel in (TEAM, ACME):
        assert "resolved" in there.message(channel).words.lower()
        assert there.read(channel).count("the disk is full") == 1
    assert list(there.repository.issues) == [1] and there.github.issue(REPOSITORY, 1)["state"] == "closed"
    assert there.incident().state is IncidentState.RESOLVED
    assert there.below_the_issue().count("the disk is full") == 1
