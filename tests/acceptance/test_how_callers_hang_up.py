"""One test for each way in which a caller can hang up: the page goes all the same, but for one exception."""

import pytest

from oncall.core.incident import Resolution
from oncall.sim.faults import Faults
from oncall.sim.mishaps import Mishaps
from tests.acceptance.cast import Somebody, Stage


def paged_and_told(stage: Stage, jane: Somebody) -> None:
    stage.pages_and_one_acknowledges(stage.alice)
    jane.gets_sms("Alice Martin")


def test_a_caller_who_says_everything_is_thanked_with_a_number_and_told_who_has_it(stage, jane, alice):
    jane.dials()
    jane.says_name("Jane Doe")
    jane.says_problem("The shop is down")
    alice.phone.rings(within_seconds=5)
    jane.hears("Your incident number is 1 0 0 1")
    assert "1001" in jane.gets_sms("we have your call")
    assert not jane.has_heard("Alice"), "no engineer is named before one has acknowledged"
    alice.presses("1")
    alice.hears("Acknowledged")
    jane.gets_sms("Alice Martin")


def test_hanging_up_during_the_greeting_pages_at_once(stage, jane, alice):
    jane.hangs_up_when = lambda text: "production-down line" in text
    jane.dials()
    alice.phone.rings(within_seconds=10)
    alice.presses("1")
    jane.gets_sms("Alice Martin")


def test_hanging_up_at_the_prompt_for_the_name_pages_at_once(stage, jane):
    jane.hangs_up_when = lambda text: "say your name" in text
    jane.dials()
    paged_and_told(stage, jane)


def test_hanging_up_at_the_beep_for_the_name_pages_at_once(stage, jane):
    jane.dials()
    jane.waits_for_beep("name")
    jane.hangs_up()
    stage.alice.phone.rings(within_seconds=5)


def test_hanging_up_in_the_middle_of_the_name_pages_at_once_and_keeps_what_was_said(stage, jane, alice):
    jane.dials()
    jane.begins_to_say("name", "Jane D…")
    jane.hangs_up()
    alice.phone.rings(within_seconds=5)
    assert "recorded their name" in stage.facts()


def test_hanging_up_at_the_prompt_for_the_problem_pages_at_once(stage, jane, alice):
    jane.hangs_up_when = lambda text: "describe the problem" in text
    jane.dials()
    jane.says_name("Jane Doe")
    alice.phone.rings(within_seconds=10)


def test_hanging_up_in_the_middle_of_the_problem_pages_at_once_and_keeps_what_was_said(stage, jane, alice):
    jane.dials()
    jane.says_name("Jane Doe")
    jane.begins_to_say("problem", "Everything is d…")
    jane.hangs_up()
    alice.phone.rings(within_seconds=5)
    assert "recorded the problem" in stage.facts()


def test_hanging_up_while_being_thanked_changes_nothing(stage, jane):
    jane.hangs_up_when = lambda text: "Thank you" in text
    jane.dials()
    jane.explains()
    paged_and_told(stage, jane)


def test_never_a_word_from_a_known_number_pages_by_the_safety_timer(stage, jane, alice):
    jane.dials()
    alice.phone.rings(within_seconds=62)
    jane.hears("incident number")


def test_a_stranger_who_presses_1_and_hangs_up_is_paged_for(stage, alice):
    stranger = stage.stranger()
    stranger.dials()
    stranger.presses("1")
    stranger.hangs_up()
    alice.phone.rings(within_seconds=5)


def test_a_stranger_who_speaks_instead_of_pressing_is_paged_for(stage, alice):
    stranger = stage.stranger()
    call = stranger.dials()
    stage.world.run_for(4)
    stranger.says(call, "hello, is anybody there")
    stage.world.run_for(5)
    stranger.hangs_up()
    alice.phone.rings(within_seconds=5)


def test_a_stranger_who_hangs_up_in_silence_pages_nobody_and_gets_a_text(stage, alice):
    stranger = stage.stranger()
    stranger.dials()
    stage.world.run_for(3)
    stranger.hangs_up()
    stranger.gets_sms("reply DOWN")
    alice.phone.stays_silent(for_seconds=300)
    assert stage.incident().resolution is Resolution.SCREENED


@pytest.mark.parametrize("away_for", [5.0, 30.0])
def test_a_stranger_whose_key_came_while_the_database_was_away_and_who_hangs_up_is_paged_for(stage, alice, away_for):
    stranger = stage.stranger()
    stranger.dials()
    stage.world.run_for(3)
    stage.world.database_away_for(away_for)
    stranger.presses("1")
    stranger.hears("We are having trouble on our side")
    stage.world.run_for(6)
    stranger.hangs_up()
    alice.phone.rings(within_seconds=60)
    stranger.gets_sms("we have your call")
    assert not stranger.has_heard("reply DOWN")


def test_a_stranger_who_spoke_while_the_database_was_away_and_hangs_up_is_paged_for_and_heard(stage, alice):
    stranger = stage.stranger()
    stranger.dials()
    stranger.waits_for_beep("name")
    stage.world.database_away_for(12)
    stranger.begins_to_say("name", "Somebody in need")
    stranger.hangs_up()
    alice.phone.rings(within_seconds=60)
    assert "recorded their name" in stage.facts()


def test_a_stranger_whose_key_died_with_the_web_is_paged_for(stage, alice):
    stranger = stage.stranger()
    stranger.dials()
    stage.world.run_for(3)
    stage.world.mishaps = Mishaps(restart_seconds=0.1, crash_before_commit=1.0)
    stranger.presses("1")
    stage.world.mishaps = Mishaps(restart_seconds=0.1)
    assert stage.world.crashes == 1
    stranger.waits_for_the_end_of_the_call()
    alice.phone.rings(within_seconds=30)
    assert "Screened" not in stage.facts()


def test_a_call_of_which_nothing_but_its_first_ring_was_lost_while_the_database_was_away_is_paged_for():
    stage = Stage(faults=Faults(callback_lost=1.0))
    stage.world.database_away_for(10)
    stage.jane.dials()
    stage.jane.hears("We are having trouble on our side")
    stage.jane.hangs_up()
    stage.alice.phone.rings(within_seconds=90)


def test_down_reopens_what_was_screened(stage, alice):
    stranger = stage.stranger()
    stranger.dials()
    stage.world.run_for(3)
    stranger.hangs_up()
    stranger.gets_sms("reply DOWN")
    stranger.texts("down")
    alice.phone.rings(within_seconds=10)
    assert len(stage.incidents()) == 1
    alice.presses("1")
    stranger.gets_sms("Alice Martin")


def test_a_stranger_who_stays_on_the_line_in_silence_is_paged_for(stage, alice):
    stranger = stage.stranger()
    stranger.dials()
    alice.phone.rings(within_seconds=62)


def test_a_stranger_whose_end_of_call_is_never_told_is_paged_for():
    stage = Stage(faults=Faults(callback_lost=1.0))
    stranger = stage.stranger()
    stranger.dials()
    stage.world.run_for(3)
    stranger.hangs_up()
    stage.alice.phone.rings(within_seconds=62)


def test_the_safety_timer_pages_when_everything_after_the_first_webhook_is_lost():
    stage = Stage()
    stage.jane.dials()
    stage.world.run_for(1)
    stage.world.carrier.faults = Faults(callback_lost=1.0, webhook_lost=1.0)
    stage.world.run_for(58)
    stage.world.carrier.faults = Faults(callback_lost=1.0)
    stage.pages_and_one_acknowledges(stage.alice)
