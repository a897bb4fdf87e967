"""Several providers: who refuses or falls silent hands over to the next, within one dispatch of a page."""

from collections.abc import Iterator
from dataclasses import replace as changed
from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest

from oncall.core.accounted import Accounted
from oncall.core.delivery import DeliveryKind
from oncall.errors import (
    BusyError,
    OutcomeUnknownError,
    RecipientError,
    SetupError,
    StoreUnavailableError,
    TransientError,
)
from oncall.ports import Message

from .conftest import ALICE, HOTLINE, page
from .fake_twilio import Answer, FakeTwilio, created, refused, running_fake_twilio
from .two_providers import SECOND_ACCOUNT, SECOND_NUMBER, Two, two_running

HTML = Answer(200, "<html>Welcome to the hotel</html>", {"Content-Type": "text/html"})
EMPTY = Answer(200, {"calls": [], "messages": [], "page_size": 50, "next_page_uri": None})
NEVER = Answer(201, {"sid": "CA-late", "status": "queued"}, after=30.0)


@pytest.fixture
def two() -> Iterator[Two]:
    with two_running() as running:
        yield running


def test_the_preferred_provider_takes_it_and_the_receipt_says_so(two: Two) -> None:
    receipt = two.call.send(page())
    assert (receipt.provider_id, receipt.provider) == ("CA1", "twilio")
    assert not two.two.requests


def busy(seconds: int) -> Answer:
    return Answer(429, refused(429, 20429).body, {"Retry-After": str(seconds)})


def test_where_both_ask_to_wait_it_is_tried_again_when_the_first_of_them_would_take_it(two: Two) -> None:
    two.one.will(busy(40))
    two.two.will(busy(15))
    with pytest.raises(BusyError) as caught:
        two.call.send(page())
    assert (caught.value.wait_for, caught.value.code) == (timedelta(seconds=15), "20429")


def test_where_only_one_asks_to_wait_the_other_is_tried_again_as_ever(two: Two) -> None:
    two.one.will(busy(40))
    two.two.will(refused(503, 20503))
    with pytest.raises(TransientError) as caught:
        two.call.send(page())
    assert not isinstance(caught.value, BusyError)


def test_what_goes_where_its_turn_was_taken_takes_no_other(two: Two) -> None:
    two.call.send(changed(page(), counted_at="twilio"))
    two.sms.send(changed(page(), counted_at="twilio"))
    two.call.send(page())
    assert two.elsewhere == []


@pytest.mark.parametrize("why_not", [refused(503, 20503), refused(401, 20003), HTML])
def test_who_hands_over_has_a_turn_taken_of_the_next_just_before_that_is_asked(two: Two, why_not: Answer) -> None:
    two.one.will(why_not)
    assert two.call.send(changed(page(), counted_at="twilio")).provider == "second"
    assert two.elsewhere == [("call", "second", two.asked - 1)]


def test_who_is_asked_first_out_of_turn_has_a_turn_taken_and_so_has_who_was_found_ill_meanwhile(two: Two) -> None:
    two.call.send(changed(page(), counted_at="twilio", ask_first="second"))
    assert two.elsewhere == [("call", "second", 0)]
    two.one.will(refused(503, 20503))
    for _ in range(3):
        two.sms.send(page())
    two.elsewhere.clear()
    assert two.sms.send(changed(page(), counted_at="twilio")).provider == "second"
    assert [taken[:2] for taken in two.elsewhere] == [("sms", "second")]
    two.elsewhere.clear()
    assert two.sms.send(changed(page(), counted_at="second")).provider == "second"
    assert two.elsewhere == []


def test_the_order_in_the_schedules_is_the_order_in_which_they_are_asked(two: Two) -> None:
    two.names = ["second", "twilio"]
    assert two.call.send(page()).provider == "second"
    assert two.two.requests[0].form["From"] == [SECOND_NUMBER]
    assert not two.one.requests


def test_without_credentials_a_provider_is_passed_by(two: Two) -> None:
    two.names = ["third", "twilio"]
    assert two.call.send(page()).provider == "twilio"


def test_who_is_to_be_asked_first_is(two: Two) -> None:
    """The second of two calls gets through Do Not Disturb only from the number of the first."""
    receipt = two.call.send(changed(page(), ask_first="second"))
    assert (receipt.provider_id, receipt.provider) == ("CA2", "second")
    assert two.two.requests[0].form["From"] == [SECOND_NUMBER]
    assert not two.one.requests


def test_who_is_to_be_asked_first_and_refuses_hands_over(two: Two) -> None:
    two.two.will(refused(503, 20503))
    assert two.call.send(changed(page(), ask_first="second")).provider == "twilio"


def test_who_is_to_be_asked_first_and_is_ill_or_unknown_is_not(two: Two) -> None:
    assert two.call.send(changed(page(), ask_first="third")).provider == "twilio"
    two.two.will(refused(503, 20503))
    for _ in range(3):
        two.call.send(changed(page(), ask_first="second"))
    asked = len(two.two.requests)
    assert two.call.send(changed(page(), ask_first="second")).provider == "twilio"
    assert len(two.two.requests) == asked


