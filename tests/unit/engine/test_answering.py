"""Answers: silence after an acknowledgement, only by a human, said only once true (promises 3, 4, 5, 9)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from oncall.core.incident import IncidentState, IntakeChannel, OutcomeKind
from oncall.core.sla import Priority
from oncall.core.voice_menu import PageKey
from oncall.errors import OutcomeUnknownError, TransientError, UsageError
from oncall.ports import Message, Receipt
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import ALICE, BOB, CALL, DANA, JANE, MINUTE, SECOND, SMS, Night


def acknowledge(night: Night, number: int, engineer: str = "alice") -> OutcomeKind:
    return night.runtime.respond.acknowledge(number, engineer=engineer, via="SMS").kind


def test_pressing_1_acknowledges_silences_and_tells_the_customer_who_has_it(night: Night) -> None:
    incident = night.paged()
    outcome = night.runtime.respond.key_pressed(delivery_id=night.page(incident.number).id, key=PageKey.ACKNOWLEDGE)
    assert outcome is not None
    assert night.incident(incident.number).state is IncidentState.ACKNOWLEDGED
    night.turn()
    assert "Alice Martin" in night.jane_reads()


def test_no_engineer_is_named_to_a_customer_before_one_has_acknowledged(night: Night) -> None:
    night.paged()
    assert night.jane_reads()
    assert "Alice" not in night.jane_reads()


def test_an_acknowledgement_stops_what_rings_and_what_waits(night: Night) -> None:
    """grafana/oncall#4654, #4760, #4761: still called and texted after acknowledging."""
    incident = night.paged()
    ringing = night.page(incident.number)
    acknowledge(night, incident.number)
    pages_before = len(night.calls.to(ALICE))
    night.turn()
    assert night.calls.cancelled == [ringing.provider_id]
    night.later(29 * MINUTE)
    assert len(night.calls.to(ALICE)) == pages_before
    assert not night.calls.to(BOB)


def test_an_acknowledgement_while_a_call_is_in_flight_cancels_it_once_its_id_is_known(night: Night) -> None:
    incident = night.phoned()
    night.runtime.intake.caller_finished("CA-jane")

    def acknowledged_meanwhile(message: Message) -> None:
        if message.to == ALICE:
            acknowledge(night, incident.number, "bob")

    night.calls.before = acknowledged_meanwhile
    night.turn()
    assert len(night.calls.to(ALICE)) == 1
    assert night.calls.cancelled == ["CA1"]


def test_an_acknowledgement_while_nobody_knows_whether_a_call_went_finds_it_and_stops_it(night: Night) -> None:
    night.calls.raises = [OutcomeUnknownError("no answer in ten seconds")]
    incident = night.paged()
    acknowledge(night, incident.number)
    night.calls.found = Receipt("CA777", "ringing")
    night.turn()
    assert "CA777" in night.calls.cancelled


def test_a_stop_that_the_provider_refuses_is_tried_again(night: Night) -> None:
    incident = night.paged()
    night.calls.refuses_to_cancel = True
    acknowledge(night, incident.number)
    night.turn()
    night.calls.refuses_to_cancel = False
    night.later(15 * SECOND)
    assert night.calls.cancelled == ["CA1"]


def test_a_call_that_nobody_pressed_a_key_on_acknowledges_nothing(night: Night) -> None:
    """target/goalert#921: a voicemail counts as delivered."""
    incident = night.paged()
    call = night.page(incident.number)
    night.runtime.deliveries.call_answered(call.id, call.provider_id)
    night.said(call, "completed")
    night.turn()
    assert night.incident(incident.number).state is IncidentState.TRIGGERED
    assert len(night.calls.to(ALICE)) == 2, "the next rule follows at once"


def test_the_second_engineer_is_told_who_was_first(night: Night) -> None:
    incident = night.paged()
    acknowledge(night, incident.number)
    outcome = night.runtime.respond.acknowledge(incident.number, engineer="bob", via="SMS")
    assert (outcome.kind, outcome.by) == (OutcomeKind.ALREADY_ACKNOWLEDGED, "Alice Martin")


def test_what_bob_resolved_is_never_said_to_have_been_resolved_by_alice(night: Night) -> None:
    incident = night.paged()
    acknowledge(night, incident.number)
    night.runtime.respond.resolve(incident.number, engineer="bob", note="", via="SMS")
    outcome = night.runtime.respond.acknowledge(incident.number, engineer="dana", via="SMS")
    assert (outcome.kind, outcome.by) == (OutcomeKind.ALREADY_RESOLVED, "")


