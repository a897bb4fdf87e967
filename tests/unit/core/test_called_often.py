"""Lesson 28: 16 calls within an hour were enough for a carrier to block the number as spam."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from oncall.core.called_often import other_way_first
from oncall.core.delivery import Delivery, DeliveryKind, DeliveryState
from oncall.core.engineer import ContactMethod

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
CALL = Delivery(
    id="call",
    kind=DeliveryKind.PAGE,
    purpose="page",
    incident=1042,
    recipient="alice",
    method=ContactMethod.CALL,
    address="+32470000001",
    created_at=NOW,
    due_at=NOW,
    chain="c",
    state=DeliveryState.CLAIMED,
    attempts=1,
)
TEXT = replace(
    CALL,
    id="text",
    method=ContactMethod.SMS,
    due_at=NOW + timedelta(minutes=2),
    position=1,
    state=DeliveryState.WAITING,
    attempts=0,
)


def test_the_fifteenth_call_goes_as_ever() -> None:
    assert other_way_first(CALL, [CALL, TEXT], calls_before=14, now=NOW) is None


def test_from_the_sixteenth_call_the_other_way_goes_now_and_the_call_in_its_place() -> None:
    swapped = other_way_first(CALL, [CALL, TEXT], calls_before=15, now=NOW)
    assert swapped is not None
    text, call = swapped
    assert (text.id, text.due_at, text.position) == ("text", NOW, 0)
    assert (call.id, call.due_at, call.position) == ("call", TEXT.due_at, 1)
    assert (call.state, call.attempts, call.in_doubt) == (DeliveryState.WAITING, 0, False)


def test_where_there_is_no_other_way_it_is_called_all_the_same() -> None:
    """linkedin/iris: a quota dropped messages."""
    gone = replace(TEXT, state=DeliveryState.SENT, attempts=1, settled=1)
    second_call = replace(TEXT, method=ContactMethod.CALL)
    nowhere = replace(TEXT, address="")
    for chain in ([CALL], [CALL, gone], [CALL, second_call], [CALL, nowhere]):
        assert other_way_first(CALL, chain, calls_before=40, now=NOW) is None


def test_a_call_that_may_have_gone_and_a_call_to_a_customer_are_not_put_off() -> None:
    for call in (replace(CALL, attempts=2), replace(CALL, kind=DeliveryKind.NOTICE)):
        assert other_way_first(call, [call, TEXT], calls_before=40, now=NOW) is None
