"""The keys of an engineer's telephone during a page. What is spoken is made from the same table."""

from dataclasses import dataclass, replace
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
    code: str = ""  # what is pressed in its place on this call

    @property
    def sent(self) -> str:
        """What the telephone sends."""
        return self.code or self.key.value


# In the order in which they are read out.
PAGE_MENU: tuple[MenuOption, ...] = (
    MenuOption(PageKey.ACKNOWLEDGE, "acknowledge", "1"),
    MenuOption(PageKey.PASS, "pass to the next engineer", "3"),
    MenuOption(PageKey.RESOLVE, "resolve", "6", confirm=True),
    MenuOption(PageKey.REPEAT, "repeat", "star"),
)


def page_key(digits: str, code: str = "") -> PageKey | None:
    """What was pressed; None for silence, a key that does nothing, or several keys.

    With a ``code`` only that digit acknowledges, and 1 does nothing.
    """
    return next((option.key for option in page_menu(code) if option.sent == digits.strip()), None)


def needs_confirmation(key: PageKey) -> bool:
    """Whether a key counts only when it is pressed a second time."""
    return any(option.confirm for option in PAGE_MENU if option.key is key)


def page_menu(code: str = "") -> tuple[MenuOption, ...]:
    """The keys of one call, on which ``code`` acknowledges; "" for the usual ones."""
    if not code:
        return PAGE_MENU
    acknowledge = replace(PAGE_MENU[0], spoken_key=code, code=code)
    return (acknowledge, *PAGE_MENU[1:])


def spoken_menu(code: str = "") -> str:
    """All keys in one breath: purpose first, key last."""
    return " ".join(spoken_option(option) for option in page_menu(code))


def spoken_option(option: MenuOption) -> str:
    """One key in one sentence."""
    twice = f", and {option.spoken_key} again" if option.confirm else ""
    return f"To {option.purpose}, press {option.spoken_key}{twice}."


def spoken_acknowledge(code: str = "") -> str:
    """The one key that must be known before a long recording is played."""
    acknowledge = page_menu(code)[0]
    return f"To {acknowledge.purpose}, press {acknowledge.spoken_key} at any time."
