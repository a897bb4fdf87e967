"""The whole path, practised by plan: one call at its time, that waits for real work and tells where it fails."""

from datetime import UTC, datetime, timedelta

import pytest

from oncall.core.incident import Incident, IncidentState, IntakeChannel
from oncall.core.sla import Priority
from oncall.errors import StoreUnavailableError, TransientError, UsageError
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import ALICE, MINUTE, SECOND, YAML, Night

TUESDAY = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
PLAN = "{call: true, every: 1w, at: tue 14:00}"
AWAY = TransientError("https://hotline.example/voice/incoming answered HTTP 502: customers' calls fail in the same way")


def planned(night: Night, yaml: str = YAML, *, plans: str = PLAN) -> None:
    """The plan stands, and it is one minute before its time."""
    night.publish({"all.yaml": f"{yaml}business_hours: {{timezone: UTC}}\ndrills: [{plans}]\n"})
    night.turn()
    night.clock.at = TUESDAY - MINUTE
    night.turn()
    assert night.practice.sids == []


def at_its_time(night: Night) -> None:
    night.clock.at = TUESDAY
    night.turn()
    night.turn()  # what a chore began is seen by the next


def drills(night: Night) -> list[Incident]:
    with night.database.read() as uow:
        return uow.incidents.latest_drills(20)


def test_at_its_time_a_call_is_made_that_pages_whoever_is_on_call_and_says_that_it_is_a_drill(night: Night) -> None:
    planned(night)
    at_its_time(night)
    (begun,) = drills(night)
    assert (begun.opened_at, begun.channel) == (TUESDAY, IntakeChannel.PHONE)
    assert night.texts.to(ALICE)[0].text.startswith(f"DRILL {begun.number}")
    night.clock.at += 42 * SECOND
    night.runtime.respond.acknowledge(begun.number, engineer="alice", via="SMS")
    night.later(20 * MINUTE)
    assert night.incident(begun.number).state is IncidentState.RESOLVED
    latest = night.runtime.drills.latest()
    assert latest is not None
    assert (latest.acknowledged_by, latest.acknowledged_after) == ("Alice Martin", 42 * SECOND)
    assert night.operators_read() == ""
    assert len(night.practice.sids) == 1


def test_it_comes_every_week(night: Night) -> None:
    planned(night)
    for week in range(3):
        night.clock.at = TUESDAY + timedelta(weeks=week)
        night.turn()
        night.later(20 * MINUTE)
    assert [each.opened_at for each in drills(night)] == [TUESDAY + timedelta(weeks=week) for week in (2, 1, 0)]


def test_several_engines_make_one_call(night: Night, database: SqlDatabase) -> None:
    other = Night(database, prefix="b")
    planned(night)
    other.runtime.configuration.look_again()
    other.turn()
    other.clock.at = TUESDAY
    at_its_time(night)
    other.turn()
    assert len(night.practice.sids + other.practice.sids) == 1
    assert len(drills(night)) == 1


def test_it_waits_while_an_incident_is_open_and_is_made_up_for_a_minute_after_that_is_over(night: Night) -> None:
    planned(night)
    real = night.paged()
    at_its_time(night)
    night.later(5 * MINUTE)
    assert night.practice.sids == []
    night.runtime.respond.resolve(real.number, engineer="alice", note="", via="SMS")
    night.later(MINUTE)
    assert len(night.practice.sids) == 1


def test_an_open_matter_for_which_nobody_is_paged_does_not_hold_it_up(night: Night) -> None:
    planned(night)
    regular = night.runtime.intake.open_by_hand(
        summary="One more user", by="dana", channel=IntakeChannel.OPERATOR, priority=Priority.NORMAL
    )
    at_its_time(night)
    assert night.incident(regular.number).open
    assert len(drills(night)) == 1


def test_it_waits_for_the_end_of_the_quiet_hours_of_whoever_is_on_call(night: Night) -> None:
    quiet = 'phone: "+32470000001", timezone: UTC, quiet_hours: {from: "13:00", until: "15:00"}}'
    planned(night, YAML.replace('phone: "+32470000001"}', quiet))
    at_its_time(night)
    assert night.practice.sids == []
    night.clock.at = TUESDAY + timedelta(hours=1)
    night.turn()
    assert len(night.practice.sids) == 1


def test_a_page_for_practice_at_the_same_time_goes_first_and_the_call_when_that_is_over(night: Night) -> None:
    planned(night, plans=f"{PLAN}, {{engineer: alice, at: tue 14:00}}")
    at_its_time(night)
    (page,) = drills(night)
    assert page.channel is IntakeChannel.OPERATOR
    night.runtime.respond.acknowledge(page.number, engineer="alice", via="SMS")
    night.later(2 * MINUTE)
    assert [each.channel for each in drills(night)] == [IntakeChannel.PHONE, IntakeChannel.OPERATOR]


def test_a_page_for_practice_that_is_due_while_a_call_is_practised_waits_for_it(night: Night) -> None:
    planned(night, plans=f"{PLAN}, {{engineer: alice, at: tue 14:02}}")
    at_its_time(night)
    night.clock.at = TUESDAY + 2 * MINUTE
    night.turn()
    (call,) = drills(night)
    night.runtime.respond.acknowledge(call.number, engineer="alice", via="SMS")
    night.later(2 * MINUTE)
    assert [each.channel for each in drills(night)] == [IntakeChannel.OPERATOR, IntakeChannel.PHONE]


