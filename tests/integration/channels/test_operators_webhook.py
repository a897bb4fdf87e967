"""The operators' webhook over a real socket: what it posts, and what its refusals become."""

from collections.abc import Iterator

import pytest

from oncall.channels.operators_webhook import OperatorsWebhook
from oncall.errors import SetupError, TransientError

from .fake_twilio import Answer, FakeTwilio, running_fake_twilio


@pytest.fixture
def taker() -> Iterator[FakeTwilio]:
    """Whatever takes a POST."""
    with running_fake_twilio() as fake:
        yield fake


def test_it_posts_a_text_as_json_as_slack_takes_it(taker: FakeTwilio) -> None:
    taker.will(Answer(200, "ok"))
    OperatorsWebhook(f"{taker.url}/services/T0/B0/secret")("The hotline is stuck.")
    [request] = taker.requests
    assert (request.method, request.path) == ("POST", "/services/T0/B0/secret")
    assert request.headers["Content-Type"] == "application/json"
    assert request.body == '{"text": "The hotline is stuck."}'


@pytest.mark.parametrize(
    ("status", "error"), [(404, SetupError), (302, SetupError), (429, TransientError), (503, TransientError)]
)
def test_a_refusal_is_one_of_our_errors_and_never_repeats_the_secret(
    taker: FakeTwilio, status: int, error: type[Exception]
) -> None:
    taker.will(Answer(status, "no"))
    with pytest.raises(error) as refused:
        OperatorsWebhook(f"{taker.url}/services/T0/B0/secret")("x")
    assert "secret" not in str(refused.value)


def test_a_place_where_nobody_listens_is_a_passing_trouble() -> None:
    with pytest.raises(TransientError) as refused:
        OperatorsWebhook("http://127.0.0.1:9/secret")("x")
    assert "secret" not in str(refused.value)
