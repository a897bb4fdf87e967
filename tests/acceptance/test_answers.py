"""What engineers and customers answer, and what becomes of it."""

from oncall.core.incident import IncidentState
from tests.acceptance.cast import Somebody, Stage


def report(jane: Somebody) -> None:
    jane.dials()
    jane.explains()


def test_passing_pages_the_next_engineer_at_once(stage, jane, alice, bob):
    report(jane)
    alice.phone.rings()
    alice.presses("3")
    alice.hears("Passed on")
    stage.pages_and_one_acknowledges(bob)
    jane.gets_sms("Bob Peeters")


def test_6_and_6_again_resolves_and_the_customer_hears_of_it(stage, jane, alice):
    report(jane)
    alice.phone.rings()
    alice.presses("66")
    alice.hears("Resolved. Incident 1 0 0 1 is over")
    assert "Not solved? Reply REOPEN 1001" in jane.gets_sms("is resolved")
    alice.phone.stays_silent(for_seconds=45 * 60)


def test_a_star_repeats_the_page(stage, jane, alice):
    report(jane)
    alice.phone.rings()
    alice.presses("*")
    alice.presses("1")
    alice.hears("Acknowledged")
    assert sum("Production down, from" in heard.words for heard in alice.heard) == 2


def test_of_two_who_press_1_the_second_hears_who_has_it(stage, jane, alice, bob):
    report(jane)
    bob.phone.rings(within_seconds=420)
    alice.phone.rings()
    bob.answers()
    bob.hears("Production down")
    alice.presses("1")
    bob.presses("1")
    bob.hears("already acknowledged by Alice Martin")
    jane.gets_sms("Alice Martin")
    stage.world.run_for(60)
    assert not jane.has_heard("Bob Peeters")


def test_what_still_rings_stops_when_somebody_has_it(stage, jane, alice, bob):
    report(jane)
    bob.phone.rings(within_seconds=420)
    assert bob.call.status == "ringing"
    alice.texts("ACK 1001")
    stage.world.run_for(3)
    assert bob.call.status == "canceled"
    bob.phone.stays_silent(for_seconds=25 * 60)


def test_ack_by_sms_with_a_number_without_one_and_with_emoji(alice):
    for words in ("ack 1001", "Ack", "👍 Acknowledged! 🚀"):
        stage = Stage()
        report(stage.jane)
        stage.alice.gets_sms("Reply ACK 1001")
        stage.alice.texts(words)
        stage.alice.gets_sms("Acknowledged. You have incident 1001")
        stage.jane.gets_sms("Alice Martin")


def test_the_wrong_engineer_may_take_it_and_is_named(stage, jane, bob):
    report(jane)
    stage.alice.phone.rings()
    bob.texts("ACK 1001")
    bob.gets_sms("Acknowledged")
    jane.gets_sms("Bob Peeters")


def test_an_ack_for_an_incident_that_is_not_there_changes_nothing(stage, jane, alice):
    report(jane)
    alice.phone.rings()
    alice.texts("ACK 4711")
    alice.gets_sms("There is no incident 4711")
    assert stage.incident().state is IncidentState.TRIGGERED


def test_nobody_we_know_cannot_acknowledge(stage, jane):
    report(jane)
    stranger = stage.stranger()
    stranger.texts("ACK 1001")
    stranger.gets_sms("Is production down? Reply DOWN")
    assert stage.incident().state is IncidentState.TRIGGERED


def test_an_update_reaches_the_customer_and_the_silence_starts_again(stage, jane, alice):
    report(jane)
    stage.pages_and_one_acknowledges(alice)
    stage.world.run_for(25 * 60)
    alice.texts("UPDATE 1001 The disk is full, adding space")
    jane.gets_sms("The disk is full, adding space")
    alice.phone.stays_silent(for_seconds=28 * 60)
    alice.phone.rings(within_seconds=180)


def test_a_customer_who_is_not_content_reopens_and_paging_starts_again(stage, jane, alice):
    report(jane)
    stage.pages_and_one_acknowledges(alice)
    alice.texts("RESOLVE 1001 Restarted")
    jane.gets_sms("Restarted")
    jane.texts("Reopen 1001")
    jane.gets_sms("is open again")
    alice.phone.rings(within_seconds=10)
    alice.presses("1")
    jane.gets_sms("Alice Martin")


def test_what_a_customer_texts_is_added_and_status_says_how_it_stands(stage, jane, alice):
    report(jane)
    jane.texts("now the payments fail too")
    jane.gets_sms("added to incident 1001")
    assert "now the payments fail too" in stage.facts()
    jane.texts("status")
    jane.gets_sms("nobody has it yet")
    alice.phone.rings()
    alice.presses("1")
    jane.gets_sms("Alice Martin has your incident")
    jane.texts("STATUS")
    jane.gets_sms("Alice Martin has it")


def test_1600_characters_of_emoji_an_empty_text_and_nonsense_are_never_an_error(stage, jane, alice):
    report(jane)
    for body in ("🔥" * 800, "", "   ", "\x00\x07", "<Message>&", "42"):
        stage.world.carrier.texts(jane.number, body)
        stage.world.carrier.texts(alice.number, body)
        stage.world.carrier.texts("+32470444444", body)
    stage.world.run_for(30)
    assert stage.world.carrier.debugger == []
    stage.pages_and_one_acknowledges(alice)


def test_a_customer_on_a_landline_hears_a_call_instead(stage):
    office = Somebody(stage.world, "the office", "+3225550100")
    office.phone.refuses_texts(21614)
    office.dials()
    office.explains()
    office.waits_for_the_end_of_the_call()
    office.phone.rings()
    office.answers()
    office.hears("We have your report. Its incident number is 1 0 0 1")
    stage.pages_and_one_acknowledges(stage.alice)
    office.phone.rings()
    office.answers()
    office.hears("Alice Martin has your incident 1 0 0 1")


def test_a_customer_whose_texts_are_lost_or_who_texted_stop_hears_a_call(stage, jane, alice):
    jane.texts("STOP")
    report(jane)
    jane.waits_for_the_end_of_the_call()
    jane.phone.rings()
    jane.answers()
    jane.hears("We have your report")
    stage.pages_and_one_acknowledges(alice)
    jane.phone.rings()
    jane.answers()
    jane.hears("Alice Martin has your incident")


def test_whatever_was_delayed_the_customer_is_never_told_that_somebody_has_it_who_passed_it_on(stage, jane, alice, bob):
    jane.dials()
    jane.explains()
    alice.phone.rings()
    stage.world.provider_refuses_for(60)
    for engineer, words in ((alice, "ACK 1001"), (alice, "PASS 1001"), (bob, "ACK 1001")):
        engineer.texts(words)
        stage.world.run_for(5)
    jane.gets_sms("Bob Peeters")
    stage.world.run_for(300)
    assert not jane.has_heard("Alice Martin")
