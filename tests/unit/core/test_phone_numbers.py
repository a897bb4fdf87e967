"""Which numbers may be called back."""

import pytest

from oncall.phone_numbers import callable_number, dialled_number, is_known, is_premium, number_in_country

BRUSSELS = "+3225550199"
CALIFORNIA = "+15005550006"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("+32470111111", "+32470111111"),
        ("  +32 470 11 11 11 ", "+32470111111"),
        ("tel:+32470111111", "+32470111111"),
        ("+32470111111;ext=5", "+32470111111"),
    ],
)
def test_a_number_is_kept_in_one_way_however_it_is_written(written: str, kept: str) -> None:
    assert callable_number(written) == kept


@pytest.mark.parametrize(
    "written",
    ["", "anonymous", "Restricted", "+266696687", " +7378742833", "client:alice", "sip:+32470111111@example.com"],
)
def test_a_withheld_number_is_never_called_back(written: str) -> None:
    assert callable_number(written) == ""


@pytest.mark.parametrize(
    "written", ["+1", "+15551234", "+999999999999", "+324701111111111111", "call +32470111111 now"]
)
def test_what_cannot_be_dialled_from_abroad_is_never_called_back(written: str) -> None:
    assert callable_number(written) == ""


@pytest.mark.parametrize("premium", ["+3290312345", "+448712345678", "+19002345678"])
def test_a_premium_number_is_never_called_back(premium: str) -> None:
    assert is_premium(premium)
    assert callable_number(premium) == ""


@pytest.mark.parametrize("premium", ["+32900123456", "+32903123456"])
def test_a_premium_number_with_a_digit_too_many_is_never_called_back(premium: str) -> None:
    """The surplus digit is dropped by the exchange, and the call is charged."""
    assert callable_number(premium) == ""


def test_a_range_that_no_metadata_knows_yet_is_called_back_all_the_same() -> None:
    assert not is_known("+15550100000")
    assert callable_number("+15550100000") == "+15550100000"


@pytest.mark.parametrize(
    ("typed", "near", "meant"),
    [
        ("0470111111", BRUSSELS, "+32470111111"),
        ("003225550100", BRUSSELS, "+3225550100"),
        ("0012025550123", BRUSSELS, "+12025550123"),
        ("2025550123", CALIFORNIA, "+12025550123"),
    ],
)
def test_typed_digits_are_read_as_somebody_near_the_hotline_would_dial_them(typed: str, near: str, meant: str) -> None:
    assert dialled_number(typed, near) == meant


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("", BRUSSELS),
        ("1", BRUSSELS),
        ("00", BRUSSELS),
        ("*#", BRUSSELS),
        ("112", BRUSSELS),
        ("090312345", BRUSSELS),
        ("911", CALIFORNIA),
        ("5551234", CALIFORNIA),
        ("99999999", BRUSSELS),
        ("0900123456", BRUSSELS),
    ],
)
def test_digits_that_are_no_number_an_emergency_or_a_costly_one_are_refused(typed: str, near: str) -> None:
    assert dialled_number(typed, near) == ""


@pytest.mark.parametrize("nonsense", ["", "anonymous", "+"])
def test_what_is_no_number_is_no_premium_number(nonsense: str) -> None:
    assert not is_premium(nonsense)


@pytest.mark.parametrize(
    ("country_code", "written", "kept"),
    [
        (1, "(212) 555-0101", "+12125550101"),
        (32, "0470 11 11 11", "+32470111111"),
        (32, "470111111", "+32470111111"),
        (39, "06 698 57 000", "+390669857000"),
        (39, "347 123 4567", "+393471234567"),
        (225, "0701020304", "+2250701020304"),
    ],
)
def test_a_leading_nought_is_kept_where_it_is_part_of_the_number(country_code: int, written: str, kept: str) -> None:
    assert number_in_country(written, country_code) == kept


@pytest.mark.parametrize(
    ("country_code", "written"),
    [(0, "470111111"), (999, "470111111"), (32, "001 212 555 0101"), (32, "ask Bob"), (1, "")],
)
def test_what_is_no_number_of_that_country_is_none(country_code: int, written: str) -> None:
    assert number_in_country(written, country_code) == ""
