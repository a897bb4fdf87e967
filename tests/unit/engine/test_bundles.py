"""Several incidents in one call or text: one key for all, each with its own story, silence once each is answered."""

from dataclasses import replace

import pytest

from oncall.core.accounted import Accounted
from oncall.core.delivery import Delivery, DeliveryState
from oncall.core.incident import IncidentState, OutcomeKind
from oncall.core.plain_text import gsm, segments
from oncall.core.voice_menu import PageKey
from oncall.engine.bundles import recorded_in
from oncall.engine.dispatch import LEASE_FOR
from oncall.errors import OutcomeUnknownError, RecipientError, StoreUnavailableError, TransientError
from oncall.ports import Message, Receipt
from oncall.store import SqlDatabase
from oncall.store.deliveries import SqlDeliveries
from tests.unit.engine.hotline import ALICE, CALL, MINUTE, NIGHT, SECOND, SMS, YAML, Night


@pytest.fixture
def busy(database: SqlDatabase) -> Night:
    """A hotline whose account takes one call and one text a second."""
    return Night(database, per_second=1)


def three_at_once(night: Night) -> list[int]:
    """Three customers have phoned; the first page of the first is out, and those of the others wait for the carrier."""
    numbers = []
    for caller in ("a", "b", "c"):
        numbers.append(night.phoned(sid=f"CA-{caller}", number=f"+3247033333{ord(caller) % 10}").number)
        night.runtime.intake.caller_finished(f"CA-{caller}")
        night.turn()
    return numbers


def pages(night: Night, numbers: list[int], method=CALL) -> list[Delivery]:
    """The first page of each by this contact method."""
    return [next(page for page in night.pages(number) if page.method is method) for number in numbers]


def rings_for_two(night: Night) -> tuple[list[int], Delivery]:
    """The second call is about the second and the third incident; its lead."""
    numbers = three_at_once(night)
    night.later(SECOND)
    lead, other = pages(night, numbers[1:])
    assert lead.bundle == other.bundle == lead.id
    return numbers[1:], lead


def test_what_waits_for_the_carrier_goes_in_one_call_and_one_text(busy: Night) -> None:
    numbers = three_at_once(busy)
    assert len(busy.calls.sent) == len(busy.texts.sent) == 1
    busy.later(SECOND)
    assert len(busy.calls.sent) == len(busy.texts.sent) == 2
    text = busy.texts.sent[-1].text
    assert text.startswith(f"2 incidents: {numbers[1]} ")
    assert str(numbers[2]) in text
    assert text.endswith("Reply ACK ALL or ACK with one number")
    assert len(text) <= 320
    assert gsm(text) == text
    assert {page.provider_id for page in pages(busy, numbers[1:])} == {"CA2"}
    assert "together with other incidents, sent" in busy.timeline(numbers[2])


def test_1_acknowledges_all_and_nothing_rings_any_more(busy: Night) -> None:
    numbers, lead = rings_for_two(busy)
    outcomes = busy.runtime.bundle_answers.key_pressed(delivery_id=lead.id, key=PageKey.ACKNOWLEDGE)
    assert [(one.incident.number, one.kind) for one in outcomes] == [(n, OutcomeKind.ACKNOWLEDGED) for n in numbers]
    assert {busy.incident(number).acknowledged_by for number in numbers} == {"alice"}
    busy.later(10 * SECOND)
    assert all(page.finished or page.method is SMS for number in numbers for page in busy.pages(number))
    again = busy.runtime.bundle_answers.key_pressed(delivery_id=lead.id, key=PageKey.ACKNOWLEDGE)
    assert [one.incident.number for one in again] == numbers


