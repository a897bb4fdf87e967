"""The hotline calls an engineer: how the carrier queues, rings, connects, refuses, and what it tells on the way."""

import pytest

from oncall.sim.network import CarrierSettings
from oncall.sim.phone import Behaviour
from oncall.sim.refusal import Asked, RefusalError
from oncall.sim.webhook import Answer, FetchError
from tests.unit.sim.tiny_hotline import ALICE, BASE, HOTLINE, JANE, NIGHT, World, twiml

PAGE = '<Gather action="/ack" numDigits="1" timeout="7"><Say>Press 1 to acknowledge.</Say></Gather><Hangup/>'


@pytest.fixture
def world():
    made = World()
    made.hotline.says("/page", PAGE)
    made.hotline.says("/ack", "<Say>Thank you.</Say>")
    return made


def test_an_answered_page_is_acknowledged_by_a_key_and_told_step_by_step(world):
    world.alice.rings = lambda call: world.timers.call_at(world.timers.now(), call.answer)
    world.alice.hears = lambda call: call.press("1")
    sid = world.call_alice()
    world.timers.advance(60)
    (page,) = world.hotline.asked("/page")
    assert (page["CallStatus"], page["Direction"], page["From"], page["To"]) == (
        "in-progress",
        "outbound-api",
        HOTLINE,
        ALICE,
    )
    assert world.hotline.asked("/ack")[0]["Digits"] == "1"
    assert world.statuses() == ["initiated", "ringing", "in-progress", "completed"]
    assert world.statuses(key="SequenceNumber") == ["0", "1", "2", "3"]
    assert world.carrier.get_call(sid).status == "completed"


def test_nobody_answers_and_the_call_ends_when_its_time_is_up(world):
    sid = world.call_alice(timeout=25)
    world.timers.advance(25.5)
    assert world.carrier.get_call(sid).status == "ringing"
    world.timers.advance(5)
    assert world.statuses() == ["initiated", "ringing", "no-answer"]
    assert world.hotline.asked("/status")[-1]["CallDuration"] == "0"
    assert not world.hotline.asked("/page")
    assert world.alice.ends == ["no-answer"]


def test_a_declined_call_is_busy(world):
    world.alice.rings = lambda call: call.decline()
    world.call_alice()
    world.timers.advance(5)
    assert world.statuses()[-1] == "busy"
    assert world.hotline.asked("/status")[-1]["SipResponseCode"] == "486"


@pytest.mark.parametrize(("outcome", "status"), [("busy", "busy"), ("failed", "failed"), ("no-answer", "no-answer")])
def test_a_phone_can_be_busy_switched_off_or_out_of_reach(world, outcome, status):
    world.carrier.phone(ALICE).call_outcome = outcome
    world.alice.rings = lambda call: call.answer()
    world.call_alice()
    world.timers.advance(60)
    assert world.statuses()[-1] == status


def test_a_phone_that_is_in_a_call_is_busy(world):
    world.alice.rings = lambda call: call.answer()
    world.hotline.says("/page", '<Pause length="60"/>')
    world.call_alice()
    world.timers.advance(10)
    second = world.call_alice()
    world.timers.advance(10)
    assert world.carrier.get_call(second).status == "busy"


def test_a_voicemail_answers_listens_and_presses_nothing(world):
    world.alice.rings = lambda call: world.timers.call_at(world.timers.now(), lambda: call.answer(machine=True))
    world.call_alice(machine_detection="Enable")
    world.timers.advance(60)
    assert world.hotline.asked("/page")[0]["AnsweredBy"] == "machine_start"
    assert not world.hotline.asked("/ack")
    assert world.statuses()[-1] == "completed"
    assert world.hotline.asked("/status")[-1]["AnsweredBy"] == "machine_start"


def test_detection_beside_the_call_asks_for_the_page_at_once_and_tells_its_guess_later(world):
    world.alice.rings = lambda call: call.answer(machine=True)
    world.call_alice(machine_detection="Enable", async_amd="true", async_amd_status_callback=f"{BASE}/machine")
    world.timers.advance(2)
    assert "AnsweredBy" not in world.hotline.asked("/page")[0]
    assert not world.hotline.asked("/machine")
    world.timers.advance(60)
    [told] = world.hotline.asked("/machine")
    assert set(told) == {"CallSid", "AccountSid", "AnsweredBy", "MachineDetectionDuration"}
    assert told["AnsweredBy"] == "machine_start"


def test_async_detection_written_as_a_bool_of_the_client_is_not_understood(world):
    world.alice.rings = lambda call: call.answer(machine=True)
    world.call_alice(machine_detection="Enable", async_amd="True", async_amd_status_callback=f"{BASE}/machine")
    world.timers.advance(60)
    assert world.hotline.asked("/page")[0]["AnsweredBy"] == "machine_start"
    assert not world.hotline.asked("/machine")


def test_without_machine_detection_nobody_says_who_answered(world):
    world.alice.rings = lambda call: call.answer(machine=True)
    world.call_alice()
    world.timers.advance(60)
    assert "AnsweredBy" not in world.hotline.asked("/page")[0]


