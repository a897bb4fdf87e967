"""Every transition of a delivery, in the order in which the provider says it and in every other."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.core import attempts
from oncall.core import delivery as transitions
from oncall.core.delivery import ANSWERED_IN_SILENCE, Delivery, DeliveryKind, DeliveryState, Standing
from oncall.core.delivery_facts import fact
from oncall.core.engineer import ContactMethod
from oncall.core.next_try import retry_in
from tests.unit.core.night import MINUTE, NOW, SECOND, a_delivery

CALL = a_delivery()
CLAIMED = replace(CALL, state=DeliveryState.CLAIMED, attempts=1, claimed_by="w1", lease_until=NOW + 15 * SECOND)
SENT = transitions.sent(CLAIMED, "CA1", "queued", NOW)
SMS_CLAIMED = replace(CLAIMED, method=ContactMethod.SMS)
SMS_SENT = transitions.sent(SMS_CLAIMED, "SM1", "queued", NOW)
STATE = DeliveryState


def said(delivery: Delivery, status: str, *, provider_id: str = "", code: str = "") -> Delivery:
    given_id = provider_id or delivery.provider_id or "CA1"
    return transitions.provider_said(delivery, provider_id=given_id, status=status, code=code, detail="", now=NOW)


@pytest.mark.parametrize(
    ("ends", "kind", "method", "state"),
    [
        ("completed", DeliveryKind.PAGE, ContactMethod.CALL, STATE.FAILED),
        ("completed", DeliveryKind.NOTICE, ContactMethod.CALL, STATE.DELIVERED),
        ("completed", DeliveryKind.OPERATOR, ContactMethod.CALL, STATE.DELIVERED),
        ("busy", DeliveryKind.PAGE, ContactMethod.CALL, STATE.FAILED),
        ("no-answer", DeliveryKind.PAGE, ContactMethod.CALL, STATE.FAILED),
        ("failed", DeliveryKind.PAGE, ContactMethod.CALL, STATE.FAILED),
        ("canceled", DeliveryKind.PAGE, ContactMethod.CALL, STATE.FAILED),
        ("delivered", DeliveryKind.PAGE, ContactMethod.SMS, STATE.DELIVERED),
        ("undelivered", DeliveryKind.PAGE, ContactMethod.SMS, STATE.FAILED),
    ],
)
def test_every_order_of_callbacks_ends_the_same(
    ends: str, kind: DeliveryKind, method: ContactMethod, state: DeliveryState
) -> None:
    """opengovsg/postmangovsg PR#1150: several callbacks came, and a late one overwrote the truth."""
    begins = ["initiated", "ringing", "in-progress"] if method is ContactMethod.CALL else ["queued", "sending", "sent"]
    for order in permutations([*begins, ends, ends, "the answer to our request"]):
        delivery = replace(CLAIMED, kind=kind, method=method)
        for status in order:
            if status == "the answer to our request":
                delivery = transitions.sent(delivery, "CA1", "queued", NOW)
            else:
                delivery = said(delivery, status)
        assert (delivery.state, delivery.provider_id, delivery.lease_until) == (state, "CA1", None), order


WORDS = ["queued", "initiated", "ringing", "in-progress", "sending", "sent", "completed", "busy", "no-answer"]
ANYTHING = st.sampled_from([*WORDS, "failed", "canceled", "delivered", "undelivered", "read", "moonlight", ""])


@given(st.lists(ANYTHING, max_size=12), st.sampled_from([CALL, CLAIMED, SENT, SMS_SENT]))
def test_what_has_ended_never_changes_again_and_nothing_ever_goes_back_to_waiting(
    statuses: list[str], delivery: Delivery
) -> None:
    for status in statuses:
        after = said(delivery, status)
        assert after == delivery if delivery.finished else after.state is not STATE.WAITING or after == delivery
        assert said(after, status) == after, "twice changes nothing twice"
        delivery = after


