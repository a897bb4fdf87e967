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
    if not possible or _costs_extra(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


# A premium number with a digit or two too many is in no known range, and still reaches the premium one.
_SURPLUS_DIGITS = (1, 2)


def _costs_extra(number: phonenumbers.PhoneNumber) -> bool:
    if phonenumbers.is_valid_number(number):
        return phonenumbers.number_type(number) in _COSTS_EXTRA
    shorter = (number.national_number // 10**surplus for surplus in _SURPLUS_DIGITS)
    return any(
        phonenumbers.number_type(phonenumbers.PhoneNumber(country_code=number.country_code, national_number=national))
        in _COSTS_EXTRA
        for national in shorter
    )


def dialled_number(digits: str, near: str) -> str:
    """E.164 for what a caller typed, read as somebody in the country of ``near`` (E.164) would dial it; "" if it is
    none, or in no known range: a digit is mistyped more often than a range is new."""
    region = phonenumbers.region_code_for_number(phonenumbers.parse(near, None))
    typed = "+" + digits[2:] if digits.startswith("00") else digits
    try:
        number = phonenumbers.parse(typed, region)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return callable_number(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def number_in_country(written: str, country_code: int) -> str:
    """E.164 for a number that is written as inside the country of this code; "" where it is none that we may call.

    What a leading nought is depends on the country: in most a prefix that is not dialled from abroad, in Italy a digit.
    """
    try:
        number = phonenumbers.parse(written, phonenumbers.region_code_for_country_code(country_code))
    except phonenumbers.NumberParseException:
        return ""
    if number.country_code != country_code:
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
