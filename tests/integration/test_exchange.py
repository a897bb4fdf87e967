"""The real client against the exchange over HTTP, webhooks over HTTP, and what the page with the phones asks."""

import base64
import functools
import socket
import threading
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests
from flask import Flask, request
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from werkzeug.serving import make_server

from oncall.sim.audio import beep
from oncall.sim.exchange import PhoneEntry, run_exchange
from oncall.sim.faults import Faults

SID, TOKEN = "AC" + "1" * 32, "the-token"
HOTLINE, JANE, ALICE, NOBODY = "+3225550199", "+32470111111", "+32470000001", "+32470999999"
PUBLIC = "https://hotline.example/public"


class LocalClient(TwilioHttpClient):
    def __init__(self, base):
        super().__init__(timeout=5)
        self._base = urlsplit(base)

    def request(self, method, url, *args, **kwargs):
        path = urlsplit(url)
        return super().request(
            method, urlunsplit((self._base.scheme, self._base.netloc, path.path, path.query, "")), *args, **kwargs
        )


class Hotline:
    """A tiny hotline on a real socket, which believes only what is signed."""

    def __init__(self):
        self.seen = []
        self.arrived = threading.Condition()
        app = Flask("tiny_hotline")
        app.add_url_rule("/<path:path>", view_func=self.answer, methods=["GET", "POST"])
        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()
        self.documents = {
            "voice/incoming": '<Say>Hello.</Say><Record action="/public/recorded" maxLength="20" finishOnKey="#"/>',
            "recorded": "<Say>Thank you.</Say>",
            "page": '<Gather numDigits="1" action="/public/ack"><Say>Press 1.</Say></Gather>',
            "ack": "<Play>/public/voice.wav</Play>",
            "sms/incoming": "<Message>Got it.</Message>",
        }

    def answer(self, path):
        signature = request.headers.get("X-Twilio-Signature", "")
        if not RequestValidator(TOKEN).validate(f"{PUBLIC}/{path}", request.form.to_dict(), signature):
            return "forged", 403
        with self.arrived:
            self.seen.append((path, request.form.to_dict()))
            self.arrived.notify_all()
        if path == "voice.wav":
            return beep(), 200, {"Content-Type": "audio/wav"}
        if path in self.documents:
            return f"<Response>{self.documents[path]}</Response>", 200, {"Content-Type": "text/xml"}
        return "", 204

    def wait_for(self, path, **expected):
        def found():
            return [p for seen, p in self.seen if seen == path and expected.items() <= p.items()]

        with self.arrived:
            assert self.arrived.wait_for(found, timeout=15), (path, expected, self.seen)
            return found()[0]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def hotline():
    served = Hotline()
    yield served
    served.close()


@pytest.fixture
def exchange(hotline):
    started = run_exchange(
        host="127.0.0.1",
        port=0,
        account_sid=SID,
        auth_token=TOKEN,
        hotline_number=HOTLINE,
        hotline_base_url=f"http://127.0.0.1:{hotline.server.server_port}",
        public_url=PUBLIC,
        phones=[PhoneEntry(JANE, "Jane Doe", "customer"), PhoneEntry(ALICE, "Alice Martin", "engineer")],
    ).start()
    yield started
    started.stop()


@pytest.fixture
def client(exchange):
    http = LocalClient(exchange.url)
    yield Client(SID, TOKEN, http_client=http)
    http.session.close()


class Page:
    """What the page does, without a browser."""

    def __init__(self, url):
        self.url = f"{url}/phones"

    def do(self, number, action, files=None, **fields):
        return requests.post(
            f"{self.url}/{number}/{action}", data=fields, files=files, headers={"X-Phones": "1"}, timeout=5
        )

    def wait_until(self, number, ready):
        version, deadline = 0, time.monotonic() + 15
        while time.monotonic() < deadline:
            state = requests.get(f"{self.url}/state", params={"after": version}, timeout=25).json()
            version = state["version"]
            (phone,) = [phone for phone in state["phones"] if phone["number"] == number]
            if ready(phone):
                return phone
        raise AssertionError(f"never came: {phone}")

    def hear(self, number, text):
        phone = self.wait_until(number, lambda p: p["call"] and (p["call"]["prompt"] or {}).get("text") == text)
        self.do(number, "heard", prompt=phone["call"]["prompt"]["number"])


@pytest.fixture
def page(exchange):
    return Page(exchange.url)


def order(client, **changes):
    events = ["initiated", "ringing", "answered", "completed"]
    asked = {
        "to": ALICE,
        "from_": HOTLINE,
        "url": f"{PUBLIC}/page",
        "status_callback": f"{PUBLIC}/status",
        "status_callback_event": events,
        "timeout": 25,
    }
    return client.calls.create(**{**asked, **changes})


