"""Two calls of one page, as it seemed that the first had not gone: none rings on once somebody has it."""

from collections.abc import Callable

import pytest

from oncall.core.delivery import Delivery, DeliveryState
from oncall.core.incident import IncidentState
from oncall.core.voice_menu import PageKey
from oncall.errors import OutcomeUnknownError
from oncall.ports import Message
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import ALICE, CALL, MINUTE, SECOND, Night


def says(night: Night, delivery_id: str, sid: str, status: str, provider: str = "one") -> None:
    night.runtime.deliveries.provider_said(delivery_id=delivery_id, provider_id=sid, status=status, provider=provider)


def once(night: Night, do: Callable[[Message], None]) -> None:
    """Happens while the first call is handed over."""

    def first(message: Message) -> None:
        night.calls.before = lambda _message: None
        do(message)

    night.calls.before = first


def page(night: Night) -> Delivery:
    return next(one for one in night.pages(1001) if one.method is CALL)


def test_a_callback_of_another_call_before_the_receipt_leaves_one_call_that_rings(night: Night) -> None:
    """The first provider's call was taken for lost; its callback came while the second provider was asked."""
    once(night, lambda message: says(night, message.delivery_id, "CAone", "ringing"))
    night.paged()
    assert (page(night).provider_id, page(night).provider) == ("CAone", "one")
    assert night.calls.cancelled == ["CA1"]
    assert "A second call to Alice Martin" in night.timeline(1001)
    assert page(night).state is DeliveryState.SENT


def test_a_callback_of_another_call_after_the_receipt_leaves_one_call_that_rings(night: Night) -> None:
    night.paged()
    for status in ("initiated", "ringing", "ringing"):
        says(night, page(night).id, "CAone", status)
        night.turn()
    assert night.calls.cancelled == ["CAone"]
    assert (page(night).provider_id, page(night).state) == ("CA1", DeliveryState.SENT)
    assert night.timeline(1001).count("A second call to Alice Martin") == 1


def test_a_repeat_after_a_look_up_that_found_nothing_is_stopped_when_the_first_rings_after_all(night: Night) -> None:
    night.calls.raises = [OutcomeUnknownError("no answer in ten seconds")]
    night.paged()
    night.later(6 * SECOND)
    rings = page(night)
    says(night, rings.id, "CAlate", "initiated")
    night.turn()
    assert "CAlate" in night.calls.cancelled
    assert page(night).provider_id == rings.provider_id


def test_a_second_call_that_cannot_be_stopped_yet_is_tried_again(night: Night) -> None:
    night.paged()
    night.calls.refuses_to_cancel = True
    says(night, page(night).id, "CAone", "ringing")
    night.turn()
    assert not night.calls.cancelled
    night.calls.refuses_to_cancel = False
    night.later(MINUTE)
    assert night.calls.cancelled[0] == "CAone"


def test_a_second_call_rings_on_where_the_first_has_failed_and_is_stopped_once_somebody_has_it(night: Night) -> None:
    night.paged()
    says(night, page(night).id, "CA1", "failed")
    says(night, page(night).id, "CAone", "ringing")
    night.turn()
    assert not night.calls.cancelled
    night.runtime.respond.acknowledge(1001, engineer="bob", via="dashboard")
    night.turn()
    assert "CAone" in night.calls.cancelled


def test_a_second_call_that_rings_when_somebody_has_it_already_is_stopped(night: Night) -> None:
    night.paged()
    night.runtime.respond.acknowledge(1001, engineer="bob", via="dashboard")
    night.turn()
    says(night, page(night).id, "CAone", "initiated")
    night.turn()
    assert night.calls.cancelled == ["CA1", "CAone"]


def test_a_second_call_that_was_answered_answers_for_the_page_and_its_end_is_known(night: Night) -> None:
    night.paged()
    first = page(night)
    says(night, first.id, "CA1", "busy")
    says(night, first.id, "CAone", "ringing")
    night.runtime.deliveries.call_answered(first.id, "CAone")
    night.runtime.respond.key_pressed(delivery_id=first.id, key=PageKey.ACKNOWLEDGE)
    says(night, first.id, "CAone", "completed")
    night.turn()
    assert night.incident(1001).state is IncidentState.ACKNOWLEDGED
    assert all(one.finished for one in night.pages(1001) if one.method is CALL)


@pytest.mark.parametrize("status", ["in-progress", "completed", "busy", "no-answer", "failed", "canceled", "nonsense"])
def test_another_call_that_rings_no_more_is_left_alone(night: Night, status: str) -> None:
    night.paged()
    says(night, page(night).id, "CAone", status)
    night.turn()
    assert not night.calls.cancelled
    assert "A second call" not in night.timeline(1001)


def test_a_second_text_is_left_alone_as_texts_cannot_be_called_back(night: Night) -> None:
    night.paged()
    (text,) = night.texts.to(ALICE)
    says(night, text.delivery_id, "SMone", "queued")
    night.turn()
    assert "second" not in night.timeline(1001)


def test_of_a_call_about_several_the_second_is_stopped_once(database: SqlDatabase) -> None:
    busy = Night(database, per_second=1)
    for n in range(3):
        busy.phoned(sid=f"CA-{n}", number=f"+3247033333{n}")
        busy.runtime.intake.caller_finished(f"CA-{n}")
        busy.turn()
    once(busy, lambda message: says(busy, message.delivery_id, "CAone", "ringing"))
    busy.later(SECOND)
    together = [one for number in (1002, 1003) for one in busy.pages(number) if one.provider_id == "CAone"]
    assert [one.method for one in together] == [CALL, CALL]
    assert busy.calls.cancelled == ["CA2"]
    says(busy, together[0].bundle or "", "CA2", "ringing")
    busy.turn()
    assert busy.calls.cancelled == ["CA2"]


def test_a_call_that_was_taken_for_never_gone_as_it_was_to_be_stopped_is_stopped_once_it_rings(night: Night) -> None:
    """The provider had not answered, and did not know the call yet when it was asked."""
    night.calls.raises = [OutcomeUnknownError("no answer in ten seconds")]
    night.paged()
    night.runtime.respond.acknowledge(1001, engineer="alice", via="dashboard")
    night.turn()
    assert page(night).state is DeliveryState.CANCELLED
    before = list(night.calls.cancelled)
    for status in ("initiated", "ringing"):
        says(night, page(night).id, "CAlate", status)
        night.turn()
    assert night.calls.cancelled == [*before, "CAlate"]
    assert night.timeline(1001).count("A second call to Alice Martin") == 1


@pytest.mark.parametrize("acknowledged", [True, False])
def test_a_call_that_was_given_up_as_never_gone_rings_on_only_while_nobody_has_it(
    night: Night, acknowledged: bool
) -> None:
    night.calls.always = OutcomeUnknownError("no answer in ten seconds")
    night.paged()
    night.later(5 * MINUTE - SECOND)
    given_up = page(night)
    assert (given_up.state, given_up.provider_id) == (DeliveryState.FAILED, "")
    night.calls.always = None
    if acknowledged:
        night.runtime.respond.acknowledge(1001, engineer="alice", via="dashboard")
        night.turn()
    before = list(night.calls.cancelled)
    says(night, given_up.id, "CAlate", "ringing")
    night.turn()
    assert night.calls.cancelled[len(before) :] == (["CAlate"] if acknowledged else [])
    if not acknowledged:
        night.runtime.respond.acknowledge(1001, engineer="alice", via="dashboard")
        night.turn()
        assert "CAlate" in night.calls.cancelled
