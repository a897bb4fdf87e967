"""The digit that one call asks for."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from oncall.core.confirm_digit import DIGITS, digit_for, frozen_digit
from oncall.core.engineer import Confirm, ContactMethod
from oncall.core.page import operator_deliveries, page_deliveries
from oncall.core.voice_menu import PAGE_MENU, PageKey, page_key, spoken_acknowledge, spoken_menu
from tests.unit.core.night import ALICE, NOW

CALL = ContactMethod.CALL
MENU = {option.key.value for option in PAGE_MENU}
IDS = [f"{number:032x}" for number in range(600)]


def test_each_delivery_has_its_own_and_everybody_who_asks_gets_the_same() -> None:
    found = [digit_for(each) for each in IDS]
    assert found == [digit_for(each) for each in IDS]
    assert set(found) == set(DIGITS)
    assert max(found.count(digit) for digit in DIGITS) < 2 * min(found.count(digit) for digit in DIGITS)


def test_no_key_of_the_menu_and_none_that_is_kept_for_it_is_ever_asked_for() -> None:
    assert set(DIGITS).isdisjoint(MENU | {"2"})


@pytest.mark.parametrize("details", [{}, {"confirm": ""}, {"confirm": "1"}, {"confirm": "45"}, {"confirm": "x"}])
def test_where_no_digit_was_frozen_the_usual_key_acknowledges(details: Mapping[str, str]) -> None:
    assert frozen_digit(details) == ""


def test_only_calls_that_page_ask_for_one_and_it_is_frozen_with_them() -> None:
    serial = iter(IDS)
    asked = replace(ALICE, confirm=Confirm.DIGIT)
    pages = page_deliveries(asked, 1042, why="", first=True, now=NOW, new_id=lambda: next(serial))
    for page in pages:
        assert frozen_digit(page.details) == (digit_for(page.id) if page.method is CALL else "")
    told = operator_deliveries(asked, subject="s", text="t", email_connected=True, now=NOW, new_id=lambda: next(serial))
    assert {frozen_digit(each.details) for each in told} == {""}
    usual = page_deliveries(ALICE, 1042, why="", first=True, now=NOW, new_id=lambda: next(serial))
    assert {frozen_digit(each.details) for each in usual} == {""}


@pytest.mark.parametrize("code", DIGITS)
def test_the_code_acknowledges_1_does_nothing_and_the_rest_stays(code: str) -> None:
    assert page_key(code, code) is PageKey.ACKNOWLEDGE
    assert page_key("1", code) is None
    assert [page_key(key, code) for key in "36*"] == [PageKey.PASS, PageKey.RESOLVE, PageKey.REPEAT]
    assert {page_key(other, code) for other in set(DIGITS) - {code}} == {None}
    assert page_key(code) is None


def test_what_is_spoken_names_the_code_and_never_1() -> None:
    assert spoken_acknowledge("4") == "To acknowledge, press 4 at any time."
    assert spoken_menu("4").startswith("To acknowledge, press 4. To pass to the next engineer, press 3.")
    assert "1" not in spoken_menu("4") + spoken_acknowledge("4")
