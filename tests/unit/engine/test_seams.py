"""Where features of paging meet: bundles, doubt, several acknowledgements, drills and quiet times beside each other."""

from dataclasses import replace
from datetime import timedelta

from oncall.core.delivery import DeliveryKind, DeliveryState
from oncall.core.incident import IncidentState
from oncall.core.voice_menu import PageKey
from oncall.errors import OutcomeUnknownError, TransientError
from oncall.ports import ProviderStatus, Receipt
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import ALICE, CALL, DANA, MINUTE, SECOND, SMS, YAML, Night

THREE = """
  three-of-us:
    steps: [{page: [production, backup], wait: 5m}, {page: [dana], wait: 5m}]
    acknowledgements: 3
"""
WITH_THREE = YAML.replace("escalation_policies:\n", "escalation_policies:" + THREE)


def phoned(night: Night, name: str) -> int:
    number = night.phoned(sid=f"CA-{name}", number=f"+3247033333{len(name)}").number
    night.runtime.intake.caller_finished(f"CA-{name}")
    night.turn()
    return number


def test_a_text_about_several_in_doubt_is_repeated_about_all_of_them(database: SqlDatabase) -> None:
    """One of them had been refused before, and would wait longer for its next try than the other."""
    night = Night(database, per_second=1)
    night.texts.raises = [TransientError("busy"), OutcomeUnknownError("no answer in ten seconds")]
    first = phoned(night, "a")
    night.clock.at += 5 * SECOND
    second = phoned(night, "bb")
    (lost,) = [message for message in night.texts.sent if message.text.startswith("2 incidents")]
    before = len(night.texts.sent)
    night.later(30 * SECOND)
    arrived = [message.text for message in night.texts.sent[before:] if message.to == ALICE]
    assert any(str(second) in text for text in arrived)
    assert any(str(first) in text for text in arrived), f"{lost.text} may be lost, and {arrived} says nothing of it"


def rings_for_two(night: Night) -> tuple[list[int], str]:
    numbers = [phoned(night, name) for name in ("a", "bb", "ccc")][1:]
    night.later(SECOND)
    lead = next(page for page in night.pages(numbers[0]) if page.method is CALL)
    assert lead.bundle == lead.id
    return numbers, lead.id


def test_3_for_all_gives_back_nothing_that_the_engineer_has_acknowledged(database: SqlDatabase) -> None:
    night = Night(database, policy="two-of-us", per_second=1)
    numbers, lead = rings_for_two(night)
    night.runtime.respond.acknowledge(numbers[0], engineer="alice", via="SMS")
    night.runtime.bundle_answers.key_pressed(delivery_id=lead, key=PageKey.PASS)
    assert night.incident(numbers[0]).acknowledgements == ("alice",)
    assert night.incident(numbers[1]).passed_by == ("alice",)


def test_pass_all_gives_back_nothing_that_the_engineer_has_acknowledged(database: SqlDatabase) -> None:
    night = Night(database, policy="two-of-us", per_second=1)
    numbers, _ = rings_for_two(night)
    night.runtime.respond.acknowledge(numbers[0], engineer="alice", via="SMS")
    night.runtime.texts.received(sid="SM1", from_number=ALICE, body="pass all")
    assert night.incident(numbers[0]).acknowledgements == ("alice",)
    assert night.incident(numbers[1]).passed_by == ("alice",)


def test_texts_to_whoever_has_acknowledged_already_hold_back_no_page_to_the_others(database: SqlDatabase) -> None:
    night = Night(database, policy="three-of-us", yaml=WITH_THREE)
    incident = night.paged()
    for engineer in ("alice", "bob"):
        night.runtime.respond.acknowledge(incident.number, engineer=engineer, via="SMS")
        night.turn()
    assert night.calls.to(DANA), "nobody else's telephone is at it: the next step is paged at once"


def test_a_drill_ends_after_its_answer_however_long_it_was_to_be_quiet(night: Night) -> None:
    number = night.runtime.drills.begin("alice", by="dana").number
    night.turn()
    night.runtime.respond.snooze(number, engineer="alice", until=night.clock.at + timedelta(hours=8), via="SMS")
    night.later(MINUTE)
    assert night.incident(number).state is IncidentState.RESOLVED


def test_a_page_in_doubt_that_turns_out_to_be_over_is_followed_at_once(night: Night) -> None:
    """Its callbacks were lost with its answer, and the provider's own list says that the call has ended."""
    night.calls.raises = [OutcomeUnknownError("no answer in ten seconds")]
    number = night.paged().number
    night.calls.found = Receipt("CA777", "completed")
    night.later(6 * SECOND)
    first = next(page for page in night.pages(number) if page.provider_id == "CA777")
    assert (first.state, first.error) == (DeliveryState.FAILED, "answered, but no key was pressed")


def test_a_text_in_doubt_that_turns_out_to_have_arrived_is_delivered_and_asked_about_no_more(night: Night) -> None:
    night.texts.raises = [OutcomeUnknownError("no answer in ten seconds")]
    number = night.paged().number
    night.texts.found = Receipt("SM777", "delivered")
    night.texts.says = ProviderStatus("delivered")
    night.later(2 * MINUTE)
    text = next(page for page in night.pages(number) if page.method is SMS and page.provider_id == "SM777")
    assert text.state is DeliveryState.DELIVERED


def test_of_two_refused_pages_of_one_incident_in_one_call_the_second_is_recorded_too(night: Night) -> None:
    incident = night.paged()
    aftermath = night.runtime.engine._dispatch._aftermath
    with night.database.begin() as uow:
        pages = [replace(page, state=DeliveryState.FAILED, sent_at=None) for page in uow.deliveries.of(incident.number)]
        for page in pages:
            uow.deliveries.save(page)
        as_it_was_locked = uow.incidents.get(incident.number, lock=True)
        for page in [page for page in pages if page.kind is DeliveryKind.PAGE]:
            aftermath.after_failure(uow, as_it_was_locked, page, night.clock.at)
    due_at = night.incident(incident.number).due_at
    assert due_at is not None and due_at <= night.clock.at, "nobody can be reached: the next step is due"
