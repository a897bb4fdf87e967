"""A document rings other phones for the caller: all numbers of a <Dial> at once, and the first to answer has them."""

import pytest

from tests.unit.sim.tiny_hotline import ALICE, HOTLINE, JANE, Listener, World, words

BOB = "+32470000002"


@pytest.fixture
def world():
    made = World()
    made.bob = Listener()
    made.carrier.phone(BOB, made.bob)
    return made


def dials(world, document, seconds=600):
    world.hotline.says("/voice/incoming", document)
    placed = world.carrier.dials(JANE)
    world.timers.advance(seconds)
    return placed


def legs(world):
    return {(call.order.to, call.status) for call in world.carrier.calls.values() if call.incoming}


BOTH = f"<Number>{ALICE}</Number><Number>{BOB}</Number>"


def test_all_numbers_ring_at_once_and_the_first_to_answer_has_the_caller(world):
    world.bob.rings = lambda call: world.carrier.network.after(4, call.answer)
    document = f'<Dial timeout="20">{BOTH}</Dial><Say>Is there anything else?</Say>'
    placed = dials(world, document, seconds=20)
    assert legs(world) == {(ALICE, "canceled"), (BOB, "in-progress")}
    placed.speak(words("The shop is down"))
    assert world.bob.heard == ["The shop is down"]
    assert world.alice.heard == []
    world.carrier.phone(BOB).call.speak(words("I am looking"))
    world.carrier.phone(BOB).call.hang_up()
    world.timers.advance(60)
    assert world.jane.heard == ["I am looking", "Is there anything else?"]
    assert not world.debugged()


def test_one_after_the_other_where_the_verb_says_so(world):
    rang = []
    world.alice.rings = lambda call: rang.append(("alice", world.timers.now()))
    world.bob.rings = lambda call: rang.append(("bob", world.timers.now()))
    dials(world, f'<Dial timeout="10" sequential="true">{BOTH}</Dial>')
    assert [who for who, _ in rang] == ["alice", "bob"]
    assert (rang[1][1] - rang[0][1]).total_seconds() > 10


def test_nobody_s_answer_goes_on_with_the_next_verb_and_an_action_is_told_how_it_went(world):
    dials(world, f'<Dial timeout="5"><Number>{ALICE}</Number></Dial><Say>Nobody is there.</Say>')
    assert world.jane.heard == ["Nobody is there."]
    world.hotline.says("/dialled", "<Say>We heard.</Say>")
    dials(world, f'<Dial timeout="5" action="/dialled">{ALICE}</Dial><Say>Never said.</Say>')
    assert world.jane.heard[1:] == ["We heard."]
    assert [each["DialCallStatus"] for each in world.hotline.asked("/dialled")] == ["no-answer"]


def test_a_conversation_is_told_to_the_action_with_its_length_though_the_caller_hangs_up(world):
    world.alice.rings = lambda call: call.answer()
    world.hotline.says("/dialled", "<Say>Too late.</Say>")
    placed = dials(world, f'<Dial action="/dialled">{ALICE}</Dial>', seconds=30)
    placed.hang_up()
    world.timers.advance(10)
    (told,) = world.hotline.asked("/dialled")
    assert (told["DialCallStatus"], told["CallStatus"]) == ("completed", "completed")
    assert int(told["DialCallDuration"]) > 20
    assert legs(world) == {(ALICE, "completed")}


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (f'<Dial callerId="+3225550111">{ALICE}</Dial>', 13214),
        ("<Dial>production</Dial>", 13223),
        ("<Dial/>", 13223),
        ("<Dial><Client>alice</Client></Dial>", 12200),
        (f'<Dial shape="round">{ALICE}</Dial>', 12200),
    ],
)
def test_what_the_carrier_would_not_ring_is_an_error_in_its_debugger(world, document, code):
    dials(world, document)
    assert world.debugged() == [code]
    assert legs(world) == set()


def test_the_phone_that_is_rung_shows_our_number_or_the_caller_s(world):
    shown = []
    world.alice.rings = lambda call: shown.append(call.other)
    dials(world, f'<Dial timeout="5" callerId="{HOTLINE}">{ALICE}</Dial>')
    dials(world, f'<Dial timeout="5">{ALICE}</Dial>')
    assert shown == [HOTLINE, JANE]