def test_a_first_success_is_not_undone_by_a_later_failure_nor_the_other_way_round() -> None:
    delivered = said(SMS_SENT, "delivered")
    assert said(delivered, "undelivered", code="30008") == delivered
    undelivered = said(SMS_SENT, "undelivered", code="30008")
    assert said(undelivered, "delivered") == undelivered


def test_a_callback_about_another_call_than_the_recorded_one_changes_nothing() -> None:
    assert said(SENT, "no-answer", provider_id="CA999") == SENT


def test_a_callback_proves_that_an_attempt_in_doubt_went() -> None:
    waiting = transitions.retried(CLAIMED, NOW + 5 * SECOND, error="timeout", code="")
    doubt = attempts.claimed(waiting, worker="two", lease_until=NOW + 25 * SECOND)
    assert doubt.in_doubt
    ringing = said(doubt, "ringing", provider_id="CA7")
    assert (ringing.state, ringing.provider_id, ringing.in_doubt) == (STATE.SENT, "CA7", False)


def test_only_a_key_makes_an_answered_page_arrive() -> None:
    """target/goalert#921: voicemail counts as delivered."""
    voicemail = said(said(SENT, "in-progress"), "completed")
    assert (voicemail.state, voicemail.error) == (STATE.FAILED, ANSWERED_IN_SILENCE)
    pressed = transitions.answered(said(SENT, "in-progress"), NOW)
    assert said(pressed, "completed").state is STATE.DELIVERED


def test_email_that_is_handed_over_has_arrived_as_far_as_anybody_will_know() -> None:
    mailed = transitions.sent(replace(CLAIMED, method=ContactMethod.EMAIL), "m1", "sent", NOW, final=True)
    assert (mailed.state, mailed.finished_at) == (STATE.DELIVERED, NOW)


@pytest.mark.parametrize(
    ("before", "state", "cancel_wanted"),
    [
        (CALL, STATE.CANCELLED, False),
        (replace(CALL, method=ContactMethod.SMS), STATE.CANCELLED, False),
        (CLAIMED, STATE.CLAIMED, True),
        (SMS_CLAIMED, STATE.CANCELLED, False),
        (SENT, STATE.SENT, True),
        (SMS_SENT, STATE.SENT, False),
        (replace(CALL, attempts=1, settled=0), STATE.WAITING, True),
        (replace(CALL, attempts=1, settled=1), STATE.CANCELLED, False),
        (transitions.failed(SENT, NOW, error="busy"), STATE.FAILED, False),
        (transitions.answered(SENT, NOW), STATE.DELIVERED, False),
    ],
)
def test_silencing_stops_what_waits_and_asks_for_what_rings_to_be_stopped(
    before: Delivery, state: DeliveryState, cancel_wanted: bool
) -> None:
    after = transitions.silenced(before, NOW)
    assert (after.state, after.cancel_wanted) == (state, cancel_wanted)
    assert transitions.silenced(after, NOW) == after


def test_a_call_in_flight_while_it_was_silenced_stays_to_be_stopped_once_its_id_is_known() -> None:
    in_flight = transitions.silenced(CLAIMED, NOW)
    ringing = transitions.sent(in_flight, "CA1", "queued", NOW)
    assert (ringing.state, ringing.cancel_wanted, ringing.provider_id) == (STATE.SENT, True, "CA1")


@pytest.mark.parametrize("last", ["canceled", "no-answer", "busy", "failed", "completed"])
@pytest.mark.parametrize("callback_first", [True, False])
def test_a_stopped_call_ends_as_stopped_whichever_is_told_first(last: str, callback_first: bool) -> None:
    ringing = transitions.silenced(SENT, NOW)
    if callback_first:
        ended = transitions.stopped(said(ringing, last), NOW)
    else:
        ended = said(transitions.stopped(ringing, NOW), last)
    assert (ended.state, ended.cancelled_at) == (STATE.CANCELLED, NOW)


