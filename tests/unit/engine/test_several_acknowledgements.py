"""Paging until as many have acknowledged as the policy asks for: silence for whoever did, and for nobody else."""

from oncall.core.incident import Incident, IncidentState
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import ALICE, BOB, DANA, MINUTE, Night


def acknowledges(night: Night, incident: Incident, engineer: str) -> Incident:
    night.runtime.respond.acknowledge(incident.number, engineer=engineer, via="SMS")
    night.turn()
    return night.incident(incident.number)


def test_paging_goes_on_for_the_others_until_two_have_acknowledged(database: SqlDatabase) -> None:
    night = Night(database, policy="two-of-us")
    incident = acknowledges(night, night.paged(), "alice")
    assert incident.state is IncidentState.TRIGGERED
    assert "Alice Martin" in night.jane_reads()
    assert night.calls.to(BOB), "nobody else's telephone was at it: the next step is paged at once"
    night.later(3 * MINUTE)
    assert (len(night.calls.to(ALICE)), len(night.calls.to(BOB))) == (1, 2)
    before = len(night.texts.to("+32470111111"))
    assert acknowledges(night, incident, "bob").state is IncidentState.ACKNOWLEDGED
    night.later(29 * MINUTE)
    assert (len(night.calls.to(ALICE)), len(night.calls.to(BOB)), len(night.calls.to(DANA))) == (1, 2, 0)
    assert len(night.texts.to("+32470111111")) == before
    assert "(1 of 2)" in night.timeline(incident.number)
    assert "(2 of 2)" in night.timeline(incident.number)


def test_where_nobody_else_is_left_the_operators_are_told_and_it_is_acknowledged(database: SqlDatabase) -> None:
    night = Night(database, policy="two-of-one")
    incident = acknowledges(night, night.paged(), "alice")
    assert incident.state is IncidentState.ACKNOWLEDGED
    assert "1 of 2 acknowledged" in night.operators_read()


def test_the_customer_hears_who_is_left_when_whoever_they_know_of_passes_it_on(database: SqlDatabase) -> None:
    night = Night(database, policy="two-of-us")
    incident = acknowledges(night, night.paged(), "alice")
    acknowledges(night, incident, "bob")
    night.runtime.respond.pass_on(incident.number, engineer="alice", via="SMS")
    night.turn()
    assert "Bob Peeters" in night.jane_reads()
