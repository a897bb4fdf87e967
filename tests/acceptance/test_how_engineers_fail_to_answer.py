"""One test for each way in which an engineer can fail to answer: the next rule at once, then the next engineer."""

import pytest

from oncall.core.incident import IncidentState
from oncall.sim.refusal import Asked
from tests.acceptance.cast import Somebody, Stage


def the_next_one_has_it(stage: Stage) -> None:
    """Nobody acknowledged for Alice; the second step pages Bob too, who does, and the customer hears of it."""
    assert stage.incident().state is IncidentState.TRIGGERED
    stage.pages_and_one_acknowledges(stage.bob, within_seconds=21 * 60)
    stage.jane.gets_sms("Bob Peeters")
    assert stage.incident().acknowledged_by == "bob"


def report(jane: Somebody) -> None:
    jane.dials()
    jane.explains()


def test_no_answer_the_second_call_follows_at_once(stage, jane, alice):
    report(jane)
    alice.phone.rings()
    alice.phone.rings(within_seconds=30)
    assert "Call to Alice Martin failed: nobody answered" in stage.facts()
    the_next_one_has_it(stage)


@pytest.mark.parametrize("outcome", ["busy", "failed", "no-answer"])
def test_a_line_that_is_busy_broken_or_dead_is_tried_twice_and_passed(stage, jane, alice, outcome):
    alice.phone.cannot_be_called(outcome)
    report(jane)
    stage.world.run_for(70)
    assert stage.facts().count("Call to Alice Martin failed") == 2
    the_next_one_has_it(stage)


def test_a_declined_call_is_followed_by_the_next_at_once(stage, jane, alice):
    report(jane)
    alice.phone.rings()
    alice.declines()
    alice.phone.rings(within_seconds=5)
    alice.declines()
    the_next_one_has_it(stage)


def test_a_voicemail_never_acknowledges_and_the_next_call_follows_when_it_ends(stage, jane, alice):
    report(jane)
    alice.phone.rings()
    alice.answers_as_voicemail()
    alice.phone.rings(within_seconds=90)
    assert "answered, but no key was pressed" in stage.facts()
    alice.answers_as_voicemail()
    the_next_one_has_it(stage)


def test_a_call_answered_in_silence_is_not_acknowledged_and_says_so(stage, jane, alice):
    report(jane)
    alice.phone.rings()
    alice.answers()
    alice.hears("this page is not acknowledged")
    alice.phone.rings(within_seconds=10)
    alice.declines()
    the_next_one_has_it(stage)


def test_wrong_keys_are_not_acknowledged(stage, jane, alice):
    report(jane)
    alice.phone.rings()
    alice.presses("957")
    alice.hears("That key does nothing")
    alice.phone.rings(within_seconds=60)
    alice.declines()
    the_next_one_has_it(stage)


def test_pressing_6_once_resolves_nothing(stage, jane, alice):
    report(jane)
    alice.phone.rings()
    alice.presses("6")
    alice.hears("press 6 again")
    alice.hangs_up()
    the_next_one_has_it(stage)


@pytest.mark.parametrize("code", [21211, 21217, 21216])
def test_a_number_that_cannot_be_called_pages_the_operators_and_the_next_engineer(stage, jane, alice, dana, code):
    alice.phone.refuses_calls(code)
    report(jane)
    dana.gets_sms("Alice Martin cannot be paged by call")
    the_next_one_has_it(stage)


@pytest.mark.parametrize("code", [21211, 21614])
def test_a_number_that_became_one_without_texts_last_week_still_rings_and_the_operators_hear(
    stage, jane, alice, dana, code
):
    alice.phone.refuses_texts(code)
    report(jane)
    dana.gets_sms("Alice Martin cannot be paged by sms")
    stage.pages_and_one_acknowledges(alice, within_seconds=15)
    jane.gets_sms("Alice Martin")


def test_nobody_reachable_at_all_in_a_step_passes_it_at_once(stage, jane, alice, bob):
    alice.phone.refuses_calls(21211)
    alice.phone.refuses_texts(21211)
    report(jane)
    bob.phone.rings(within_seconds=15)
    bob.presses("1")
    jane.gets_sms("Bob Peeters")


@pytest.mark.parametrize("code", [30003, 30005, 30006, 30007])
def test_a_text_that_is_not_delivered_leaves_the_call(stage, jane, alice, code):
    alice.phone.loses_texts(code)
    report(jane)
    alice.phone.rings(within_seconds=5)
    stage.world.run_for(20)
    assert "SMS to Alice Martin failed" in stage.facts()
    the_next_one_has_it(stage)


def test_an_engineer_who_texted_stop_is_called(stage, jane, alice, dana):
    alice.texts("STOP")
    report(jane)
    alice.phone.rings(within_seconds=10)
    dana.gets_sms("Alice Martin cannot be paged by sms")
    alice.presses("1")
    jane.gets_sms("Alice Martin")


def test_when_the_account_is_out_of_credit_the_operators_hear_by_what_is_left_and_paging_goes_on(stage, jane, dana):
    """OneUptime: a call was refused where the balance was too low."""
    rule = stage.world.carrier.refuse(20005, asked=frozenset({Asked.CALLS}))
    stage.world.disturbed_for(600)
    report(jane)
    dana.gets_sms("Nothing can be sent by call")
    stage.world.carrier.relent(rule)
    the_next_one_has_it(stage)


def test_a_provider_that_is_away_for_minutes_delays_the_page_and_never_loses_it(stage, jane, alice):
    jane.dials()
    stage.world.provider_refuses_for(150)
    jane.explains()
    alice.phone.stays_silent(for_seconds=120)
    alice.phone.rings(within_seconds=120)
    alice.presses("1")
    jane.gets_sms("Alice Martin")


def test_nobody_answers_all_night_and_the_list_runs_again_until_somebody_does(stage, jane, alice, bob):
    report(jane)
    stage.world.run_for(55 * 60)
    assert "round 2" in stage.facts()
    assert stage.incident().state is IncidentState.TRIGGERED
    the_next_one_has_it(stage)


def test_an_engineer_who_acknowledges_and_falls_asleep_is_paged_again_and_then_the_others(stage, jane, alice):
    report(jane)
    stage.pages_and_one_acknowledges(alice)
    alice.phone.stays_silent(for_seconds=29 * 60)
    alice.phone.rings(within_seconds=120)
    assert "No update from Alice Martin for 30 minutes" in stage.facts()
    the_next_one_has_it(stage)