def test_a_pass_pages_the_next_step_now_and_stops_the_passing_engineers_telephone(night: Night) -> None:
    incident = night.paged()
    night.runtime.respond.key_pressed(delivery_id=night.page(incident.number).id, key=PageKey.PASS)
    night.turn()
    assert night.calls.to(BOB)
    night.later(4 * MINUTE)
    assert len(night.calls.to(ALICE)) == 1


def test_two_who_pass_the_same_step_push_it_once_and_are_both_left_in_peace(database: SqlDatabase) -> None:
    night = Night(database, policy="together")
    incident = night.paged()
    for engineer in ("alice", "bob"):
        assert night.runtime.respond.pass_on(incident.number, engineer=engineer, via="SMS").kind is OutcomeKind.PASSED
    night.turn()
    assert night.calls.to(DANA)
    night.later(4 * MINUTE)
    assert [len(night.calls.to(number)) for number in (ALICE, BOB)] == [1, 1]


def test_whoever_has_it_can_give_it_back_without_ever_having_been_paged(night: Night) -> None:
    incident = night.paged()
    acknowledge(night, incident.number, "dana")
    outcome = night.runtime.respond.pass_on(incident.number, engineer="dana", via="SMS")
    assert outcome.kind is OutcomeKind.PASSED
    assert night.incident(incident.number).state is IncidentState.TRIGGERED


def test_whoever_was_never_paged_and_has_nothing_has_nothing_to_pass(night: Night) -> None:
    incident = night.paged()
    with pytest.raises(UsageError, match="not paged"):
        night.runtime.respond.pass_on(incident.number, engineer="dana", via="SMS")


def test_silence_after_an_acknowledgement_pages_again_and_does_not_tell_the_customer_twice(night: Night) -> None:
    """target/goalert#3378, grafana/oncall#1792."""
    incident = night.paged()
    acknowledge(night, incident.number)
    night.turn()
    before = len(night.calls.to(ALICE))
    night.later(30 * MINUTE)
    assert len(night.calls.to(ALICE)) == before + 1
    told = len(night.texts.to(JANE))
    acknowledge(night, incident.number)
    night.turn()
    assert len(night.texts.to(JANE)) == told


def test_an_old_acknowledged_incident_pages_nobody_once_it_is_resolved(night: Night) -> None:
    """grafana/oncall#3111: an alert acknowledged in June paged someone at 05:30 in October."""
    incident = night.paged()
    acknowledge(night, incident.number)
    night.runtime.respond.resolve(incident.number, engineer="alice", note="disk full", via="SMS")
    night.turn()
    sent = len(night.calls.sent) + len(night.texts.sent)
    night.later(60 * 24 * MINUTE)
    assert len(night.calls.sent) + len(night.texts.sent) == sent
    assert "disk full" in night.jane_reads()


def test_reopening_pages_again_and_tells_the_customer(night: Night) -> None:
    incident = night.paged()
    night.runtime.respond.resolve(incident.number, engineer="alice", note="", via="SMS")
    night.turn()
    pages = len(night.calls.to(ALICE))
    night.runtime.texts.received(sid="SM1", from_number=JANE, body="reopen")
    night.turn()
    assert len(night.calls.to(ALICE)) == pages + 1


def test_reopening_promises_anew_by_a_clock_that_only_runs_in_business_hours(night: Night) -> None:
    incident = night.runtime.intake.open_by_hand(
        summary="slow", by="Dana", channel=IntakeChannel.OPERATOR, priority=Priority.URGENT
    )
    ten_o_clock = night.clock.at.replace(hour=10)
    assert incident.respond_by == ten_o_clock
    night.clock.at += timedelta(days=1)
    night.runtime.respond.resolve(incident.number, engineer="alice", note="", via="SMS")
    night.runtime.respond.reopen(incident.number, by="Dana", via="dashboard")
    assert night.incident(incident.number).respond_by == ten_o_clock + timedelta(days=1)


def test_a_text_that_comes_twice_takes_effect_once_and_gets_the_same_answer(night: Night) -> None:
    incident = night.paged()
    replies = {
        night.runtime.texts.received(sid="SM1", from_number=ALICE, body=f"ack {incident.number}") for _ in range(3)
    }
    night.turn()
    assert len(replies) == 1
    assert night.timeline(incident.number).count("acknowledged by SMS") == 1
    assert len([message for message in night.texts.to(JANE) if "Alice Martin" in message.text]) == 1