ITS_OWN_MAKING = [
    refused(401, 20003), refused(403, 20005), refused(400, 21215), refused(400, 21606), refused(429, 20429),
    refused(503, 20503), refused(404, 20404), refused(500, 20500),
    HTML, Answer(503, "<html>busy</html>"), Answer(404, "<html>nothing here</html>"),
    Answer(200, "[]"), Answer(201, "[1]"), Answer(201, '"CA1"'), Answer(403, "[]"), Answer(hang_up=True),
]  # fmt: skip


@pytest.mark.parametrize("answer", ITS_OWN_MAKING, ids=lambda each: f"{each.status} {str(each.body)[:30]}")
def test_what_is_the_providers_own_fault_hands_over_in_the_same_dispatch(two: Two, answer: Answer) -> None:
    two.one.will(lambda request: answer if request.method == "POST" else EMPTY)
    for channel in (two.call, two.sms):
        receipt = channel.send(page())
        assert (receipt.provider_id, receipt.provider) == ("CA2", "second")
        assert two.two.requests[-1].form["From"] == [SECOND_NUMBER]


def test_a_provider_that_cannot_be_reached_hands_over(two: Two) -> None:
    with running_fake_twilio() as gone:
        url = gone.url
    away = Two(changed_url(two.one, url), two.two)
    assert away.call.send(page()).provider == "second"


def changed_url(fake: FakeTwilio, url: str) -> FakeTwilio:
    moved = FakeTwilio()
    moved.url, moved.answers = url, fake.answers
    return moved


def test_a_provider_that_hangs_leaves_the_next_enough_time_within_ten_seconds(two: Two) -> None:
    two.one.will(NEVER)
    before = two.clock.now()
    receipt = two.call.send(page())
    assert (receipt.provider, receipt.perhaps_more) == ("second", 1)
    assert two.clock.now() - before < timedelta(seconds=6.5)


def test_two_that_hang_end_within_ten_seconds_and_nobody_knows_whether_it_went(two: Two) -> None:
    two.one.will(NEVER)
    two.two.will(NEVER)
    before = two.clock.now()
    with pytest.raises(OutcomeUnknownError, match=r"^twilio: calling: .*; second: calling: ") as caught:
        two.call.send(page())
    assert caught.value.times == 2
    assert two.clock.now() - before < timedelta(seconds=10)


@pytest.mark.parametrize("code", [21211, 21214, 21217, 21614, 21635, 30006, 13224])
def test_a_number_that_is_none_is_not_tried_elsewhere(two: Two, code: int) -> None:
    two.one.will(refused(400, code))
    with pytest.raises(RecipientError) as caught:
        two.sms.send(page())
    assert caught.value.code == str(code)
    assert not two.two.requests


@pytest.mark.parametrize("code", [21610, 21216, 21612, 21608])
def test_a_pair_of_numbers_that_is_refused_is_tried_from_another_number(two: Two, code: int) -> None:
    two.one.will(refused(400, code))
    assert two.sms.send(page()).provider == "second"


def test_a_customer_who_said_stop_is_not_texted_from_another_number(two: Two) -> None:
    two.one.will(refused(400, 21610))
    with pytest.raises(RecipientError):
        two.sms.send(changed(page(), kind=DeliveryKind.NOTICE))
    assert not two.two.requests


def listed(two: Two, sid: str) -> Answer:
    entry = {"sid": sid, "status": "ringing", "direction": "outbound-api",
             "date_created": format_datetime(two.clock.now()), "to": ALICE, "from": HOTLINE}  # fmt: skip
    return Answer(200, {"calls": [entry], "page_size": 50, "next_page_uri": None})


def test_a_call_that_was_placed_although_its_answer_got_lost_is_found_and_not_repeated(two: Two) -> None:
    two.one.will(lambda request: Answer(hang_up=True) if request.method == "POST" else listed(two, "CA77"))
    receipt = two.call.send(page())
    assert (receipt.provider_id, receipt.provider) == ("CA77", "twilio")
    assert not two.two.requests


def test_another_page_s_call_is_not_mistaken_for_it(two: Two) -> None:
    two.recorded = lambda *_: ("", Accounted(frozenset({"CA77"})))
    two.one.will(lambda request: Answer(hang_up=True) if request.method == "POST" else listed(two, "CA77"))
    assert two.call.send(page()).provider == "second"


def test_a_callback_that_came_before_the_answer_got_lost_is_proof_enough(two: Two) -> None:
    two.recorded = lambda *_: ("CA55", Accounted(frozenset({"CA55"})))
    two.one.will(Answer(hang_up=True))
    receipt = two.call.send(page())
    assert (receipt.provider_id, receipt.provider) == ("CA55", "twilio")
    assert len(two.one.requests) == 1
    assert not two.two.requests


def test_where_nobody_can_tell_a_page_goes_twice_rather_than_never(two: Two) -> None:
    def away(_message: Message, _since: datetime) -> tuple[str, Accounted]:
        raise StoreUnavailableError("the database is away")

    two.recorded = away
    two.one.will(Answer(hang_up=True))
    assert two.call.send(page()).provider == "second"
    assert "failover.rows_away" in two.logged


