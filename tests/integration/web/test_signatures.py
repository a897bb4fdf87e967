"""Only the provider gets in."""

import pytest
from werkzeug.datastructures import MultiDict

from oncall.web.signatures import is_signed, signed_url
from tests.integration.web.conftest import ACCOUNT, JANE, TOKEN, Hotline

CALL = MultiDict(
    {
        "CallSid": "CA1234567890ABCDE",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
        "Caller": "+14158675309",
    }
)
TWICE = MultiDict(
    [("Sid", "CA123"), ("SidAccount", "AC123"), ("Digits", "5678"), ("Digits", "1234"), ("Digits", "1234")]
)
MY = "mycompany.com/myapp.php?foo=1&bar=2"
HASH = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"


@pytest.mark.parametrize(
    ("url", "params", "signature"),
    [
        (f"https://{MY}", CALL, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("https://mycompany.com:1234/myapp.php?foo=1&bar=2", CALL, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (f"https://{MY}", CALL, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        (f"http://{MY}", CALL, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        ("http://mycompany.com:1234/myapp.php?foo=1&bar=2", CALL, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
        (
            f"https://{MY}&bodySHA256={HASH}",
            '{"property": "value", "boolean": true}',
            "a9nBmqA0ju/hNViExpshrM61xv4=",
        ),
        (f"https://{MY}", TWICE, "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
    ],
)
def test_the_provider_s_own_examples_are_let_in(url: str, params: MultiDict[str, str] | str, signature: str) -> None:
    assert is_signed(url, params, signature, ("wrong", "12345"))
    assert not is_signed(url, params, signature, ("wrong", ""))
    assert not is_signed(url + "x", params, signature, ("12345",))


def test_a_json_body_without_its_hash_in_the_url_is_not_signed() -> None:
    assert not is_signed(f"https://{MY}", "{}", "a9nBmqA0ju/hNViExpshrM61xv4=", ("12345",))


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        ({"RAW_URI": "/voice/x?a=%C3%A9%7E"}, "https://h.example/voice/x?a=%C3%A9%7E"),
        ({"RAW_URI": "/voice/x?"}, "https://h.example/voice/x?"),
        ({"RAW_URI": "http://10.0.0.1:8080/voice/x?a=1"}, "https://h.example/voice/x?a=1"),
        ({"RAW_URI": "/voice/x?a=http://y/"}, "https://h.example/voice/x?a=http://y/"),
        ({"PATH_INFO": "/voice/x", "QUERY_STRING": "a=%2A"}, "https://h.example/voice/x?a=%2A"),
    ],
)
def test_what_is_checked_is_our_public_url_and_the_raw_request_line(environ: dict[str, str], url: str) -> None:
    """twilio/twilio-python#751, #715: behind a proxy that ends TLS every call was refused with 403."""
    assert signed_url("https://h.example", environ) == url


WEBHOOKS = [
    "/voice/incoming",
    "/voice/status",
    "/voice/screening?try=1",
    "/voice/name?try=1",
    "/voice/problem?try=1",
    "/voice/number?try=1",
    "/voice/thanks",
    "/voice/recording-status?part=name",
    "/voice/transcript",
    "/voice/deliveries/d1",
    "/voice/deliveries/d1/keys?loop=1",
    "/voice/deliveries/d1/status",
    "/voice/deliveries/d1/machine",
    "/sms/incoming",
    "/sms/deliveries/d1/status",
]


@pytest.mark.parametrize("path", WEBHOOKS)
def test_an_unsigned_or_wrongly_signed_webhook_is_refused_and_nothing_is_stored(hotline: Hotline, path: str) -> None:
    given = {"CallSid": "CA1", "MessageSid": "SM1", "From": JANE, "AccountSid": ACCOUNT, "Body": "DOWN"}
    assert hotline.client.post(path, data=given).status_code == 403
    assert hotline.client.post(path, data=given, headers={"X-Twilio-Signature": "ü"}).status_code == 403
    assert hotline.post(path, token="guessed", **given).status_code == 403
    assert hotline.post(path, **(given | {"AccountSid": "AC" + "1" * 32})).status_code == 403
    assert hotline.incidents() == 0
    reasons = [str(fields["reason"]) for event, fields in hotline.logged if event == "webhook.refused"]
    assert [reason.split(":")[0].split(" for ")[0] for reason in reasons] == [
        "unsigned",
        "wrongly signed",
        "wrongly signed",
        "signed",
    ]


def test_no_webhook_route_is_left_out_of_that_test(hotline: Hotline) -> None:
    routes = {
        rule.rule.replace("<delivery_id>", "d1")
        for rule in hotline.app.url_map.iter_rules()
        if rule.rule.startswith(("/voice", "/sms")) and "POST" in (rule.methods or set())
    }
    assert routes == {path.partition("?")[0] for path in WEBHOOKS}


def test_a_caller_cannot_choose_another_way_of_signing(hotline: Hotline) -> None:
    refused = hotline.post(
        "/voice/incoming",
        CallSid="CA1",
        From=JANE,
        headers={"X-Twilio-Webhooks-Signature-Settings": "key=k,algorithm=HMAC_SHA256"},
    )
    assert refused.status_code == 403
    assert hotline.incidents() == 0


def test_while_the_token_is_changed_both_are_good() -> None:
    hotline = Hotline(TWILIO_AUTH_TOKEN="new", TWILIO_AUTH_TOKEN_SECONDARY=TOKEN)
    for token in (TOKEN, "new"):
        assert hotline.post("/voice/incoming", token=token, CallSid="CA1", From=JANE).status_code == 200
    assert hotline.incidents() == 1
    hotline.database.close()


SECOND = "AC" + "2" * 32
TWO_ACCOUNTS = {"ONCALL_PROVIDER_SECOND_ACCOUNT_SID": SECOND, "ONCALL_PROVIDER_SECOND_AUTH_TOKEN": "second token"}


@pytest.mark.parametrize("path", WEBHOOKS)
def test_each_account_s_token_opens_for_that_account_and_for_no_other(path: str) -> None:
    hotline = Hotline(**TWO_ACCOUNTS)
    given = {"CallSid": "CA1", "MessageSid": "SM1", "From": JANE, "Body": "STATUS"}
    assert hotline.post(path, token="second token", AccountSid=SECOND, **given).status_code in (200, 204)
    assert hotline.post(path, token=TOKEN, AccountSid=ACCOUNT, **given).status_code in (200, 204)
    before = hotline.incidents()
    for token, account in ((TOKEN, SECOND), ("second token", ACCOUNT), ("second token", ""), ("other", SECOND)):
        assert hotline.post(path, token=token, AccountSid=account, **(given | {"CallSid": "CA2"})).status_code == 403
    assert hotline.incidents() == before
    hotline.database.close()


def test_the_second_account_s_token_may_be_changed_too() -> None:
    hotline = Hotline(**TWO_ACCOUNTS, ONCALL_PROVIDER_SECOND_AUTH_TOKEN_SECONDARY="new")
    for token in ("second token", "new"):
        answer = hotline.post("/voice/incoming", token=token, AccountSid=SECOND, CallSid="CA1", From=JANE)
        assert answer.status_code == 200
    hotline.database.close()


def test_the_host_that_a_proxy_names_changes_nothing(hotline: Hotline) -> None:
    """bmlt-enabled/yap#1589: where every proxy is trusted, an attacker chooses the URL that was signed."""
    headers = {"Host": "10.0.0.1:8080", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}
    assert hotline.post("/voice/incoming", CallSid="CA1", From=JANE, headers=headers).status_code == 200


def test_encoded_characters_in_the_query_are_checked_as_they_came(hotline: Hotline) -> None:
    answered = hotline.post("/voice/name?try=1&lang=fr&x=%C3%A9%2C%7E%3A", CallSid="CA1", From=JANE)
    assert answered.status_code == 200


def test_a_webhook_about_no_call_is_refused(hotline: Hotline) -> None:
    assert hotline.post("/voice/incoming", From=JANE).status_code == 403
    assert hotline.post("/sms/incoming", From=JANE, Body="DOWN").status_code == 403


@pytest.mark.parametrize(
    "path",
    ["/voice/incoming", "/voice/status", "/sms/incoming", "/voice/deliveries/x/keys", "/sms/deliveries/x/status"],
)
def test_a_request_larger_than_any_of_the_providers_is_refused_like_other_forgeries(
    hotline: Hotline, path: str
) -> None:
    response = hotline.client.post(path, data={"Body": "x" * 300_000}, headers={"X-Twilio-Signature": "forged"})
    assert response.status_code == 403
    assert ("webhook.refused", "larger") in [(event, str(fields.get("reason"))[:6]) for event, fields in hotline.logged]


PARTNERS_WEBHOOKS = ["/webhooks/github", "/webhooks/pagerduty", "/webhooks/slack"]


@pytest.mark.parametrize("path", PARTNERS_WEBHOOKS)
def test_a_partner_s_webhook_that_nobody_signed_or_the_telephone_provider_did_is_refused(
    hotline: Hotline, path: str
) -> None:
    assert hotline.client.post(path, data=b"{}").status_code == 403
    assert hotline.post(path, CallSid="CA1", From=JANE).status_code == 403
    assert hotline.incidents() == 0


def test_no_partner_s_webhook_is_left_out_of_that_test(hotline: Hotline) -> None:
    routes = {rule.rule for rule in hotline.app.url_map.iter_rules() if rule.rule.startswith("/webhooks/")}
    assert routes == set(PARTNERS_WEBHOOKS)