@pytest.mark.parametrize("problem", [AWAY, UsageError("it refuses our signature")])
def test_where_the_service_does_not_take_it_the_operators_are_told_once(night: Night, problem: Exception) -> None:
    planned(night)
    night.practice.raises = problem
    at_its_time(night)
    night.later(30 * MINUTE)
    assert night.operators_read().count("The call for practice failed") == 1
    assert str(problem) in night.operators_read()
    assert "Phone the hotline now" in night.operators_read()
    assert [fields["problem"] for event, fields in night.logged if event == "drill.call_failed"] == [str(problem)]
    assert len(night.practice.sids) == 1
    assert drills(night) == []


def test_a_call_that_another_service_took_is_told_too(night: Night) -> None:
    planned(night)
    night.practice.is_heard = False
    at_its_time(night)
    assert "took the call, but this database holds none of it" in night.operators_read()


def test_with_nobody_on_call_it_is_made_and_the_result_says_that_no_page_left(database: SqlDatabase) -> None:
    night = Night(database, policy="nobody-at-all")
    planned(night, YAML.replace("escalation_policy: production-down", "escalation_policy: nobody-at-all", 1))
    at_its_time(night)
    night.later(15 * MINUTE)
    latest = night.runtime.drills.latest()
    assert latest is not None
    assert (latest.over, latest.first_page_after) == (True, None)


def test_one_that_is_much_too_late_is_left_out_and_the_log_says_so(night: Night) -> None:
    planned(night)
    night.clock.at = TUESDAY + timedelta(hours=13)
    night.turn()
    assert night.practice.sids == []
    assert [fields["plan"] for event, fields in night.logged if event == "drill.left_out"] == ["(call)/1w/1/14:00"]


def test_an_engine_that_is_stopped_leaves_a_call_that_nobody_took_to_the_next_and_tells_of_no_failure(
    night: Night, database: SqlDatabase
) -> None:
    planned(night)
    night.practice.raises, night.practice.meanwhile = AWAY, night.runtime.planned_drills.end
    at_its_time(night)
    assert night.operators_read() == ""
    assert [fields["then"] for event, fields in night.logged if event == "drill.call_interrupted"] == ["made again"]
    following = Night(database, prefix="b")
    following.clock.at = TUESDAY + MINUTE
    following.turn()
    following.turn()
    assert len(following.practice.sids) == 1
    assert [each.opened_at for each in drills(night)] == [TUESDAY + MINUTE]
    following.later(timedelta(days=1))
    assert len(following.practice.sids) == 1


def test_a_call_that_had_come_in_when_its_engine_was_stopped_goes_on_and_is_not_made_again(
    night: Night, database: SqlDatabase
) -> None:
    def is_stopped() -> None:
        night.runtime.planned_drills.end()
        raise AWAY

    planned(night)
    night.practice.meanwhile = is_stopped
    at_its_time(night)
    (begun,) = drills(night)
    assert "the engine that made it was stopped: the drill goes on" in night.timeline(begun.number)
    assert "failed" not in night.operators_read()
    following = Night(database, prefix="b")
    following.clock.at = TUESDAY + MINUTE
    following.later(MINUTE)
    assert following.texts.to(ALICE), "the safety timer pages"
    following.later(20 * MINUTE)
    assert following.practice.sids == []


def test_a_service_that_answers_no_more_as_it_is_stopped_is_no_failure_of_the_line(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Web and engine are stopped together, and the web's end is seen first."""
    planned(night)
    night.practice.raises = AWAY
    monkeypatch.setattr(night.clock, "sleep", lambda _seconds: night.runtime.planned_drills.end())
    at_its_time(night)
    assert night.operators_read() == ""
    assert [event for event, _ in night.logged if event.startswith("drill.call")] == ["drill.call_interrupted"]


def test_an_engine_that_is_being_stopped_as_the_time_comes_leaves_the_call_to_the_next(
    night: Night, database: SqlDatabase
) -> None:
    """What it does about once a second may be under way while it ends."""
    planned(night)
    night.runtime.planned_drills.end()
    at_its_time(night)
    assert night.practice.sids == []
    following = Night(database, prefix="b")
    following.clock.at = TUESDAY + MINUTE
    following.turn()
    following.turn()
    assert len(following.practice.sids) == 1


def test_where_no_thread_can_be_had_for_a_call_it_is_made_with_the_next_look(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(_do: object) -> None:
        raise RuntimeError("can't start new thread")

    planned(night)
    with monkeypatch.context() as full:
        full.setattr(night.runtime.planned_drills, "_beside", refuses)
        at_its_time(night)
    assert night.practice.sids == []
    night.later(2 * MINUTE)
    assert len(night.practice.sids) == 1


def test_an_engine_that_ends_with_no_call_under_way_changes_nothing(night: Night, database: SqlDatabase) -> None:
    planned(night)
    at_its_time(night)
    night.runtime.planned_drills.end()
    following = Night(database, prefix="b")
    following.clock.at = TUESDAY + MINUTE
    following.later(20 * MINUTE)
    assert len(night.practice.sids + following.practice.sids) == 1


def test_a_call_whose_failure_cannot_be_stored_is_logged(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_args: object, **_more: object) -> None:
        raise StoreUnavailableError("the database is away")

    planned(night)
    night.practice.raises = AWAY
    monkeypatch.setattr(night.runtime.operators, "tell", away)
    at_its_time(night)
    assert "drill.database_away" in [event for event, _ in night.logged]
