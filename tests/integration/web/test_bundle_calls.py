"""One call about several incidents: what it reads out, and what its keys do."""

from xml.etree import ElementTree

import pytest

from oncall.core.confirm_digit import frozen_digit
from oncall.core.delivery import Delivery, DeliveryState
from oncall.core.engineer import ContactMethod
from oncall.core.incident import IncidentState
from tests.integration.web.conftest import HOTLINE, SCHEDULES, Hotline, said

WITH_DIGIT = SCHEDULES.replace('phone: "+32470000001"}', 'phone: "+32470000001", confirm: digit}')


def rings_for_three(hotline: Hotline, *, then_publish: str = "") -> tuple[list[int], Delivery]:
    """Four have called; Alice's second call is about the last three. Their numbers, and the lead of that call.

    ``then_publish`` is published when the first of the three waits for the carrier.
    """
    for n in range(4):
        if n == 2 and then_publish:
            publish(hotline, then_publish)
        hotline.call("/voice/incoming", sid=f"CA{n}")
        hotline.runtime.intake.caller_finished(f"CA{n}")
        if n in (0, 1):
            hotline.engine_turns()
    hotline.clock.sleep(1)
    hotline.engine_turns()
    with hotline.database.read() as uow:
        numbers = sorted(one.number for one in uow.incidents.listing(include_resolved=True))[1:]
        one = next(one for one in uow.deliveries.of(numbers[0]) if one.method is ContactMethod.CALL)
        lead = uow.deliveries.get(one.bundle or "")
    assert lead is not None
    return numbers, lead


def publish(hotline: Hotline, text: str) -> None:
    with hotline.database.begin() as uow:
        now = hotline.clock.now()
        uow.schedule_versions.publish({"a.yaml": text}, fingerprint=text, author="test", now=now)
    hotline.runtime.configuration.look_again()


def answer(hotline: Hotline, lead: Delivery, step: str = "", **params: str) -> ElementTree.Element:
    url = step if step.startswith("http") else f"/voice/deliveries/{lead.id}{step}"
    return hotline.call(url, sid=lead.provider_id, from_number=HOTLINE, **params)


def action(document: ElementTree.Element) -> str:
    gather = document.find("Gather")
    assert gather is not None
    return gather.attrib["action"]


def spelt(number: int) -> str:
    return " ".join(str(number))


def states(hotline: Hotline, numbers: list[int]) -> list[IncidentState]:
    with hotline.database.read() as uow:
        found = uow.incidents.get_many(numbers)
    return [found[number].state for number in numbers]


def test_it_reads_the_count_the_numbers_and_the_keys_and_1_acknowledges_all(hotline: Hotline) -> None:
    numbers, lead = rings_for_three(hotline)
    document = answer(hotline, lead)
    listed = ", ".join(spelt(number) for number in numbers)
    assert said(document).startswith(f"3 incidents: {listed}. To acknowledge all, press 1 at any time.")
    assert said(document).endswith("To pass all to the next engineer, press 3. To repeat, press star.")
    heard = said(answer(hotline, lead, action(document), Digits="1"))
    assert states(hotline, numbers) == [IncidentState.ACKNOWLEDGED] * 3
    assert all(f"You have incident {spelt(number)}" in heard for number in numbers)
    assert said(answer(hotline, lead, action(document), Digits="1")) == heard, "a duplicate is answered the same"


def test_3_passes_all_to_the_next_engineer(hotline: Hotline) -> None:
    numbers, lead = rings_for_three(hotline)
    assert said(answer(hotline, lead, action(answer(hotline, lead)), Digits="3")).count("Passed on.") == 3
    assert states(hotline, numbers) == [IncidentState.TRIGGERED] * 3


@pytest.mark.parametrize("digit", ["6", "9"])
def test_6_resolves_nothing_unheard(hotline: Hotline, digit: str) -> None:
    numbers, lead = rings_for_three(hotline)
    document = answer(hotline, lead, action(answer(hotline, lead)), Digits=digit)
    assert said(document).startswith("That key does nothing. 3 incidents")
    assert states(hotline, numbers) == [IncidentState.TRIGGERED] * 3


def test_star_repeats_and_silence_is_no_acknowledgement(hotline: Hotline) -> None:
    numbers, lead = rings_for_three(hotline)
    document = answer(hotline, lead)
    for _ in range(5):
        document = answer(hotline, lead, action(document), Digits="*")
        assert said(document).startswith("3 incidents")
    heard = 0
    while document.find("Gather") is not None:
        document, heard = answer(hotline, lead, str(document.findtext("Redirect"))), heard + 1
    assert heard == 3
    assert states(hotline, numbers) == [IncidentState.TRIGGERED] * 3


def test_what_somebody_has_by_now_is_left_out_and_the_last_is_read_as_one(hotline: Hotline) -> None:
    numbers, lead = rings_for_three(hotline)
    document = answer(hotline, lead)
    hotline.runtime.respond.acknowledge(numbers[0], engineer="bob", via="dashboard")
    assert said(answer(hotline, lead, action(document), Digits="*")).startswith("2 incidents")
    hotline.runtime.respond.acknowledge(numbers[1], engineer="bob", via="dashboard")
    last = answer(hotline, lead, action(document), Digits="*")
    assert f"Incident {spelt(numbers[2])}. To acknowledge, press 1" in said(last)
    confirm = answer(hotline, lead, action(last), Digits="6")
    assert spelt(numbers[2]) in said(confirm)
    answer(hotline, lead, action(confirm), Digits="6")
    assert states(hotline, numbers) == [
        IncidentState.ACKNOWLEDGED,
        IncidentState.ACKNOWLEDGED,
        IncidentState.RESOLVED,
    ]


