"""A post-mortem is written, reviewed by another and published, and its actions are followed."""

from dataclasses import replace

import pytest

from oncall.core.postmortem_actions import ActionState
from oncall.engine.notices import Notices
from oncall.engine.partners import Partners
from oncall.engine.postmortems import Postmortems, WrittenMeanwhileError
from oncall.errors import UsageError
from oncall.store import SqlDatabase
from tests.unit.engine.github import Connected
from tests.unit.engine.hotline import ALICE, BOB, DANA, JANE, MINUTE, Night
from tests.unit.engine.owed import (
    DAY,
    HOUR,
    MAIL,
    MONDAY,
    TEXT,
    Issues,
    down,
    owed,
    reminders,
    ticking,
    with_rules,
)


def test_of_two_who_write_at_the_same_time_the_second_is_told_and_both_texts_are_kept(night: Night) -> None:
    number = down(night)
    write = night.runtime.postmortems.write
    write(number, "first", by="alice", via="dashboard", base=0)
    write(number, "Alice's", by="alice", via="dashboard", base=1)
    with pytest.raises(WrittenMeanwhileError, match="Alice Martin has written version 2 since") as refused:
        write(number, "Bob's", by="bob", via="dashboard", base=1)
    assert refused.value.newest.text == "Alice's\n"
    write(number, "Bob's and Alice's", by="bob", via="dashboard", base=2)
    known = night.runtime.postmortems.get(number)
    assert known is not None
    assert [(each.version, each.by) for each in known.versions] == [
        (3, "Bob Peeters"),
        (2, "Alice Martin"),
        (1, "Alice Martin"),
    ]
    assert write(number, "Bob's and Alice's", by="bob", via="dashboard", base=2).version == 3


def test_nobody_reviews_what_they_wrote_and_nothing_is_published_unread(night: Night) -> None:
    number = down(night)
    postmortems = night.runtime.postmortems
    postmortems.write(number, TEXT, by="alice", via="dashboard", base=0)
    with pytest.raises(UsageError, match="not reviewed yet"):
        postmortems.publish(number, by="alice", via="dashboard")
    with pytest.raises(UsageError, match="somebody else reviews it"):
        postmortems.review(number, 1, by="alice")
    postmortems.review(number, 1, by="bob")
    postmortems.write(number, TEXT + "\nMore.\n", by="bob", via="dashboard", base=1)
    with pytest.raises(UsageError, match="Version 2 is not reviewed"):
        postmortems.publish(number, by="alice", via="dashboard")


@pytest.mark.parametrize("written", [ALICE, "0470 00 00 01", "+32 470/00.00.01", JANE])
def test_no_private_number_is_published(night: Night, written: str) -> None:
    number = down(night)
    night.runtime.postmortems.write(number, f"Call {written}.", by="alice", via="dashboard", base=0)
    night.runtime.postmortems.review(number, 1, by="bob")
    with pytest.raises(UsageError, match="names the telephone number of"):
        night.runtime.postmortems.publish(number, by="bob", via="dashboard")


def test_the_customer_is_told_once_by_text_and_email_and_of_a_correction_only_where_that_is_asked(
    database: SqlDatabase,
) -> None:
    night = Night(database, yaml=MAIL)
    number = down(night)
    postmortems = night.runtime.postmortems
    postmortems.write(number, TEXT, by="alice", via="dashboard", base=0)
    postmortems.review(number, 1, by="bob")
    postmortems.publish(number, by="alice", via="dashboard")
    postmortems.publish(number, by="alice", via="dashboard")
    night.turn()

    def told() -> tuple[int, int]:
        texts = [message for message in night.texts.to(JANE) if "what went wrong in incident" in message.text]
        return len(texts), len(night.mails.to("jane@acme.example"))

    assert told() == (1, 1)
    assert night.mails.to("jane@acme.example")[0].subject == f"Post-mortem of incident {number}"
    postmortems.write(number, TEXT + "\nCorrected.\n", by="alice", via="dashboard", base=1)
    postmortems.review(number, 2, by="bob")
    postmortems.publish(number, by="alice", via="dashboard")
    night.turn()
    assert told() == (1, 1)
    postmortems.publish(number, by="alice", via="dashboard", notify_again=True)
    night.turn()
    assert told() == (2, 2)
    published = postmortems.published(night.incident(number).token)
    assert published is not None and "Corrected." in published[2].text


def test_a_draft_that_nobody_has_completed_is_not_published(night: Night) -> None:
    number = down(night)
    text = night.runtime.postmortem_texts.draft(number)
    night.runtime.postmortems.write(number, text, by="alice", via="dashboard", base=0)
    night.runtime.postmortems.review(number, 1, by="bob")
    with pytest.raises(UsageError, match="still to be written"):
        night.runtime.postmortems.publish(number, by="bob", via="dashboard")


def test_no_customer_is_told_at_night_that_it_can_be_read(night: Night) -> None:
    number = down(night)
    postmortems = night.runtime.postmortems
    postmortems.write(number, TEXT, by="alice", via="dashboard", base=0)
    postmortems.review(number, 1, by="bob")
    night.clock.at = MONDAY + 13 * HOUR
    night.turn()
    before = len(night.texts.to(JANE))
    postmortems.publish(number, by="alice", via="dashboard")
    night.turn()
    assert len(night.texts.to(JANE)) == before
    night.clock.at = MONDAY + 21 * HOUR
    night.turn()
    assert len(night.texts.to(JANE)) == before + 1


