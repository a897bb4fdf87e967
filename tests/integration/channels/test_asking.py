"""What Twilio says when it is asked after one call or text."""

import pytest

from oncall.errors import ChannelError
from oncall.ports import ProviderStatus

from .conftest import Provider
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
