"""The keys of an engineer's telephone."""

import pytest

from oncall.core.voice_menu import PAGE_MENU, PageKey, needs_confirmation, page_key, spoken_acknowledge, spoken_menu


@pytest.mark.parametrize(
    ("digits", "key"),
    [
        ("1", PageKey.ACKNOWLEDGE),
        ("3", PageKey.PASS),
        ("6", PageKey.RESOLVE),
        ("*", PageKey.REPEAT),
        (" 1 ", PageKey.ACKNOWLEDGE),
    ],
)
def test_every_key_of_the_menu_means_what_is_spoken(digits: str, key: PageKey) -> None:
    assert page_key(digits) is key


@pytest.mark.parametrize("digits", ["", "2", "4", "5", "0", "#", "11", "66", "hangup", "\u0661", "1\x00"])
def test_a_key_that_is_not_in_the_menu_means_nothing(digits: str) -> None:
    assert page_key(digits) is None


def test_every_key_is_spoken_with_its_purpose_first() -> None:
    assert spoken_menu() == (
        "To acknowledge, press 1. To pass to the next engineer, press 3. "
        "To resolve, press 6, and 6 again. To repeat, press star."
    )
    assert len(PAGE_MENU) == len(PageKey)
    assert spoken_acknowledge() == "To acknowledge, press 1 at any time."


def test_only_resolving_must_be_pressed_twice() -> None:
    assert [key for key in PageKey if needs_confirmation(key)] == [PageKey.RESOLVE]
