"""Post-mortems are opened after major downtime, whoever owes one is reminded, and what was written is published."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from oncall.core.incident import IntakeChannel
from oncall.core.postmortem import Postmortem, Reminder, Standing
from oncall.core.postmortem_actions import Action, ActionState
from oncall.core.sla import Priority
from oncall.engine.notices import Notices
from oncall.engine.partners import Partners
from oncall.engine.postmortems import Postmortems, WrittenMeanwhileError
from oncall.errors import UsageError
from oncall.ports import UnitOfWork
from oncall.store import SqlDatabase
from tests.unit.engine.github import Connected
from tests.unit.engine.hotline import ALICE, BOB, DANA, JANE, MINUTE, YAML, Night

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
RULES = "postmortems: {after: 1h, due_within: 3d}\n"
MAIL = YAML.replace("name: Jane Doe, phone", "name: Jane Doe, email: jane@acme.example, phone")
TEXT = "## Causes\n\nThe disk was full.\n\n## Actions\n\n- [ ] Alert at 80% — bob — 2026-12-01\n- [x] Free the disk\n"


def ticking(night: Night, by: timedelta, step: timedelta = timedelta(minutes=20)) -> None:
    until = night.clock.at + by
    while night.clock.at < until:
        night.clock.at = min(night.clock.at + step, until)
        night.turn()
        night.turn()  # what a chore has enqueued goes with the next


def down(night: Night, at: datetime = MONDAY, lasting: timedelta = 2 * HOUR) -> int:
    """Jane phones, Alice has it, and it is over after so long."""
    night.clock.at = at
    number = night.paged().number
    night.runtime.respond.acknowledge(number, engineer="alice", via="SMS")
    if lasting:
        ticking(night, lasting)
        night.runtime.respond.resolve(number, engineer="alice", note="The disk is larger now", via="SMS")
        ticking(night, MINUTE, MINUTE)
    return number


def with_rules(database: SqlDatabase, yaml: str = YAML, rules: str = RULES, **more: str) -> Night:
    return Night(database, yaml=yaml + rules, **more)


def owed(night: Night, number: int) -> Postmortem:
    with night.database.read() as uow:
        found = uow.postmortems.get(number)
    assert found is not None
    return found


def reminders(night: Night) -> list[tuple[datetime, str]]:
    """When whom was told of post-mortems: by text to a phone, or by email."""
    with night.database.read() as uow:
        found = [uow.deliveries.get(message.delivery_id) for message in (*night.texts.sent, *night.mails.sent)]
    told = [one for one in found if one is not None and "post-mortem" in one.details.get("text", "").lower()]
    return sorted({(one.created_at, one.recipient) for one in told})


def test_production_down_for_longer_than_the_threshold_owes_a_post_mortem(database: SqlDatabase) -> None:
    night = with_rules(database)
    number = down(night, lasting=timedelta(0))
    ticking(night, 59 * MINUTE, MINUTE)
    with night.database.read() as uow:
        assert uow.postmortems.get(number) is None
    ticking(night, 2 * MINUTE, MINUTE)
    found = owed(night, number)
    assert (found.owner, found.customer, found.due_at) == ("alice", "acme", None)
    assert [who for _, who in reminders(night)] == ["alice"]


def test_a_short_downtime_owes_none(database: SqlDatabase) -> None:
    night = with_rules(database)
    number = down(night, lasting=59 * MINUTE)
    ticking(night, DAY)
    with night.database.read() as uow:
        assert uow.postmortems.get(number) is None


def test_what_was_no_downtime_until_its_priority_was_raised_is_counted_from_then(database: SqlDatabase) -> None:
    night = with_rules(database)
    night.clock.at = MONDAY
    number = night.runtime.intake.open_by_hand(
        summary="a question", by="Erik", channel=IntakeChannel.GITHUB, customer="acme", priority=Priority.NORMAL
    ).number
    ticking(night, 5 * HOUR, HOUR)
    night.runtime.prioritising.change(number, priority=Priority.PRODUCTION_DOWN, by="alice", via="dashboard")
    ticking(night, 50 * MINUTE)
    with night.database.read() as uow:
        assert uow.postmortems.get(number) is None
    ticking(night, 20 * MINUTE)
    assert "production was down for more than 1 h" in owed(night, number).why
    night.runtime.respond.acknowledge(number, engineer="alice", via="SMS")
    text = night.runtime.postmortem_texts.draft(number)
    assert "| Time to acknowledge | 1 h 10 min |" in text
    assert "had it after 1 h 10 min." in text


def test_a_draft_measures_a_response_that_was_given_before_the_priority_rose_from_the_report(night: Night) -> None:
    night.clock.at = MONDAY
    number = night.runtime.intake.open_by_hand(
        summary="a question", by="Erik", channel=IntakeChannel.GITHUB, customer="acme", priority=Priority.NORMAL
    ).number
    ticking(night, 20 * MINUTE)
    night.runtime.respond.acknowledge(number, engineer="alice", via="SMS")
    ticking(night, HOUR)
    night.runtime.prioritising.change(number, priority=Priority.PRODUCTION_DOWN, by="alice", via="dashboard")
    text = night.runtime.postmortem_texts.draft(number)
    assert "| Time to acknowledge | 20 min |" in text
    assert "| Response promised within | 1 d 8 h: kept |" in text


def test_what_was_not_over_counts_as_one_downtime(database: SqlDatabase) -> None:
    night = with_rules(database)
    number = down(night, lasting=40 * MINUTE)
    night.runtime.respond.reopen(number, by="Jane", via="SMS")
    night.runtime.respond.acknowledge(number, engineer="alice", via="SMS")
    ticking(night, 30 * MINUTE)
    assert owed(night, number).why


def test_without_rules_only_what_is_marked_as_major_owes_one(database: SqlDatabase) -> None:
    night = with_rules(database, rules="")
    number = down(night, lasting=5 * HOUR)
    with night.database.read() as uow:
        assert uow.postmortems.get(number) is None
    night.runtime.prioritising.mark_major(number, by="bob", via="dashboard")
    ticking(night, MINUTE, MINUTE)
    assert "marked as a major downtime" in owed(night, number).why
    assert owed(night, number).due_at == night.clock.at + 3 * DAY


def kept(night: Night, number: int) -> Postmortem | None:
    with night.database.read() as uow:
        return uow.postmortems.get(number)


def marked(night: Night, number: int, *, major: bool = True) -> None:
    night.runtime.prioritising.mark_major(number, by="bob", via="dashboard", major=major)
    ticking(night, MINUTE, MINUTE)


def test_what_was_no_major_downtime_after_all_owes_no_post_mortem_any_more_until_it_is_marked_again(
    night: Night,
) -> None:
    number = down(night)
    marked(night, number)
    assert owed(night, number).is_owed
    marked(night, number, major=False)
    assert kept(night, number) is None
    assert "No post-mortem is owed any more" in night.timeline(number)
    told = len(reminders(night))
    ticking(night, 5 * DAY, 6 * HOUR)
    assert len(reminders(night)) == told
    marked(night, number)
    assert owed(night, number).due_at == night.clock.at + 3 * DAY
    ticking(night, MINUTE, MINUTE)
    assert len(reminders(night)) == told + 1


def test_what_was_unmarked_while_production_is_down_is_owed_once_it_lasts_too_long(database: SqlDatabase) -> None:
    night = with_rules(database)
    number = down(night, lasting=timedelta(0))
    marked(night, number)
    marked(night, number, major=False)
    assert kept(night, number) is None
    ticking(night, HOUR)
    assert "production was down for more than 1 h" in owed(night, number).why


def test_a_post_mortem_that_the_length_of_the_downtime_owes_stays_owed_without_the_mark(database: SqlDatabase) -> None:
    night = with_rules(database)
    number = down(night, lasting=timedelta(0))
    marked(night, number)
    ticking(night, 2 * HOUR)
    marked(night, number, major=False)
    assert "production was down for more than 1 h" in owed(night, number).why
    assert owed(night, number).is_owed


@pytest.mark.parametrize("what", ["written", "waived", "asked for"])
def test_a_post_mortem_that_somebody_has_seen_to_stays_without_the_mark(night: Night, what: str) -> None:
    number = down(night)
    if what == "asked for":
        night.runtime.postmortems.open(number, by="alice", via="dashboard")
    marked(night, number)
    if what == "written":
        night.runtime.postmortems.write(number, TEXT, by="alice", via="dashboard", base=0)
    elif what == "waived":
        night.runtime.postmortems.waive(number, "It was theirs", by="alice", via="dashboard")
    before = owed(night, number)
    marked(night, number, major=False)
    assert kept(night, number) == before


def test_it_is_due_three_days_after_the_downtime_and_each_reminder_comes_once(database: SqlDatabase) -> None:
    night = with_rules(database)
    number = down(night)
    over = night.clock.at - MINUTE
    assert owed(night, number).due_at == over + 3 * DAY
    night.clock.at = over
    ticking(night, 6 * DAY)
    told = reminders(night)
    of_alice = [at for at, who in told if who == "alice"]
    assert of_alice[0] <= MONDAY + HOUR + 20 * MINUTE
    assert of_alice[1:] == [over + 1 * DAY, over + 3 * DAY, over + 4 * DAY, over + 5 * DAY, over + 6 * DAY]
    assert [at for at, who in told if who == "dana"] == [over + 4 * DAY, over + 5 * DAY, over + 6 * DAY]
    assert "a day is over; told Alice Martin" in night.timeline(number)


def test_after_an_outage_only_the_last_reminder_is_told_and_the_deadline_is_that_of_the_downtime(
    database: SqlDatabase,
) -> None:
    night = with_rules(database)
    number = down(night, lasting=timedelta(0))
    night.clock.at += 2 * HOUR
    night.runtime.respond.resolve(number, engineer="alice", note="", via="SMS")
    over = night.clock.at
    night.clock.at += 3 * DAY + 5 * HOUR  # nothing of ours ran
    night.turn()
    assert owed(night, number).due_at == over + 3 * DAY
    assert owed(night, number).told is Reminder.DUE
    assert [who for _, who in reminders(night)] == ["alice"]


def test_two_engines_open_and_remind_once(database: SqlDatabase) -> None:
    night = with_rules(database)
    other = with_rules(database, prefix="b")
    number = down(night)
    for _ in range(4):
        night.clock.at += DAY
        other.clock.at = night.clock.at
        other.turn()
        night.turn()
    told = [*reminders(night), *reminders(other)]
    assert len(told) == len(set(told))
    assert [who for _, who in told].count("alice") == 4
    assert night.timeline(number).count("A post-mortem is owed") == 1


def test_reminders_never_come_at_night(database: SqlDatabase) -> None:
    night = with_rules(database)
    number = down(night, at=MONDAY + 12 * HOUR, lasting=90 * MINUTE)  # until half past eleven at night
    sent = len(night.texts.sent)
    ticking(night, 7 * HOUR)  # until half past six
    assert not any("post-mortem" in message.text.lower() for message in night.texts.sent[sent:])
    assert owed(night, number).told is Reminder.OPENED
    ticking(night, HOUR)
    assert any("post-mortem of incident" in message.text for message in night.texts.to(ALICE))


def morning_after(night: Night) -> list[str]:
    """What was texted of post-mortems once the night was over."""
    sent = len(night.texts.sent)
    morning = night.clock.at.replace(hour=7, minute=0)
    night.clock.at = morning if morning > night.clock.at else morning + DAY
    night.turn()
    night.turn()
    return [each.text for each in night.texts.sent[sent:] if "post-mortem" in each.text.lower()]


def test_a_reminder_that_waited_for_the_morning_says_what_is_true_then(database: SqlDatabase) -> None:
    night = with_rules(database)
    number = down(night, at=MONDAY + 12 * HOUR, lasting=timedelta(0))
    ticking(night, 2 * HOUR)  # it is still down: due "once that is over"
    night.runtime.respond.resolve(number, engineer="alice", note="", via="SMS")
    ticking(night, HOUR)
    [text] = morning_after(night)
    assert "once that is over" not in text
    assert "it is due Fri 27 Nov 00:00 UTC" in text


def test_a_deadline_that_came_at_night_is_not_said_to_be_now_in_the_morning(database: SqlDatabase) -> None:
    night = with_rules(database)
    down(night, at=MONDAY + 12 * HOUR)
    ticking(night, 3 * DAY, HOUR)
    assert night.clock.at.hour == 0
    [text] = morning_after(night)
    assert text.startswith("Due since Fri 27 Nov 00:00 UTC: the post-mortem of incident")


def test_a_reminder_that_waited_is_dropped_where_none_is_needed_any_more(database: SqlDatabase) -> None:
    night = with_rules(database)
    number = down(night, at=MONDAY + 12 * HOUR, lasting=90 * MINUTE)
    night.runtime.postmortems.waive(number, "It was a planned move", by="bob", via="dashboard")
    assert morning_after(night) == []


def test_whoever_is_handed_a_post_mortem_at_night_is_told_of_it_in_the_morning(database: SqlDatabase) -> None:
    night = with_rules(database)
    number = down(night, at=MONDAY + 14 * HOUR)
    night.runtime.postmortems.hand_to(number, "bob")
    ticking(night, 8 * HOUR)
    assert [who for _, who in reminders(night)] == ["bob"]
    night.runtime.postmortems.hand_to(number, "bob")
    ticking(night, HOUR)
    assert [who for _, who in reminders(night)] == ["bob"]


@pytest.mark.parametrize("is_done", [True, False])
def test_a_reminder_of_an_action_is_dropped_where_that_was_done_overnight(night: Night, is_done: bool) -> None:
    number = down(night)
    night.clock.at = datetime(2026, 12, 1, 23, 0, tzinfo=UTC)  # past what is due on that day
    night.runtime.postmortems.write(number, TEXT, by="alice", via="dashboard", base=0)
    night.turn()
    with night.database.read() as uow:
        [action] = [each for each in uow.postmortems.actions(number) if each.state is ActionState.OPEN]
    assert action.reminded_at == night.clock.at
    if is_done:
        night.runtime.postmortems.action_is_done(number, action.key, by="bob")
    night.clock.at += 8 * HOUR
    night.turn()
    said = [each.text for each in night.texts.to(BOB) if "To do after incident" in each.text]
    assert len(said) == (0 if is_done else 1)


def test_business_days_are_counted_where_the_rules_say_so(database: SqlDatabase) -> None:
    night = with_rules(database, rules="postmortems: {counted: business_days}\n")
    friday = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
    number = down(night, at=friday)
    assert owed(night, number).due_at == datetime(2026, 12, 2, 18, 0, tzinfo=UTC)


def test_a_day_of_the_calendar_may_have_25_hours(database: SqlDatabase) -> None:
    night = with_rules(database, rules=f"{RULES}business_hours: {{timezone: Europe/Brussels}}\n")
    number = down(night, at=datetime(2026, 10, 23, 10, 0, tzinfo=UTC))
    assert owed(night, number).due_at == datetime(2026, 10, 26, 13, 0, tzinfo=UTC)


def test_a_drill_and_a_waived_one_owe_nothing(database: SqlDatabase) -> None:
    night = with_rules(database)
    number = down(night)
    night.runtime.postmortems.waive(number, "the customer's own provider was down", by="alice", via="dashboard")
    before = reminders(night)
    ticking(night, 5 * DAY)
    assert reminders(night) == before
    assert owed(night, number).standing is Standing.WAIVED
    night.runtime.postmortems.waive(number, "", by="alice", via="dashboard")
    ticking(night, MINUTE, MINUTE)
    assert len(reminders(night)) > len(before)


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


class Issues:
    """Where actions live besides; remembers which it was asked to open."""

    def __init__(self) -> None:
        self.opened: list[Action] = []
        self.changed: list[ActionState] = []

    def open_issue(self, uow: UnitOfWork, postmortem: Postmortem, action: Action, now: datetime) -> None:
        self.opened.append(action)

    def state_changed(self, uow: UnitOfWork, action: Action, now: datetime) -> None:
        self.changed.append(action.state)


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