def test_3_passes_those_that_nobody_has(busy: Night) -> None:
    numbers, lead = rings_for_two(busy)
    busy.runtime.respond.acknowledge(numbers[0], engineer="bob", via="dashboard")
    outcomes = busy.runtime.bundle_answers.key_pressed(delivery_id=lead.id, key=PageKey.PASS)
    assert [(one.incident.number, one.kind) for one in outcomes] == [(numbers[1], OutcomeKind.PASSED)]
    assert busy.incident(numbers[0]).acknowledged_by == "bob"


def test_a_call_rings_on_for_the_rest_and_is_stopped_when_nobody_is_left(busy: Night) -> None:
    numbers, lead = rings_for_two(busy)
    busy.runtime.respond.acknowledge(numbers[0], engineer="bob", via="dashboard")
    busy.later(5 * SECOND)
    assert "CA2" not in busy.calls.cancelled
    stopped, rings = pages(busy, numbers)
    assert (stopped.state, rings.state) == (DeliveryState.CANCELLED, DeliveryState.SENT)
    busy.runtime.respond.acknowledge(numbers[1], engineer="bob", via="dashboard")
    busy.turn()
    assert "CA2" in busy.calls.cancelled
    assert lead.id == stopped.id


def test_what_the_provider_says_of_the_call_holds_for_all_of_it(busy: Night) -> None:
    numbers, lead = rings_for_two(busy)
    busy.said(lead, "ringing")
    busy.said(lead, "no-answer")
    assert {(page.state, page.error) for page in pages(busy, numbers)} == {(DeliveryState.FAILED, "nobody answered")}
    assert all("nobody answered" in busy.timeline(number) for number in numbers)


def test_a_refused_bundle_is_tried_again_for_each(busy: Night) -> None:
    three_at_once(busy)
    busy.calls.raises = [TransientError("the provider is away")]
    numbers = [1002, 1003]
    busy.later(SECOND)
    assert {(page.state, page.bundle) for page in pages(busy, numbers)} == {(DeliveryState.WAITING, None)}
    busy.later(20 * SECOND)
    assert all(page.sent_at is not None for page in pages(busy, numbers))


def test_a_number_that_became_invalid_last_week_is_told_to_operators_and_passed_by(busy: Night) -> None:
    busy.calls.always = RecipientError("the number does not exist", code="21211")
    numbers = three_at_once(busy)
    busy.later(10 * SECOND)
    assert {page.state for page in pages(busy, numbers)} == {DeliveryState.FAILED}
    assert "Alice Martin cannot be paged by call" in busy.operators_read()
    assert busy.texts.to(ALICE)


def test_a_bundle_that_may_have_gone_is_looked_up_once_and_not_repeated(busy: Night) -> None:
    three_at_once(busy)
    busy.calls.raises = [OutcomeUnknownError("no answer in ten seconds")]
    busy.later(SECOND)
    busy.calls.found = Receipt("CA777", "ringing")
    lead = busy.calls.sent[-1].delivery_id
    busy.later(8 * SECOND)
    assert [message.delivery_id for message in busy.calls.sent].count(lead) == 1
    assert len(busy.calls.looked_up) == 1
    assert {page.provider_id for page in pages(busy, [1002, 1003])} == {"CA777"}


