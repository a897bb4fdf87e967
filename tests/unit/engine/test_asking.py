"""What the provider says nothing final of is asked about, and what it answers counts as a callback does."""

from datetime import timedelta

import pytest

from oncall.core.delivery import DeliveryState
from oncall.core.silence import MOST_ASKS
from oncall.errors import BusyError, SetupError, TransientError
from oncall.ports import ProviderStatus
from tests.unit.engine.hotline import CALL, JANE, MINUTE, SECOND, SMS, Night


def test_a_call_whose_end_nobody_told_us_is_asked_about_after_a_minute(night: Night) -> None:
    incident = night.paged()
    page = night.page(incident.number)
    night.calls.says = ProviderStatus("no-answer")
    night.later(59 * SECOND)
    assert page.provider_id not in night.calls.asked
    night.later(2 * SECOND)
    assert night.calls.asked.count(page.provider_id) == 1
    after = next(one for one in night.pages(incident.number) if one.id == page.id)
    assert (after.state, after.error) == (DeliveryState.FAILED, "nobody answered")
    assert "failed: nobody answered" in night.timeline(incident.number)


def test_what_was_asked_and_failed_is_followed_by_the_next_rule_at_once(night: Night) -> None:
    incident = night.paged()
    night.calls.says = ProviderStatus("busy")
    before = len(night.calls.sent)
    night.later(61 * SECOND)
    assert len(night.calls.sent) > before
    assert [p.state for p in night.pages(incident.number) if p.method is CALL].count(DeliveryState.FAILED) >= 1


def test_a_text_that_arrived_unheard_is_delivered_once_asked(night: Night) -> None:
    incident = night.paged()
    page = night.page(incident.number, SMS)
    night.texts.says = ProviderStatus("delivered")
    night.later(61 * SECOND)
    after = next(one for one in night.pages(incident.number) if one.id == page.id)
    assert after.state is DeliveryState.DELIVERED


def test_a_text_that_failed_unheard_says_why_once_asked(night: Night) -> None:
    incident = night.paged()
    page = night.page(incident.number, SMS)
    night.texts.says = ProviderStatus("undelivered", "30003")
    night.later(61 * SECOND)
    after = next(one for one in night.pages(incident.number) if one.id == page.id)
    assert (after.state, after.error_code) == (DeliveryState.FAILED, "30003")


def test_a_provider_that_answers_without_news_is_asked_less_and_less_often(night: Night) -> None:
    incident = night.paged()
    page = night.page(incident.number)
    night.calls.says = ProviderStatus("in-progress")
    night.later(8 * MINUTE)
    assert night.calls.asked.count(page.provider_id) == 3, "after 1, 3 and 7 minutes"


def test_a_provider_that_is_overloaded_is_asked_again_within_seconds(night: Night) -> None:
    night.clock.at += timedelta(microseconds=123_457)
    incident = night.paged()
    page = night.page(incident.number)
    night.calls.says = TransientError("too many requests at once", code="20429")
    night.later(61 * SECOND)
    assert night.calls.asked.count(page.provider_id) == 1
    night.calls.says = ProviderStatus("no-answer")
    night.later(10 * SECOND)
    after = next(one for one in night.pages(incident.number) if one.id == page.id)
    assert (after.state, after.error) == (DeliveryState.FAILED, "nobody answered")
    assert ("asking.failed", page.id) in [(event, fields.get("delivery")) for event, fields in night.logged]


def test_a_provider_that_is_away_for_long_is_asked_about_once_a_minute(night: Night) -> None:
    incident = night.paged()
    page = night.page(incident.number)
    night.calls.says = TransientError("away")
    night.later(20 * MINUTE)
    before = night.calls.asked.count(page.provider_id)
    night.later(20 * MINUTE)
    assert 19 <= night.calls.asked.count(page.provider_id) - before <= 21


def test_a_provider_that_names_when_to_ask_again_is_not_asked_before(night: Night) -> None:
    incident = night.paged()
    page = night.page(incident.number)
    night.calls.says = BusyError("too many requests at once", wait_for=40 * SECOND)
    night.later(61 * SECOND)
    night.later(38 * SECOND)
    assert night.calls.asked.count(page.provider_id) == 1
    night.later(2 * SECOND)
    assert night.calls.asked.count(page.provider_id) == 2


def test_a_provider_that_would_not_be_asked_for_a_day_is_asked_within_minutes_all_the_same(night: Night) -> None:
    incident = night.paged()
    page = night.page(incident.number)
    night.calls.says = BusyError("too many requests at once", wait_for=timedelta(days=1))
    night.later(61 * SECOND)
    night.later(5 * MINUTE)
    assert night.calls.asked.count(page.provider_id) == 2


def test_an_account_that_may_not_ask_is_asked_about_less_and_less_often(night: Night) -> None:
    """Until somebody mends it, asking within seconds brings nothing."""
    incident = night.paged()
    page = night.page(incident.number)
    night.calls.says = SetupError("the auth token is wrong", code="20003")
    night.later(8 * MINUTE)
    assert night.calls.asked.count(page.provider_id) == 3, "after 1, 3 and 7 minutes"


