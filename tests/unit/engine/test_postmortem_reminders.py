"""Whoever owes a post-mortem is reminded, in time, once, and never at night."""

from datetime import UTC, datetime, timedelta

import pytest

from oncall.core.postmortem import Reminder, Standing
from oncall.core.postmortem_actions import ActionState
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import ALICE, BOB, MINUTE, Night
from tests.unit.engine.owed import (
    DAY,
    HOUR,
    MONDAY,
    RULES,
    TEXT,
    down,
    morning_after,
    owed,
    reminders,
    ticking,
    with_rules,
)


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
