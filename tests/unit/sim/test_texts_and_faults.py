"""Texts both ways, and everything that can go wrong at the carrier."""

import random

import pytest

from oncall.sim.faults import Faults
from oncall.sim.live_message import segments
from oncall.sim.refusal import RefusalError, ResponseLostError
from oncall.sim.webhook import Answer, FetchError
from tests.unit.sim.tiny_hotline import ACCOUNT, ALICE, HOTLINE, JANE, World, words


@pytest.fixture
def world():
    return World()


def test_a_text_is_queued_sent_and_delivered(world):
    sid = world.text_alice("1042 production down")
    assert world.carrier.get_message(sid).status == "queued"
    world.timers.advance(10)
    assert world.alice.texts == ["1042 production down"]
    assert world.statuses(key="MessageStatus") == ["sent", "delivered"]
    (_sent, delivered) = world.hotline.asked("/status")
    assert "Body" not in delivered
    assert delivered["RawDlrDoneDate"] == "2603010300"


def test_a_text_to_a_phone_that_is_off_is_undelivered_with_the_reason(world):
    world.carrier.phone(ALICE).message_error = 30003
    world.text_alice()
    world.timers.advance(10)
    last = world.hotline.asked("/status")[-1]
    assert (last["MessageStatus"], last["ErrorCode"]) == ("undelivered", "30003")
    assert world.alice.texts == []


def test_a_text_that_waited_longer_than_it_is_valid_dies_in_the_queue(world):
    world.text_alice("x" * 1000)
    late = world.text_alice(validity_period=3)
    world.timers.advance(30)
    assert (world.carrier.get_message(late).status, world.carrier.get_message(late).error_code) == ("failed", 30001)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"to": ""}, 21604),
        ({"from_": ""}, 21603),
        ({"to": "alice"}, 21211),
        ({"from_": JANE}, 21606),
        ({"to": HOTLINE}, 21266),
        ({"body": "  "}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"status_callback": "nowhere"}, 21609),
        ({"validity_period": 0}, 20001),
    ],
)
def test_a_wrong_text_is_refused_with_the_carriers_code(world, changes, code):
    with pytest.raises(RefusalError) as refused:
        world.text_alice(**changes)
    assert refused.value.code == code


@pytest.mark.parametrize("code", [21614, 21610, 21408])
def test_a_number_can_refuse_texts(world, code):
    world.carrier.phone(ALICE).message_refusal = code
    with pytest.raises(RefusalError) as refused:
        world.text_alice()
    assert refused.value.code == code


def test_a_text_to_the_hotline_is_posted_and_its_reply_arrives(world):
    world.hotline.says("/sms/incoming", "<Message>Acknowledged &amp; thank you.</Message>")
    world.carrier.texts(ALICE, "ACK 1042")
    world.timers.advance(10)
    (params,) = world.hotline.asked("/sms/incoming")
    assert (params["From"], params["To"], params["Body"], params["SmsStatus"]) == (
        ALICE,
        HOTLINE,
        "ACK 1042",
        "received",
    )
    assert world.alice.texts == ["Acknowledged & thank you."]
    assert [text.incoming for text in world.carrier.phone(ALICE).texts] == [False, True]


def test_an_empty_reply_sends_nothing_and_an_empty_body_is_an_error(world):
    world.hotline.says("/sms/incoming", "")
    world.carrier.texts(ALICE, "hello")
    world.timers.advance(10)
    assert world.alice.texts == []
    assert not world.debugged()
    world.hotline.says("/sms/incoming", Answer(200, "text/xml", b""))
    world.carrier.texts(ALICE, "hello")
    world.timers.advance(10)
    assert world.debugged() == [11770]


def test_after_stop_nothing_can_be_sent_until_start(world):
    world.hotline.says("/sms/incoming", "<Message>never arrives</Message>")
    world.carrier.texts(ALICE, "Stop")
    world.timers.advance(10)
    assert len(world.alice.texts) == 1
    assert "unsubscribed" in world.alice.texts[0]
    assert world.debugged() == [21610]
    with pytest.raises(RefusalError) as refused:
        world.text_alice()
    assert refused.value.code == 21610
    world.carrier.texts(ALICE, "START")
    world.text_alice()


@pytest.mark.parametrize(
    ("body", "count"),
    [("x" * 160, 1), ("x" * 161, 2), ("€" * 80, 1), ("€" * 81, 2), ("’" * 70, 1), ("’" * 71, 2), ("😀" * 36, 2)],
)
def test_one_curly_quote_halves_what_a_text_holds(body, count):
    assert segments(body) == count


def test_texts_leave_one_segment_a_second(world):
    for body in ("x" * 320, "second", "third"):
        world.text_alice(body)
    world.timers.advance(3.9)
    assert len(world.statuses(key="MessageStatus")) >= 2
    sent = [m.sent_at for m in world.carrier.list_messages(to=ALICE)][::-1]
    assert [s and (s - world.timers.now()).total_seconds() for s in sent] == pytest.approx([-3.9, -0.9, None])


