"""PASS, alone or with a name, in every corner of the list."""

import pytest

from oncall.core.delivery import DeliveryState
from oncall.core.incident import IncidentState, OutcomeKind
from oncall.errors import RecipientError, SetupError, UsageError
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import ALICE, BOB, CALL, DANA, MINUTE, SECOND, SMS, Night


def passes(night: Night, number: int, engineer: str = "alice") -> OutcomeKind:
    return night.runtime.respond.pass_on(number, engineer=engineer, via="SMS").kind


def hands(night: Night, number: int, to: str, engineer: str = "alice") -> OutcomeKind:
    return night.runtime.respond.hand_over(number, engineer=engineer, to=to, via="SMS").kind


def test_whoever_is_named_is_paged_by_their_own_rules_and_whoever_passed_is_left_alone(night: Night) -> None:
    incident = night.paged()
    assert hands(night, incident.number, "Dana") is OutcomeKind.HANDED_OVER
    night.turn()
    assert len(night.calls.to(DANA)) == len(night.texts.to(DANA)) == 1
    assert not night.calls.to(BOB)
    assert night.incident(incident.number).state is IncidentState.TRIGGERED
    night.later(6 * MINUTE)
    assert night.calls.to(BOB), "Dana did not answer: the list goes on"
    assert len(night.calls.to(ALICE)) == 1
    assert "Alice Martin handed it to Dana Dubois by SMS" in night.timeline(incident.number)


def test_whoever_has_it_hands_it_over_and_the_customer_hears_who_has_it_then(night: Night) -> None:
    incident = night.paged()
    night.runtime.respond.acknowledge(incident.number, engineer="alice", via="SMS")
    night.turn()
    hands(night, incident.number, "bob")
    night.turn()
    assert night.calls.to(BOB)
    night.runtime.respond.acknowledge(incident.number, engineer="bob", via="SMS")
    night.turn()
    assert "Bob Peeters" in night.jane_reads()


def test_a_name_that_nobody_has_changes_nothing(night: Night) -> None:
    incident = night.paged()
    with pytest.raises(UsageError, match="alice, bob, dana"):
        hands(night, incident.number, "zed")
    assert night.incident(incident.number) == incident


def test_only_whoever_was_paged_or_has_it_can_hand_it_over(night: Night) -> None:
    incident = night.paged()
    with pytest.raises(UsageError, match="nothing to pass on"):
        hands(night, incident.number, "alice", engineer="bob")


def test_a_pass_at_the_last_step_starts_the_list_again_at_once_without_whoever_passed(night: Night) -> None:
    incident = night.paged()
    night.later(5 * MINUTE)
    calls = len(night.calls.to(ALICE))
    assert passes(night, incident.number, "bob") is OutcomeKind.PASSED
    night.turn()
    assert len(night.calls.to(ALICE)) == calls + 1
    night.later(4 * MINUTE)
    assert len(night.calls.to(BOB)) == 1


def test_where_one_of_several_passes_the_others_still_ring(database: SqlDatabase) -> None:
    night = Night(database, policy="together")
    incident = night.paged()
    ringing = [page for page in night.pages(incident.number) if page.recipient == "bob" and not page.finished]
    passes(night, incident.number, "alice")
    night.turn()
    assert ringing
    kept = {page.id: page for page in night.pages(incident.number)}
    assert not any(kept[page.id].cancel_wanted or kept[page.id].cancelled_at for page in ringing)
    assert night.calls.to(DANA), "and the next step is paged"


def test_whoever_has_it_and_passes_is_not_paged_again_before_the_list_starts_again(night: Night) -> None:
    incident = night.paged()
    night.runtime.respond.acknowledge(incident.number, engineer="alice", via="SMS")
    assert passes(night, incident.number) is OutcomeKind.PASSED
    night.turn()
    assert night.calls.to(BOB)
    night.later(4 * MINUTE)
    assert len(night.calls.to(ALICE)) == 1


def test_a_provider_that_refuses_everybody_of_a_step_for_good_has_the_next_step_paged_at_once(night: Night) -> None:
    refused = RecipientError("not a number that can be reached", code="21211")
    night.calls.before = night.texts.before = lambda _message: None
    night.calls.raises, night.texts.raises = [refused, refused], [refused]
    begun = night.clock.now()
    night.paged()
    assert night.calls.to(BOB)
    assert night.clock.now() == begun


def test_a_step_whose_telephones_turn_out_to_be_dead_is_passed_once_that_is_known(night: Night) -> None:
    """The provider takes the call and the text, and says seconds later that neither can arrive."""
    incident = night.paged()
    night.later(4 * SECOND)
    night.said(night.page(incident.number, SMS), "undelivered", "30005")
    night.said(night.page(incident.number, CALL), "failed")
    night.turn()
    begun = night.clock.now()
    night.said(night.page(incident.number, CALL), "failed")
    night.turn()
    assert night.calls.to(BOB)
    assert night.clock.now() == begun
    assert "nobody of the step that was just paged can be reached" in night.operators_read()


def test_what_the_provider_finds_out_only_after_it_took_a_page_is_for_the_operators_to_mend(night: Night) -> None:
    """Her number became invalid last week, or ours was never registered with the carriers."""
    incident = night.paged()
    night.said(night.page(incident.number, SMS), "undelivered", "30005")
    night.turn()
    assert "Alice Martin cannot be paged by sms: the number does not exist" in night.operators_read()
    night.later(5 * MINUTE)
    night.said(night.page(incident.number, SMS), "undelivered", "30034")
    night.turn()
    assert "Nothing arrives by sms until our account or settings are mended" in night.operators_read()
    assert "Bob Peeters cannot be paged" not in night.operators_read()


