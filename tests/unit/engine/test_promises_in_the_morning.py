"""What waited for the morning says what is true then, and is dropped where it is settled."""

import pytest

from oncall.core.delivery import DeliveryState
from oncall.core.sla import Priority
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import JANE, MINUTE, YAML, Night
from tests.unit.engine.promised import DAY, HOUR, NIGHT_ENDS, always_urgent, opened, read_in_the_morning, ticking, told


def test_what_is_told_waits_for_the_end_of_the_night(database: SqlDatabase) -> None:
    night = Night(database, yaml=YAML + "priorities: {urgent: {respond_within: 1h, clock: always}}")
    number = opened(night, Priority.URGENT)  # at three in the night
    ticking(night, 3 * HOUR + 59 * MINUTE, MINUTE)
    assert told(night) == []
    assert night.incident(number).breached_at is not None
    ticking(night, 2 * MINUTE, MINUTE)
    assert {who for who, _ in told(night)} == {"alice", "dana"}


@pytest.mark.parametrize("over", ["acknowledged", "resolved"])
def test_a_notice_that_waited_for_the_morning_is_dropped_where_somebody_has_answered(
    database: SqlDatabase, over: str
) -> None:
    night = always_urgent(database, "270m")
    number = opened(night, Priority.URGENT)  # at three in the night: half of it is over at a quarter past five
    ticking(night, 3 * HOUR, 15 * MINUTE)
    if over == "acknowledged":
        night.runtime.respond.acknowledge(number, engineer="alice", via="SMS")
    else:
        night.runtime.respond.resolve(number, engineer="alice", note="It was the disk", via="SMS")
    assert read_in_the_morning(night) == []
    assert any(event == "delivery.overtaken" for event, _ in night.logged)


def test_of_the_marks_that_a_night_has_passed_only_the_last_is_told_in_the_morning(database: SqlDatabase) -> None:
    night = always_urgent(database)
    opened(night, Priority.URGENT)
    read = read_in_the_morning(night)
    assert len(read) == 2  # alice and dana
    assert all("the promise of a response is broken; it was due by" in text for text in read)
    assert all("Nobody has it yet" in text for text in read)


def test_a_promise_that_broke_at_night_is_told_as_it_stands_in_the_morning(database: SqlDatabase) -> None:
    night = always_urgent(database)
    number = opened(night, Priority.URGENT)
    ticking(night, 2 * HOUR, 15 * MINUTE)
    night.runtime.respond.acknowledge(number, engineer="bob", via="SMS")
    read = read_in_the_morning(night)
    assert len(read) == 2
    assert all("is broken; it was due by" in text and "Bob Peeters has it by now" in text for text in read)
    assert not any("Nobody has it yet" in text for text in read)


def test_what_was_promised_anew_overnight_is_not_told_as_it_was_before(database: SqlDatabase) -> None:
    night = always_urgent(database, "270m")
    number = opened(night, Priority.URGENT)
    ticking(night, 3 * HOUR, 15 * MINUTE)
    night.runtime.prioritising.change(number, priority=Priority.NORMAL, by="alice", via="dashboard")
    assert read_in_the_morning(night) == []


@pytest.mark.parametrize("answers", [58, None])
def test_a_resolution_that_waited_for_the_customer_overnight_is_told_with_the_time_by_which_it_is_due_now(
    database: SqlDatabase, answers: int | None
) -> None:
    night = Night(
        database, yaml=YAML + "priorities: {urgent: {respond_within: 1h, resolve_within: 270m, clock: always}}"
    )
    number = opened(night, Priority.URGENT)  # at three in the night: almost over at a quarter to seven
    night.runtime.respond.acknowledge(number, engineer="alice", via="SMS")
    ticking(night, 3 * HOUR + 50 * MINUTE, 5 * MINUTE)
    night.runtime.prioritising.wait_for_customer(number, by="alice", via="SMS")
    ticking(night, 8 * MINUTE)
    if answers is not None:
        night.runtime.texts.received(sid="SM1", from_number=JANE, body="here is what you asked for")
    ticking(night, 4 * MINUTE)
    read = [message.text for message in (*night.texts.sent, *night.mails.sent) if message.to != JANE]
    if answers is None:
        assert read == []
    else:
        [text] = read
        assert "almost over; it is due by Mon 23 Nov 07:38 UTC" in text


def test_a_notice_that_another_engine_has_sent_meanwhile_is_not_recorded_as_dropped(database: SqlDatabase) -> None:
    night = always_urgent(database, "270m")
    number = opened(night, Priority.URGENT)
    ticking(night, 3 * HOUR, 15 * MINUTE)
    night.clock.at = NIGHT_ENDS
    dispatch = night.runtime.engine._dispatch
    [stalled] = dispatch.claim(night.clock.at, 9)
    night.clock.at += MINUTE
    [taken_over] = dispatch.claim(night.clock.at, 9)
    dispatch.deliver(taken_over)
    night.runtime.respond.acknowledge(number, engineer="alice", via="SMS")
    dispatch.deliver(stalled)
    with database.read() as uow:
        stored = uow.deliveries.get(stalled.id)
    assert stored is not None
    assert stored.state is DeliveryState.SENT
    assert len(told(night)) == 1


@pytest.mark.parametrize("is_news", [True, False])
def test_a_reminder_of_an_open_request_is_dropped_where_there_was_news_overnight(night: Night, is_news: bool) -> None:
    number = opened(night, Priority.NORMAL)
    night.runtime.respond.acknowledge(number, engineer="alice", via="SMS")
    night.turn()
    ticking(night, 7 * DAY + HOUR, 12 * HOUR)  # at four in the night
    assert "no news for a week" in night.timeline(number)
    if is_news:
        night.runtime.respond.update(number, engineer="alice", note="We have asked the maker", via="SMS")
    ticking(night, 4 * HOUR, HOUR)
    assert [who for who, _ in told(night)] == ([] if is_news else ["alice"])
