"""Calls and texts against Twilio's wire format."""

from dataclasses import replace

import pytest

from oncall.errors import OutcomeUnknownError, RecipientError, SetupError, TransientError

from .conftest import ALICE, DELIVERY, HOTLINE, Provider, page, provider_at
from .fake_twilio import ACCOUNT, BASIC, Answer, created, refused, running_fake_twilio


def test_a_call_carries_the_delivery_in_every_url_and_rings_25_seconds(provider: Provider) -> None:
    provider.fake.will(created("CA1"))
    receipt = provider.call.send(page())
    (request,) = provider.fake.requests
    assert (receipt.provider_id, receipt.status, receipt.final) == ("CA1", "queued", False)
    assert request.path == f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
    assert request.form == {
        "To": [ALICE],
        "From": [HOTLINE],
        "Url": [f"https://oncall.example.com/voice/deliveries/{DELIVERY}#ct=2000&rt=5000&rc=2&rp=5xx,ct,rt"],
        "Method": ["POST"],
        "StatusCallback": [f"https://oncall.example.com/voice/deliveries/{DELIVERY}/status#rc=5&rp=5xx,ct,rt"],
        "StatusCallbackMethod": ["POST"],
        "StatusCallbackEvent": ["initiated", "ringing", "answered", "completed"],
        "Timeout": ["25"],
    }
    assert request.headers["Authorization"] == BASIC


def test_a_call_rings_as_long_as_it_is_told_and_twilio_listens_for_machines_beside_it(provider: Provider) -> None:
    provider.fake.will(created("CA1"))
    provider.call.send(replace(page(), ring_seconds=12, detect_machine=True))
    (request,) = provider.fake.requests
    assert {name: value for name, value in request.form.items() if "Status" not in name or "Amd" in name} == {
        "To": [ALICE],
        "From": [HOTLINE],
        "Url": [f"https://oncall.example.com/voice/deliveries/{DELIVERY}#ct=2000&rt=5000&rc=2&rp=5xx,ct,rt"],
        "Method": ["POST"],
        "Timeout": ["12"],
        "MachineDetection": ["Enable"],
        "AsyncAmd": ["true"],
        "AsyncAmdStatusCallback": [f"https://oncall.example.com/voice/deliveries/{DELIVERY}/machine#rc=5&rp=5xx,ct,rt"],
        "AsyncAmdStatusCallbackMethod": ["POST"],
    }


def test_a_text_says_how_long_it_is_worth_delivering(provider: Provider) -> None:
    provider.fake.will(created("SM1", "accepted"))
    receipt = provider.sms.send(page())
    (request,) = provider.fake.requests
    assert (receipt.provider_id, receipt.status) == ("SM1", "accepted")
    assert request.path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    assert request.form == {
        "To": [ALICE],
        "From": [HOTLINE],
        "Body": ["1042 ACME: Production down. Answer ACK 1042"],
        "StatusCallback": [f"https://oncall.example.com/sms/deliveries/{DELIVERY}/status#rc=5&rp=5xx,ct,rt"],
        "ValidityPeriod": ["300"],
    }
    assert request.headers["Authorization"] == BASIC


REFUSALS = [
    (refused(400, 21211), RecipientError, "21211"),
    (refused(400, 21610), RecipientError, "21610"),
    (refused(400, 21614), RecipientError, "21614"),
    (refused(401, 20003), SetupError, "20003"),
    (refused(400, 21205), SetupError, "21205"),
    (refused(404, 20404), SetupError, "20404"),
    (refused(400, 29999), SetupError, "29999"),
    (refused(403, 29999), SetupError, "29999"),
    (refused(429, 20429), TransientError, "20429"),
    (refused(429, 29999), TransientError, "29999"),
    (refused(503, 20503), TransientError, "20503"),
    (refused(500, 20500), OutcomeUnknownError, "20500"),
    (Answer(503, "<html>busy</html>", {"Content-Type": "text/html"}), TransientError, ""),
    (Answer(504, "<html>gateway</html>", {"Content-Type": "text/html"}), OutcomeUnknownError, ""),
    (Answer(502, ""), OutcomeUnknownError, ""),
    (Answer(401, "<html>who are you</html>"), SetupError, ""),
    (Answer(201, "<html>captive portal</html>"), OutcomeUnknownError, ""),
    (Answer(201, "[]"), OutcomeUnknownError, ""),
    (Answer(201, "null"), OutcomeUnknownError, ""),
    (Answer(201, "{}"), OutcomeUnknownError, ""),
    (Answer(307, "", {"Location": "http://127.0.0.1:1/"}), SetupError, ""),
    (Answer(hang_up=True), OutcomeUnknownError, ""),
    (Answer(201, "{}", after=0.6), OutcomeUnknownError, ""),
    (Answer(201, b" " * 30, drip=0.1), OutcomeUnknownError, ""),
    (Answer(201, b" " * 1_000_001), OutcomeUnknownError, ""),
    (Answer(201, b"cut", {"Content-Length": "10"}, hang_up=False), OutcomeUnknownError, ""),
]


