"""What engineers know of their shifts, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from oncall.core.shift_changes import OwnShift
from oncall.core.shift_notices import KnownShifts
from oncall.errors import ConflictError
from oncall.store import SqlDatabase
from tests.integration.store.samples import NOW

DAY = timedelta(days=1)
SHIFTS = (
    OwnShift("production", NOW, NOW + DAY, day_before_told=True, handoff_told=True),
    OwnShift("zweite Linie", NOW + 2 * DAY, NOW + 3 * DAY, day_before_told=True),
)
ALICE = KnownShifts("alice", 7, NOW + 36 * DAY, SHIFTS)


def facts(known: KnownShifts) -> list[tuple[bool, bool]]:
    return [(shift.day_before_told, shift.handoff_told) for shift in known.shifts]


def test_what_is_known_comes_back_as_it_was_with_its_marks(database: SqlDatabase) -> None:
    with database.begin() as work:
        assert work.known_shifts.all() == []
        assert work.known_shifts.add(ALICE) is True
        assert work.known_shifts.add(replace(ALICE, shifts=())) is False
    with database.begin() as work:
        found = work.known_shifts.get("alice", lock=True)
        assert found == ALICE
        assert found is not None
        assert facts(found) == [(True, True), (True, False)]
        assert work.known_shifts.get("bob") is None


def test_a_row_is_changed_listed_in_order_and_forgotten(database: SqlDatabase) -> None:
    with database.begin() as work:
        work.known_shifts.add(replace(ALICE, engineer="bob", shifts=()))
        work.known_shifts.add(ALICE)
    with database.begin() as work:
        work.known_shifts.save(replace(ALICE, version=8, shifts=SHIFTS[1:]))
    with database.begin() as work:
        assert [(known.engineer, known.version, len(known.shifts)) for known in work.known_shifts.all()] == [
            ("alice", 8, 1),
            ("bob", 7, 0),
        ]
        work.known_shifts.remove("alice")
        assert work.known_shifts.get("alice") is None
    with pytest.raises(ConflictError, match="read them again"), database.begin() as work:
        work.known_shifts.save(ALICE)