def test_who_was_left_no_time_to_be_asked_is_not_found_ill_and_no_turn_is_taken_there(two: Two) -> None:
    """The first breaks off, and our own rows take all the time that there is."""

    def slow(_message: Message, _since: datetime) -> tuple[str, Accounted]:
        two.clock.sleep(10)
        raise StoreUnavailableError("the database is away")

    two.recorded = slow
    two.one.will(Answer(hang_up=True))
    for _ in range(3):
        with pytest.raises(OutcomeUnknownError, match="second: there was no time left to ask"):
            two.call.send(changed(page(), counted_at="twilio"))
    assert not two.two.requests
    assert two.elsewhere == []
    assert "second is ill" not in two.news.told


@pytest.mark.parametrize(
    ("first", "second", "error", "code"),
    [
        (refused(401, 20003), refused(401, 20003), SetupError, "20003"),
        (refused(401, 20003), refused(503, 20503), TransientError, "20503"),
        (refused(503, 20503), refused(401, 20003), TransientError, "20503"),
        (refused(400, 21610), refused(503, 20503), RecipientError, "21610"),
        (refused(500, 20500), refused(400, 21610), OutcomeUnknownError, "20500"),
    ],
)
def test_where_all_fail_the_gravest_of_their_errors_is_told(
    two: Two, first: Answer, second: Answer, error: type[Exception], code: str
) -> None:
    two.one.will(lambda request: first if request.method == "POST" else EMPTY)
    two.two.will(lambda request: second if request.method == "POST" else EMPTY)
    with pytest.raises(error) as caught:
        two.sms.send(page())
    assert type(caught.value) is error
    assert getattr(caught.value, "code", "") == code
    assert "twilio: " in str(caught.value)
    assert "second: " in str(caught.value)


def test_an_ill_provider_is_asked_last_then_tried_again_and_both_is_told_once(two: Two) -> None:
    two.one.will(refused(401, 20003))
    for _ in range(5):
        assert two.call.send(page()).provider == "second"
    assert len(two.one.requests) == 3
    assert [line for line in two.news.told if line.startswith("twilio")].count("twilio is ill") == 1
    two.clock.ahead += timedelta(seconds=31)
    two.one.will(created("CA9"))
    assert two.call.send(page()).provider == "twilio"
    assert two.call.send(page()).provider == "twilio"
    assert two.news.told[-1] == "twilio works"
    assert two.news.told.count("twilio works") == 1


def test_a_page_is_sent_though_all_providers_are_ill(two: Two) -> None:
    for fake in (two.one, two.two):
        fake.will(refused(503, 20503))
    for _ in range(4):
        with pytest.raises(TransientError):
            two.call.send(page())
    two.two.will(created("CA8"))
    assert two.call.send(page()).provider == "second"


@pytest.mark.parametrize("code", [21215, 21408, 21610, 21211])
def test_one_country_or_one_number_that_is_refused_makes_no_provider_ill(two: Two, code: int) -> None:
    two.one.will(refused(400, code))
    for _ in range(6):
        try:
            two.sms.send(page())
        except RecipientError:
            continue
    two.one.will(created("SM1"))
    assert two.sms.send(page()).provider == "twilio"


def test_operators_hear_what_they_must_mend_although_the_page_went_another_way(two: Two) -> None:
    two.one.will(refused(400, 21215))
    two.call.send(page())
    assert "twilio refuses call: 21215" in two.news.told


def test_a_call_is_cancelled_at_the_provider_that_rings(two: Two) -> None:
    two.call.cancel("CA2", provider="second")
    assert not two.one.requests
    assert two.two.requests[0].path.endswith(f"/Accounts/{SECOND_ACCOUNT}/Calls/CA2.json")


def test_a_call_of_which_nobody_knows_the_provider_is_cancelled_wherever_it_is(two: Two) -> None:
    two.one.will(refused(404, 20404))
    two.call.cancel("CA2")
    assert [len(fake.requests) for fake in (two.one, two.two)] == [1, 1]


def test_a_provider_whose_credentials_are_gone_stops_no_engine(two: Two) -> None:
    two.call.cancel("CA3", provider="third")
    assert "cancel.no_credentials" in two.logged


def test_a_delivery_in_doubt_is_looked_for_at_every_provider(two: Two) -> None:
    two.one.will(EMPTY)
    two.two.will(listed(two, "CA66"))
    found = two.call.find(page(), two.clock.now(), Accounted)
    assert found is not None
    assert (found.provider_id, found.provider) == ("CA66", "second")
    assert two.two.requests[0].query["From"] == [SECOND_NUMBER]


def test_a_look_up_at_a_provider_that_hangs_leaves_time_for_the_next(two: Two) -> None:
    two.one.will(NEVER)
    two.two.will(listed(two, "CA66"))
    before = two.clock.now()
    assert two.call.find(page(), two.clock.now(), Accounted) is not None
    assert two.clock.now() - before < timedelta(seconds=4.5)
