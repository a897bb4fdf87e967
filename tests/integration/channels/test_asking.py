"""What Twilio says when it is asked after one call or text."""

from datetime import timedelta

import pytest

from oncall.errors import BusyError, ChannelError, RecipientError, TransientError
from oncall.ports import ProviderStatus

from .conftest import Provider, page
from .fake_twilio import ACCOUNT, Answer, refused

CALL, TEXT = "CA" + "1" * 32, "SM" + "1" * 32


def test_a_call_is_asked_after_by_its_id(provider: Provider) -> None:
    provider.fake.will(Answer(200, {"sid": CALL, "status": "no-answer"}))
    assert provider.call.ask(CALL) == ProviderStatus("no-answer")
    (request,) = provider.fake.requests
    assert (request.method, request.path) == ("GET", f"/2010-04-01/Accounts/{ACCOUNT}/Calls/{CALL}.json")


def test_a_text_comes_back_with_its_error(provider: Provider) -> None:
    provider.fake.will(Answer(200, {"sid": TEXT, "status": "undelivered", "error_code": 30003}))
    assert provider.sms.ask(TEXT) == ProviderStatus("undelivered", "30003")


def test_what_twilio_does_not_know_is_nothing(provider: Provider) -> None:
    provider.fake.will(refused(404, 20404))
    assert provider.call.ask(CALL) is None
    assert provider.sms.ask(TEXT) is None


@pytest.mark.parametrize(
    "answer",
    [refused(503, 20503), Answer(200, "<html>Welcome</html>"), Answer(200, "[]"), Answer(200, "[1]"), Answer(500, "x")],
)
def test_an_answer_that_is_none_is_an_error_of_ours(provider: Provider, answer: Answer) -> None:
    provider.fake.will(answer)
    with pytest.raises(ChannelError):
        provider.call.ask(CALL)
    with pytest.raises(ChannelError):
        provider.sms.ask(TEXT)


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_twilio_that_says_when_to_ask_again_is_believed(provider: Provider, status: int) -> None:
    busy = refused(status, 20429)
    busy.headers["Retry-After"] = "7"
    provider.fake.will(busy)
    for asking in (
        lambda: provider.call.ask(CALL),
        lambda: provider.sms.ask(TEXT),
        lambda: provider.call.send(page()),
        lambda: provider.sms.send(page()),
    ):
        with pytest.raises(BusyError) as caught:
            asking()
        assert (caught.value.wait_for, caught.value.code) == (timedelta(seconds=7), "20429")
        assert "too many requests at once" in str(caught.value)
    assert len(provider.fake.requests) == 4, "nobody is asked a second time at once who asked for time"


def test_a_busy_twilio_that_names_no_code_is_believed_too(provider: Provider) -> None:
    provider.fake.will(Answer(503, "<html>busy</html>", {"Retry-After": "3"}))
    with pytest.raises(BusyError) as caught:
        provider.call.ask(CALL)
    assert (caught.value.wait_for, caught.value.code) == (timedelta(seconds=3), "")


def test_a_number_that_is_refused_stays_refused_whatever_time_is_named_beside_it(provider: Provider) -> None:
    answer = refused(429, 21610)
    answer.headers["Retry-After"] = "3"
    provider.fake.will(answer)
    with pytest.raises(RecipientError):
        provider.sms.send(page())


@pytest.mark.parametrize("nonsense", ["", "soon", "-1"])
def test_a_time_that_means_nothing_is_no_time(provider: Provider, nonsense: str) -> None:
    provider.fake.will(Answer(503, "busy", {"Retry-After": nonsense}))
    with pytest.raises(TransientError) as caught:
        provider.call.ask(CALL)
    assert type(caught.value) is TransientError