def test_a_handset_that_is_off_for_the_night_is_nothing_to_mend(night: Night) -> None:
    incident = night.paged()
    night.said(night.page(incident.number, SMS), "undelivered", "30003")
    night.turn()
    assert "cannot be paged" not in night.operators_read()


def test_a_short_list_of_dead_telephones_is_not_dialled_every_minute_of_the_night(night: Night) -> None:
    """Each round is a new chance, but sixteen calls an hour are enough for a carrier to bar our number."""

    def fails_at_once() -> None:
        for page in night.pages(incident.number):
            if page.state is DeliveryState.SENT:
                night.said(page, "failed" if page.method is CALL else "undelivered", "30005")

    incident = night.paged()
    for _ in range(60 * 12):
        fails_at_once()
        night.later(5 * SECOND)
    rounds = night.timeline(incident.number).count("Step 1 of 2")
    assert 6 < rounds <= 14, "at 0, 1, 3, 7, 12 … minutes; the policy by itself would come round every ten"
    assert "the list starts again in a minute" in night.timeline(incident.number)
    assert "the list starts again in 4 minutes" in night.timeline(incident.number)


def test_whoever_can_be_reached_is_not_paged_less_often_for_a_dead_telephone_behind_them(night: Night) -> None:
    incident = night.paged()
    for _ in range(60):
        for page in night.pages(incident.number):
            if page.state is DeliveryState.SENT and page.recipient == "bob":
                night.said(page, "failed" if page.method is CALL else "undelivered", "30005")
            elif page.state is DeliveryState.SENT and page.method is CALL:
                night.said(page, "no-answer")
        night.later(30 * SECOND)
    told = night.timeline(incident.number)
    assert told.count("Step 1 of 2") == 5, "five minutes for her, some seconds for Bob, and a minute"
    assert told.count("the list starts again in a minute") == told.count("the list starts again") >= 4


@pytest.mark.parametrize(
    "wrong",
    [
        SetupError("account suspended", code="30002"),
        SetupError("the certificate is not valid"),
        SetupError("there are no credentials", code="not-connected"),
    ],
    ids=str,
)
def test_an_account_that_was_mended_pages_within_a_minute(night: Night, wrong: SetupError) -> None:
    for channel in (night.calls, night.texts):
        channel.always = wrong
    night.paged()
    night.later(13 * MINUTE)
    night.calls.always = night.texts.always = None
    before = len(night.calls.to(ALICE))
    night.later(MINUTE)
    assert len(night.calls.to(ALICE)) > before


def test_a_short_list_of_numbers_that_the_provider_refuses_is_not_asked_for_every_minute(night: Night) -> None:
    night.calls.always = night.texts.always = RecipientError("not a number that can be reached", code="21211")
    incident = night.paged()
    night.later(15 * MINUTE)
    assert night.timeline(incident.number).count("Step 1 of 2") == 5, "at 0, 1, 3, 7 and 12 minutes"


@pytest.mark.parametrize("status", ["busy", "no-answer", "completed"])
def test_whoever_s_telephone_rang_has_the_time_to_answer(night: Night, status: str) -> None:
    incident = night.paged()
    night.said(night.page(incident.number, SMS), "undelivered", "30003")
    for _ in range(2):
        night.said(night.page(incident.number, CALL), status)
        night.later(MINUTE)
    assert not night.calls.to(BOB)


def test_replies_to_what_was_resolved_long_ago_get_an_answer_and_change_nothing(night: Night) -> None:
    incident = night.paged()
    night.runtime.respond.resolve(incident.number, engineer="alice", note="", via="SMS")
    night.later(60 * 24 * 8 * MINUTE)
    before = night.incident(incident.number)
    respond = night.runtime.respond
    assert passes(night, incident.number) is OutcomeKind.ALREADY_RESOLVED
    assert hands(night, incident.number, "bob") is OutcomeKind.ALREADY_RESOLVED
    assert hands(night, incident.number, "alice", engineer="bob") is OutcomeKind.ALREADY_RESOLVED
    assert respond.acknowledge(incident.number, engineer="bob", via="SMS").kind is OutcomeKind.ALREADY_RESOLVED
    assert night.incident(incident.number) == before


@pytest.mark.parametrize("body", ["PASS {}", "PASS {} to Dana", "ACK {}"])
def test_a_reply_that_comes_twice_gets_the_same_answer_and_takes_effect_once(night: Night, body: str) -> None:
    incident = night.paged()
    words = body.format(incident.number)
    first = night.runtime.texts.received(sid="SM1", from_number=ALICE, body=words)
    after = night.incident(incident.number)
    assert night.runtime.texts.received(sid="SM1", from_number=ALICE, body=words) == first
    assert night.incident(incident.number) == after
    night.runtime.texts.received(sid="SM2", from_number=ALICE, body=words)
    assert night.incident(incident.number) == after


def test_whoever_answered_a_call_that_broke_off_has_the_time_to_answer(night: Night) -> None:
    incident = night.paged()
    night.said(night.page(incident.number, SMS), "undelivered", "30003")
    night.said(night.page(incident.number, CALL), "failed")
    night.turn()
    again = night.page(incident.number, CALL)
    night.runtime.deliveries.call_answered(again.id, again.provider_id)
    night.said(again, "failed")
    night.turn()
    assert not night.calls.to(BOB)