def test_a_redacted_text_has_no_body(world):
    sid = world.text_alice("secret")
    assert world.carrier.redact_message(sid).body == ""


def test_a_lost_callback_never_comes(world):
    world.carrier.faults = Faults(callback_lost=1.0)
    world.text_alice()
    world.timers.advance(60)
    assert world.alice.texts
    assert not world.hotline.asked("/status")


def test_a_doubled_callback_comes_twice(world):
    world.carrier.faults = Faults(callback_doubled=1.0)
    world.text_alice()
    world.timers.advance(60)
    assert world.statuses(key="MessageStatus") == ["sent", "sent", "delivered", "delivered"]


def test_delayed_callbacks_come_out_of_order():
    # The first is delayed by nearly all of its twenty seconds, the second is not.
    world = World(ACCOUNT, 0.1, 0.9, 0.8)
    world.carrier.faults = Faults(callback_delayed=0.5)
    world.text_alice()
    world.timers.advance(60)
    assert world.statuses(key="MessageStatus") == ["delivered", "sent"]


def test_a_doubled_webhook_is_asked_twice_and_performed_once(world):
    world.carrier.faults = Faults(webhook_doubled=1.0)
    world.hotline.says("/voice/incoming", "<Say>Hello</Say>")
    world.carrier.dials(JANE)
    world.timers.advance(30)
    tokens = {r.headers["I-Twilio-Idempotency-Token"] for r in world.hotline.requests if "incoming" in r.url}
    assert len(world.hotline.asked("/voice/incoming")) == 2
    assert len(tokens) == 1
    assert world.jane.heard == ["Hello"]


def test_a_lost_webhook_ends_in_an_apology_after_fifteen_seconds(world):
    world.carrier.faults = Faults(webhook_lost=1.0)
    placed = world.carrier.dials(JANE)
    world.timers.advance(14)
    assert placed.status == "ringing"
    world.timers.advance(30)
    assert placed.status == "completed"
    assert world.debugged() == [11205]


def test_a_slow_webhook_is_waited_for():
    world = World(ACCOUNT, 0.0, 0.5)
    world.carrier.faults = Faults(webhook_delayed=0.5, webhook_delay_seconds=8)
    world.hotline.says("/voice/incoming", "<Say>Hello</Say>")
    world.carrier.dials(JANE)
    world.timers.advance(3.9)
    assert not world.hotline.requests
    world.timers.advance(10)
    assert world.jane.heard == ["Hello"]


def test_what_was_read_without_an_answer_is_not_sent_again(world):
    world.hotline.away = FetchError("timed out", connected=True)
    world.carrier.dials(JANE)
    world.timers.advance(2)
    assert len(world.hotline.requests) == 1


def test_a_lost_response_has_placed_the_call_all_the_same(world):
    world.carrier.faults = Faults(rest_lost=1.0)
    with pytest.raises(ResponseLostError):
        world.call_alice()
    with pytest.raises(ResponseLostError):
        world.text_alice()
    assert len(world.carrier.list_calls(to=ALICE)) == len(world.carrier.list_messages(to=ALICE)) == 1


def test_the_api_can_fail_by_chance_and_then_nothing_was_done():
    world = World(ACCOUNT, 0.1, 0.9)
    world.carrier.faults = Faults(rest_error=0.5)
    with pytest.raises(RefusalError) as refused:
        world.call_alice()
    assert refused.value.status == 503
    assert not world.carrier.calls
    assert world.call_alice()


def test_a_recording_can_be_late_and_is_gone_once_deleted(world):
    world.carrier.faults = Faults(recording_late_seconds=30)
    world.jane.records = lambda call: call.speak(words())
    world.hotline.says("/done", "<Hangup/>")
    world.hotline.says("/voice/incoming", '<Record action="/done" timeout="2"/>')
    world.carrier.dials(JANE)
    world.timers.advance(10)
    sid = world.hotline.asked("/done")[0]["RecordingSid"]
    with pytest.raises(RefusalError) as refused:
        world.carrier.recording_media(sid)
    assert refused.value.status == 404
    world.timers.advance(30)
    assert world.carrier.recording_media(sid) == words().audio
    world.carrier.delete_recording(sid)
    for ask in (world.carrier.recording_media, world.carrier.get_recording, world.carrier.delete_recording):
        with pytest.raises(RefusalError):
            ask(sid)


def test_two_runs_of_one_world_ask_the_same_in_the_same_order():
    def run():
        world = World(rng=random.Random(7))
        world.carrier.faults = Faults(callback_delayed=0.4, callback_lost=0.2, webhook_doubled=0.3)
        world.hotline.says("/voice/incoming", '<Gather timeout="2"><Say>Hello</Say></Gather>')
        world.carrier.dials(JANE)
        world.call_alice()
        world.text_alice()
        world.timers.advance(120)
        return [(request.url, dict(request.params), dict(request.headers)) for request in world.hotline.requests]

    assert run() == run()
    assert len(run()) > 4
