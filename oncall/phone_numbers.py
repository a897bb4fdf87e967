"""What a telephone number is: the only module that asks phonenumbers."""

from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberType, ValidationResult

# A large folder has hundreds, each of which is looked at several times.
_REMEMBERED = 4096
_COSTS_EXTRA = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST})

# Letters on a keypad: ANONYMOUS, RESTRICTED, UNAVAILABLE, UNKNOWN, BLOCKED, as providers write a withheld number.
_WITHHELD = frozenset({"+266696687", "+7378742833", "+86282452253", "+8656696", "+2562533", "+8566"})


@lru_cache(maxsize=_REMEMBERED)
def callable_number(raw: str) -> str:
    """E.164 if this is a number that we may call back; "" for a withheld, malformed or premium one.

    A number that could exist counts, although no metadata knows it yet: a new range must not leave its callers untold.
    """
    if raw.strip() in _WITHHELD:
        return ""
    try:
        number = phonenumbers.parse(raw.strip(), None)
    except phonenumbers.NumberParseException:
        return ""
    # A number without its area code is possible too, but only from next door.
    possible = phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
    if not possible or phonenumbers.number_type(number) in _COSTS_EXTRA:
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def dialled_number(digits: str, near: str) -> str:
    """E.164 for what a caller typed, read as somebody in the country of ``near`` (E.164) would dial it; "" if it is
    none."""
    region = phonenumbers.region_code_for_number(phonenumbers.parse(near, None))
    typed = "+" + digits[2:] if digits.startswith("00") else digits
    try:
        number = phonenumbers.parse(typed, region)
    except phonenumbers.NumberParseException:
        return ""
    return callable_number(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


@lru_cache(maxsize=_REMEMBERED)
def is_premium(raw: str) -> bool:
    """Whether calling this number costs more than a call; False for what is no number."""
    try:
        return phonenumbers.number_type(phonenumbers.parse(raw.strip(), None)) in _COSTS_EXTRA
    except phonenumbers.NumberParseException:
        return False


@lru_cache(maxsize=_REMEMBERED)
def is_known(number: str) -> bool:
    """Whether it lies in a range that is given out. False means a new range, or a digit too few or too many."""
    return phonenumbers.is_valid_number(phonenumbers.parse(number, None))
