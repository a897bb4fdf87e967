"""Slack being away, or our being thrown out, delays no page, and what is open is told afterwards."""

from contextlib import AbstractContextManager

import pytest

from oncall.core.incident import Incident, IntakeChannel, RequestType
from oncall.core.sla import Priority
from oncall.engine.slack_outbox import SlackOutbox
from oncall.ports import UnitOfWork
from oncall.store import SqlDatabase
from oncall.store.incidents import SqlIncidents
from tests.unit.engine.hotline import ALICE, CALL, MINUTE, NIGHT, SECOND
from tests.unit.engine.slack import (
    ACME,
    TEAM,
    SlackNight,
)


@pytest.fixture
def night(database: SqlDatabase) -> SlackNight:
    return SlackNight(database)


def test_slack_being_away_delays_no_page_and_all_is_told_afterwards_in_order(night: SlackNight) -> None:
    away = True
    night.there.away = lambda: away
    incident = night.paged()
    assert night.calls.to(ALICE)
    assert night.page(incident.number, CALL).created_at - NIGHT < SECOND
    night.runtime.respond.acknowledge(incident.number, engineer="alice", via="phone")
    night.runtime.respond.update(incident.number, engineer="alice", note="we restart it", via="phone")
    night.later(15 * MINUTE)
    assert night.there.shown == []
    away = False
    night.later(10 * MINUTE)
    assert "Alice Martin has it" in night.message(TEAM).words
    thread = night.thread(TEAM, night.message(TEAM).ts)
    assert thread.index("acknowledged by phone") < thread.index("we restart it")


def test_patience_is_had_for_as_long_as_slack_asks(night: SlackNight) -> None:
    night.there.wait = 120
    night.paged()
    asked = len(night.there.calls)
    night.later(100 * SECOND)
    # Of what was claimed already, and of what began meanwhile, each asked once.
    assert len(night.there.calls) - asked <= 4
    night.there.wait = 0
    night.later(5 * MINUTE)
    assert night.message(TEAM)


@pytest.mark.parametrize("how", ["foreign", "archived"])
def test_thrown_out_of_a_channel_the_operators_are_told_once_and_invited_again_it_is_shown_there(
    night: SlackNight, how: str
) -> None:
    incident, ts = night.reported()
    night.there.channels.discard(ACME)
    getattr(night.there, how).add(ACME)
    night.post(night.people.leaves(ACME))
    night.runtime.respond.acknowledge(incident.number, engineer="alice", via="phone")
    night.later(5 * MINUTE)
    night.runtime.respond.update(incident.number, engineer="alice", note="we restart it", via="phone")
    night.later(5 * MINUTE)
    assert night.operators_read().count(f"Nothing can be written in the Slack channel {ACME}") == 1
    assert "Alice Martin has it" in night.message(TEAM).words
    getattr(night.there, how).discard(ACME)
    night.there.channels.add(ACME)
    night.post(night.people.joins(ACME))
    assert "Alice Martin has it" in night.message(ACME, ts).words
    night.there.channels.discard(ACME)
    night.there.foreign.add(ACME)
    night.runtime.respond.update(incident.number, engineer="alice", note="once more", via="phone")
    night.later(5 * MINUTE)
    assert night.operators_read().count(f"Nothing can be written in the Slack channel {ACME}") == 2


def test_an_engine_of_the_previous_release_leaves_to_this_one_what_is_open_in_a_channel_that_we_joined(
    night: SlackNight,
) -> None:
    """It looks for what is due to Slack by its name, knows nothing of this kind, and would give it up."""
    with night.database.begin() as uow:
        SlackOutbox(night.environment(), connected=True).catch_up(uow, TEAM, night.clock.now())
    assert night.claimed() == []
    with night.database.read() as uow:
        assert uow.partner_events.next_due_at("slack-joined") is not None
    night.turn()
    with night.database.read() as uow:
        assert uow.partner_events.next_due_at("slack-joined") is None


def test_invited_to_the_teams_channel_all_that_is_open_is_shown_and_few_are_kept_from_others_at_a_time(
    night: SlackNight, monkeypatch: pytest.MonkeyPatch
) -> None:
    night.there.channels.discard(TEAM)
    night.there.foreign.add(TEAM)
    for serial in range(12):
        with night.database.begin() as uow:
            night.runtime.intake.reported(
                uow,
                channel=IntakeChannel.GITHUB,
                priority=Priority.NORMAL,
                request_type=RequestType.OTHER,
                summary=f"question {serial}",
                by="octocat",
                customer="acme",
            )
    night.turn()
    assert night.there.in_channel(TEAM) == []
    night.there.foreign.discard(TEAM)
    night.there.channels.add(TEAM)
    monkeypatch.setattr("oncall.engine.slack_sending.SHOWN_TOGETHER", 5, raising=False)
    held: list[set[int]] = []
    begin, get = SqlDatabase.begin, SqlIncidents.get

    def begun(database: SqlDatabase) -> AbstractContextManager[UnitOfWork]:
        held.append(set())
        return begin(database)

    def gotten(incidents: SqlIncidents, number: int, *, lock: bool = False) -> Incident | None:
        if lock:
            held[-1].add(number)
        return get(incidents, number, lock=lock)

    monkeypatch.setattr(SqlDatabase, "begin", begun)
    monkeypatch.setattr(SqlIncidents, "get", gotten)
    night.post(night.people.joins(TEAM))
    shown = [each for each in night.there.in_channel(TEAM) if each.blocks[0]["type"] == "header"]
    assert len(shown) == 12
    assert max(len(each) for each in held) == 5


def test_a_message_of_ours_that_somebody_deleted_is_posted_anew(night: SlackNight) -> None:
    incident, ts = night.reported()
    night.there.shown = [each for each in night.there.shown if each.channel != ACME]
    night.runtime.respond.acknowledge(incident.number, engineer="alice", via="phone")
    night.turn()
    assert "Alice Martin has it" in night.message(ACME, ts).words


def test_where_slack_is_not_connected_nothing_is_written_down_for_it(database: SqlDatabase) -> None:
    night = SlackNight(database)
    night.slack = None
    night.runtime = night._built({CALL: night.calls}, "b")
    incident = night.phoned()
    with database.read() as uow:
        assert uow.partner_events.of(incident.number) == []
