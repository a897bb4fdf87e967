"""A promise is broken at its instant and kept at its last; what is quiet is brought to mind, and pages nobody."""

from typing import Any

import pytest

from oncall.core.incident import Incident, IncidentState
from oncall.core.reported import Kept, promise
from oncall.core.sla import Priority, PromiseStage
from oncall.engine import promise_watch
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import ALICE, BOB, DANA, JANE, MINUTE, YAML, Night
from tests.unit.engine.partners import OPS, Connected
from tests.unit.engine.promised import (
    DAY,
    HOUR,
    MONDAY,
    TERMS,
    change,
    opened,
    pages,
    texts_of,
    ticking,
    told,
    whole_team_paged_at,
)


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
