"""What provider codes mean."""

from pathlib import Path

import pytest

from oncall.core.provider_errors import (
    PROVIDER_ERRORS,
    classify_callback_error,
    classify_refusal,
    meaning,
)

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "provider-errors.md"


@pytest.mark.parametrize(
    ("code", "blame"),
    [
        ("30006", "recipient"),
        ("30034", "setup"),
        ("30003", "transient"),
        ("30999", "setup"),
        ("", "transient"),
        ("0", "transient"),
        ("junk", "transient"),
        ("²", "transient"),
    ],
)
def test_a_callback_error_is_somebodys_fault(code: str, blame: str) -> None:
    assert classify_callback_error(code) == blame


@pytest.mark.parametrize(
    ("code", "status", "blame"),
    [
        ("21614", 400, "recipient"),
        ("20429", 400, "transient"),
        ("29999", 400, "setup"),
        ("29999", 429, "transient"),
        ("", 503, "transient"),
        ("", 404, "setup"),
        ("", 302, "setup"),
    ],
)
def test_an_unknown_refusal_is_judged_by_its_status(code: str, status: int, blame: str) -> None:
    assert classify_refusal(code, status) == blame


def test_unknown_codes_point_to_their_explanation_and_no_code_says_nothing() -> None:
    assert meaning("29999").endswith("/29999")
    assert meaning("") == meaning("0") == meaning("junk") == ""


def test_no_code_is_two_peoples_fault() -> None:
    codes = [error.code for error in PROVIDER_ERRORS]
    assert len(codes) == len(set(codes))
    assert all(code.isdecimal() and len(code) == 5 for code in codes)


def test_the_reference_page_is_the_table() -> None:
    rows = [
        line
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line[:3].startswith("| ") and line[2].isdecimal()
    ]
    assert rows == [f"| {error.code} | {error.blame} | {error.meaning} |" for error in PROVIDER_ERRORS]
