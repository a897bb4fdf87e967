"""The exchange plays two accounts over HTTP: when one is away the other takes the page, and its phones answer to it."""

import threading
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

import pytest
import requests
from flask import Flask, Response, request
from twilio.request_validator import RequestValidator
from werkzeug.serving import make_server

from oncall.channels.building import build_channels
from oncall.channels.providers import Providers
from oncall.channels.twilio import TwilioAccount
from oncall.core.accounted import Accounted
from oncall.core.engineer import ContactMethod
from oncall.ports import Message
from oncall.sim.exchange import Exchange, PhoneEntry, SecondAccount, run_exchange
from oncall.sim.faults import Away
from oncall.system import SystemClock, SystemRng
from tests.integration.channels.conftest import page, settings

FIRST, SECOND = "AC" + "1" * 32, "AC" + "2" * 32
NUMBER, SECOND_NUMBER, ALICE = "+3225550199", "+3225550188", "+32470000001"
PUBLIC = "https://hotline.example"


class Answering:
    """A hotline that says whose token signed the text."""

    def __init__(self) -> None:
        self.signed_by: list[tuple[str, str]] = []
        self.arrived = threading.Event()
        app = Flask("hotline")
        app.add_url_rule("/<path:path>", view_func=self.answer, methods=["POST"])
        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def answer(self, path: str) -> Response:
        form, signature = request.form.to_dict(), request.headers.get("X-Twilio-Signature", "")
        for token in ("one", "two"):
            if path == "sms/incoming" and RequestValidator(token).validate(f"{PUBLIC}/{path}", form, signature):
                self.signed_by.append((token, form["AccountSid"]))
                self.arrived.set()
        return Response(f"<Response><Message>{escape('Got it')}</Message></Response>", content_type="text/xml")

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def hotline() -> Iterator[Answering]:
    answering = Answering()
    yield answering
    answering.close()


@pytest.fixture
def exchange(hotline: Answering) -> Iterator[Exchange]:
    started = run_exchange(
        host="127.0.0.1", port=0, account_sid=FIRST, auth_token="one", hotline_number=NUMBER,
        hotline_base_url=f"http://127.0.0.1:{hotline.server.server_port}", public_url=PUBLIC,
        phones=[PhoneEntry(ALICE, "Alice Martin", "engineer")], second=SecondAccount(SECOND, "two", SECOND_NUMBER),
    ).start()  # fmt: skip
    yield started
    started.stop()


def nothing_recorded(_message: Message, _since: datetime) -> tuple[str, Accounted]:
    return "", Accounted()


def silent(_event: str, **_facts: object) -> None:
    """Nobody reads these logs."""


def channels(exchange: Exchange) -> Any:
    clock = SystemClock()
    accounts = {
        "twilio": TwilioAccount(FIRST, "one", exchange.url, from_number=lambda: NUMBER, clock=clock),
        "second": TwilioAccount(SECOND, "two", exchange.url, from_number=lambda: SECOND_NUMBER, clock=clock),
    }
    providers = Providers(accounts.get, lambda: ["twilio", "second"], clock)
    return build_channels(settings(), providers, clock, SystemRng(), silent, recorded=nothing_recorded)


@pytest.mark.parametrize("how", list(Away))
def test_while_the_first_account_is_away_the_second_takes_the_text_and_the_answer(
    exchange: Exchange, hotline: Answering, how: Away
) -> None:
    assert exchange.second is not None
    exchange.carrier.away = how
    receipt = channels(exchange)[ContactMethod.SMS].send(page())
    assert receipt.provider == "second"
    with exchange.timers.lock:
        assert not exchange.carrier.messages
        assert exchange.second.messages[receipt.provider_id].from_ == SECOND_NUMBER
        exchange.second.texts(ALICE, "ACK 1042")
    assert hotline.arrived.wait(15)
    assert hotline.signed_by == [("two", SECOND)]


def test_neither_account_knows_the_other_s_calls_or_lets_its_token_in(exchange: Exchange) -> None:
    made = channels(exchange)
    receipt = made[ContactMethod.CALL].send(page())
    assert receipt.provider == "twilio"
    assert exchange.second is not None
    with exchange.timers.lock:
        assert receipt.provider_id in exchange.carrier.calls
        assert not exchange.second.calls
    made[ContactMethod.CALL].cancel(receipt.provider_id)
    with exchange.timers.lock:
        assert exchange.carrier.calls[receipt.provider_id].status == "canceled"


def test_the_page_takes_the_first_account_away_and_gives_it_back(exchange: Exchange) -> None:
    phones, guard = f"{exchange.url}/phones", {"X-Phones": "1"}
    before = requests.get(f"{phones}/state", timeout=5).json()
    assert (before["second"], before["away"]) == (SECOND_NUMBER, False)
    assert requests.post(f"{phones}/provider-one/away", {"away": "1"}, timeout=5).status_code == 403
    for away in (True, False):
        fields = {"away": "1" if away else "0"}
        assert requests.post(f"{phones}/provider-one/away", fields, headers=guard, timeout=5).status_code == 204
        assert (exchange.carrier.away is not None) is away
        assert requests.get(f"{phones}/state", timeout=5).json()["away"] is away
    assert exchange.second is not None
    assert exchange.second.away is None


def test_with_one_account_there_is_nothing_to_take_away() -> None:
    alone = run_exchange(
        host="127.0.0.1", port=0, account_sid=FIRST, auth_token="one", hotline_number=NUMBER,
        hotline_base_url="http://127.0.0.1:9", public_url=PUBLIC, phones=[],
    ).start()  # fmt: skip
    phones, guard = f"{alone.url}/phones", {"X-Phones": "1"}
    try:
        assert requests.get(f"{phones}/state", timeout=5).json()["second"] == ""
        assert requests.post(f"{phones}/provider-one/away", {"away": "1"}, headers=guard, timeout=5).status_code == 400
        assert alone.carrier.away is None
    finally:
        alone.stop()
