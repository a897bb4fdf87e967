"""What the provider guesses of who answered: recorded once, followed at once, and never an answer."""

import pytest

from oncall.core.delivery import Delivery, DeliveryState
from oncall.core.incident import IncidentState
from oncall.core.voice_menu import PageKey
from tests.unit.engine.hotline import CALL, Night

FACT = "Call to Alice Martin: an answering machine may have answered"


def guessed(night: Night, page: Delivery, answered_by: str = "machine_start", provider_id: str = "") -> None:
    night.runtime.deliveries.provider_guessed(
        delivery_id=page.id, provider_id=provider_id or page.provider_id, answered_by=answered_by
    )
    night.turn()


def facts(night: Night, number: int) -> list[str]:
    with night.database.read() as uow:
        return [entry.text for entry in uow.timeline.of(number)]


def test_the_next_call_goes_at_once_and_the_first_goes_on(night: Night) -> None:
    number = night.paged().number
    page = night.page(number)
    guessed(night, page)
    assert len(night.calls.sent) == 2
    with night.database.read() as uow:
        first = uow.deliveries.get(page.id)
    assert first is not None
    assert first.state is DeliveryState.SENT
    assert night.calls.cancelled == []


def test_a_guess_that_comes_twice_is_told_once(night: Night) -> None:
    number = night.paged().number
    page = night.page(number)
    for _ in range(3):
        guessed(night, page)
    assert facts(night, number).count(FACT) == 1


@pytest.mark.parametrize("answered_by", ["human", "unknown", "", "MACHINE", "💥"])
def test_a_human_and_words_that_do_not_exist_change_nothing(night: Night, answered_by: str) -> None:
    number = night.paged().number
    guessed(night, night.page(number), answered_by)
    assert FACT not in facts(night, number)
    assert len(night.calls.sent) == 1


def test_a_guess_about_another_call_or_an_unknown_page_changes_nothing(night: Night) -> None:
    number = night.paged().number
    guessed(night, night.page(number), provider_id="CAforeign")
    night.runtime.deliveries.provider_guessed(delivery_id="nobody", provider_id="CA1", answered_by="fax")
    assert FACT not in facts(night, number)


def test_a_guess_never_acknowledges_and_a_key_counts_after_it(night: Night) -> None:
    number = night.paged().number
    page = night.page(number)
    guessed(night, page)
    assert night.incident(number).state is IncidentState.TRIGGERED
    night.runtime.respond.key_pressed(delivery_id=page.id, key=PageKey.ACKNOWLEDGE)
    assert night.incident(number).acknowledged_by == "alice"


def test_a_late_guess_about_somebody_who_pressed_a_key_is_not_believed(night: Night) -> None:
    number = night.paged().number
    page = night.page(number)
    night.runtime.respond.key_pressed(delivery_id=page.id, key=PageKey.ACKNOWLEDGE)
    guessed(night, page)
    assert FACT not in facts(night, number)
    assert [one.method for one in night.pages(number) if one.state is DeliveryState.WAITING] == []
    assert CALL in {one.method for one in night.pages(number)}
