"""What wakes somebody whose telephone is silent, and what answers in their place without being them."""

import re
from collections.abc import Mapping

import pytest

from oncall.core.incident import IncidentState
from oncall.sim.faults import Faults
from oncall.sim.people import Engineer, Habit
from oncall.sim.world_schedules import ALICE, HOTLINE, WEEKLY, for_sleepers
from tests.acceptance.cast import Somebody, Stage
from tests.acceptance.test_shift_notices import edited

DIGIT = for_sleepers(WEEKLY, confirm=[ALICE], machine_detection=False)
MACHINES = for_sleepers(WEEKLY, confirm=[], machine_detection=True)
MACHINE = "Call to Alice Martin: an answering machine may have answered"


def report(stage: Stage) -> None:
    stage.jane.dials()
    stage.jane.explains()


def with_rules(rules: str) -> Mapping[str, str]:
    return edited('name: Alice Martin, phone: "+32470000001"', f'name: Alice Martin, phone: "{ALICE}", notify: {rules}')


def asked_digit(somebody: Somebody) -> str:
    somebody.hears("To acknowledge, press")
    heard = [words.words for words in somebody.heard if "To acknowledge, press" in words.words]
    return re.findall(r"To acknowledge, press (\d)", heard[-1])[-1]


# ---------------------------------------------------------------- Do Not Disturb


def test_lesson_34_by_default_an_unanswered_page_is_called_again_within_three_minutes_from_the_same_number(stage):
    """Lore-Hex/quill-router PR#610: telephones let a second call from the same number within three minutes ring."""
    report(stage)
    stage.alice.phone.rings()
    first_at = stage.world.now
    stage.alice.phone.rings()
    assert (stage.world.now - first_at).total_seconds() < 180
    assert [call.other for call in stage.alice.rang] == [HOTLINE, HOTLINE]


def test_lesson_34_rules_that_somebody_wrote_are_never_added_to():
    stage = Stage(files=with_rules("[{by: call}]"))
    report(stage)
    stage.alice.phone.rings()
    stage.alice.phone.stays_silent(for_seconds=4 * 60)


# ---------------------------------------------------------------- how long it rings


def test_a_call_gives_up_before_voicemail_picks_up_and_an_edit_counts_from_the_next_call_on(stage):
    report(stage)
    stage.alice.phone.rings()
    stage.world.publish(edited("operators: [dana]", "operators: [dana]\n  ring_time: 12s"))
    stage.alice.phone.rings()
    asked = [stage.world.carrier.calls[call.sid].order.timeout_seconds for call in stage.alice.rang]
    assert asked == [25, 12]


# ---------------------------------------------------------------- answering machines


def test_where_a_machine_may_have_answered_the_next_call_goes_at_once_and_it_stands_in_the_timeline():
    stage = Stage(files=MACHINES)
    report(stage)
    stage.alice.phone.rings()
    stage.alice.answers_as_voicemail()
    stage.world.run_for(6)
    assert stage.facts().count(MACHINE) == 1
    assert len([page for page in stage.facts().splitlines() if page.startswith("Call to Alice Martin sent")]) == 2
    assert stage.incident().state is IncidentState.TRIGGERED


def test_a_human_who_was_taken_for_a_machine_acknowledges_with_a_key_all_the_same():
    """tfrce/call-congress#32: a detector of machines is right in 65 to 80 of 100 calls."""
    stage = Stage(files=MACHINES, faults=Faults(machine_misjudged=1.0))
    report(stage)
    stage.alice.phone.rings()
    stage.alice.answers()
    stage.world.run_for(6)
    assert MACHINE in stage.facts()
    stage.alice.presses("1")
    stage.alice.hears("Acknowledged. You have incident")
    assert stage.incident().acknowledged_by == "alice"


def test_a_machine_that_was_taken_for_a_human_acknowledges_nothing():
    stage = Stage(files=MACHINES, faults=Faults(machine_misjudged=1.0))
    report(stage)
    stage.alice.phone.rings()
    stage.alice.answers_as_voicemail()
    stage.world.run_for(120)
    assert MACHINE not in stage.facts()
    assert stage.incident().state is IncidentState.TRIGGERED


def test_whoever_answers_hears_the_page_at_once_while_the_provider_still_listens():
    stage = Stage(files=MACHINES)
    report(stage)
    stage.alice.phone.rings()
    stage.alice.answers()
    stage.world.run_for(2.2)
    assert stage.alice.has_heard("Production down")
    assert MACHINE not in stage.facts()


def test_without_being_asked_the_provider_does_not_listen(stage):
    report(stage)
    stage.alice.phone.rings()
    stage.alice.answers_as_voicemail()
    stage.world.run_for(20)
    assert MACHINE not in stage.facts()


# ---------------------------------------------------------------- a digit to press


def test_only_the_digit_that_the_call_names_acknowledges():
    stage = Stage(files=DIGIT)
    report(stage)
    stage.alice.phone.rings()
    stage.alice.presses("1")
    stage.alice.hears("That key does nothing")
    assert stage.incident().state is IncidentState.TRIGGERED
    digit = asked_digit(stage.alice)
    stage.alice.presses(digit)
    stage.alice.hears("Acknowledged. You have incident")
    assert stage.incident().acknowledged_by == "alice"


def test_every_call_names_a_digit_of_its_own_that_no_key_of_the_menu_has():
    digits = set()
    for seed in range(1, 6):
        stage = Stage(files=DIGIT, seed=seed)
        report(stage)
        stage.alice.phone.rings()
        stage.alice.answers()
        digits.add(asked_digit(stage.alice))
    assert len(digits) > 1
    assert digits <= set("457890")


@pytest.mark.parametrize(("keys", "state"), [("3", IncidentState.TRIGGERED), ("66", IncidentState.RESOLVED)])
def test_the_other_keys_are_what_they_always_are(keys, state):
    stage = Stage(files=DIGIT)
    report(stage)
    stage.alice.phone.rings()
    stage.alice.presses(keys)
    stage.alice.hears("Passed on" if keys == "3" else "Resolved")
    assert stage.incident().state is state


def test_a_voicemail_that_echoes_1_never_acknowledges_where_a_digit_is_asked_for():
    stage = Stage(files=DIGIT)
    Engineer(stage.world, "Alice Martin", ALICE, Habit(voicemail_after=10.0, echoes="1"))
    report(stage)
    stage.world.run_for(4 * 60)
    assert "answered, but no key was pressed" in stage.facts()
    assert stage.incident().state is IncidentState.TRIGGERED
    stage.pages_and_one_acknowledges(stage.bob)


def test_an_engineer_who_is_not_asked_for_a_digit_presses_1():
    stage = Stage(files=for_sleepers(WEEKLY, confirm=["+32470000002"], machine_detection=False))
    report(stage)
    stage.pages_and_one_acknowledges(stage.alice)


# ---------------------------------------------------------------- the contact card


def test_a_new_installation_sends_every_engineer_the_contact_card_once():
    stage = Stage(fresh=True)
    for engineer in (stage.alice, stage.bob, stage.carol, stage.dana):
        assert HOTLINE in engineer.gets_sms("/contact")
    stage.world.run_for(10 * 60)
    assert len([text for text in stage.alice.heard if "/contact" in text.words]) == 1
