"""What a turn has claimed is handed over, whatever fails after that in the same turn."""

from datetime import datetime

import pytest

from oncall.core.delivery import Delivery, silenced
from oncall.errors import StoreUnavailableError
from oncall.ports import ProviderStatus
from tests.unit.engine.hotline import ALICE, MINUTE, SECOND, Night


def away(*_args: object, **_more: object) -> list[Delivery]:
    raise StoreUnavailableError("the database went away in the middle of a turn")


def test_what_was_to_be_asked_about_is_asked_about_though_the_database_goes_away_in_the_same_turn(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise it would count as being asked about for ever, and from the fourth time on nothing would be."""
    for turn in range(6):
        night.phoned(sid=f"CA-{turn}", number=f"+3247033333{turn}")
        night.runtime.intake.caller_finished(f"CA-{turn}")
        night.turn()
    night.clock.at += 62 * SECOND
    engine = night.runtime.engine
    with monkeypatch.context() as failing:
        failing.setattr(engine, "_partners_due", away)
        for _ in range(3):
            with pytest.raises(StoreUnavailableError):
                engine.run_once()
            night.clock.at += SECOND
    night.calls.says = night.texts.says = ProviderStatus("no-answer")
    night.later(10 * MINUTE)
    assert engine._asking._under_way == 0
    assert len(night.calls.asked) >= 6


def test_a_claimed_page_goes_though_the_database_goes_away_before_the_turn_is_over(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    ringing = []
    for each in range(4):
        rings = night.phoned(sid=f"CA-{each}", number=f"+3247033333{each}")
        night.runtime.intake.caller_finished(f"CA-{each}")
        night.turn()
        ringing.append(rings.number)
    with night.database.begin() as uow:
        for number in ringing:
            for page in uow.deliveries.unfinished_pages(number, lock=True):
                uow.deliveries.save(silenced(page, night.clock.at))
    night.phoned(sid="CA-other", number="+32470333339")
    night.runtime.intake.caller_finished("CA-other")
    engine = night.runtime.engine
    claim_stops, asked = engine._dispatch.claim_stops, []

    def once_only(now: datetime, limit: int) -> list[Delivery]:
        asked.append(limit)
        return claim_stops(now, limit) if len(asked) == 1 else away()

    before = len(night.calls.to(ALICE) + night.texts.to(ALICE))
    monkeypatch.setattr(engine._dispatch, "claim_stops", once_only)
    monkeypatch.setattr(engine._workers, "free", lambda: 8)
    with pytest.raises(StoreUnavailableError):
        engine.run_once()
    assert len(asked) == 2
    assert len(night.calls.to(ALICE) + night.texts.to(ALICE)) > before
    assert len(night.calls.cancelled) == 4