def test_a_key_on_an_old_page_of_an_engineer_who_was_removed_still_counts(night: Night) -> None:
    incident = night.paged()
    call = night.page(incident.number)
    night.runtime.respond.key_pressed(delivery_id=call.id, key=PageKey.RESOLVE)
    again = night.runtime.respond.key_pressed(delivery_id=call.id, key=PageKey.ACKNOWLEDGE)
    assert again is not None
    assert again.kind is OutcomeKind.ALREADY_RESOLVED
    assert night.runtime.respond.key_pressed(delivery_id="nobody", key=PageKey.ACKNOWLEDGE) is None


def test_late_and_doubled_callbacks_of_an_acknowledged_page_start_nothing(night: Night) -> None:
    incident = night.paged()
    call, text = night.page(incident.number, CALL), night.page(incident.number, SMS)
    acknowledge(night, incident.number)
    night.turn()
    for _ in range(2):
        night.said(call, "no-answer")
        night.said(text, "undelivered", "30008")
        night.turn()
    assert len(night.calls.to(ALICE)) == 1


def test_the_customer_is_never_told_last_that_somebody_has_it_who_passed_it_on(night: Night) -> None:
    incident = night.paged()
    night.texts.always = TransientError("the provider is away")
    acknowledge(night, incident.number)
    night.turn()
    night.runtime.respond.pass_on(incident.number, engineer="alice", via="SMS")
    night.turn()
    acknowledge(night, incident.number, "bob")
    night.turn()
    night.texts.always = None
    night.texts.sent.clear()
    night.later(10 * MINUTE)
    assert "Bob Peeters" in night.jane_reads()
    assert "Alice" not in night.jane_reads()


def test_an_update_that_waited_is_not_told_after_the_resolution(night: Night) -> None:
    incident = night.paged()
    acknowledge(night, incident.number)
    night.turn()
    night.texts.always = TransientError("the provider is away")
    night.runtime.respond.update(incident.number, engineer="alice", note="restarting the disks", via="SMS")
    night.turn()
    night.clock.at += SECOND
    night.runtime.respond.resolve(incident.number, engineer="alice", note="", via="SMS")
    night.texts.always = None
    night.texts.sent.clear()
    night.later(10 * MINUTE)
    assert "resolved" in night.jane_reads()
    assert "restarting" not in night.jane_reads()


def test_news_of_one_incident_goes_out_in_the_order_in_which_it_came(night: Night) -> None:
    incident = night.paged()
    acknowledge(night, incident.number)
    night.turn()
    night.texts.sent.clear()
    notes = [f"step {count}" for count in range(1, 9)]
    due_at = night.clock.at + MINUTE
    for note in notes:
        night.clock.at += SECOND
        night.runtime.respond.update(incident.number, engineer="alice", note=note, via="SMS")
    with night.database.begin() as uow:
        chains = iter(range(8, 0, -1))
        for delivery in uow.deliveries.of(incident.number):
            if delivery.purpose == "update":
                uow.deliveries.save(replace(delivery, due_at=due_at, chain=f"{next(chains)}"))
    night.later(2 * MINUTE)
    assert [note for message in night.texts.to(JANE) for note in notes if note in message.text] == notes


def test_whoever_resolved_it_is_told_so_again_and_another_that_it_was_over(night: Night) -> None:
    incident = night.paged()
    call = night.page(incident.number)
    first, again = (night.runtime.respond.key_pressed(delivery_id=call.id, key=PageKey.RESOLVE) for _ in range(2))
    assert first is not None
    assert again is not None
    assert (first.kind, first.by) == (again.kind, again.by) == (OutcomeKind.RESOLVED, "Alice Martin")
    bobs = night.runtime.respond.resolve(incident.number, engineer="bob", note="", via="SMS")
    assert bobs.kind is OutcomeKind.ALREADY_RESOLVED
    assert night.timeline(incident.number).count("resolved it") == 1


def test_whoever_resolved_it_before_it_was_reopened_did_not_resolve_what_another_did(night: Night) -> None:
    incident = night.paged()
    night.runtime.respond.resolve(incident.number, engineer="alice", note="", via="phone")
    night.clock.at += MINUTE
    night.runtime.respond.reopen(incident.number, by="Jane", via="SMS")
    night.runtime.respond.resolve(incident.number, engineer="bob", note="", via="SMS")
    again = night.runtime.respond.resolve(incident.number, engineer="alice", note="", via="phone")
    assert again.kind is OutcomeKind.ALREADY_RESOLVED