@pytest.mark.parametrize("way", ["call", "sms"])
@pytest.mark.parametrize(("answer", "error", "code"), REFUSALS)
def test_every_refusal_becomes_one_of_our_errors(
    provider: Provider, way: str, answer: Answer, error: type[Exception], code: str
) -> None:
    provider.fake.will(answer)
    with pytest.raises(TransientError if issubclass(error, TransientError) else error) as caught:
        getattr(provider, way).send(page())
    assert type(caught.value) is error
    assert caught.value.code == code
    assert caught.value.__cause__ is not None or str(answer.body) == "{}"


def test_a_provider_that_only_trickles_holds_nobody(provider: Provider) -> None:
    provider.fake.will(Answer(201, '{"sid": "CA1"}', drip=0.05, drip_head=True))
    started_at = provider.clock.now()
    with pytest.raises(OutcomeUnknownError):
        provider.call.send(page())
    assert (provider.clock.now() - started_at).total_seconds() < 1


def test_an_rfc_9457_refusal_is_understood_too(provider: Provider) -> None:
    problem: dict[str, object] = {"type": "x", "title": "Too many", "status": 429, "code": 20429}
    provider.fake.will(Answer(429, problem))
    with pytest.raises(TransientError) as caught:
        provider.sms.send(page())
    assert caught.value.code == "20429"
    assert "too many requests at once" in str(caught.value)


def test_what_surely_did_not_go_is_tried_once_more_after_a_short_wait(provider: Provider) -> None:
    provider.fake.will(refused(503, 20503), created("CA2"))
    assert provider.call.send(page()).provider_id == "CA2"
    assert len(provider.fake.requests) == 2
    assert provider.clock.slept == [pytest.approx(0.35)]


def test_it_is_tried_twice_and_no_more(provider: Provider) -> None:
    provider.fake.will(refused(429, 20429))
    with pytest.raises(TransientError):
        provider.call.send(page())
    assert len(provider.fake.requests) == 2


def test_a_slow_refusal_is_not_tried_again_here(provider: Provider) -> None:
    def slowly(_request: object) -> Answer:
        provider.clock.sleep(3.1)
        return refused(503, 20503)

    provider.fake.will(slowly)
    with pytest.raises(TransientError):
        provider.call.send(page())
    assert len(provider.fake.requests) == 1


@pytest.mark.parametrize("answer", [Answer(hang_up=True), refused(500, 20500), refused(400, 21211)])
def test_what_may_have_gone_or_never_can_is_not_repeated(provider: Provider, answer: Answer) -> None:
    provider.fake.will(answer)
    with pytest.raises((OutcomeUnknownError, RecipientError)):
        provider.call.send(page())
    assert len(provider.fake.requests) == 1


def test_a_provider_that_cannot_be_reached_is_a_passing_error(provider: Provider) -> None:
    with running_fake_twilio() as gone:
        url = gone.url
    away = provider_at(url, gone, provider.account._limits)
    with pytest.raises(TransientError) as caught:
        away.sms.send(page())
    assert type(caught.value) is TransientError
    assert len(away.clock.slept) == 1


def test_a_provider_whose_name_does_not_resolve_is_a_passing_error(provider: Provider) -> None:
    away = provider_at("https://nowhere.invalid", provider.fake, provider.account._limits)
    with pytest.raises(TransientError) as caught:
        away.sms.send(page())
    assert type(caught.value) is TransientError


def test_the_auth_token_is_never_sent_to_the_host_of_a_redirect(provider: Provider) -> None:
    with running_fake_twilio() as other:
        other.will(created("SM666"))
        provider.fake.will(Answer(307, "", {"Location": f"{other.url}/steal"}))
        with pytest.raises(SetupError, match="TWILIO_API_URL"):
            provider.sms.send(page())
        assert other.requests == []


def test_an_api_below_a_path_is_called_there(provider: Provider) -> None:
    provider.fake.will(created("SM1"))
    below = provider_at(f"{provider.fake.url}/exchange/", provider.fake, provider.account._limits)
    below.sms.send(page())
    assert provider.fake.requests[0].path == f"/exchange/2010-04-01/Accounts/{ACCOUNT}/Messages.json"


def test_the_words_of_a_refusal_hold_no_whole_telephone_number(provider: Provider) -> None:
    provider.fake.will(refused(400, 29999, f"The number {ALICE} is odd"))
    with pytest.raises(SetupError) as caught:
        provider.sms.send(page())
    assert ALICE not in str(caught.value)
    assert "0001" in str(caught.value) or "29999" in str(caught.value)


def test_a_connection_that_rested_long_is_not_trusted_with_a_page(provider: Provider) -> None:
    provider.fake.will(created("SM1"))
    provider.sms.send(page())
    session = provider.account._http()._session
    provider.sms.send(page())
    assert provider.account._http()._session is session
    provider.clock.sleep(60)
    provider.sms.send(page())
    assert provider.account._http()._session is not session


def test_whoever_replied_stop_could_not_find_the_number_to_text_start_to(provider: Provider) -> None:
    """target/goalert#2507: what operators and the timeline are told names it."""
    provider.fake.will(refused(400, 21610))
    with pytest.raises(RecipientError) as caught:
        provider.sms.send(page())
    assert f"texting from {HOTLINE}" in str(caught.value)
    assert "by texting START" in str(caught.value)
