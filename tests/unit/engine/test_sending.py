"""Sending: at least once and seldom twice (promise 6), and what follows a failure (promise 9)."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from oncall.core.delivery import Delivery, DeliveryKind, DeliveryState
from oncall.engine.departure import Departure
from oncall.engine.leases import LEASE_FOR, SEND_FOR, SKEW_FOR
from oncall.errors import (
    BusyError,
    OutcomeUnknownError,
    RecipientError,
    SetupError,
    StoreUnavailableError,
    TransientError,
)
from oncall.ports import Message, Receipt
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import ALICE, CALL, EMAIL, JANE, MINUTE, SECOND, SMS, STRANGER, YAML, Night


def test_a_dead_workers_delivery_is_taken_over_once_its_lease_has_run_out(night: Night) -> None:
    """linkedin/iris#343: rows that nobody sends, with no error anywhere."""
    night.phoned()
    night.clock.at += MINUTE
    with night.database.begin() as uow:
        due = uow.incidents.due(night.clock.at, 9)
    assert len(due) == 1
    night.runtime.engine._tick.run(night.clock.at)
    with night.database.begin() as uow:
        died = uow.deliveries.claim_due(
            night.clock.at, worker="dead", lease_until=night.clock.at + 15 * SECOND, limit=9
        )
    assert died
    night.turn()
    assert not night.calls.sent
    night.later(14 * SECOND)
    assert not night.calls.sent
    night.later(SECOND)
    assert night.calls.to(ALICE)
    assert night.calls.looked_up, "the dead worker may have sent it: the provider is asked first"


