"""Withheld and premium numbers, duplicates, forgeries, a database that is away, an edit in the middle of it all."""

import pytest

from oncall.core.incident import IncidentState
from oncall.sim.faults import Faults
from oncall.sim.mishaps import Mishaps
from oncall.sim.world_schedules import ALICE, WITH_A_GAP, WITHOUT_ALICE
from tests.acceptance.cast import Stage


@pytest.mark.parametrize("caller_id", ["anonymous", "+266696687", "", "+7378742833"])
def test_a_withheld_number_is_paged_for_and_asked_for_a_number_to_call_back(stage, caller_id):
    caller = stage.stranger("+32470999999")
    caller.dials(caller_id=caller_id)
    caller.presses("1")
    caller.explains()
    caller.hears("We cannot see your number")
    stage.alice.phone.rings(within_seconds=5)
    caller.types_number("0470999999")
    caller.hears("Your incident number is")
    stage.alice.presses("1")
    caller.gets_sms("Alice Martin")


def test_a_withheld_number_that_types_nothing_is_paged_for_and_thanked(stage):
    caller = stage.stranger("+32470999999")
    caller.dials(caller_id="anonymous")
    caller.presses("1")
    caller.explains()
    caller.hears("Your incident number is")
    stage.pages_and_one_acknowledges(stage.alice)
    assert "no number to call back" in stage.facts()


def test_a_withheld_number_that_rings_off_in_silence_is_paged_for_since_it_cannot_be_told_to_call_again(stage):
    caller = stage.stranger("+32470999999")
    caller.dials(caller_id="anonymous")
    stage.world.run_for(3)
    caller.hangs_up()
    stage.pages_and_one_acknowledges(stage.alice, within_seconds=5)


def test_a_withheld_number_that_is_typed_in_gets_the_text_that_all_others_get(stage):
    caller = stage.stranger("+32470999999")
    caller.dials(caller_id="anonymous")
    caller.presses("1")
    caller.explains()
    stage.alice.phone.rings(within_seconds=5)
    caller.types_number("0470999999")
    assert "1001" in caller.gets_sms("we have your call")


def test_a_number_that_is_typed_in_after_an_engineer_has_acknowledged_is_told_who_has_it(stage):
    caller = stage.stranger("+32470999999")
    caller.dials(caller_id="anonymous")
    caller.presses("1")
    caller.explains()
    stage.alice.phone.rings(within_seconds=5)
    stage.alice.texts("ACK 1001")
    stage.world.run_for(3)
    caller.types_number("0470999999")
    caller.gets_sms("Alice Martin")
    stage.world.run_for(60)
    assert not caller.has_heard("we have your call")


def test_a_premium_number_is_paged_for_and_never_called_back(stage):
    caller = stage.stranger("+3290012345")
    caller.dials()
    caller.presses("1")
    caller.explains()
    stage.pages_and_one_acknowledges(stage.alice)
    stage.world.run_for(120)
    assert caller.rang == []
    assert not any(heard.how == "sms" for heard in caller.heard)


def test_control_characters_and_markup_in_what_a_caller_says_break_nothing(stage, jane, alice):
    jane.dials()
    jane.says_name("Jane")
    jane.says_problem('</Say><Dial>+1900</Dial> \x07 "&" <b>')
    stage.world.run_for(60)
    jane.texts("</Message>\x01 & more")
    stage.world.run_for(5)
    assert stage.world.carrier.debugger == []


def test_every_webhook_twice_takes_effect_once():
    stage = Stage(faults=Faults(webhook_doubled=1.0, callback_doubled=1.0, callback_delayed=0.5))
    stage.jane.dials()
    stage.jane.explains()
    stage.pages_and_one_acknowledges(stage.alice)
    stage.jane.gets_sms("Alice Martin")
    stage.alice.texts("RESOLVE 1001 done")
    stage.jane.gets_sms("is resolved")
    stage.world.run_for(120)
    assert len(stage.incidents()) == 1
    kinds = [entry.kind.value for entry in stage.timeline()]
    assert [kinds.count(kind) for kind in ("opened", "acknowledged", "resolved", "call")] == [1, 1, 1, 1]
    assert kinds.count("recording") <= 4
    for purpose in ("we have your call", "has your incident", "is resolved"):
        assert sum(purpose in heard.words for heard in stage.jane.heard) == 1


def test_forged_webhooks_change_nothing(stage, jane, alice):
    jane.dials()
    jane.explains()
    alice.phone.rings()
    delivery = next(iter(stage.world.invariants.deliveries))
    forms = {
        "/voice/incoming": {"CallSid": "CA1", "From": "+32470111111", "CallStatus": "ringing"},
        f"/voice/deliveries/{delivery}/keys": {"CallSid": alice.call.sid, "Digits": "1"},
        f"/voice/deliveries/{delivery}/status": {"CallSid": alice.call.sid, "CallStatus": "completed"},
        "/sms/incoming": {"MessageSid": "SM1", "From": ALICE, "Body": "ACK 1001"},
        "/voice/status": {"CallSid": jane.call.sid, "CallStatus": "completed"},
    }
    for path, form in forms.items():
        for headers in ({}, {"X-Twilio-Signature": ""}, {"X-Twilio-Signature": "bm90IHNpZ25lZA=="}):
            answer = stage.world.forge(path, form, headers)
            assert answer is not None
            assert answer.status == 403, path
    assert stage.incident().state is IncidentState.TRIGGERED
    assert len(stage.incidents()) == 1