def test_actions_are_read_from_the_text_and_followed_until_they_are_done(night: Night) -> None:
    number = down(night)
    postmortems = night.runtime.postmortems
    postmortems.write(number, TEXT, by="alice", via="dashboard", base=0)
    known = postmortems.get(number)
    assert known is not None
    alert, free = known.actions
    assert (alert.text, alert.owner, str(alert.due_on), alert.state) == (
        "Alert at 80%",
        "bob",
        "2026-12-01",
        ActionState.OPEN,
    )
    assert (free.state, free.done_by) == (ActionState.DONE, "Alice Martin")
    ticking(night, 9 * DAY, 6 * HOUR)
    told = [message for message in night.texts.to(BOB) if "Alert at 80%" in message.text]
    assert len(told) == 1
    postmortems.action_is_done(number, alert.key, by="bob")
    postmortems.write(number, TEXT.replace("- [x] Free the disk\n", ""), by="bob", via="dashboard", base=1)
    known = postmortems.get(number)
    assert known is not None
    assert {each.text: each.state for each in known.actions} == {
        "Alert at 80%": ActionState.DONE,
        "Free the disk": ActionState.DONE,
    }


def test_whoever_writes_one_is_not_told_that_it_is_owed_only_reminded(night: Night) -> None:
    number = down(night)
    night.runtime.postmortems.write(number, TEXT, by="alice", via="dashboard", base=0)
    ticking(night, 5 * HOUR)
    assert reminders(night) == []
    ticking(night, DAY)
    assert [who for _, who in reminders(night)] == ["alice"]


def test_open_actions_become_issues_when_it_is_published_and_follow_them(night: Night) -> None:
    number, issues = down(night), Issues()
    env = night.runtime.engine._env
    postmortems = Postmortems(env, Notices(env), Partners(env, pagerduty=False), issues)
    postmortems.write(number, TEXT, by="alice", via="dashboard", base=0)
    assert issues.opened == []
    postmortems.review(number, 1, by="bob")
    postmortems.publish(number, by="alice", via="dashboard")
    [alert] = issues.opened
    assert alert.text == "Alert at 80%"
    with night.database.begin() as uow:
        postmortems.action_linked(uow, number, alert.key, "https://github.example/acme/1")
    postmortems.publish(number, by="alice", via="dashboard", notify_again=True)
    assert len(issues.opened) == 1
    done = postmortems.action_is_done(number, alert.key, by="bob")
    assert done is not None and (done.state, done.link) == (ActionState.DONE, "https://github.example/acme/1")
    again = postmortems.action_is_done(number, alert.key, by="bob", is_done=False)
    assert again is not None and again.state is ActionState.OPEN
    assert issues.changed == [ActionState.DONE, ActionState.OPEN]
    postmortems.action_is_done(number, alert.key, by="bob", is_done=False)
    with night.database.begin() as uow:
        postmortems.issue_settled(uow, number, alert.key, by="bob", is_done=True, at=night.clock.now())
        assert uow.postmortems.actions(number)[0].state is ActionState.DONE
    assert issues.changed == [ActionState.DONE, ActionState.OPEN]


def test_whoever_wrote_an_issue_reads_there_that_it_is_published(database: SqlDatabase) -> None:
    night = Connected(database)
    incident = night.opened("The shop is white")
    night.runtime.respond.resolve(incident.number, engineer="alice", note="", via="SMS")
    postmortems = night.runtime.postmortems
    postmortems.write(incident.number, "## Causes\n\nThe disk was full.", by="alice", via="dashboard", base=0)
    postmortems.review(incident.number, 1, by="bob")
    for _ in range(2):
        postmortems.publish(incident.number, by="bob", via="dashboard")
        ticking(night, 2 * MINUTE, MINUTE)
    link = f"https://hotline.example/track/{incident.token}/postmortem"
    said = [each for each in night.ours_on(night.issue_of(incident.number)) if link in each]
    assert len(said) == 1


def test_where_nobody_had_it_the_manager_owes_it(database: SqlDatabase) -> None:
    night = with_rules(database)
    night.clock.at = MONDAY
    number = night.paged().number
    ticking(night, 70 * MINUTE)
    assert owed(night, number).owner == "dana"
    assert any("Post-mortem" in message.subject for message in night.mails.sent) or night.texts.to(DANA)


def test_a_draft_measures_what_happened_and_names_no_number(night: Night) -> None:
    night.clock.at = MONDAY
    number = night.paged().number
    with night.database.begin() as uow:
        incident = uow.incidents.get(number, lock=True)
        assert incident is not None
        summary = "Call me on 0470 11 11 11 or +32470111111 | <b>now</b>."
        uow.incidents.save(replace(incident, summary=summary))
    ticking(night, 4 * MINUTE, MINUTE)
    night.runtime.respond.acknowledge(number, engineer="alice", via="SMS")
    night.runtime.respond.update(number, engineer="alice", note="We add a disk", via="SMS")
    ticking(night, 2 * HOUR)
    night.runtime.respond.resolve(number, engineer="alice", note="The disk is larger now", via="SMS")
    text = night.runtime.postmortem_texts.draft(number)
    assert "”. Priority: Production down." in text
    assert ".”." not in text
    assert "| Time to acknowledge | 4 min |" in text
    assert "| Time to resolve | 2 h 4 min |" in text
    assert "The promised response was kept, with 26 min left." in text
    assert "The disk is larger now" in text
    assert "- [ ] what — who — by when" in text
    assert "Step 1 of 2: paging Alice Martin |" in text
    for number_of in (ALICE, JANE, "0470 11 11 11", "<b>"):
        assert number_of not in text