def test_1_says_who_has_what_somebody_else_has_by_now(hotline: Hotline) -> None:
    numbers, lead = rings_for_three(hotline)
    document = answer(hotline, lead)
    hotline.runtime.respond.acknowledge(numbers[1], engineer="bob", via="dashboard")
    heard = said(answer(hotline, lead, action(document), Digits="1"))
    assert f"Incident {spelt(numbers[1])} is already acknowledged by Bob Peeters." in heard
    assert heard.count("You have incident") == 2


def test_the_status_of_the_call_is_that_of_each_page(hotline: Hotline) -> None:
    numbers, lead = rings_for_three(hotline)
    hotline.post(f"/voice/deliveries/{lead.id}/status", CallSid=lead.provider_id, CallStatus="busy")
    with hotline.database.read() as uow:
        together = uow.deliveries.bundled(lead.id)
    assert [one.incident for one in together] == numbers
    assert {one.state for one in together} == {DeliveryState.FAILED}


@pytest.mark.parametrize("asked", ["together=1", "together=1&confirm=1"])
@pytest.mark.parametrize("digit", ["6", "9", "*"])
def test_a_key_that_answers_nothing_for_all_is_not_kept_while_the_database_is_away(
    hotline: Hotline, asked: str, digit: str
) -> None:
    numbers, lead = rings_for_three(hotline)
    hotline.database.away = True
    answer(hotline, lead, f"/keys?loop=1&{asked}", Digits=digit)
    hotline.database.away = False
    hotline.a_second_later()
    assert states(hotline, numbers) == [IncidentState.TRIGGERED] * 3


def test_a_key_for_all_that_was_pressed_while_the_database_was_away_counts_for_all(hotline: Hotline) -> None:
    numbers, lead = rings_for_three(hotline)
    keys = action(answer(hotline, lead))
    hotline.database.away = True
    answer(hotline, lead, keys, Digits="1")
    hotline.database.away = False
    hotline.a_second_later()
    assert states(hotline, numbers) == [IncidentState.ACKNOWLEDGED] * 3


def digits_of(hotline: Hotline, lead: Delivery) -> list[str]:
    with hotline.database.read() as uow:
        return [frozen_digit(one.details) for one in uow.deliveries.bundled(lead.bundle or "")]


def test_a_digit_that_one_page_of_the_call_asks_for_is_asked_for_all_and_an_echoed_1_answers_none(
    hotline: Hotline,
) -> None:
    numbers, lead = rings_for_three(hotline, then_publish=WITH_DIGIT)
    first, asked, _ = digits_of(hotline, lead)
    assert (first, asked != "") == ("", True), "it was switched on while the first of them waited"
    document = answer(hotline, lead)
    assert f"To acknowledge all, press {asked} at any time." in said(document)
    assert said(answer(hotline, lead, action(document), Digits="1")).startswith("That key does nothing.")
    assert states(hotline, numbers) == [IncidentState.TRIGGERED] * 3
    answer(hotline, lead, action(document), Digits=asked)
    assert states(hotline, numbers) == [IncidentState.ACKNOWLEDGED] * 3


def test_a_digit_that_was_asked_for_all_holds_for_the_one_that_is_left_and_when_it_is_kept(hotline: Hotline) -> None:
    numbers, lead = rings_for_three(hotline, then_publish=WITH_DIGIT)
    asked = digits_of(hotline, lead)[1]
    document = answer(hotline, lead)
    for number in numbers[1:]:
        hotline.runtime.respond.acknowledge(number, engineer="bob", via="dashboard")
    last = answer(hotline, lead, action(document), Digits="*")
    assert f"To acknowledge, press {asked} at any time." in said(last)
    hotline.database.away = True
    answer(hotline, lead, action(last), Digits="1")
    answer(hotline, lead, action(last), Digits=asked)
    hotline.database.away = False
    hotline.a_second_later()
    with hotline.database.read() as uow:
        found = uow.incidents.get(numbers[0])
    assert found is not None
    assert found.acknowledged_by == "alice"


def test_a_digit_that_was_switched_off_meanwhile_is_asked_for_as_long_as_a_page_was_made_with_it(
    hotline: Hotline,
) -> None:
    publish(hotline, WITH_DIGIT)
    numbers, lead = rings_for_three(hotline, then_publish=SCHEDULES + "\n")
    first, *later = digits_of(hotline, lead)
    assert (first != "", later) == (True, ["", ""])
    document = answer(hotline, lead)
    assert f"press {first} at any time" in said(document)
    answer(hotline, lead, action(document), Digits="1")
    assert states(hotline, numbers) == [IncidentState.TRIGGERED] * 3
    answer(hotline, lead, action(document), Digits=first)
    assert states(hotline, numbers) == [IncidentState.ACKNOWLEDGED] * 3
