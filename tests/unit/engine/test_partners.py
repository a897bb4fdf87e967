"""Partners hear of every incident: stored with what caused it, sent afterwards, tried again, never in a page's way."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event

from oncall.core.call import RecordingPart
from oncall.core.incident import IncidentState
from oncall.core.partner_event import Ending, EventType, PartnerEvent
from oncall.engine.partner_sending import MOST_AT_ONCE
from oncall.errors import BusyError, GoneError, OutcomeUnknownError, RecipientError, SetupError
from oncall.ports import PartnerAnswer
from oncall.store import SqlDatabase, driver
from tests.unit.engine.hotline import JANE, MINUTE, SECOND, YAML, Night
from tests.unit.engine.partners import HOUR, OPS, Connected


@pytest.fixture
def connected(database: SqlDatabase) -> Connected:
    return Connected(database)


def test_every_event_of_an_incident_is_heard_in_the_state_that_it_was_then(connected: Connected) -> None:
    night = connected
    number = night.paged().number
    night.later(5 * MINUTE)
    respond = night.runtime.respond
    respond.acknowledge(number, engineer="alice", via="SMS")
    respond.update(number, engineer="alice", note="we look at it", via="SMS")
    respond.note(number, by="Bob", note="disk", via="command line")
    respond.pass_on(number, engineer="alice", via="SMS")
    night.turn()
    respond.acknowledge(number, engineer="bob", via="SMS")
    night.later(31 * MINUTE)
    respond.resolve(number, engineer="bob", note="", via="SMS")
    respond.reopen(number, by="the customer", via="SMS")
    night.turn()
    others = {EventType.PROMISE_HALF, EventType.PROMISE_SOON, EventType.BREACHED, EventType.UNATTENDED}
    assert set(night.listener.heard()) == set(EventType) - others
    states = {event.type: json.loads(event.body)["data"]["state"] for event in night.listener.took}
    assert states["incident.resolved"] == "resolved"
    assert states["incident.unacknowledged"] == "triggered"
    assert set(night.listener.heard("webhook:page")) == {EventType.OPENED, EventType.RESOLVED}
    assert {event.ending for event in night.told(number)} == {Ending.SENT}
    assert {event.body for event in night.told(number)} == {""}


def test_a_list_that_finds_nobody_is_heard_of_at_every_round(database: SqlDatabase) -> None:
    yaml = YAML.replace("escalation_policy: production-down", "escalation_policy: nobody-at-all", 1) + OPS
    night = Connected(database, yaml=yaml)
    number = night.phoned().number
    night.turn()
    for _ in range(4):
        night.later(MINUTE)
    unattended = [json.loads(event.body)["data"] for event in night.listener.took if event.type == EventType.UNATTENDED]
    assert [data["number"] for data in unattended] == [number] * 4
    assert unattended[0]["state"] == "triggered"
    assert "no step of the escalation list found anybody on call" in unattended[0]["timeline"][-1]["text"]
    assert EventType.PAGED not in night.listener.heard()


def test_what_the_customer_says_meanwhile_is_heard_too(connected: Connected) -> None:
    night = connected
    night.paged()
    night.runtime.texts.received(sid="SM-jane", from_number=JANE, body="the shop is down as well")
    night.runtime.intake.recording_arrived(
        call_sid="CA-jane", recording_sid="RE1", part=RecordingPart.PROBLEM, duration_seconds=9
    )
    night.runtime.intake.transcript_arrived(call_sid="CA-jane", recording_sid="RE1", text="Nothing loads.")
    night.turn()
    noted = [json.loads(event.body) for event in night.listener.took if event.type == EventType.NOTED]
    said = [body["data"]["timeline"][-1]["text"] for body in noted]
    assert said == [
        "Text from ACME Shop: the shop is down as well",
        "Transcript of the caller's problem: Nothing loads.",
    ]


def test_an_acknowledgement_that_time_makes_enough_is_heard_of(database: SqlDatabase) -> None:
    """Two were wanted, and nobody else is left to page: it is acknowledged from then on."""
    yaml = (YAML + OPS).replace("escalation_policy: production-down", "escalation_policy: two-of-one", 1)
    night = Connected(database, yaml=yaml)
    number = night.paged().number
    night.runtime.respond.acknowledge(number, engineer="alice", via="SMS")
    night.later(6 * MINUTE)
    states = [json.loads(event.body)["data"]["state"] for event in night.listener.took if event.incident == number]
    assert night.incident(number).state is IncidentState.ACKNOWLEDGED
    assert states[-1] == "acknowledged"
    assert night.listener.heard()[-1] == EventType.ACKNOWLEDGED


def test_the_callers_number_leaves_only_where_that_is_wanted(connected: Connected) -> None:
    number = connected.phoned().number
    connected.turn()
    bodies = {event.partner: event.body for event in connected.listener.took if event.incident == number}
    assert JANE not in bodies["webhook:ops"]
    assert "caller_number" not in bodies["webhook:ops"]
    assert json.loads(bodies["webhook:page"])["data"]["caller_number"] == JANE
    assert JANE not in json.dumps(connected.pagerduty.taken)


def test_a_number_that_a_customer_texts_leaves_only_where_that_is_wanted_however_it_is_written(
    connected: Connected,
) -> None:
    connected.paged()
    connected.runtime.texts.received(sid="SM-jane", from_number=JANE, body="call my colleague on 0471 22 33 44")
    connected.turn()
    bodies = {event.partner: event.body for event in connected.listener.took if event.type == EventType.NOTED}
    assert "0471 22 33 44" not in bodies["webhook:ops"]
    assert "call my colleague on …44" in json.loads(bodies["webhook:ops"])["data"]["timeline"][-1]["text"]


def test_nothing_is_stored_where_no_partner_is_configured(night: Night) -> None:
    number = night.paged().number
    night.runtime.respond.resolve(number, engineer="alice", note="", via="SMS")
    with night.database.read() as uow:
        assert uow.partner_events.of(number) == []


def test_an_event_is_stored_with_what_caused_it_or_not_at_all(connected: Connected) -> None:
    number = connected.paged().number
    before = len(connected.told(number))
    with pytest.raises(RuntimeError), connected.database.begin() as uow:
        connected.runtime.respond.acknowledge(number, engineer="alice", via="SMS", uow=uow)
        raise RuntimeError
    assert len(connected.told(number)) == before


def test_what_is_not_taken_is_tried_again_with_the_same_id_and_body(connected: Connected) -> None:
    night = connected
    night.listener.raises["webhook:ops"] = OutcomeUnknownError("no answer")
    number = night.phoned().number
    night.turn()
    night.later(2 * MINUTE)
    tries = [event for event, _ in night.listener.tried if event.partner == "webhook:ops" and "opened" in event.type]
    assert len(tries) > 2
    assert len({(event.id, event.body) for event in tries}) == 1
    night.listener.raises.clear()
    night.later(HOUR)
    assert set(night.listener.heard()) >= {EventType.OPENED, EventType.PAGED}
    assert all(event.ending is Ending.SENT for event in night.told(number))


def test_a_webhook_that_is_away_for_three_days_is_given_up_and_the_operators_are_told(connected: Connected) -> None:
    night = connected
    night.listener.raises["webhook:page"] = OutcomeUnknownError("no answer")
    number = night.phoned().number
    night.turn()
    night.runtime.respond.resolve(number, engineer="alice", note="", via="SMS")
    night.later(timedelta(days=3, hours=5))
    given_up = [event for event in night.told(number) if event.ending is Ending.GIVEN_UP]
    assert [event.type for event in given_up] == [EventType.OPENED, EventType.RESOLVED]
    assert all(event.body == "" and event.problem == "no answer" for event in given_up)
    told = night.operators_read()
    assert "webhook:page does not hear of incidents" in told
    assert f"An event of incident {number} for webhook:page was given up" in told
    assert len(night.listener.heard()) == 2


def test_a_partner_that_asks_for_patience_is_left_alone_so_long(connected: Connected) -> None:
    night = connected
    night.listener.raises["webhook:ops"] = BusyError("HTTP 429", wait_for=10 * MINUTE)
    night.phoned()
    night.turn()
    tries = len(night.listener.tried)
    night.listener.raises.clear()
    night.later(9 * MINUTE)
    opened = [event for event, _ in night.listener.tried[tries:] if event.type == EventType.OPENED]
    assert opened == []
    night.later(2 * MINUTE)
    assert EventType.OPENED in night.listener.heard()


def test_one_that_is_gone_gets_nothing_more_until_it_has_another_url(connected: Connected) -> None:
    night = connected
    night.listener.raises["webhook:ops"] = GoneError("HTTP 410")
    first = night.phoned().number
    night.turn()
    night.listener.raises.clear()
    night.runtime.respond.resolve(first, engineer="alice", note="", via="SMS")
    night.turn()
    assert night.listener.heard() == []
    assert "The webhook ops gets no events any more" in night.operators_read()
    assert "ops.example/hook" not in night.operators_read()
    with night.database.begin() as uow:
        moved = (YAML + OPS).replace("ops.example/hook", "ops.example/again")
        uow.schedule_versions.publish({"all.yaml": moved}, fingerprint="g", author="test", now=night.clock.at)
    night.later(2 * SECOND)
    night.phoned(sid="CA-second")
    night.turn()
    assert night.listener.heard() == [EventType.OPENED]


def test_a_missing_secret_is_told_to_the_operators_at_once(connected: Connected) -> None:
    connected.listener.raises["webhook:ops"] = SetupError("it has no secret; set ONCALL_WEBHOOK_OPS_SECRET")
    connected.phoned()
    connected.turn()
    connected.turn()
    assert "set ONCALL_WEBHOOK_OPS_SECRET" in connected.operators_read()


def test_pagerduty_is_told_in_order_however_long_it_was_away(connected: Connected) -> None:
    night = connected
    night.pagerduty.away = lambda: True
    number = night.paged().number
    night.runtime.respond.acknowledge(number, engineer="alice", via="SMS")
    night.runtime.respond.resolve(number, engineer="alice", note="", via="SMS")
    night.turn()
    night.later(HOUR)
    assert night.pagerduty.taken == []
    night.pagerduty.away = lambda: False
    night.later(HOUR)
    key = str(number)
    assert night.pagerduty_heard() == [("trigger", key), ("acknowledge", key), ("resolve", key)]
    night.runtime.respond.reopen(number, by="Jane", via="SMS")
    night.turn()
    assert night.pagerduty_heard()[-1] == ("trigger", key)
    assert [alert.state for alert in night.pagerduty.alerts] == ["resolved", "triggered"]


def test_an_event_that_pagerduty_refuses_holds_up_nothing_behind_it(
    connected: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_event: PartnerEvent, _url: str) -> None:
        raise RecipientError("HTTP 400")

    night = connected
    with monkeypatch.context() as patched:
        patched.setattr(night.pagerduty, "send", refuse)
        number = night.phoned().number
        night.turn()
    night.runtime.respond.resolve(number, engineer="alice", note="", via="SMS")
    night.turn()
    assert night.pagerduty_heard() == [("resolve", str(number))]
    assert "was given up" in night.operators_read()


def test_a_stranger_who_may_have_misdialled_triggers_nothing_until_paged_for(connected: Connected) -> None:
    night = connected
    stranger = night.phoned(sid="CA-s", number="+32470999999").number
    night.turn()
    assert night.pagerduty.taken == []
    night.later(2 * MINUTE)
    assert night.pagerduty_heard() == [("trigger", str(stranger))]


def test_a_screened_call_never_reaches_pagerduty(connected: Connected) -> None:
    night = connected
    number = night.phoned(sid="CA-s", number="+32470999999").number
    night.runtime.intake.call_status(sid="CA-s", status="completed", from_number="", to_number="")
    night.later(5 * MINUTE)
    assert night.incident(number).resolution is not None
    assert night.pagerduty.taken == []


def test_a_partner_that_hangs_never_has_more_than_its_share_of_the_workers(connected: Connected) -> None:
    night = connected
    for index in range(30):
        night.phoned(sid=f"CA-{index}")
    engine = night.runtime.engine
    with night.database.read() as uow:
        assert uow.partner_events.next_due_at("webhook:ops") is not None
    claimed = engine._partners.claim(night.clock.at, 16)
    assert len(claimed) == 4
    assert (
        max([event.partner for event in claimed].count(name) for name in ("pagerduty", "webhook:ops")) == MOST_AT_ONCE
    )
    assert engine._partners.claim(night.clock.at, 16) == []
    assert engine._partners.claim(night.clock.at, 1) == []


def test_a_worker_that_died_with_an_event_in_hand_leaves_it_to_another(database: SqlDatabase) -> None:
    dead, living = Connected(database), Connected(database, prefix="b")
    dead.phoned()
    assert dead.runtime.engine._partners.claim(dead.clock.at, 16)
    living.turn()
    living.later(MINUTE)
    assert EventType.OPENED in living.listener.heard()


def test_an_operator_who_is_paged_about_it_hears_once_a_day(connected: Connected) -> None:
    night = connected
    night.listener.raises["webhook:ops"] = SetupError("HTTP 302")
    for index in range(5):
        night.phoned(sid=f"CA-{index}")
        night.later(MINUTE)
    assert night.operators_read().count("webhook:ops does not hear") == 1


def test_what_was_told_of_incidents_long_over_is_forgotten_a_little_at_a_time(connected: Connected) -> None:
    over, still_open = connected.paged().number, connected.phoned(sid="CA-2").number
    connected.turn()
    connected.runtime.respond.resolve(over, engineer="alice", note="", via="SMS")
    connected.later(MINUTE)
    told = len(connected.told(over)), len(connected.told(still_open))
    assert min(told) > 2
    with connected.database.begin() as uow:
        assert uow.partner_events.forget(connected.clock.at + MINUTE, limit=2) == 2
    assert len(connected.told(over)) == told[0] - 2
    connected.clock.at += timedelta(days=31)
    connected.turn()
    connected.later(2 * SECOND)
    assert connected.told(over) == []
    assert len(connected.told(still_open)) >= told[1]


def heard(answer_id: str, at: datetime, incident: int | None, *, due_at: datetime | None = None) -> PartnerAnswer:
    return PartnerAnswer(answer_id, "incident.acknowledged", f"key-{answer_id}", incident, at, at, due_at=due_at)


def test_what_partners_told_us_of_nothing_that_is_open_is_forgotten_a_little_at_a_time(connected: Connected) -> None:
    over, still_open = connected.paged().number, connected.phoned(sid="CA-2").number
    connected.runtime.respond.resolve(over, engineer="alice", note="", via="SMS")
    old, young = connected.clock.at, connected.clock.at + timedelta(days=5)
    answers = [
        *(heard(f"old-{n}", old, over) for n in range(3)),
        heard("of-none-of-ours", old, None),
        heard("of-what-is-open", old, still_open),
        heard("to-be-looked-up", old, over, due_at=old + timedelta(days=90)),
        heard("young", young, over),
    ]
    with connected.database.begin() as uow:
        assert all(uow.partner_answers.add(answer) for answer in answers)
        assert uow.partner_answers.forget(old + MINUTE, limit=2) == 2
    connected.clock.at = old + timedelta(days=31)
    connected.turn()
    connected.later(2 * SECOND)
    with connected.database.read() as uow:
        left = [answer.id for answer in answers if uow.partner_answers.get(answer.id) is not None]
    assert left == ["of-what-is-open", "to-be-looked-up", "young"]


def test_what_a_webhook_that_is_no_longer_configured_was_to_hear_is_forgotten_too(connected: Connected) -> None:
    connected.listener.raises["webhook:ops"] = OutcomeUnknownError("away")
    number = connected.paged().number
    connected.runtime.respond.resolve(number, engineer="alice", note="", via="SMS")
    connected.publish({"all.yaml": YAML})
    connected.turn()
    assert any(event.body for event in connected.told(number))
    connected.clock.at += timedelta(days=31)
    connected.turn()
    assert connected.told(number) == []


def test_a_turn_with_nothing_to_do_asks_the_database_once_however_many_partners_there_are(
    database: SqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = Connected(database)
    night.turn()
    asked: list[str] = []
    straight_to_the_driver = driver.rows

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    def rows(connection: Connection, sql: str, parameters: Any) -> Any:
        asked.append(sql)
        return straight_to_the_driver(connection, sql, parameters)

    monkeypatch.setattr(driver, "rows", rows)
    night.clock.at += timedelta(milliseconds=1)
    event.listen(database._engine, "before_cursor_execute", note)
    assert night.runtime.engine.run_once() == 0
    event.remove(database._engine, "before_cursor_execute", note)
    assert len(asked) == 1, asked