def test_the_clients_call_rings_is_answered_and_its_key_reaches_us(client, page, hotline):
    call = order(client)
    assert (call.status, call.to, call.direction) == ("queued", ALICE, "outbound-api")
    page.wait_until(ALICE, lambda p: p["call"] and p["call"]["status"] == "ringing")
    assert client.calls(call.sid).fetch().status == "ringing"
    page.do(ALICE, "answer")
    page.wait_until(ALICE, lambda p: p["call"] and p["call"]["prompt"])
    page.do(ALICE, "keys", keys="1")
    assert hotline.wait_for("ack")["Digits"] == "1"
    played = page.wait_until(ALICE, lambda p: p["call"] and (p["call"]["prompt"] or {}).get("kind") == "play")["call"]
    media = requests.get(f"{page.url}/{played['prompt']['url']}", timeout=5)
    assert (media.content, media.headers["Content-Type"]) == (beep(), "audio/wav")
    page.do(ALICE, "hangup")
    hotline.wait_for("status", CallStatus="completed", SequenceNumber="3")
    done = client.calls(call.sid).fetch()
    assert done.status == "completed"
    assert int(done.duration) >= 1
    assert done.end_time is not None


def test_a_ringing_call_is_cancelled_and_a_finished_one_is_refused(client, page, hotline):
    call = order(client)
    page.wait_until(ALICE, lambda p: p["call"] and p["call"]["status"] == "ringing")
    assert client.calls(call.sid).update(status="canceled").status == "canceled"
    with pytest.raises(TwilioRestException) as refused:
        client.calls(call.sid).update(status="completed")
    assert (refused.value.code, refused.value.status) == (21220, 400)


def test_calls_are_listed_by_number_and_time(client, page, hotline):
    call = order(client)
    page.wait_until(ALICE, lambda p: p["call"] is not None)
    start = client.calls(call.sid).fetch().start_time
    assert [found.sid for found in client.calls.list(to=ALICE, start_time_after=start)] == [call.sid]
    assert client.calls.list(to=JANE) == []


def test_lists_are_paged_and_keep_their_filter(client):
    for _ in range(5):
        client.messages.create(to=NOBODY, from_=HOTLINE, body="1042")
    client.messages.create(to=ALICE, from_=HOTLINE, body="1042")
    assert len(client.messages.list(to=NOBODY, page_size=2)) == 5


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"to": "nobody"}, 21211),
        ({"from_": "+3225550000"}, 21210),
        ({"url": "ftp://x"}, 21205),
        ({"timeout": "soon"}, 20001),
    ],
)
def test_a_bad_call_is_refused_with_the_providers_code(client, changes, code):
    with pytest.raises(TwilioRestException) as refused:
        order(client, **changes)
    assert refused.value.code == code


def test_a_wrong_password_is_refused(exchange):
    http = LocalClient(exchange.url)
    with pytest.raises(TwilioRestException) as refused:
        Client(SID, "wrong", http_client=http).messages.create(to=ALICE, from_=HOTLINE, body="1042")
    http.session.close()
    assert (refused.value.code, refused.value.status) == (20003, 401)


def test_a_lost_response_leaves_the_client_without_an_answer_although_the_text_went(client, exchange, page):
    exchange.carrier.faults = Faults(rest_lost=1.0)
    with pytest.raises(requests.ConnectionError):
        client.messages.create(to=ALICE, from_=HOTLINE, body="1042 down")
    exchange.carrier.faults = Faults()
    page.wait_until(ALICE, lambda p: [text["body"] for text in p["texts"]] == ["1042 down"])


def test_texts_go_both_ways(client, page, hotline):
    sent = client.messages.create(to=JANE, from_=HOTLINE, body="1042 received", status_callback=f"{PUBLIC}/status")
    hotline.wait_for("status", MessageSid=sent.sid, MessageStatus="delivered")
    assert client.messages(sent.sid).fetch().status == "delivered"
    page.do(JANE, "sms", body="Still down")
    assert hotline.wait_for("sms/incoming")["Body"] == "Still down"
    page.wait_until(JANE, lambda p: [text["body"] for text in p["texts"]] == ["1042 received", "Still down", "Got it."])


def test_what_the_microphone_heard_can_be_fetched_with_the_password_only_and_deleted(client, exchange, page, hotline):
    page.do(JANE, "dial")
    page.hear(JANE, "Hello.")
    page.wait_until(JANE, lambda p: p["call"] and p["call"]["record"])
    spoken = beep(1.5)
    page.do(JANE, "recording", files={"audio": ("r.wav", spoken, "audio/wav")}, key="#")
    action = hotline.wait_for("recorded")
    assert (action["RecordingDuration"], action["Digits"]) == ("2", "#")
    page.hear(JANE, "Thank you.")
    hotline.wait_for("voice/status", CallStatus="completed")
    url = action["RecordingUrl"] + ".wav"
    assert requests.get(url, timeout=5).status_code == 401
    assert requests.get(url, auth=(SID, TOKEN), timeout=5).content == spoken
    assert client.recordings(action["RecordingSid"]).fetch().call_sid == action["CallSid"]
    assert client.recordings(action["RecordingSid"]).delete() is True
    assert requests.get(url, auth=(SID, TOKEN), timeout=5).status_code == 404


