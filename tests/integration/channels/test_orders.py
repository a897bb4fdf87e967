"""The lines between an engine and the process that sends for it."""

import pytest

from oncall.channels.orders import order_of, receipt_of, taken
from oncall.errors import OutcomeUnknownError
from oncall.ports import Receipt


def test_an_answer_of_which_a_part_came_says_nothing_and_part_of_an_order_is_none() -> None:
    answer = taken(Receipt("CA1", "queued"))
    for part in (b"", answer[:9], answer[:-1]):
        with pytest.raises(OutcomeUnknownError):
            receipt_of(part)
        assert order_of(part) is None
    assert receipt_of(answer) == Receipt("CA1", "queued")
