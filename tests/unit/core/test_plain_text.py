"""Texts that people wrote are shown without telephone numbers, and with everything else."""

import pytest

from oncall.core.plain_text import without_numbers


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("call +32470111111 now", "call +…1111 now"),
        ("call 0470 11 11 11 now", "call …11 now"),
        ("call 02/123.45.67 now", "call …67 now"),
        ("call +32 (0)470 11.11.11", "call …11"),
        ("down since 01/02/2026 10:00", "down since 01/02/2026 10:00"),
        ("down since 01-02-2026", "down since 01-02-2026"),
        ("order 2026-11-1234 fails at 10:00", "order 2026-11-1234 fails at 10:00"),
    ],
)
def test_telephone_numbers_are_left_out_however_they_are_written_and_dates_are_not(written: str, shown: str) -> None:
    assert without_numbers(written) == shown