def test_a_bundle_of_which_a_callback_came_first_is_with_the_same_provider_for_all_of_it(
    busy: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    three_at_once(busy)
    dispatch = busy.runtime.engine._dispatch
    with monkeypatch.context() as dying:

        def dies(*_args: object) -> None:
            raise StoreUnavailableError("the process is dead")

        dying.setattr(dispatch._receipts, "record", dies)
        busy.later(SECOND)
    lead, _ = pages(busy, [1002, 1003])
    with busy.database.begin() as uow:
        uow.deliveries.save(replace(lead, provider_id="CA777", provider="second"))
    busy.later(LEASE_FOR)
    assert {(page.provider_id, page.provider) for page in pages(busy, [1002, 1003])} == {("CA777", "second")}


def test_a_text_in_doubt_is_looked_up_as_it_was_sent_although_one_of_it_is_acknowledged(busy: Night) -> None:
    three_at_once(busy)
    busy.texts.raises = [OutcomeUnknownError("no answer in ten seconds")]
    busy.later(SECOND)
    sent = next(message for message in busy.texts.sent if message.text.startswith("2 incidents"))
    busy.runtime.respond.acknowledge(1002, engineer="bob", via="dashboard")
    busy.texts.found = Receipt("SM777", "sent")
    busy.later(8 * SECOND)
    assert busy.texts.looked_up[0].text == sent.text
    assert next(page for page in pages(busy, [1003], SMS)).provider_id == "SM777"


def test_a_text_in_doubt_that_is_not_found_is_repeated_without_what_somebody_has_by_now(busy: Night) -> None:
    three_at_once(busy)
    busy.texts.raises = [OutcomeUnknownError("no answer in ten seconds")]
    busy.later(SECOND)
    before = len(busy.texts.sent)
    busy.runtime.respond.acknowledge(1002, engineer="bob", via="dashboard")
    busy.later(8 * SECOND)
    (repeated,) = [message.text for message in busy.texts.sent[before:] if "Reply ACK" in message.text]
    assert repeated.startswith("1003")
    assert "1002" not in repeated


def test_a_crash_between_sending_and_recording_is_looked_up_for_the_whole_bundle(
    busy: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    three_at_once(busy)
    dispatch = busy.runtime.engine._dispatch
    with monkeypatch.context() as dying:

        def dies(*_args: object) -> None:
            raise StoreUnavailableError("the process is dead")

        dying.setattr(dispatch._receipts, "record", dies)
        busy.later(SECOND)
    busy.calls.found = Receipt("CA2", "ringing")
    rings = [message for message in busy.calls.sent if message.delivery_id == pages(busy, [1002])[0].id]
    busy.later(LEASE_FOR)
    assert len(rings) == 1
    assert {page.provider_id for page in pages(busy, [1002, 1003])} == {"CA2"}
    assert [message.delivery_id for message in busy.calls.sent].count(rings[0].delivery_id) == 1


def test_ack_all_acknowledges_everything_the_engineer_was_told_of(busy: Night) -> None:
    numbers = three_at_once(busy)
    busy.runtime.texts.received(sid="SM1", from_number=ALICE, body="ack all")
    assert [busy.incident(number).state for number in numbers] == [
        IncidentState.ACKNOWLEDGED,
        IncidentState.TRIGGERED,
        IncidentState.TRIGGERED,
    ], "of the others no text and no call has gone yet"
    busy.later(SECOND)
    reply = busy.runtime.texts.received(sid="SM2", from_number=ALICE, body="Ack all!")
    assert {busy.incident(number).state for number in numbers} == {IncidentState.ACKNOWLEDGED}
    assert all(f"You have incident {number}" in reply for number in numbers[1:])


def rung_often(night: Night) -> list[bool]:
    """Twenty incidents within half an hour; whether Alice's phone rang within a minute of each."""
    rang = []
    for n in range(20):
        before = len(night.calls.to(ALICE))
        number = night.phoned(sid=f"CA-{n}", number=f"+324703333{n:02}").number
        night.runtime.intake.caller_finished(f"CA-{n}")
        night.later(MINUTE)
        rang.append(len(night.calls.to(ALICE)) > before)
        assert any(page.sent_at is not None for page in night.pages(number)), "one way or the other, and at once"
        night.runtime.respond.acknowledge(number, engineer="bob", via="dashboard")
        night.later(MINUTE / 4)
    return rang


def test_lesson_28_from_the_sixteenth_call_within_an_hour_texts_go_first(busy: Night) -> None:
    """16 calls within an hour were enough for a carrier to block a number as spam."""
    alice = 'alice: {name: Alice Martin, phone: "+32470000001"'
    rules = f"{alice}, notify: [{{by: call}}, {{by: sms, after: 2m}}]"
    with busy.database.begin() as uow:
        uow.schedule_versions.publish({"all.yaml": YAML.replace(alice, rules)}, fingerprint="g", author="t", now=NIGHT)
    busy.later(2 * SECOND)
    assert rung_often(busy) == [True] * 15 + [False] * 5
    assert "was called 15 times within an hour: sms goes before the next call" in busy.timeline(1020)


def test_lesson_28_where_there_is_no_other_way_it_is_called_all_the_same(busy: Night) -> None:
    assert rung_often(busy) == [True] * 20


def test_what_is_known_of_any_of_a_bundle_says_that_it_went(busy: Night) -> None:
    """The one that leads it was acknowledged elsewhere while the text was handed over, and takes no record any more."""
    three_at_once(busy)
    looks: list[tuple[str, Accounted]] = []

    def meanwhile(message: Message) -> None:
        if message.text.startswith("2 incidents"):
            busy.runtime.respond.acknowledge(1002, engineer="bob", via="dashboard")
            busy.runtime.deliveries.provider_said(
                delivery_id=message.delivery_id, provider_id="SM777", status="sent", provider="one"
            )
            looks.append(recorded_in(busy.database)(message, NIGHT))

    busy.texts.before = meanwhile
    busy.later(SECOND)
    lead, other = pages(busy, [1002, 1003], SMS)
    assert (lead.id, lead.state, other.provider_id) == (lead.bundle, DeliveryState.CANCELLED, "SM777")
    assert looks == [("SM777", Accounted(frozenset({"SM1", "CA1", "SM777"})))]


def test_of_what_is_not_known_to_have_gone_nothing_is_said(busy: Night) -> None:
    number = busy.paged().number
    waiting = next(page for page in busy.pages(number) if page.state is DeliveryState.WAITING)
    look = recorded_in(busy.database)
    assert look(Message(waiting.id, waiting.kind, ALICE, ""), NIGHT)[0] == ""
    assert look(Message("unknown", waiting.kind, ALICE, ""), NIGHT)[0] == ""
    sent = pages(busy, [number])[0]
    assert look(Message(sent.id, sent.kind, ALICE, ""), NIGHT)[0] == "CA1"


def test_what_went_a_moment_before_is_known_where_the_provider_s_list_still_shows_it(busy: Night) -> None:
    number = busy.paged().number
    busy.later(MINUTE / 2)
    waiting = next(page for page in busy.pages(number) if page.state is DeliveryState.WAITING)
    _, known = recorded_in(busy.database)(Message(waiting.id, waiting.kind, ALICE, ""), busy.clock.now())
    assert {"SM1", "CA1"} <= known.ids


def text_of_two_segments(night: Night) -> Message:
    """Nine customers have phoned; the second text is about eight of them."""
    for n in range(9):
        night.phoned(sid=f"CA-{n}", number=f"+32470333{n:03}")
        night.runtime.intake.caller_finished(f"CA-{n}")
        night.turn()
    night.later(SECOND)
    long = night.texts.sent[-1]
    assert segments(long.text) == 2
    return long


def test_a_text_of_two_segments_takes_two_turns(busy: Night) -> None:
    text_of_two_segments(busy)
    sent_at = busy.clock.at
    number = busy.phoned(sid="CA-x", number="+32470444444").number
    busy.runtime.intake.caller_finished("CA-x")
    busy.later(MINUTE)
    [text] = pages(busy, [number], SMS)
    [call] = pages(busy, [number], CALL)
    assert (call.sent_at, text.sent_at) == (sent_at + SECOND, sent_at + 2 * SECOND)


def test_a_pace_that_cannot_be_written_down_holds_up_no_text(busy: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_args: object, **_more: object) -> None:
        raise StoreUnavailableError("the database is away")

    monkeypatch.setattr(SqlDeliveries, "take_turns", away)
    text_of_two_segments(busy)
    assert any(event == "delivery.unprepared" for event, _ in busy.logged)
