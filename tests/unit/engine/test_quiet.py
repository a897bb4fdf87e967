"""Quiet until: nobody is paged before it ends, and then whoever has the incident is."""

import pytest

from oncall.core.incident import OutcomeKind
from oncall.errors import UsageError
from tests.unit.engine.hotline import ALICE, BOB, MINUTE, Night


def quiet(night: Night, number: int, engineer: str = "alice") -> OutcomeKind:
    until = night.clock.now() + 120 * MINUTE
    return night.runtime.respond.snooze(number, engineer=engineer, until=until, via="SMS").kind


def test_nobody_is_paged_while_it_is_quiet_and_whoever_has_it_is_when_that_ends(night: Night) -> None:
    """grafana/oncall#895, PR#2636: an escalation that was paused never continued."""
    incident = night.paged()
    assert quiet(night, incident.number) is OutcomeKind.SNOOZED
    night.turn()
    before = len(night.calls.to(ALICE))
    night.later(119 * MINUTE)
    assert len(night.calls.to(ALICE)) == before
    night.later(2 * MINUTE)
    assert len(night.calls.to(ALICE)) > before
    assert not night.calls.to(BOB)
    assert "quiet until" in night.timeline(incident.number)
    assert "The quiet time that Alice Martin asked for is over" in night.timeline(incident.number)


def test_a_customer_who_asks_again_has_whoever_has_it_paged_at_once(night: Night) -> None:
    incident = night.paged()
    quiet(night, incident.number)
    night.turn()
    before = len(night.calls.to(ALICE))
    night.runtime.respond.reopen(incident.number, by="Jane", via="SMS")
    night.turn()
    assert len(night.calls.to(ALICE)) == before + 1


def test_only_whoever_has_it_makes_it_quiet(night: Night) -> None:
    incident = night.paged()
    night.runtime.respond.acknowledge(incident.number, engineer="alice", via="SMS")
    assert quiet(night, incident.number, "bob") is OutcomeKind.ALREADY_ACKNOWLEDGED
    assert night.incident(incident.number).snoozed_until is None


def test_a_time_that_is_over_is_refused(night: Night) -> None:
    incident = night.paged()
    with pytest.raises(UsageError, match="over already"):
        night.runtime.respond.snooze(incident.number, engineer="alice", until=night.clock.now(), via="SMS")
