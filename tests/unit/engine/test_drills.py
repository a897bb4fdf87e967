"""A drill pages for practice, is marked everywhere, alarms nobody, and ends by itself."""

from datetime import UTC, datetime, timedelta

import pytest

from oncall.core.incident import Incident, IncidentState
from oncall.core.voice_menu import PageKey
from oncall.core.wording import page_speech
from oncall.errors import RecipientError, UsageError
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import ALICE, HOTLINE, MINUTE, SECOND, YAML, Night

TUESDAY = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
PLANNED = YAML + "drills:\n  - {schedule: production, every: 1w, at: tue 14:00}\n"


def drill(night: Night, engineer: str = "alice") -> Incident:
    begun = night.runtime.drills.begin(engineer, by="dana")
    night.turn()
    return begun


def drills(night: Night) -> list[Incident]:
    with night.database.read() as uow:
        return uow.incidents.latest_drills(20)


def test_alice_is_paged_by_her_own_rules_and_hears_and_reads_that_it_is_a_drill(night: Night) -> None:
    begun = drill(night)
    (text,) = night.texts.to(ALICE)
    assert text.text.startswith(f"DRILL {begun.number}")
    assert text.text.endswith(f"Reply ACK {begun.number}")
    assert len(night.calls.to(ALICE)) == 1
    assert page_speech(night.incident(begun.number)).startswith("This is a drill.")
    assert "Drill: Alice Martin is paged for practice, begun by dana" in night.timeline(begun.number)


def test_after_her_answer_it_is_over_and_tells_how_it_went(night: Night) -> None:
    begun = drill(night)
    night.clock.at += timedelta(seconds=42)
    night.runtime.respond.key_pressed(delivery_id=night.page(begun.number).id, key=PageKey.ACKNOWLEDGE)
    night.later(5 * SECOND)
    over = night.incident(begun.number)
    assert (over.state, over.acknowledged_by) == (IncidentState.RESOLVED, "alice")
    assert "The drill is over: Alice Martin acknowledged after 42 s" in night.timeline(begun.number)
    result = night.runtime.drills.result(begun.number)
    assert (result.over, result.delivered, result.acknowledged_by) == (True, True, "Alice Martin")
    assert result.acknowledged_after == timedelta(seconds=42)
    assert night.runtime.drills.latest() == result
    paged = len(night.pages(begun.number))
    night.later(90 * MINUTE)
    assert len(night.pages(begun.number)) == paged


def test_nobody_answers_and_it_gives_up_after_ten_minutes_without_alarming_anybody(night: Night) -> None:
    begun = drill(night)
    night.later(11 * MINUTE)
    over = night.incident(begun.number)
    assert over.resolved_at == begun.opened_at + 10 * MINUTE
    assert "The drill is over: nobody acknowledged" in night.timeline(begun.number)
    assert night.operators_read() == ""
    assert {page.recipient for page in night.pages(begun.number)} == {"alice"}


def test_a_telephone_that_is_dead_is_told_of_and_not_that_nobody_of_a_drill_can_be_reached(night: Night) -> None:
    """The one is to be mended before the next night; the other says that a customer waits."""
    night.calls.always = night.texts.always = RecipientError("no such number", code="21211")
    begun = drill(night)
    assert "nobody of the step that was just paged can be reached" in night.timeline(begun.number)
    assert "Alice Martin cannot be paged by call" in night.operators_read()
    assert "can be reached" not in night.operators_read()


def test_what_still_rings_when_it_gives_up_is_stopped(night: Night) -> None:
    begun = drill(night)
    night.later(10 * MINUTE + 5 * SECOND)
    assert night.calls.cancelled
    with night.database.read() as uow:
        assert all(page.finished or page.method.value == "sms" for page in uow.deliveries.of(begun.number))


def test_it_counts_nowhere_and_no_promise_runs(night: Night) -> None:
    begun = drill(night)
    with night.database.read() as uow:
        assert uow.incidents.counts() == {}
    assert night.incident(begun.number).respond_by is None


def test_an_engineer_whom_a_real_incident_needs_is_left_alone(night: Night) -> None:
    real = night.paged()
    with pytest.raises(UsageError, match=f"Alice Martin is needed: incident {real.number} is open"):
        night.runtime.drills.begin("alice", by="dana")
    with pytest.raises(UsageError, match=f"incident {real.number} is open"):
        night.runtime.drills.refuse_while_needed()
    assert night.runtime.drills.begin("bob", by="dana").drill


def test_a_real_incident_that_comes_in_ends_the_drill(night: Night) -> None:
    begun = drill(night)
    real = night.paged()
    night.later(3 * SECOND)
    assert night.incident(begun.number).state is IncidentState.RESOLVED
    assert "The drill is over: a real incident came in" in night.timeline(begun.number)
    assert night.incident(real.number).state is IncidentState.TRIGGERED
    assert [page for page in night.pages(real.number) if page.recipient == "alice"]


def test_one_drill_at_a_time_for_one_engineer(night: Night) -> None:
    begun = drill(night)
    with pytest.raises(UsageError, match=f"drill {begun.number} goes on"):
        night.runtime.drills.begin("alice", by="dana")


def test_an_unknown_engineer_is_refused_with_those_that_there_are(night: Night) -> None:
    with pytest.raises(UsageError, match="there is no engineer `alise`; there are alice, bob, dana"):
        night.runtime.drills.begin("alise", by="dana")


