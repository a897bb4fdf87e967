"""Promises are watched: who is told and paged when, what is recorded, and that nothing is told twice."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from oncall.core.delivery import Delivery, DeliveryKind, DeliveryState
from oncall.core.incident import Incident, IncidentState, IntakeChannel, RequestType
from oncall.core.reported import Kept, promise
from oncall.core.sla import Priority, PromiseStage
from oncall.core.voice_menu import PageKey
from oncall.engine import promise_watch
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import ALICE, BOB, DANA, JANE, MINUTE, YAML, Night
from tests.unit.engine.partners import OPS, Connected

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)  # a working hour
NIGHT_ENDS = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
TERMS = """
priorities:
  urgent: {respond_within: 1h, resolve_within: 4h}
"""


def ticking(night: Night, by: timedelta, step: timedelta = MINUTE) -> None:
    """Let the time pass, with a turn of the engine after each step."""
    until = night.clock.at + by
    while night.clock.at < until:
        night.clock.at = min(night.clock.at + step, until)
        night.turn()


def opened(night: Night, priority: Priority, at: datetime | None = None) -> int:
    night.clock.at = at or night.clock.at
    incident = night.runtime.intake.open_by_hand(
        summary="a question", by="Erik", channel=IntakeChannel.OPERATOR, customer="acme", priority=priority
    )
    night.turn()
    return incident.number


def told(night: Night) -> list[tuple[str, str]]:
    """Who was told quietly of what, in order."""
    with night.database.read() as uow:
        found = [uow.deliveries.get(message.delivery_id) for message in (*night.texts.sent, *night.mails.sent)]
    quiet = [one for one in found if one is not None and one.details.get("about") == "promise"]
    return [(one.recipient, one.details["text"]) for one in sorted(quiet, key=lambda one: one.created_at)]


def pages(night: Night, number: int) -> list[Delivery]:
    with night.database.read() as uow:
        return [one for one in uow.deliveries.of(number) if one.kind is DeliveryKind.PAGE]


def whole_team_paged_at(night: Night, number: int) -> list[tuple[str, datetime]]:
    found = {(one.recipient, one.created_at) for one in pages(night, number) if "whole team" in one.details["why"]}
    return sorted(found, key=lambda each: (each[1], each[0]))


def texts_of(night: Night, number: int) -> list[str]:
    with night.database.read() as uow:
        return [entry.text for entry in uow.timeline.of(number)]


def test_when_production_is_down_and_nobody_answers_the_whole_team_and_the_managers_are_paged(night: Night) -> None:
    number = opened(night, Priority.PRODUCTION_DOWN)
    began = night.clock.at
    ticking(night, 31 * MINUTE)
    half, soon, broken = (began + minutes * MINUTE for minutes in (15, 25, 31))
    assert [at for who, at in whole_team_paged_at(night, number) if who == "dana"] == [half, soon, broken]
    # Whoever is being paged at that very instant anyway is not paged twice, nor who has a call to come.
    for mark in (half, soon):
        assert {one.recipient for one in pages(night, number) if one.created_at == mark} == {"alice", "bob", "dana"}
    assert told(night) == []
    stored = night.incident(number)
    assert (stored.promise_told, stored.breached_at, stored.promise_due_at) == (
        PromiseStage.BREACHED,
        began + 30 * MINUTE,
        None,
    )


def test_once_somebody_has_it_nothing_of_the_promise_pages(night: Night) -> None:
    number = opened(night, Priority.PRODUCTION_DOWN)
    ticking(night, 14 * MINUTE)
    night.runtime.respond.acknowledge(number, engineer="alice", via="SMS")
    ticking(night, 20 * MINUTE)
    assert whole_team_paged_at(night, number) == []
    assert night.incident(number).breached_at is None


def test_a_key_on_a_page_to_the_whole_team_acknowledges(night: Night) -> None:
    number = opened(night, Priority.PRODUCTION_DOWN)
    ticking(night, 15 * MINUTE)
    [of_dana] = night.texts.to(DANA)
    night.runtime.respond.key_pressed(delivery_id=of_dana.delivery_id, key=PageKey.ACKNOWLEDGE)
    assert night.incident(number).acknowledged_by == "dana"


@pytest.mark.parametrize("priority", [Priority.URGENT, Priority.NORMAL])
def test_nobody_is_woken_by_what_was_promised_in_business_hours(night: Night, priority: Priority) -> None:
    number = opened(night, priority)  # at three in the night
    ticking(night, 5 * HOUR, 5 * MINUTE)
    assert (night.texts.sent, night.calls.sent, night.mails.sent) == ([], [], [])
    assert night.incident(number).due_at is not None
    assert night.runtime.audit.check(night.clock.at) == []


def test_of_an_urgent_request_whoever_is_on_call_is_told_and_the_managers_once_it_is_late(night: Night) -> None:
    number = opened(night, Priority.URGENT, MONDAY)
    ticking(night, 61 * MINUTE)
    assert pages(night, number) == []
    assert [who for who, _ in told(night)] == ["alice", "alice", "alice", "dana"]
    assert "half of the time promised for a response is over; it is due by Mon 23 Nov 11:00 UTC" in told(night)[0][1]
    assert "almost over" in told(night)[1][1]
    assert "is broken; it was due by" in told(night)[3][1]
    assert night.incident(number).breached_at == MONDAY + HOUR


def test_what_is_told_waits_for_the_end_of_the_night(database: SqlDatabase) -> None:
    night = Night(database, yaml=YAML + "priorities: {urgent: {respond_within: 1h, clock: always}}")
    number = opened(night, Priority.URGENT)  # at three in the night
    ticking(night, 3 * HOUR + 59 * MINUTE, MINUTE)
    assert told(night) == []
    assert night.incident(number).breached_at is not None
    ticking(night, 2 * MINUTE, MINUTE)
    assert {who for who, _ in told(night)} == {"alice", "dana"}


def always_urgent(database: SqlDatabase, promised: str = "1h") -> Night:
    return Night(database, yaml=YAML + f"priorities: {{urgent: {{respond_within: {promised}, clock: always}}}}")


def read_in_the_morning(night: Night) -> list[str]:
    """What was texted to engineers, and mailed, once the night was over."""
    ticking(night, NIGHT_ENDS - night.clock.at, 15 * MINUTE)
    night.turn()
    return [message.text for message in (*night.texts.sent, *night.mails.sent) if message.to != JANE]


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


def test_a_promise_that_broke_while_the_service_was_down_is_recorded_at_its_instant(night: Night) -> None:
    number = opened(night, Priority.URGENT, MONDAY)
    night.clock.at += 3 * HOUR  # nothing runs
    night.turn()
    stored = night.incident(number)
    assert stored.breached_at == MONDAY + HOUR
    with night.database.read() as uow:
        [entry] = [each for each in uow.timeline.of(number) if "is broken" in each.text]
    assert entry.at == MONDAY + HOUR
    assert [who for who, _ in told(night)] == ["alice", "dana"]  # of the last mark only


def test_a_response_that_came_too_late_while_nothing_watched_is_a_broken_promise(night: Night) -> None:
    number = opened(night, Priority.PRODUCTION_DOWN)
    night.clock.at += 40 * MINUTE  # the engine is down; the web is not
    began = night.incident(number).opened_at
    night.runtime.respond.acknowledge(number, engineer="bob", via="SMS")
    night.turn()
    assert night.incident(number).breached_at == began + 30 * MINUTE
    assert whole_team_paged_at(night, number) == []
    assert {who for who, _ in told(night)} <= {"bob", "dana"}


def test_a_response_at_the_last_instant_keeps_the_promise(night: Night) -> None:
    number = opened(night, Priority.URGENT, MONDAY)
    night.clock.at = MONDAY + HOUR
    night.turn()
    night.runtime.respond.acknowledge(number, engineer="alice", via="SMS")
    ticking(night, 10 * MINUTE)
    assert night.incident(number).breached_at is None


def test_two_engines_tell_once(database: SqlDatabase) -> None:
    one, other = Night(database, prefix="a"), Night(database, prefix="b")
    number = opened(one, Priority.URGENT, MONDAY)
    for instant in (MONDAY + 30 * MINUTE, MONDAY + 51 * MINUTE, MONDAY + 61 * MINUTE):
        for night in (one, other):
            night.clock.at = instant
            night.runtime.engine.run_once()
    ticking(one, MINUTE)
    with database.read() as uow:
        facts = [entry.text for entry in uow.timeline.of(number) if "promise" in entry.text]
    assert len(facts) == 3
    assert len(told(one)) + len(told(other)) == 4


def test_a_resolution_is_watched_once_the_response_is_given_and_pages_nobody(database: SqlDatabase) -> None:
    night = Night(database, yaml=YAML + TERMS)
    number = opened(night, Priority.URGENT, MONDAY)
    ticking(night, 10 * MINUTE)
    night.runtime.respond.acknowledge(number, engineer="bob", via="SMS")
    ticking(night, 4 * HOUR, MINUTE)
    assert [who for who, _ in told(night)] == ["bob", "bob", "bob", "dana"]
    assert "a resolution" in told(night)[0][1]
    stored = night.incident(number)
    assert (stored.breached_at, stored.resolution_breached_at) == (None, MONDAY + 4 * HOUR)
    assert pages(night, number) == []


def test_waiting_for_the_customer_stops_the_resolutions_clock_until_they_answer(database: SqlDatabase) -> None:
    night = Night(database, yaml=YAML + TERMS)
    number = opened(night, Priority.URGENT, MONDAY)
    night.runtime.respond.acknowledge(number, engineer="bob", via="SMS")
    ticking(night, HOUR, MINUTE)
    night.runtime.prioritising.wait_for_customer(number, by="bob", via="SMS")
    ticking(night, 22 * HOUR, 10 * MINUTE)  # until nine in the morning: six of these hours are business hours
    assert night.incident(number).resolution_breached_at is None
    night.runtime.texts.received(sid="SM1", from_number=JANE, body="here is what you asked for")
    stored = night.incident(number)
    assert (stored.waiting_since, stored.waited_for) == (None, 7 * HOUR)
    assert stored.resolve_by == MONDAY + DAY + 2 * HOUR
    assert any("it waits for them no more" in text for text in texts_of(night, number))
    ticking(night, 3 * HOUR + MINUTE, MINUTE)
    assert night.incident(number).resolution_breached_at == stored.resolve_by


def test_partners_hear_of_every_stage_and_pagerduty_of_nothing_that_pages_nobody(database: SqlDatabase) -> None:
    night = Connected(database, yaml=YAML + OPS)
    opened(night, Priority.URGENT, MONDAY)
    ticking(night, 62 * MINUTE)
    heard = [each for each in night.listener.heard() if each != "incident.opened"]
    assert heard == ["incident.promise_half", "incident.promise_soon", "incident.breached"]
    assert night.pagerduty_heard() == []


def test_a_quiet_incident_that_somebody_has_is_brought_to_mind_after_a_week_and_never_paged(night: Night) -> None:
    number = opened(night, Priority.NORMAL, MONDAY)
    night.runtime.respond.acknowledge(number, engineer="bob", via="SMS")
    ticking(night, 6 * DAY, 6 * HOUR)
    assert told(night) == []
    ticking(night, 9 * DAY, 6 * HOUR)
    assert [(who, "no news for a week" in text) for who, text in told(night)] == [("bob", True), ("bob", True)]
    assert (pages(night, number), night.incident(number).state) == ([], IncidentState.ACKNOWLEDGED)


def test_a_quiet_incident_that_nobody_has_is_brought_to_mind_every_week(night: Night) -> None:
    number = opened(night, Priority.NORMAL, MONDAY)
    ticking(night, 3 * DAY, HOUR)
    before = len(told(night))
    ticking(night, 14 * DAY, 6 * HOUR)
    assert [who for who, text in told(night)[before:] if "nobody has it" in text] == ["alice", "alice"]
    assert night.runtime.audit.check(night.clock.at) == []
    assert pages(night, number) == []


def test_a_quiet_incident_that_is_handed_to_a_colleague_is_told_to_them(night: Night) -> None:
    number = opened(night, Priority.NORMAL, MONDAY)
    night.runtime.respond.acknowledge(number, engineer="alice", via="SMS")
    night.runtime.respond.hand_over(number, engineer="alice", to="bob", via="SMS")
    ticking(night, MINUTE)
    assert [(who, "hands it to you" in text) for who, text in told(night)] == [("bob", True)]


def test_urgent_requests_that_are_paged_are_paged_in_business_hours_only(database: SqlDatabase) -> None:
    night = Night(database, yaml=YAML + "priorities: {urgent: {respond_within: 1h, escalation_policy: together}}")
    number = opened(night, Priority.URGENT)  # at three in the night
    ticking(night, 5 * HOUR + 59 * MINUTE, MINUTE)
    assert pages(night, number) == []
    assert night.runtime.audit.check(night.clock.at) == []
    ticking(night, 2 * MINUTE, MINUTE)
    assert {page.address for page in pages(night, number)} == {ALICE, BOB}


def test_when_production_is_down_it_is_paged_at_any_hour_whatever_the_clock_of_its_promise(
    database: SqlDatabase,
) -> None:
    agreed = "priorities: {production_down: {respond_within: 1h, clock: business_hours}}"
    night = Night(database, yaml=YAML + agreed)
    number = night.paged().number  # at three in the night
    assert {page.address for page in pages(night, number)} == {ALICE}
    assert "paging" in night.jane_reads().lower()


def test_a_quiet_time_that_is_over_is_not_said_to_be_a_week_without_news(night: Night) -> None:
    number = opened(night, Priority.NORMAL, MONDAY)
    night.runtime.respond.snooze(number, engineer="alice", until=MONDAY + 2 * HOUR, via="SMS")
    ticking(night, 2 * HOUR + MINUTE, MINUTE)
    [(who, text)] = told(night)
    assert who == "alice"
    assert "a week" not in text and "quiet time" in text


def test_down_pages_although_a_question_is_open(night: Night) -> None:
    question = opened(night, Priority.NORMAL)
    night.runtime.texts.received(sid="SM1", from_number=JANE, body="DOWN the shop is white")
    night.turn()
    assert pages(night, question + 1) != []
    assert "paging" in night.jane_reads()
    night.runtime.texts.received(sid="SM2", from_number=JANE, body="and the till too")
    assert "and the till too" in night.timeline(question + 1)


def test_what_is_texted_to_a_question_is_said_to_page_nobody(night: Night) -> None:
    question = opened(night, Priority.NORMAL)
    answer = night.runtime.texts.received(sid="SM1", from_number=JANE, body="nothing works any more")
    assert "nobody is paged for it" in answer and "Reply DOWN" in answer
    status = night.runtime.texts.received(sid="SM2", from_number=JANE, body="STATUS")
    assert status == f"Incident {question}: an engineer will answer it; nobody has it yet."


def test_nobody_is_told_of_pages_when_what_pages_nobody_is_opened_again(night: Night) -> None:
    number = night.paged().number
    night.runtime.respond.acknowledge(number, engineer="alice", via="SMS")
    change(night, number, Priority.NORMAL, by="alice")
    night.runtime.respond.resolve(number, engineer="alice", note="", via="SMS")
    night.turn()
    before = len(night.texts.to(JANE))
    assert night.runtime.texts.received(sid="SM1", from_number=JANE, body=f"REOPEN {number}") == ""
    night.turn()
    [told_now] = night.texts.to(JANE)[before:]
    assert "paging" not in told_now.text and "Reply DOWN, or phone +" in told_now.text
    assert night.runtime.texts.received(sid="SM2", from_number=JANE, body=f"REOPEN {number}").endswith(
        "Is production down? Reply DOWN, or phone +3225550199."
    )


def test_a_reopened_incident_is_promised_anew(night: Night) -> None:
    number = opened(night, Priority.PRODUCTION_DOWN)
    night.runtime.respond.resolve(number, engineer="alice", note="", via="SMS")
    ticking(night, 2 * HOUR, MINUTE)
    night.runtime.respond.reopen(number, by="Jane", via="SMS")
    reopened = night.incident(number)
    assert (reopened.respond_by, reopened.promise_told) == (night.clock.at + 30 * MINUTE, PromiseStage.NONE)
    ticking(night, 16 * MINUTE)
    assert len(whole_team_paged_at(night, number)) == 3


def test_a_response_that_was_late_stays_late_when_it_is_reopened_and_answered_in_time(night: Night) -> None:
    number = opened(night, Priority.PRODUCTION_DOWN)
    broken_at = night.clock.at + 30 * MINUTE
    ticking(night, 40 * MINUTE)
    night.runtime.respond.resolve(number, engineer="alice", note="", via="SMS")
    night.runtime.respond.reopen(number, by="Jane", via="SMS")
    night.runtime.respond.acknowledge(number, engineer="alice", via="SMS")
    ticking(night, MINUTE)
    stored = night.incident(number)
    assert (stored.breached_at, stored.breached(night.clock.at)) == (broken_at, True)
    with night.database.read() as uow:
        [[reported]] = uow.reporting.incidents(broken_at - DAY, broken_at)
    assert promise(reported, night.clock.at) is Kept.MISSED


def test_an_old_request_that_becomes_production_down_pages_the_whole_team_if_nobody_answers(night: Night) -> None:
    number = opened(night, Priority.NORMAL, MONDAY)
    ticking(night, 2 * DAY, HOUR)  # nobody has answered, and it is late
    assert night.incident(number).breached_at is not None
    change(night, number, Priority.PRODUCTION_DOWN, by="a label of Jane's")
    ticking(night, 16 * MINUTE)
    # Bob has a call to come of the list.
    assert {who for who, _ in whole_team_paged_at(night, number)} == {"alice", "dana"}
    assert {page.recipient for page in pages(night, number)} == {"alice", "bob", "dana"}


def test_a_promise_that_cannot_be_looked_at_holds_up_no_other(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = (opened(night, Priority.URGENT, MONDAY) for _ in range(2))
    real = promise_watch.look

    def look(incident: Incident, *rest: Any) -> Any:
        if incident.number == bad:
            raise ValueError("a row that nobody foresaw")
        return real(incident, *rest)

    monkeypatch.setattr(promise_watch, "look", look)
    ticking(night, 31 * MINUTE)
    assert night.incident(good).promise_told is PromiseStage.HALF
    assert any("could not be looked at" in message.text for message in night.texts.to(DANA))


# ---------------------------------------------------------------- changes of the priority


def change(night: Night, number: int, priority: Priority, by: str = "alice") -> Incident:
    night.runtime.prioritising.change(number, priority=priority, by=by, via="dashboard")
    night.turn()
    return night.incident(number)


def test_a_call_that_is_not_so_bad_stops_paging_and_is_on_call_work(night: Night) -> None:
    number = night.phoned().number
    ticking(night, 2 * MINUTE)
    assert night.calls.to(ALICE)
    lowered = change(night, number, Priority.URGENT)
    assert (lowered.request_type, lowered.state, lowered.quiet) == (RequestType.ON_CALL, IncidentState.TRIGGERED, True)
    assert lowered.respond_by == datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
    before = len(pages(night, number))
    ticking(night, 2 * HOUR, MINUTE)
    assert len(pages(night, number)) == before
    assert any("Urgent instead of Production down" in text for text in texts_of(night, number))


def test_a_type_that_was_set_stays_when_the_priority_falls(night: Night) -> None:
    number = night.phoned().number
    night.runtime.prioritising.change_type(number, request_type=RequestType.GUIDANCE, by="alice", via="dashboard")
    assert change(night, number, Priority.NORMAL).request_type is RequestType.GUIDANCE


def test_what_becomes_production_down_is_paged_for_at_once(night: Night) -> None:
    number = opened(night, Priority.NORMAL, MONDAY)
    night.clock.at += 2 * HOUR
    raised = change(night, number, Priority.PRODUCTION_DOWN, by="a label of Jane's")
    assert {page.recipient for page in pages(night, number)} == {"alice"}
    assert raised.respond_by == night.clock.at + 30 * MINUTE


def test_a_raised_priority_never_puts_the_promise_off(night: Night) -> None:
    number = opened(night, Priority.URGENT, MONDAY)
    night.clock.at = MONDAY + 50 * MINUTE
    assert change(night, number, Priority.PRODUCTION_DOWN).respond_by == MONDAY + HOUR


def test_whoever_has_it_and_says_that_production_is_down_keeps_it(night: Night) -> None:
    number = opened(night, Priority.NORMAL, MONDAY)
    night.runtime.respond.acknowledge(number, engineer="bob", via="SMS")
    raised = change(night, number, Priority.PRODUCTION_DOWN, by="bob")
    assert (raised.acknowledged_by, raised.due_at) == ("bob", night.clock.at + 30 * MINUTE)
    assert pages(night, number) == []


def test_where_another_says_so_whoever_has_it_is_paged_first_and_then_the_list(night: Night) -> None:
    number = opened(night, Priority.NORMAL, MONDAY)
    night.runtime.respond.acknowledge(number, engineer="bob", via="SMS")
    raised = change(night, number, Priority.PRODUCTION_DOWN, by="alice")
    assert (raised.state, raised.responded_at) == (IncidentState.TRIGGERED, None)
    assert [page.recipient for page in pages(night, number)][:1] == ["bob"]
    ticking(night, 6 * MINUTE)
    assert "alice" in {page.recipient for page in pages(night, number)}


def test_the_same_priority_once_more_changes_nothing(night: Night) -> None:
    number = opened(night, Priority.NORMAL, MONDAY)
    before = night.incident(number)
    outcome = night.runtime.prioritising.change(number, priority=Priority.NORMAL, by="alice", via="dashboard")
    assert (outcome.kind.value, night.incident(number)) == ("unchanged", before)


def test_what_is_over_keeps_its_priority_and_may_still_be_marked_as_major(night: Night) -> None:
    number = opened(night, Priority.PRODUCTION_DOWN)
    night.runtime.respond.resolve(number, engineer="alice", note="", via="SMS")
    assert change(night, number, Priority.NORMAL).priority is Priority.PRODUCTION_DOWN
    night.runtime.prioritising.mark_major(number, by="alice", via="dashboard")
    assert night.incident(number).major