def test_a_queued_or_ringing_call_is_cancelled_and_stops_ringing(world):
    ringing = world.call_alice()
    world.timers.advance(2)
    queued = world.carrier.create_call(to=JANE, from_=HOTLINE, url=f"{BASE}/page")
    for sid in (ringing, queued):
        assert world.carrier.update_call(sid, "canceled").status == "canceled"
    world.timers.advance(60)
    assert world.alice.ends == ["canceled"]
    assert world.carrier.phone(ALICE).call is None
    assert world.statuses()[-1] == "canceled"


def test_a_call_in_progress_is_completed_but_not_cancelled(world):
    world.alice.rings = lambda call: call.answer()
    sid = world.call_alice()
    world.timers.advance(2)
    with pytest.raises(RefusalError) as refused:
        world.carrier.update_call(sid, "canceled")
    assert refused.value.code == 21220
    assert world.carrier.update_call(sid, "completed").status == "completed"
    with pytest.raises(RefusalError) as refused:
        world.carrier.update_call(sid, "completed")
    assert refused.value.code == 21220


def test_hanging_up_before_a_key_is_no_answer_to_the_page(world):
    world.alice.rings = lambda call: call.answer()
    world.alice.hears = lambda call: call.hang_up()
    world.call_alice()
    world.timers.advance(60)
    assert not world.hotline.asked("/ack")
    assert world.statuses()[-1] == "completed"


def test_calls_leave_one_a_second_in_the_order_they_were_asked_for():
    world = World(CarrierSettings("AC" + "0" * 32, "token", calls_per_second=1.0))
    sids = [world.carrier.create_call(to=f"+3247000001{n}", from_=HOTLINE, url=f"{BASE}/page") for n in range(3)]
    world.timers.advance(30)
    dialled = [(world.carrier.get_call(sid).times.dialled_at - NIGHT).total_seconds() for sid in sids]
    assert dialled == [0, 1, 2]


def test_only_the_end_is_told_where_no_event_was_asked_for(world):
    world.call_alice(status_callback_events=frozenset())
    world.timers.advance(60)
    assert world.statuses() == ["no-answer"]


def test_a_call_can_bring_its_own_document(world):
    world.alice.rings = lambda call: call.answer()
    world.call_alice(url="", twiml="<Response><Say>This is a drill.</Say></Response>")
    world.timers.advance(30)
    assert world.alice.heard == ["This is a drill."]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"to": ""}, 21201),
        ({"to": "0470000001"}, 21211),
        ({"from_": JANE}, 21210),
        ({"url": "hotline.example/page"}, 21205),
        ({"status_callback": "nowhere"}, 21609),
        ({"status_callback_events": frozenset({"picked-up"})}, 20001),
    ],
)
def test_a_wrong_call_is_refused_with_the_carriers_code(world, changes, code):
    with pytest.raises(RefusalError) as refused:
        world.call_alice(**changes)
    assert refused.value.code == code
    assert not world.carrier.calls


def test_a_number_can_be_refused(world):
    world.carrier.phone(ALICE).call_refusal = 21215
    with pytest.raises(RefusalError) as refused:
        world.call_alice()
    assert refused.value.code == 21215


def test_an_outage_refuses_everything_while_it_lasts(world):
    world.carrier.refuse(20503, until_at=NIGHT.replace(minute=5))
    for ask in (world.call_alice, world.text_alice, world.carrier.list_calls):
        with pytest.raises(RefusalError) as refused:
            ask()
        assert refused.value.status == 503
    world.timers.advance(301)
    assert world.call_alice().startswith("CA")


def test_a_rule_can_cover_one_kind_of_request_and_be_withdrawn(world):
    rule = world.carrier.refuse(20429, asked=frozenset({Asked.CALLS}))
    world.text_alice()
    with pytest.raises(RefusalError) as refused:
        world.call_alice()
    assert refused.value.status == 429
    world.carrier.relent(rule)
    world.call_alice()


def test_calls_are_listed_newest_first_and_a_queued_one_has_no_start_time(world):
    world.call_alice()
    world.timers.advance(2)
    second = world.call_alice()
    assert world.carrier.list_calls(to=ALICE)[0].sid == second
    assert second not in [call.sid for call in world.carrier.list_calls(to=ALICE, since=NIGHT)]
    assert world.carrier.list_calls(to=JANE) == []


def test_an_unknown_call_is_not_found(world):
    with pytest.raises(RefusalError) as refused:
        world.carrier.get_call("CA" + "f" * 32)
    assert refused.value.status == 404


def test_a_broken_page_is_recorded_and_apologised_for(world):
    world.alice.rings = lambda call: call.answer()
    world.hotline.says("/page", Answer(500, "text/html", b"oops"))
    world.call_alice()
    world.timers.advance(30)
    assert world.debugged() == [11200]
    assert world.statuses()[-1] == "completed"


def test_a_callback_that_is_not_taken_shows_in_the_debugger(world):
    world.hotline.says("/status", Answer(500, "text/html", b"oops"))
    world.call_alice(status_callback_events=frozenset())
    world.timers.advance(60)
    assert world.debugged() == [11200]
    world.hotline.away = FetchError("refused", connected=False)
    world.call_alice(status_callback_events=frozenset())
    world.timers.advance(60)
    assert world.debugged() == [11200, 11205]


def test_a_phone_on_the_table_just_rings(world):
    world.carrier.phone(ALICE, Behaviour())
    world.hotline.says("/page", twiml(""))
    sid = world.call_alice()
    world.timers.advance(60)
    assert world.carrier.get_call(sid).status == "no-answer"
