"""Post-mortems are opened after major downtime, and only then."""

from datetime import timedelta

import pytest

from oncall.core.incident import IntakeChannel
from oncall.core.sla import Priority
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import MINUTE, Night
from tests.unit.engine.owed import DAY, HOUR, MONDAY, TEXT, down, kept, marked, owed, reminders, ticking, with_rules


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