def test_an_attempt_that_nobody_recorded_is_in_doubt_at_the_next_claim() -> None:
    assert not CLAIMED.in_doubt
    assert replace(CLAIMED, attempts=2).in_doubt


def test_a_refusal_settles_an_attempt_and_silence_does_not() -> None:
    refused = transitions.retried(attempts.refused(CLAIMED, CLAIMED), NOW, error="busy", code="20429")
    assert not replace(refused, attempts=2).in_doubt
    unknown = transitions.retried(CLAIMED, NOW, error="timeout", code="")
    assert replace(unknown, attempts=2).in_doubt


def test_a_doubt_outlives_a_refused_repeat_since_the_look_up_may_not_have_been_able_to_tell() -> None:
    second = replace(CLAIMED, attempts=2, settled=0)
    refused = transitions.retried(attempts.refused(second, second), NOW, error="provider away", code="20503")
    assert replace(refused, attempts=3).in_doubt


def test_retries_back_off_from_five_seconds_to_a_minute() -> None:
    """linkedin/iris: two retries, both at once."""
    waits = [retry_in(replace(CALL, attempts=tried), 0.0) for tried in range(1, 9)]
    assert waits == [*(timedelta(seconds=s) for s in (5, 10, 20, 40, 60, 60, 60)), None]


def test_a_retry_waits_as_long_as_the_provider_asks_for_but_a_minute_at_most() -> None:
    first = replace(CALL, attempts=1)
    waits = [retry_in(first, 0.0, timedelta(seconds=s)) for s in (1, 5, 17, 60, 3600)]
    assert waits == [timedelta(seconds=s) for s in (5, 5, 17, 60, 60)]
    assert retry_in(replace(CALL, attempts=8), 0.0, timedelta(seconds=17)) is None


@given(st.integers(1, 40), st.floats(0, 1, exclude_max=True), st.sampled_from(list(DeliveryKind)))
def test_a_retry_waits_between_four_seconds_and_a_minute_or_is_given_up(
    tried: int, chance: float, kind: DeliveryKind
) -> None:
    wait = retry_in(replace(CALL, kind=kind, attempts=tried), chance)
    given_up_after = 20 if kind is DeliveryKind.NOTICE else 8
    assert (wait is None) == (tried >= given_up_after)
    assert wait is None or 4 * SECOND <= wait <= MINUTE


def test_the_timeline_says_whom_how_and_why() -> None:
    busy = said(SENT, "busy", code="")
    assert fact(busy) == "Call to Alice Martin failed: the line was busy"
    notice = replace(SMS_SENT, kind=DeliveryKind.NOTICE, purpose="received")
    assert fact(said(notice, "undelivered", code="30006")).endswith(
        "(received) failed: the carrier did not deliver it [30006]"
    )


STANDINGS = [
    replace(SENT, state=state, provider_id=provider_id, provider_status=status, error=error)
    for state in STATE
    for provider_id in ("", "CA1")
    for status in ("", "ringing", "in-progress", "busy", "completed")
    for error in ("", ANSWERED_IN_SILENCE, transitions.NOTHING_SAID)
]


@pytest.mark.parametrize("status", ["queued", "ringing", "in-progress", "spoken", "busy", "completed", "delivered"])
@pytest.mark.parametrize("provider_id", ["CA1", "CA2"])
def test_how_it_stands_says_whether_a_status_changes_it(status: str, provider_id: str) -> None:
    for delivery in STANDINGS:
        standing = Standing(
            delivery.state, delivery.provider_id, delivery.provider_status, delivery.error, delivery.method
        )
        may = transitions.may_change(standing, provider_id=provider_id, status=status)
        assert may == transitions.may_change(delivery, provider_id=provider_id, status=status)
        after = transitions.provider_said(
            delivery, provider_id=provider_id, status=status, code="", detail="", now=NOW + MINUTE
        )
        late = transitions.reached_after_all(delivery, provider_id=provider_id, status=status)
        assert may or after == late == delivery
