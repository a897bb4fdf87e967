"""Every engine says every few seconds that it works, with what its audit found, and is forgotten when it is gone."""

from datetime import timedelta

import pytest

from oncall.ports import EngineSign
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import MINUTE, NIGHT, SECOND, Night


def signs(night: Night) -> list[EngineSign]:
    with night.database.read() as uow:
        return uow.engines.listing()


def test_an_engine_says_that_it_works_and_since_when(night: Night) -> None:
    night.turn()
    night.clock.at += 7 * SECOND
    night.turn()
    [sign] = signs(night)
    assert (sign.started_at, sign.last_tick_at, sign.audit) == (NIGHT, NIGHT + 7 * SECOND, "")
    assert sign.host
    assert sign.pid
    assert sign.release


def test_it_is_said_every_five_seconds_and_not_at_every_turn(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    said = []
    give = night.runtime.engine._sign_of_life.give
    monkeypatch.setattr(
        night.runtime.engine._sign_of_life, "give", lambda now, problems: (said.append(now), give(now, problems))
    )
    for _ in range(40):
        night.turn()
        night.clock.at += 0.5 * SECOND
    assert len(said) == 4


def test_what_the_audit_found_goes_with_it(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    night.phoned()
    night.clock.at += 2 * MINUTE
    monkeypatch.setattr(night.runtime.engine._tick, "run", lambda _now: 0)
    night.turn()
    [sign] = signs(night)
    assert "overdue or missing" in sign.audit


def test_an_engine_whose_turns_fail_falls_silent(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    """GoAlert: where every instance had switched a module off, nothing outside could tell."""
    night.phoned()
    night.turn()
    monkeypatch.setattr(night.runtime.engine._tick, "run", lambda _now: 1 // 0)
    night.clock.at += MINUTE
    with pytest.raises(ZeroDivisionError):
        night.runtime.engine.run_once()
    assert [sign.last_tick_at for sign in signs(night)] == [NIGHT]


def test_two_engines_each_have_a_row_and_one_that_is_gone_for_a_day_has_none(database: SqlDatabase) -> None:
    here, there = Night(database, prefix="a"), Night(database, prefix="b")
    here.turn()
    there.turn()
    assert len(signs(here)) == 2
    here.clock.at += timedelta(days=1, seconds=1)
    here.turn()
    assert [sign.last_tick_at for sign in signs(here)] == [here.clock.at]


def test_a_clock_that_is_set_back_silences_neither_audit_nor_heartbeat(night: Night) -> None:
    night.turn()
    night.clock.at -= MINUTE
    night.turn()
    assert [sign.last_tick_at for sign in signs(night)] == [NIGHT - MINUTE]
    assert night.beats == 2