def test_an_engineer_whom_no_rule_reaches_is_refused(night: Night) -> None:
    mail = YAML.replace('phone: "+32470000002"}', 'phone: "+32470000002", notify: [{by: email}]}')
    night.publish({"all.yaml": mail})
    with pytest.raises(UsageError, match="Bob Peeters has no notification rule that could reach them"):
        night.runtime.drills.begin("bob", by="dana")


def test_a_call_for_practice_goes_the_way_of_a_call_and_pages_whoever_is_on_call(night: Night) -> None:
    arrived = night.runtime.intake.call_arrived(sid="CA-drill", from_number="anonymous", to_number=HOTLINE, drill=True)
    night.runtime.intake.caller_is_human("CA-drill")
    night.runtime.intake.call_status(sid="CA-drill", status="completed", from_number="anonymous", to_number=HOTLINE)
    night.turn()
    assert night.texts.to(ALICE)[0].text.startswith(f"DRILL {arrived.number}")
    night.runtime.respond.acknowledge(arrived.number, engineer="alice", via="SMS")
    night.later(3 * SECOND)
    assert night.incident(arrived.number).state is IncidentState.RESOLVED
    assert night.operators_read() == ""
    assert night.jane_reads() == ""


def test_a_planned_one_comes_at_its_next_turn_and_then_every_week(night: Night) -> None:
    night.publish({"all.yaml": PLANNED})
    night.turn()
    assert drills(night) == []
    night.clock.at = TUESDAY
    night.turn()
    assert [each.opened_at for each in drills(night)] == [TUESDAY]
    night.later(20 * MINUTE)
    assert len(drills(night)) == 1
    night.clock.at = TUESDAY + timedelta(weeks=1)
    night.turn()
    assert len(drills(night)) == 2


def test_several_engines_begin_a_planned_one_once(night: Night, database: SqlDatabase) -> None:
    other = Night(database, prefix="b")
    night.publish({"all.yaml": PLANNED})
    other.runtime.configuration.look_again()
    night.turn()
    other.turn()
    night.clock.at = other.clock.at = TUESDAY
    night.turn()
    other.turn()
    assert len(drills(night)) == 1


def test_after_downtime_one_late_drill_comes_at_most_and_one_that_is_much_too_late_does_not(night: Night) -> None:
    night.publish({"all.yaml": PLANNED})
    night.turn()
    night.clock.at = TUESDAY + timedelta(weeks=3, hours=2)
    night.turn()
    night.later(20 * MINUTE)
    assert len(drills(night)) == 1
    night.clock.at = TUESDAY + timedelta(weeks=5, hours=13)
    night.turn()
    assert len(drills(night)) == 1


def test_a_planned_one_waits_for_the_end_of_quiet_hours(night: Night) -> None:
    quiet = PLANNED.replace(
        'phone: "+32470000001"}', 'phone: "+32470000001", timezone: UTC, quiet_hours: {from: "13:00", until: "15:00"}}'
    )
    night.publish({"all.yaml": quiet})
    night.turn()
    night.clock.at = TUESDAY
    night.turn()
    assert drills(night) == []
    night.clock.at = TUESDAY + timedelta(hours=1)
    night.turn()
    assert len(drills(night)) == 1


def test_a_planned_one_waits_while_a_real_incident_needs_the_engineer(night: Night) -> None:
    night.publish({"all.yaml": PLANNED})
    night.turn()
    night.clock.at = TUESDAY - MINUTE
    real = night.paged()
    night.clock.at = TUESDAY
    night.turn()
    assert drills(night) == []
    night.runtime.respond.resolve(real.number, engineer="alice", note="", via="SMS")
    night.clock.at = TUESDAY + 2 * MINUTE
    night.turn()
    assert len(drills(night)) == 1


def published_at(night: Night, at: datetime, text: str) -> None:
    night.clock.at = at
    night.publish({"all.yaml": text})
    night.turn()
    night.later(3 * MINUTE)


def test_a_plan_that_is_published_after_its_time_of_day_waits_for_its_next(night: Night) -> None:
    night.turn()
    published_at(night, TUESDAY + timedelta(hours=2), PLANNED)
    assert drills(night) == []
    night.clock.at = TUESDAY + timedelta(weeks=1)
    night.turn()
    assert [each.opened_at for each in drills(night)] == [TUESDAY + timedelta(weeks=1)]


def test_a_plan_that_was_taken_out_and_comes_back_waits_for_its_next_time_too(night: Night) -> None:
    night.publish({"all.yaml": PLANNED})
    night.turn()
    published_at(night, TUESDAY - timedelta(days=1), YAML)
    published_at(night, TUESDAY + timedelta(hours=2), PLANNED)
    assert drills(night) == []
    night.clock.at = TUESDAY + timedelta(weeks=1)
    night.turn()
    assert len(drills(night)) == 1


def test_an_edit_beside_a_plan_takes_no_turn_of_it_away(night: Night) -> None:
    night.publish({"all.yaml": PLANNED})
    night.turn()
    published_at(night, TUESDAY - 10 * MINUTE, PLANNED.replace("wait: 5m", "wait: 6m"))
    night.clock.at = TUESDAY + timedelta(hours=1)
    night.turn()
    assert len(drills(night)) == 1


def test_an_engine_that_has_not_seen_an_edit_yet_takes_no_new_plan_away(night: Night, database: SqlDatabase) -> None:
    late = Night(database, prefix="b")
    assert not late.runtime.configuration.current().drills
    night.publish({"all.yaml": PLANNED})
    night.turn()
    late.runtime.planned_drills.look()
    night.clock.at = TUESDAY
    night.turn()
    assert len(drills(night)) == 1