def test_a_customer_whose_news_rang_in_vain_unheard_is_called_again_although_asking_was_refused(night: Night) -> None:
    incident = night.paged()
    notice = next(one for one in night.deliveries(incident.number) if one.address == JANE)
    night.said(notice, "undelivered", "30006")
    night.turn()
    assert len(night.calls.to(JANE)) == 1
    night.calls.says = TransientError("too many requests at once", code="20429")
    night.later(61 * SECOND)
    night.calls.says = ProviderStatus("no-answer")
    night.later(10 * SECOND + 2 * MINUTE)
    assert len(night.calls.to(JANE)) == 2


def test_a_call_whose_end_is_never_told_is_lost_in_the_end_and_followed(night: Night) -> None:
    incident = night.paged()
    page = night.page(incident.number)
    night.calls.says = TransientError("away")
    night.later(timedelta(hours=3))
    after = next(one for one in night.pages(incident.number) if one.id == page.id)
    assert (after.state, after.ask_at) == (DeliveryState.FAILED, None)
    assert "the provider never said how it ended" in night.timeline(incident.number)
    assert night.calls.asked.count(page.provider_id) > MOST_ASKS


def test_a_call_that_an_account_may_not_ask_about_is_lost_in_the_end(night: Night) -> None:
    incident = night.paged()
    page = night.page(incident.number)
    night.calls.says = SetupError("the auth token is wrong", code="20003")
    night.later(timedelta(hours=3))
    after = next(one for one in night.pages(incident.number) if one.id == page.id)
    assert (after.state, after.ask_at) == (DeliveryState.FAILED, None)
    assert night.calls.asked.count(page.provider_id) == MOST_ASKS


def test_a_text_that_cannot_be_asked_about_for_hours_is_asked_about_no_more(night: Night) -> None:
    incident = night.paged()
    page = night.page(incident.number, SMS)
    night.texts.says = TransientError("away")
    night.later(timedelta(hours=3))
    after = next(one for one in night.pages(incident.number) if one.id == page.id)
    assert (after.state, after.ask_at) == (DeliveryState.SENT, None)


def test_what_ended_by_a_callback_is_not_asked_about(night: Night) -> None:
    incident = night.paged()
    page = night.page(incident.number)
    night.said(page, "no-answer")
    night.later(5 * MINUTE)
    assert page.provider_id not in night.calls.asked


def test_an_answer_that_comes_once_it_was_asked_again_puts_off_nothing(night: Night) -> None:
    incident = night.paged()
    night.clock.at += 90 * SECOND
    with night.database.begin() as uow:
        first = {page.id: page for page in uow.deliveries.claim_asks(night.clock.at, 9)}
    call = first[night.page(incident.number).id]
    night.clock.at += 10 * MINUTE
    with night.database.begin() as uow:
        uow.deliveries.claim_asks(night.clock.at, 9)
    asked_again = night.page(incident.number)
    night.runtime.deliveries.not_asked(call, timedelta(days=1))
    assert (asked_again.asks, night.page(incident.number)) == (2, asked_again)


def test_two_engines_do_not_ask_twice(night: Night) -> None:
    night.paged()
    night.clock.at += 61 * SECOND
    with night.database.begin() as uow:
        first = uow.deliveries.claim_asks(night.clock.at, 9)
    with night.database.begin() as uow:
        second = uow.deliveries.claim_asks(night.clock.at, 9)
    assert first
    assert not second


def test_asking_never_takes_more_than_half_of_the_workers_that_pages_left(night: Night) -> None:
    night.paged()
    night.clock.at += 61 * SECOND
    asking = night.runtime.engine._asking
    assert not asking.claim(night.clock.at, 1)
    assert len(asking.claim(night.clock.at, 2)) == 1


def test_a_notice_by_call_whose_end_was_lost_is_repeated(night: Night) -> None:
    """The customer may have heard nothing; before, such a call was waited for for ever."""
    incident = night.paged()
    notice = next(one for one in night.deliveries(incident.number) if one.address == JANE)
    night.said(notice, "undelivered", "30006")
    night.turn()
    first = len(night.calls.to(JANE))
    assert first == 1
    night.calls.says = ProviderStatus("no-answer")
    night.later(5 * MINUTE)
    assert len(night.calls.to(JANE)) > first


@pytest.mark.parametrize("late", ["in-progress", "completed"])
def test_a_call_answered_after_it_was_taken_for_failed_is_told_and_undoes_nothing(night: Night, late: str) -> None:
    incident = night.paged()
    page = night.page(incident.number)
    night.said(page, "no-answer")
    night.turn()
    sent = len(night.calls.sent)
    night.said(page, late)
    night.said(page, late)
    after = next(one for one in night.pages(incident.number) if one.id == page.id)
    assert (after.state, len(night.calls.sent)) == (DeliveryState.FAILED, sent)
    told = night.timeline(incident.number)
    assert told.count("Call to Alice Martin was answered after it had been taken for failed") == 1


def test_a_text_delivered_after_undelivered_stays_failed_and_the_timeline_says_so(night: Night) -> None:
    """opengovsg/postmangovsg PR#1150: a later success overwrote an error."""
    incident = night.paged()
    page = night.page(incident.number, SMS)
    night.said(page, "undelivered", "30003")
    night.said(page, "delivered")
    night.said(page, "delivered")
    after = next(one for one in night.pages(incident.number) if one.id == page.id)
    assert after.state is DeliveryState.FAILED
    told = night.timeline(incident.number)
    assert told.count("SMS to Alice Martin was delivered after it had been taken for failed") == 1