def test_rows_that_are_slow_as_a_page_leaves_do_not_use_up_its_lease(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another engine would take it over, and look for it, while it is being sent."""
    plain, left = Departure.prepared, list[timedelta]()

    def slow(of: Departure, delivery: Delivery, message: Message, claimed_for: str) -> Message:
        night.clock.at += 12 * SECOND
        return plain(of, delivery, message, claimed_for)

    def send(message: Message) -> Receipt:
        with night.database.read() as uow:
            page = uow.deliveries.get(message.delivery_id)
        assert page is not None
        assert page.lease_until is not None
        left.append(page.lease_until - night.clock.at)
        return Receipt("CA1", "queued")

    monkeypatch.setattr(Departure, "prepared", slow)
    monkeypatch.setattr(night.calls, "send", send)
    night.paged()
    assert left
    assert min(left) >= SEND_FOR + SKEW_FOR


def test_a_send_that_may_have_gone_is_looked_up_and_not_repeated(night: Night) -> None:
    night.calls.raises = [OutcomeUnknownError("no answer in ten seconds")]
    night.calls.found = Receipt("CA777", "ringing")
    incident = night.paged()
    first = next(page for page in night.pages(incident.number) if page.method is CALL)
    night.later(6 * SECOND)
    assert [message.delivery_id for message in night.calls.sent].count(first.id) == 1
    after = next(page for page in night.pages(incident.number) if page.id == first.id)
    assert (after.state, after.provider_id) == (DeliveryState.SENT, "CA777")


def test_a_send_that_may_have_gone_and_is_not_found_is_repeated(night: Night) -> None:
    night.calls.raises = [OutcomeUnknownError("no answer in ten seconds")]
    incident = night.paged()
    first = next(page for page in night.pages(incident.number) if page.method is CALL)
    night.later(6 * SECOND)
    assert [message.delivery_id for message in night.calls.sent].count(first.id) == 2


def test_a_call_in_doubt_is_not_made_again_once_somebody_has_acknowledged_while_it_was_looked_for(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    def looked_for(*_: object) -> None:
        night.runtime.respond.acknowledge(incident.number, engineer="bob", via="test")

    night.calls.raises = [OutcomeUnknownError("no answer in ten seconds")]
    incident = night.paged()
    monkeypatch.setattr(night.calls, "find", looked_for)
    before = len(night.calls.sent)
    night.later(MINUTE)
    assert len(night.calls.sent) == before


@pytest.mark.parametrize("error", [OutcomeUnknownError("no answer in ten seconds"), TransientError("away")])
def test_a_call_of_which_a_callback_told_before_its_answer_was_missed_rings_once(
    night: Night, error: Exception
) -> None:
    def rings(message: Message) -> None:
        night.calls.before = lambda _message: None
        night.runtime.deliveries.provider_said(
            delivery_id=message.delivery_id, provider_id="CA777", status="ringing", error_code=""
        )

    night.calls.raises, night.calls.before = [error], rings
    incident = night.paged()
    first = night.page(incident.number)
    assert first.provider_id == "CA777"
    night.later(20 * SECOND)
    assert [message.delivery_id for message in night.calls.sent] == [first.id]


def test_a_text_that_is_refused_just_after_somebody_has_acknowledged_stays_cancelled(night: Night) -> None:
    def acknowledged(_message: Message) -> None:
        night.texts.before = lambda _message: None
        night.runtime.respond.acknowledge(incident.number, engineer="alice", via="test")

    night.texts.raises, night.texts.before = [TransientError("away")], acknowledged
    incident = night.phoned()
    night.runtime.intake.caller_finished("CA-jane")
    night.later(MINUTE)
    texts = [page for page in night.pages(incident.number) if page.method is SMS]
    assert {page.state for page in texts} == {DeliveryState.CANCELLED}
    assert [message.delivery_id for message in night.texts.to(ALICE)] == [texts[0].id]


def test_a_refusal_that_comes_once_another_engine_has_taken_over_leaves_it_to_that_one(night: Night) -> None:
    def stand_still(_message: Message) -> None:
        night.calls.before = lambda _message: None
        night.clock.at += LEASE_FOR + SECOND
        with night.database.begin() as uow:
            uow.deliveries.claim_due(night.clock.at, worker="other", lease_until=night.clock.at + LEASE_FOR, limit=9)

    night.calls.raises, night.calls.before = [TransientError("away")], stand_still
    incident = night.phoned()
    night.runtime.intake.caller_finished("CA-jane")
    night.runtime.engine.run_once()
    taken = next(page for page in night.pages(incident.number) if page.method is CALL and page.attempts)
    assert (taken.state, taken.claimed_by, taken.attempts, taken.settled) == (DeliveryState.CLAIMED, "other", 2, 0)


def test_a_refused_repeat_of_a_send_in_doubt_asks_again_before_the_next(night: Night) -> None:
    """While the provider was away the look-up could not tell; once it is back it can."""
    night.texts.raises = [OutcomeUnknownError("timeout"), TransientError("away"), TransientError("away")]
    incident = night.paged()
    text = next(page for page in night.pages(incident.number) if page.method.value == "sms")
    night.later(6 * SECOND)
    night.texts.found = Receipt("SM777", "sent")
    night.later(30 * SECOND)
    sends = [message.delivery_id for message in night.texts.sent].count(text.id)
    assert sends == 2
    after = next(page for page in night.pages(incident.number) if page.id == text.id)
    assert after.provider_id == "SM777"


def test_an_error_that_nobody_foresaw_loses_no_page(night: Night) -> None:
    night.calls.raises = [ZeroDivisionError("a mistake of ours")]
    night.paged()
    night.later(10 * SECOND)
    assert len(night.calls.to(ALICE)) >= 2
    assert any(event == "dispatch.failed" for event, _ in night.logged)


def test_a_mistake_of_ours_in_a_worker_is_logged_and_ends_nothing(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    dispatch = night.runtime.engine._dispatch
    monkeypatch.setattr(dispatch._receipts, "record", lambda *_: 1 // 0)
    night.paged()
    assert any(event == "job.failed" for event, _ in night.logged)
    monkeypatch.undo()
    night.calls.found = Receipt("CA777", "ringing")
    sent_before = len(night.calls.to(ALICE))
    night.later(21 * SECOND)
    assert len(night.calls.to(ALICE)) == sent_before, "it is looked up, not repeated"


def test_an_incident_that_cannot_be_read_holds_up_no_page_that_was_claimed_with_it(night: Night) -> None:
    spoilt, other = night.phoned(), night.phoned(sid="CA-other", number=STRANGER)
    night.clock.at += MINUTE
    night.runtime.engine._tick.run(night.clock.at)
    with night.database._engine.begin() as connection:
        connection.execute(text("UPDATE incidents SET state = 'nonsense' WHERE number = :n"), {"n": spoilt.number})
    night.turn()
    assert {page.state for page in night.pages(other.number) if page.due_at <= night.clock.at} == {DeliveryState.SENT}
    assert any(event == "dispatch.read_apart" for event, _ in night.logged)


def test_the_database_away_after_a_send_is_made_good_by_a_look_up(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(self: SqlDatabase) -> object:
        raise StoreUnavailableError("the database is away")

    night.calls.before = lambda _message: monkeypatch.setattr(SqlDatabase, "begin", away)
    night.phoned()
    night.runtime.intake.caller_finished("CA-jane")
    night.turn()
    assert any(event == "job.database_away" for event, _ in night.logged)
    monkeypatch.undo()
    night.calls.before = lambda _message: None
    night.calls.found = Receipt("CA1", "ringing")
    night.later(20 * SECOND)
    assert len(night.calls.to(ALICE)) == 1


def test_a_setup_error_tells_the_operators_by_email_at_once_and_only_once(night: Night) -> None:
    """VA notification-api#1376: new carrier codes fell through as unexplained failures."""
    for channel in (night.calls, night.texts):
        channel.always = SetupError("not registered for texts to the United States", code="30034")
    night.paged()
    read = night.operators_read()
    assert "until our account or settings are mended" in read
    before = read.count("by sms until our account")
    night.later(5 * MINUTE)
    assert night.operators_read().count("by sms until our account") == before == 1


def test_a_contact_method_that_is_not_connected_goes_to_the_next_rule(night: Night) -> None:
    del night.runtime.engine._dispatch._channels[CALL]  # type: ignore[attr-defined]
    incident = night.paged()
    assert night.texts.to(ALICE)
    assert "not connected here" in night.timeline(incident.number)
    assert "not connected here" in night.operators_read()


def notices(night: Night, number: int) -> list[tuple[str, str]]:
    made = [one for one in night.deliveries(number) if one.kind is DeliveryKind.NOTICE]
    return [(one.method.value, one.state.value) for one in sorted(made, key=lambda one: one.position)]


@pytest.mark.parametrize("code", ["21610", "21614", "30006"])
def test_a_customer_whom_texts_cannot_reach_is_called_at_once(night: Night, code: str) -> None:
    """target/goalert#1600, #2507: landlines and numbers that replied STOP must be permanent, and visible."""
    night.texts.before = lambda message: _refuse(message, RecipientError("cannot be texted", code=code))
    incident = night.paged()
    assert [message.to for message in night.calls.sent].count(JANE) == 1
    assert notices(night, incident.number) == [("sms", "failed"), ("call", "sent")]
    assert code in night.timeline(incident.number)


def _refuse(message: Message, error: Exception) -> None:
    if message.to == JANE:
        raise error


def test_a_text_that_fails_after_the_provider_took_it_is_spoken_too(night: Night) -> None:
    incident = night.paged()
    notice = next(one for one in night.deliveries(incident.number) if one.kind is DeliveryKind.NOTICE)
    for _ in range(2):
        night.said(notice, "undelivered", "30006")
        night.turn()
    assert [message.to for message in night.calls.sent].count(JANE) == 1


def test_a_customer_who_does_not_answer_is_called_three_times_and_then_the_operators_know(night: Night) -> None:
    night.texts.before = lambda message: _refuse(message, RecipientError("a landline", code="21614"))
    incident = night.paged()
    for _ in range(4):
        ringing = [
            one
            for one in night.deliveries(incident.number)
            if one.kind is DeliveryKind.NOTICE and one.method is CALL and one.state is DeliveryState.SENT
        ]
        for call in ringing:
            night.said(call, "no-answer")
        night.later(2 * MINUTE)
    assert len(night.calls.to(JANE)) == 3
    assert "could not be told (received)" in night.operators_read()


def test_a_permanent_refusal_is_never_repeated(night: Night) -> None:
    """VA notification-api#1703: a permanent 400 was retried for 24 hours and starved every other message."""
    night.calls.raises = [RecipientError("not a number", code="21211")]
    incident = night.paged()
    refused = next(page for page in night.pages(incident.number) if page.error_code == "21211")
    night.later(timedelta(minutes=4))
    assert [message.delivery_id for message in night.calls.sent].count(refused.id) == 1


def test_two_engines_on_one_database_never_send_one_delivery_twice(database: SqlDatabase) -> None:
    here, there = Night(database, prefix="a"), Night(database, prefix="b")
    incident = here.phoned()
    for night in (here, there):
        night.clock.at += MINUTE
    for _ in range(3):
        here.runtime.engine.run_once()
        there.runtime.engine.run_once()
    ids = [m.delivery_id for night in (here, there) for c in (night.calls, night.texts) for m in c.sent]
    assert len(ids) == len(set(ids))
    assert len([page for page in here.pages(incident.number) if page.sent_at]) == 2


def test_email_is_done_when_it_was_handed_over(night: Night) -> None:
    with night.database.begin() as uow:
        night.runtime.operators.tell(uow, "test", "a test", night.clock.at)
    night.turn()
    with night.database.read() as uow:
        assert uow.deliveries.counts()[(EMAIL, DeliveryState.DELIVERED)] == 1


def test_a_page_that_the_provider_refuses_for_a_while_goes_when_it_may_and_by_other_ways_meanwhile(
    night: Night,
) -> None:
    night.texts.raises = [BusyError("too many requests at once", wait_for=30 * SECOND, code="20429")]
    night.paged()
    assert night.calls.to(ALICE), "the call did not wait for the text"
    night.later(29 * SECOND)
    assert len(night.texts.to(ALICE)) == 1
    night.later(SECOND)
    assert len(night.texts.to(ALICE)) == 2


def test_a_page_in_doubt_is_not_left_for_hours_to_a_provider_that_asks_for_them(night: Night) -> None:
    night.calls.raises = [OutcomeUnknownError("no answer")]
    incident = night.paged()
    first = next(page for page in night.pages(incident.number) if page.method is CALL)
    night.calls.always = BusyError("overloaded", wait_for=timedelta(hours=3))
    night.later(6 * SECOND)
    assert [message.delivery_id for message in night.calls.sent].count(first.id) == 2
    night.calls.always = None
    night.later(MINUTE)
    assert [message.delivery_id for message in night.calls.sent].count(first.id) == 3


def test_a_customer_whom_no_text_reached_before_the_engineer_fell_silent_hears_who_has_it_in_the_end(
    database: SqlDatabase,
) -> None:
    """A notice that waits is let go while nobody has it; that it is no news was true of those who had heard it."""
    steps = "steps: [{page: [production], wait: 5m}, {page: [backup], wait: 5m}]"
    night = Night(database, yaml=YAML.replace(steps, f"{steps}\n    acknowledge_timeout: 5m", 1))
    night.paged()
    night.texts.always = TransientError("away", code="20503")
    night.runtime.respond.acknowledge(1001, engineer="alice", via="dashboard")
    night.later(6 * MINUTE)
    assert not night.incident(1001).held
    night.runtime.respond.acknowledge(1001, engineer="alice", via="dashboard")
    night.texts.always = None
    night.later(4 * MINUTE)
    taken = [one for one in night.deliveries(1001) if one.address == JANE and one.sent_at is not None]
    assert [one.purpose for one in taken] == ["received", "acknowledged"]


def test_a_customer_who_has_heard_who_has_it_hears_it_once_though_the_engineer_fell_silent(night: Night) -> None:
    night.paged()
    night.runtime.respond.acknowledge(1001, engineer="alice", via="dashboard")
    night.later(31 * MINUTE)
    assert not night.incident(1001).held
    night.runtime.respond.acknowledge(1001, engineer="alice", via="dashboard")
    night.later(4 * MINUTE)
    told = [one.purpose for one in night.deliveries(1001) if one.address == JANE]
    assert told == ["received", "acknowledged"]


@pytest.mark.parametrize("how", ["passed on", "fell silent"])
def test_a_customer_of_whose_notices_each_was_overtaken_before_it_went_hears_in_the_end_that_we_are_on_it(
    database: SqlDatabase, how: str
) -> None:
    steps = "steps: [{page: [production], wait: 5m}, {page: [backup], wait: 5m}]"
    night = Night(database, yaml=YAML.replace(steps, f"{steps}\n    acknowledge_timeout: 5m", 1))

    def jane_cannot_be_reached(message: Message) -> None:
        if message.to == JANE:
            raise TransientError("away", code="20503")

    night.texts.before = jane_cannot_be_reached
    night.paged()
    night.runtime.respond.acknowledge(1001, engineer="alice", via="dashboard")
    night.later(MINUTE)
    if how == "passed on":
        night.runtime.respond.pass_on(1001, engineer="alice", via="dashboard")
    night.later(6 * MINUTE)
    assert not night.incident(1001).held
    night.texts.before = lambda _message: None
    night.later(2 * MINUTE)
    taken = [one for one in night.deliveries(1001) if one.address == JANE and one.sent_at is not None]
    assert [one.purpose for one in taken] == ["received"]
    night.runtime.respond.acknowledge(1001, engineer="bob", via="dashboard")
    night.later(MINUTE)
    taken = [one for one in night.deliveries(1001) if one.address == JANE and one.sent_at is not None]
    assert [one.purpose for one in taken] == ["received", "acknowledged"]
