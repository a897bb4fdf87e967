"""Whatever way a delivery did not reach somebody, the next method goes at once: pages, notices, operators."""

from contextlib import closing

import pytest

from oncall.core.delivery import Delivery, DeliveryKind, DeliveryState
from oncall.store import open_store
from oncall.store.deliveries import SqlDeliveries
from tests.unit.engine.hotline import ALICE, CALL, JANE, MINUTE, NIGHT, SECOND, SMS, Night

DANA = "+32470000004"


def the_operators_call(night: Night) -> Delivery:
    """The operators are told of something, by call among others."""
    with night.database.begin() as uow:
        night.runtime.operators.tell(uow, "audit", "The service needs help.", night.clock.now())
    night.turn()
    with night.database.read() as uow:
        ids = [message.delivery_id for message in night.calls.to(DANA)]
        found = uow.deliveries.get(ids[0])
    assert found is not None
    return found


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed", "canceled", "completed"])
def test_a_page_by_call_that_reached_nobody_is_followed_by_the_next_call_at_once(night: Night, status: str) -> None:
    page = night.page(night.paged().number)
    assert len(night.calls.to(ALICE)) == 1
    night.said(page, status)
    night.turn()
    assert len(night.calls.to(ALICE)) == 2, "its rule would have been due two minutes later"


@pytest.mark.parametrize("status", ["failed", "undelivered", "canceled"])
def test_a_page_by_text_that_did_not_arrive_is_no_second_call_while_the_next_method_is_out(
    night: Night, status: str
) -> None:
    page = night.page(night.paged().number, SMS)
    night.said(page, status, "30005")
    night.turn()
    assert len(night.calls.to(ALICE)) == 1, "her telephone rings already"
    night.said(night.page(page.incident or 0), "busy")
    night.turn()
    assert len(night.calls.to(ALICE)) == 2


@pytest.mark.parametrize("status", ["failed", "undelivered", "canceled"])
def test_a_notice_by_text_that_did_not_arrive_is_spoken_at_once(night: Night, status: str) -> None:
    incident = night.paged()
    notice = next(one for one in night.deliveries(incident.number) if one.kind is DeliveryKind.NOTICE)
    night.said(notice, status, "30006")
    night.turn()
    assert len(night.calls.to(JANE)) == 1


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed", "canceled"])
def test_an_operator_whom_a_call_did_not_reach_is_called_again_at_once(night: Night, status: str) -> None:
    night.turn()
    call = the_operators_call(night)
    assert (call.method, call.state, call.created_at) == (CALL, DeliveryState.SENT, NIGHT)
    night.said(call, status)
    night.turn()
    assert len(night.calls.to(DANA)) == 2


def test_a_line_that_is_busy_with_our_own_call_is_called_again_when_that_may_have_ended(night: Night) -> None:
    """All of somebody's calls at once would find their line busy, and be used up within seconds."""
    first, second = night.paged(), night.phoned(sid="CA-second", number="+32470333333")
    night.runtime.intake.caller_finished("CA-second")
    night.turn()
    night.said(night.page(first.number), "in-progress")
    night.said(night.page(second.number), "busy")
    with night.database.read() as uow:
        calls = [one for one in uow.deliveries.of(second.number) if one.method is CALL]
    [again] = [one for one in calls if one.state is DeliveryState.WAITING]
    assert 30 * SECOND < again.due_at - night.clock.at <= MINUTE


@pytest.mark.postgres
def test_a_rule_that_another_engine_claims_while_it_is_brought_forward_goes_once(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read of the run of rules may be the past by the time that it is stored: SQLite has one writer."""
    with closing(open_store(postgres_url)) as database:
        night = Night(database)
        page = night.page(night.paged().number)
        of_chain = SqlDeliveries.chain

        def claimed_meanwhile(self: SqlDeliveries, chain: str) -> list[Delivery]:
            found = of_chain(self, chain)
            if not claimed:
                ahead = night.clock.at + 3 * MINUTE
                with database.begin() as uow:
                    claimed.extend(uow.deliveries.claim_due(ahead, worker="ahead", lease_until=ahead + MINUTE, limit=9))
            return found

        claimed: list[Delivery] = []
        monkeypatch.setattr(SqlDeliveries, "chain", claimed_meanwhile)
        night.said(page, "no-answer")
        assert [one.method for one in claimed] == [CALL]
        with database.read() as uow:
            after = uow.deliveries.get(claimed[0].id)
        assert after is not None
        assert (after.state, after.claimed_by, after.attempts) == (DeliveryState.CLAIMED, "ahead", 1)
