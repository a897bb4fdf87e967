"""When the provider is asked about what it has said nothing final of, and what late news changes."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.core import delivery as transitions
from oncall.core.delivery import Delivery, DeliveryKind, DeliveryState
from oncall.core.engineer import ContactMethod
from oncall.core.silence import MOST_ASKS, ask_again_at, ask_at
from tests.unit.core.night import NOW, a_delivery

CLAIMED = replace(a_delivery(), state=DeliveryState.CLAIMED, attempts=1, claimed_by="w1")
CALL_WORDS = ("queued", "initiated", "ringing", "in-progress")
CALL_ENDS = ("completed", "busy", "no-answer", "failed", "canceled")
TEXT_WORDS = ("accepted", "queued", "sending", "sent")
TEXT_ENDS = ("delivered", "undelivered", "failed", "read")


def said(delivery: Delivery, status: str) -> Delivery:
    return transitions.provider_said(delivery, provider_id="CA1", status=status, code="", detail="", now=NOW)


@st.composite
def histories(draw: st.DrawFn) -> tuple[Delivery, list[str], str]:
    """A delivery, what is said of it in any order and as often as you like, and how it ended."""
    by_call = draw(st.booleans())
    kind = draw(st.sampled_from(DeliveryKind))
    delivery = replace(CLAIMED, kind=kind, method=ContactMethod.CALL if by_call else ContactMethod.SMS)
    end = draw(st.sampled_from(CALL_ENDS if by_call else TEXT_ENDS))
    words = draw(st.lists(st.sampled_from([*(CALL_WORDS if by_call else TEXT_WORDS), end, "moonlight"]), max_size=9))
    return delivery, draw(st.permutations([*words, end])), end


@given(histories())
def test_the_last_state_is_the_same_whatever_the_order_and_the_duplicates(
    history: tuple[Delivery, list[str], str],
) -> None:
    """opengovsg/postmangovsg PR#1150: several callbacks came, and a later one overwrote an error."""
    delivery, order, end = history
    expected = said(delivery, end)
    for status in order:
        before, delivery = delivery, said(delivery, status)
        if before.finished:
            assert delivery == before
    assert (delivery.state, delivery.error, delivery.ask_at) == (expected.state, expected.error, None)


@given(histories(), st.sampled_from([*CALL_ENDS, *TEXT_ENDS]))
def test_what_has_ended_never_changes_its_state_whatever_is_said_later(
    history: tuple[Delivery, list[str], str], other_end: str
) -> None:
    delivery, _, end = history
    ended = said(delivery, end)
    late = transitions.reached_after_all(said(ended, other_end), provider_id="CA1", status=other_end)
    assert replace(late, provider_status="") == replace(ended, provider_status="")
    assert transitions.reached_after_all(late, provider_id="CA1", status=other_end) == late, "told once"


def test_silence_is_asked_about_after_a_minute_and_then_less_and_less_often() -> None:
    asked_after = [ask_at(ContactMethod.CALL, asks, NOW) for asks in range(MOST_ASKS + 1)]
    minutes = [(at - NOW).total_seconds() / 60 for at in asked_after if at is not None]
    assert minutes == [1, 2, 4, 8, 16, 30, 30, 30, 30]


def test_a_provider_that_could_not_be_asked_is_asked_again_after_seconds_and_at_most_once_a_minute() -> None:
    waited = [timedelta(seconds=s) for s in (0, 40, 60, 80, 480, 4000)]
    again = [ask_again_at(NOW - since, NOW) for since in waited]
    assert [(at - NOW).total_seconds() for at in again if at] == [5, 5, 7.5, 10, 60, 60]
    assert ask_again_at(NOW - timedelta(hours=2), NOW) is None


def test_how_long_a_provider_wants_to_be_left_alone_is_heeded_up_to_five_minutes() -> None:
    sent_at = NOW - timedelta(seconds=60)
    wanted = [timedelta(seconds=s) for s in (0, 1, 30, 300, 86_400)]
    assert [(ask_again_at(sent_at, NOW, each) - NOW).total_seconds() for each in wanted] == [7.5, 7.5, 30, 300, 300]


def test_a_mail_is_never_asked_about() -> None:
    assert ask_at(ContactMethod.EMAIL, 0, NOW) is None


def test_every_word_of_the_provider_begins_the_silence_anew() -> None:
    ringing = said(transitions.sent(CLAIMED, "CA1", "queued", NOW - timedelta(seconds=40)), "ringing")
    assert ringing.ask_at == NOW + timedelta(seconds=60)


@pytest.mark.parametrize("end", [transitions.failed, transitions.never_ended])
def test_what_has_ended_is_asked_about_no_more(end) -> None:
    sent = transitions.sent(CLAIMED, "CA1", "queued", NOW)
    ended = end(sent, NOW, error="x") if end is transitions.failed else end(sent, NOW)
    assert (ended.state, ended.ask_at) == (DeliveryState.FAILED, None)


def test_a_text_of_which_nothing_more_is_ever_said_is_not_taken_for_lost() -> None:
    sent = transitions.sent(replace(CLAIMED, method=ContactMethod.SMS), "SM1", "sent", NOW)
    given_up = transitions.never_ended(sent, NOW)
    assert (given_up.state, given_up.ask_at) == (DeliveryState.SENT, None)