def test_typed_words_become_a_recording_with_a_tone(exchange, page, hotline):
    page.do(JANE, "dial")
    page.hear(JANE, "Hello.")
    page.wait_until(JANE, lambda p: p["call"] and p["call"]["record"])
    page.do(JANE, "recording", text="The shop is down", hangup="1")
    action = hotline.wait_for("recorded")
    assert (action["Digits"], action["CallStatus"]) == ("hangup", "completed")
    recording = exchange.carrier.network.recordings.get(action["RecordingSid"])
    assert (recording.speech.text, recording.speech.audio) == ("The shop is down", beep())


def test_typed_words_are_understood_where_the_hotline_listens_for_words(page, hotline):
    hotline.documents["voice/incoming"] = '<Gather input="dtmf speech" timeout="20" action="/public/heard"/>'
    page.do(JANE, "dial")
    page.wait_until(JANE, lambda p: p["call"] and p["call"]["listening"])
    page.do(JANE, "say", text="production is down")
    assert hotline.wait_for("heard")["SpeechResult"] == "production is down"


def test_a_recording_that_is_not_a_wav_is_refused_with_a_sentence(page, hotline):
    page.do(JANE, "dial")
    page.hear(JANE, "Hello.")
    page.wait_until(JANE, lambda p: p["call"] and p["call"]["record"])
    refused = page.do(JANE, "recording", files={"audio": ("r.webm", b"nonsense", "audio/webm")})
    assert refused.status_code == 400
    assert "WAV" in refused.json()["error"]


def test_a_form_on_a_foreign_page_cannot_dial(page, exchange):
    assert requests.post(f"{page.url}/{JANE}/dial", timeout=5).status_code == 403
    assert not exchange.carrier.calls


def test_a_phone_in_a_call_cannot_dial_again(page):
    page.do(JANE, "dial")
    assert page.do(JANE, "dial").status_code == 400


def test_the_page_and_its_parts_are_served_and_name_no_other_host(page):
    for name in ("", "phones.js", "handset.js", "sound.js", "recorder.js", "phones.css"):
        answer = requests.get(f"{page.url}/{name}", timeout=5)
        assert answer.status_code == 200
        hosts = [part for part in answer.text.split("http")[1:] if part.startswith(("://", "s://"))]
        assert all(part.startswith("://www.w3.org/2000/svg") for part in hosts)


def test_headers_and_body_leave_in_one_send(exchange):
    key = base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
    host = urlsplit(exchange.url)
    with socket.create_connection((host.hostname, host.port), timeout=5) as connection:
        ask = f"GET /2010-04-01/Accounts/{SID}/Calls.json HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {key}\r\n\r\n"
        connection.sendall(ask.encode())
        first = connection.recv(65536)
    assert first.startswith((b"HTTP/1.1 200", b"HTTP/1.0 200"))
    assert b'"calls"' in first


def test_whoever_has_the_password_may_ask_for_the_account_and_nobody_else(exchange):
    place = f"{exchange.url}/2010-04-01/Accounts/{SID}.json"
    assert requests.get(place, auth=(SID, TOKEN), timeout=5).json()["status"] == "active"
    refused = requests.get(place, auth=(SID, "wrong"), timeout=5)
    assert (refused.status_code, refused.json()["code"]) == (401, 20003)


class QuietFiles(SimpleHTTPRequestHandler):
    """A host of static files: it answers GET, and nothing else."""

    def log_message(self, *_args):
        """Quiet."""


def test_while_nobody_answers_the_fallback_that_is_hosted_elsewhere_is_performed_and_rings(tmp_path):
    (tmp_path / "voice.xml").write_text(
        f"<Response><Dial timeout='1'><Number>{ALICE}</Number></Dial><Hangup/></Response>"
    )
    host = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(QuietFiles, directory=str(tmp_path)))
    serving = threading.Thread(target=host.serve_forever, args=(0.05,), daemon=True)
    serving.start()
    exchange = run_exchange(
        host="127.0.0.1", port=0, account_sid=SID, auth_token=TOKEN, hotline_number=HOTLINE,
        hotline_base_url="http://127.0.0.1:9", public_url=PUBLIC, phones=[],
        fallback_url=f"http://127.0.0.1:{host.server_port}/voice.xml",
    ).start()  # fmt: skip
    try:
        with exchange.timers.lock:
            call = exchange.carrier.dials(JANE)
        until = time.monotonic() + 20
        while not call.ended and time.monotonic() < until:
            time.sleep(0.05)
        legs = Client(SID, TOKEN, http_client=LocalClient(exchange.url)).calls.list(to=ALICE)
    finally:
        exchange.stop()
        host.shutdown()
        host.server_close()
        serving.join()
    assert [(leg.direction, leg.status) for leg in legs] == [("outbound-dial", "no-answer")]
    assert call.status == "completed"