def test_a_database_that_is_away_during_a_call_is_waited_for_and_nothing_is_lost(stage, jane, alice):
    stage.world.database_away_for(20)
    jane.dials()
    jane.hears("We are having trouble on our side")
    jane.explains()
    jane.hears("Your incident number is 1 0 0 1")
    alice.phone.rings(within_seconds=10)
    alice.presses("1")
    jane.gets_sms("Alice Martin")


def test_a_key_pressed_while_the_database_is_away_is_kept(stage, jane, alice):
    """GoAlert, getCall: while its database is slow it asks for a moment's patience, three times."""
    jane.dials()
    jane.explains()
    alice.phone.rings()
    alice.answers()
    alice.hears("Production down")
    stage.world.database_away_for(12)
    alice.presses("1")
    alice.hears("A key that you pressed does not count yet")
    assert not alice.has_heard("Acknowledged")
    alice.hears("Acknowledged")
    jane.gets_sms("Alice Martin")


def test_a_caller_who_hangs_up_while_the_database_is_away_is_paged_for_once_it_is_back(stage, jane, alice):
    jane.dials()
    jane.says_name("Jane Doe")
    stage.world.database_away_for(30)
    stage.world.run_for(1)
    jane.hangs_up()
    alice.phone.rings(within_seconds=120)


def test_a_publish_that_removes_the_engineer_on_call_pages_whoever_is_now(stage, jane, alice, bob, dana):
    jane.dials()
    jane.explains()
    alice.phone.rings()
    stage.world.publish(WITHOUT_ALICE)
    others = (bob, stage.carol)
    assert stage.world.run_until(lambda: any(one.rang for one in others), within_seconds=420)
    next(one for one in others if one.rang).presses("1")
    assert stage.incident().state is IncidentState.ACKNOWLEDGED


def test_an_engineer_whom_a_publish_removed_can_still_answer_the_page_in_their_hand(stage, jane, alice):
    jane.dials()
    jane.explains()
    alice.phone.rings()
    stage.world.publish(WITHOUT_ALICE)
    alice.presses("1")
    alice.hears("Acknowledged")
    jane.gets_sms("Alice Martin")


def test_nobody_on_call_in_the_first_step_is_no_wait_and_the_operators_hear_of_it():
    stage = Stage(files=WITH_A_GAP)
    stage.jane.dials()
    stage.jane.explains()
    stage.bob.phone.rings(within_seconds=5)
    stage.dana.gets_sms("nobody is on call in production")


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_service_that_dies_at_every_third_commit_still_pages_and_tells(moment):
    chances = {f"crash_{moment}_commit": 0.3, "restart_seconds": 1.0}
    crashes = 0
    for seed in range(1, 7):
        stage = Stage(seed=seed, mishaps=Mishaps(**chances))
        stage.jane.dials()
        assert stage.world.run_until(lambda alice=stage.alice: bool(alice.rang), within_seconds=300)
        stage.world.mishaps = Mishaps()
        crashes += stage.world.crashes
        stage.world.run_for(40)
        stage.alice.phone.rings()
        stage.alice.presses("1")
        stage.jane.gets_sms("Alice Martin")
    assert crashes >= 6


def test_two_engines_at_once_send_nothing_twice():
    stage = Stage(engines=2)
    stage.jane.dials()
    stage.jane.explains()
    stage.world.run_for(700)
    assert len(stage.world.invariants.sent) > 8
    assert all(sent.times == 1 for sent in stage.world.invariants.sent.values())


def test_the_same_person_calling_twice_has_two_incidents_and_both_are_paged(stage, jane, alice):
    jane.dials()
    jane.explains()
    stage.pages_and_one_acknowledges(alice)
    jane.waits_for_the_end_of_the_call()
    jane.dials()
    jane.explains()
    alice.phone.rings()
    alice.presses("1")
    alice.hears("You have incident 1 0 0 2")
    assert len(stage.incidents()) == 2


def test_a_call_to_a_customer_that_said_nothing_of_ours_is_made_again(stage, jane):
    jane.phone.refuses_texts(21614)
    jane.dials()
    jane.explains()
    jane.waits_for_the_end_of_the_call()
    jane.phone.rings()
    stage.world.mishaps = Mishaps(restart_seconds=1.0)
    stage.world.web.crash()
    jane.answers()
    jane.hears("an application error has occurred")
    stage.world.run_for(30)
    assert "(received) failed: answered, but the call ended before it was spoken" in stage.facts()
    jane.phone.rings()
    jane.answers()
    jane.hears("We have your report")


def test_a_call_while_our_host_is_down_is_taken_by_the_fallback_and_paged_for_once_we_are_back(stage, jane, alice):
    stage.world.run_for(1)
    stage.world.host_down_for(300)
    jane.dials()
    jane.hears("Our hotline is disturbed")
    jane.says_name("The shop answers nothing but errors")
    jane.hears("We call you back")
    stage.world.run_for(300)
    stage.pages_and_one_acknowledges(alice, within_seconds=5)
    jane.gets_sms("Alice Martin")
    assert "stood in the provider's list" in stage.facts()
    assert "recorded a message" in stage.facts()


def test_a_page_whose_end_no_callback_tells_is_asked_about(stage_without_ends):
    stage = stage_without_ends
    stage.jane.dials()
    stage.jane.explains()
    stage.alice.phone.rings()
    stage.alice.declines()
    stage.world.run_for(130)
    assert "Call to Alice Martin failed: the line was busy" in stage.facts()
