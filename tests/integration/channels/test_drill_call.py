"""A call for practice over a real socket: the webhooks that it sends, and what an answer of no hotline becomes."""

from collections.abc import Iterator

import pytest
from twilio.request_validator import RequestValidator

from oncall.channels import drill_call as module
from oncall.channels.building import build_drill_caller
from oncall.errors import TransientError, UsageError
from oncall.settings import load_settings

from .conftest import RealClock
from .fake_twilio import Answer, FakeTwilio, running_fake_twilio

ACCOUNT, TOKEN = "AC" + "1" * 32, "the-token"
ASKS = '<Response><Gather action="{}/voice/key"/></Response>'
NOTHING = "<Response/>"


@pytest.fixture
def service() -> Iterator[FakeTwilio]:
    """Whatever takes a POST."""
    with running_fake_twilio() as fake:
        yield fake


def call(url: str) -> None:
    settings = load_settings(
        {
            "ONCALL_PUBLIC_URL": url,
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_API_URL": "http://127.0.0.1:9",
        },
        serving=False,
    )
    build_drill_caller(settings, RealClock()).call("CAdrill1", "+3225550199")


def test_it_rings_presses_a_key_and_hangs_up_each_signed_as_the_provider_signs(service: FakeTwilio) -> None:
    service.will(Answer(200, ASKS.format(service.url)), Answer(200, NOTHING), Answer(204, ""))
    call(service.url)
    assert [request.path for request in service.requests] == ["/voice/incoming", "/voice/key", "/voice/status"]
    forms = [{name: values[0] for name, values in request.form.items()} for request in service.requests]
    assert [form["CallStatus"] for form in forms] == ["ringing", "in-progress", "completed"]
    assert [form.get("Digits") for form in forms] == [None, "1", None]
    for request, form in zip(service.requests, forms, strict=True):
        assert (form["CallSid"], form["From"], form["Drill"]) == ("CAdrill1", "anonymous", "1")
        signature = request.headers["X-Twilio-Signature"]
        assert RequestValidator(TOKEN).validate(service.url + request.path, form, signature)


@pytest.mark.parametrize(
    "answer", [Answer(200, "<html>Welcome</html>"), Answer(502, "bad gateway"), Answer(302, "", {"Location": "/"})]
)
def test_an_answer_that_callers_could_not_use_fails_customers_calls_too(service: FakeTwilio, answer: Answer) -> None:
    service.will(answer)
    with pytest.raises(TransientError, match="customers' calls fail in the same way"):
        call(service.url)


@pytest.mark.parametrize("in_head", [True, False])
def test_an_answer_that_only_trickles_is_not_waited_for(
    service: FakeTwilio, monkeypatch: pytest.MonkeyPatch, *, in_head: bool
) -> None:
    monkeypatch.setattr(module, "_ANSWER_SECONDS", 0.3)
    monkeypatch.setattr(module, "_BODY_SECONDS", 0.3)
    service.will(Answer(200, ASKS.format(service.url), drip=0.05, drip_head=in_head))
    with pytest.raises(TransientError, match="does not answer"):
        call(service.url)


def test_a_refused_signature_and_a_key_that_leads_elsewhere_name_the_settings_to_look_at(service: FakeTwilio) -> None:
    service.will(Answer(403, "no"))
    with pytest.raises(UsageError, match="refuses our signature"):
        call(service.url)
    service.will(Answer(200, ASKS.format("https://elsewhere.example")))
    with pytest.raises(UsageError, match="is ONCALL_PUBLIC_URL the same here"):
        call(service.url)
