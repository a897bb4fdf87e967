"""The keys of an engineer's telephone during a page. What is spoken is made from the same table."""

from dataclasses import dataclass
from enum import StrEnum


class PageKey(StrEnum):
    """A key that does something during a page; the value is what the telephone sends."""

    ACKNOWLEDGE = "1"
    PASS = "3"  # noqa: S105
    RESOLVE = "6"
    REPEAT = "*"


@dataclass(frozen=True, slots=True)
class MenuOption:
    """One key. ``purpose`` completes "To …, press 1"; ``spoken_key`` is how the key is called aloud."""

    key: PageKey
    purpose: str
    spoken_key: str
    confirm: bool = False  # counts only when it is pressed twice


# In the order in which they are read out.
PAGE_MENU: tuple[MenuOption, ...] = (
    MenuOption(PageKey.ACKNOWLEDGE, "acknowledge", "1"),
    MenuOption(PageKey.PASS, "pass to the next engineer", "3"),
    MenuOption(PageKey.RESOLVE, "resolve", "6", confirm=True),
    MenuOption(PageKey.REPEAT, "repeat", "star"),
)


def page_key(digits: str) -> PageKey | None:
    """What was pressed; None for silence, a key that does nothing, or several keys."""
    return next((option.key for option in PAGE_MENU if option.key.value == digits.strip()), None)


def needs_confirmation(key: PageKey) -> bool:
    """Whether a key counts only when it is pressed a second time."""
    return any(option.confirm for option in PAGE_MENU if option.key is key)


def spoken_menu() -> str:
    """All keys in one breath: purpose first, key last."""
    return " ".join(spoken_option(option) for option in PAGE_MENU)


def spoken_option(option: MenuOption) -> str:
    """One key in one sentence."""
    twice = f", and {option.spoken_key} again" if option.confirm else ""
    return f"To {option.purpose}, press {option.spoken_key}{twice}."


def spoken_acknowledge() -> str:
    """The one key that must be known before a long recording is played."""
    return f"To {PAGE_MENU[0].purpose}, press {PAGE_MENU[0].spoken_key} at any time."
