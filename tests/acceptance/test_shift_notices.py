"""What engineers are told of their shifts, when, how often, and how little that disturbs."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from oncall.engine.overrides import Doer
from oncall.sim.world_schedules import WEEKLY
from tests.acceptance.cast import Somebody, Stage

# Mondays at nine in Brussels: on 16 March production passes from Alice to Bob, and the second line from Bob to Carol.
SUNDAY_MORNING = datetime(2026, 3, 15, 7, 30, tzinfo=UTC)
BEFORE_THE_HANDOFF = datetime(2026, 3, 16, 7, 50, tzinfo=UTC)
TUESDAY = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
MINUTES, HOURS = 60, 3600


def edited(was: str, now: str, files: Mapping[str, str] = WEEKLY) -> Mapping[str, str]:
    """The files, with this put in the place of that wherever it stands."""
    assert any(was in text for text in files.values())
    return {name: text.replace(was, now) for name, text in files.items()}


def with_override(engineer: str, begins: str, until: str, files: Mapping[str, str] = WEEKLY) -> Mapping[str, str]:
    """The files, with an override of production."""
    return edited(
        "engineers: [alice, bob, carol]}]",
        "engineers: [alice, bob, carol]}]\n"
        f'    overrides: [{{engineer: {engineer}, from: "{begins}", until: "{until}"}}]',
        files,
    )


def texts(somebody: Somebody) -> list[str]:
    return [heard.words for heard in somebody.heard if heard.how == "sms"]


def with_quiet_hours(engineer: str, more: str = "", files: Mapping[str, str] = WEEKLY) -> Mapping[str, str]:
    name = {"alice": "Alice Martin", "bob": "Bob Peeters", "carol": "Carol Janssens"}[engineer]
    return edited(f"name: {name},", f'name: {name}, quiet_hours: {{from: "22:00", until: "08:30"}}, {more}', files)


# ---------------------------------------------------------------- the day before, and the handoff


def test_a_day_before_his_shift_bob_gets_a_text():
    stage = Stage(starts_at=SUNDAY_MORNING)
    text = stage.bob.gets_sms("You are on call tomorrow", within_seconds=HOURS)
    assert "production, Mon 16 Mar 09:00 - Mon 23 Mar 09:00 CET" in text
    assert (stage.world.now.hour, stage.world.now.minute) == (8, 0)
    stage.carol.gets_sms("You are on call tomorrow: backup")


def test_at_the_handoff_bob_reads_that_he_has_it_until_when_and_who_is_behind_him():
    stage = Stage(starts_at=BEFORE_THE_HANDOFF)
    assert (
        stage.bob.gets_sms("You are on call now", within_seconds=15 * MINUTES)
        == "You are on call now: production until Mon 23 Mar 09:00 CET. Backup: Carol Janssens. No open incident."
    )
    assert "backup until Mon 23 Mar" in stage.carol.gets_sms("You are on call now")


def test_the_open_incident_is_handed_over_with_its_number(stage_before_the_handoff):
    stage = stage_before_the_handoff
    stage.jane.dials()
    stage.jane.explains()
    stage.pages_and_one_acknowledges(stage.alice)
    assert "1 open incident: 1001." in stage.bob.gets_sms("You are on call now", within_seconds=15 * MINUTES)


def test_whoever_goes_off_is_not_told(stage_before_the_handoff):
    stage_before_the_handoff.world.run_for(HOURS)
    assert texts(stage_before_the_handoff.alice) == []


def test_no_telephone_rings_for_a_notice(stage_before_the_handoff):
    stage_before_the_handoff.world.run_for(2 * HOURS)
    assert [one.rang for one in (stage_before_the_handoff.bob, stage_before_the_handoff.carol)] == [[], []]


# ---------------------------------------------------------------- quiet hours


def test_at_the_handoff_bobs_telephone_buzzes_although_it_is_his_quiet_hour():
    files = edited(
        "09:00, shift: 1w, engineers: [alice", "04:00, shift: 1w, engineers: [alice", with_quiet_hours("bob")
    )
    stage = Stage(starts_at=datetime(2026, 3, 16, 2, 50, tzinfo=UTC), files=files)
    stage.bob.gets_sms("You are on call now", within_seconds=15 * MINUTES)
    assert stage.bob.rang == []


def test_what_would_fall_into_quiet_hours_the_day_before_waits_until_they_end():
    files = edited(
        "09:00, shift: 1w, engineers: [alice", "04:00, shift: 1w, engineers: [alice", with_quiet_hours("bob")
    )
    stage = Stage(starts_at=datetime(2026, 3, 15, 2, 50, tzinfo=UTC), files=files)
    stage.world.run_for(4 * HOURS)
    assert texts(stage.bob) == []
    stage.bob.gets_sms("You are on call tomorrow: production, Mon 16 Mar 04:00", within_seconds=HOURS)
    assert (stage.world.now.hour, stage.world.now.minute) == (7, 30)


def test_an_edit_in_the_night_is_told_in_the_morning():
    files = with_quiet_hours("bob")
    stage = Stage(starts_at=datetime(2026, 3, 10, 23, 0, tzinfo=UTC), files=files)
    stage.world.run_for(MINUTES)
    stage.world.publish(with_override("carol", "2026-03-18 09:00", "2026-03-19 09:00", files))
    stage.carol.gets_sms("You have a new shift in production: Wed 18 Mar 09:00 - Thu 09:00 CET.")
    stage.world.run_for(7 * HOURS)
    assert texts(stage.bob) == []
    stage.bob.gets_sms("Your shift in production", within_seconds=2 * HOURS)


def test_an_edit_that_is_taken_back_in_the_night_is_never_told():
    files = with_quiet_hours("bob")
    stage = Stage(starts_at=datetime(2026, 3, 10, 23, 0, tzinfo=UTC), files=files)
    stage.world.run_for(MINUTES)
    stage.world.publish(with_override("carol", "2026-03-18 09:00", "2026-03-19 09:00", files))
    stage.world.run_for(HOURS)
    stage.world.publish(files)
    stage.world.run_for(24 * HOURS)
    assert texts(stage.bob) == []


# ---------------------------------------------------------------- edits


def test_an_edit_moves_bobs_shift_and_he_is_told_once():
    stage = Stage(starts_at=TUESDAY)
    stage.world.run_for(MINUTES)
    stage.world.publish(with_override("carol", "2026-03-16 09:00", "2026-03-17 12:00"))
    stage.world.run_for(2 * HOURS)
    assert texts(stage.bob) == [
        "Your shift in production, Mon 16 Mar 09:00 - Mon 23 Mar 09:00 CET, is now Tue 17 Mar 12:00 - Mon 09:00 CET."
    ]
    assert texts(stage.carol) == ["You have a new shift in production: Mon 16 Mar 09:00 - Tue 12:00 CET."]
    assert texts(stage.alice) == []


def test_a_shift_that_is_taken_away_names_who_has_it():
    stage = Stage(starts_at=TUESDAY)
    stage.world.run_for(MINUTES)
    stage.world.publish(with_override("carol", "2026-03-16 09:00", "2026-03-23 09:00"))
    assert "is no longer yours: Carol Janssens has it" in stage.bob.gets_sms("Your shift in production")


def test_whoever_an_edit_puts_on_call_now_reads_so_at_once_although_it_is_night():
    files = with_quiet_hours("carol")
    stage = Stage(starts_at=datetime(2026, 3, 11, 2, 0, tzinfo=UTC), files=files)
    stage.world.run_for(MINUTES)
    stage.world.publish(with_override("carol", "2026-03-10 09:00", "2026-03-12 09:00", files))
    stage.carol.gets_sms("You are on call now: production until Thu 12 Mar 09:00 CET. Backup: Bob Peeters.")
    stage.world.run_for(12 * HOURS)
    assert len(texts(stage.carol)) == 1


def test_what_changes_in_more_than_two_weeks_disturbs_nobody_yet():
    stage = Stage(starts_at=TUESDAY)
    stage.world.run_for(MINUTES)
    stage.world.publish(with_override("carol", "2026-04-06 09:00", "2026-04-08 09:00"))
    stage.world.run_for(HOURS)
    assert [texts(one) for one in (stage.alice, stage.bob, stage.carol)] == [[], [], []]


def test_a_publish_that_moves_no_shift_and_the_first_one_tell_nobody():
    stage = Stage(starts_at=TUESDAY)
    stage.world.run_for(MINUTES)
    stage.world.publish(edited("acknowledge_timeout: 30m", "acknowledge_timeout: 45m"))
    stage.world.run_for(HOURS)
    assert [texts(one) for one in (stage.alice, stage.bob, stage.carol)] == [[], [], []]


def test_whoever_wants_no_notices_gets_none_and_is_paged_all_the_same():
    files = edited("name: Bob Peeters,", "name: Bob Peeters, shift_notices: false,")
    stage = Stage(starts_at=SUNDAY_MORNING, files=files)
    stage.world.run_for(26 * HOURS)
    stage.world.publish(with_override("carol", "2026-03-18 09:00", "2026-03-19 09:00", files))
    stage.world.run_for(HOURS)
    assert texts(stage.bob) == []
    stage.jane.dials()
    stage.jane.explains()
    stage.pages_and_one_acknowledges(stage.bob)


# ---------------------------------------------------------------- overrides that people enter


def test_whoever_takes_some_hours_hears_no_more_of_it_and_whoever_loses_them_once_and_again_at_the_handoff():
    stage = Stage(starts_at=TUESDAY)
    stage.world.run_for(MINUTES)
    stage.bob.texts("TAKE production 4h")
    stage.world.run_for(HOURS)
    assert len(texts(stage.bob)) == 1
    assert [text.split(" Tue")[0] for text in texts(stage.alice)] == ["You are not on call for production"]
    stage.world.run_for(4 * HOURS)
    assert len(texts(stage.bob)) == 1
    assert texts(stage.alice)[1].startswith("You are on call now: production until Mon 16 Mar 09:00 CET.")


def test_hours_that_are_taken_in_somebodys_quiet_hours_are_told_when_those_end():
    stage = Stage(starts_at=datetime(2026, 3, 10, 23, 0, tzinfo=UTC), files=with_quiet_hours("alice"))
    stage.world.run_for(MINUTES)
    stage.bob.texts("TAKE production UNTIL 2026-03-12 09:00")
    stage.world.run_for(7 * HOURS)
    assert texts(stage.alice) == []
    stage.alice.gets_sms("is now Thu 12 Mar 09:00 - Mon 09:00 CET", within_seconds=2 * HOURS)


def test_whoever_is_put_on_call_now_by_somebody_else_reads_so_although_it_is_night():
    stage = Stage(starts_at=datetime(2026, 3, 10, 23, 0, tzinfo=UTC), files=with_quiet_hours("carol"))
    stage.world.run_for(MINUTES)
    web = stage.world.web.runtime
    assert web is not None
    web.overrides.add(
        schedule="production",
        engineer="carol",
        starts_at=stage.world.now,
        ends_at=stage.world.now + timedelta(hours=8),
        doer=Doer("Dana Dubois", "dashboard", "dana"),
    )
    stage.carol.gets_sms("You are on call now: production until Wed 11 Mar 08:01 CET.")
    stage.world.run_for(12 * HOURS)
    assert len(texts(stage.carol)) == 1


# ---------------------------------------------------------------- once


def test_nobody_is_told_twice_when_two_engines_run_or_one_restarts():
    stage = Stage(starts_at=SUNDAY_MORNING, engines=2)
    for _ in range(26):
        stage.world.run_for(HOURS / 2)
        stage.world.engines[0].crash()
        stage.world.run_for(HOURS / 2)
    stage.world.publish(with_override("carol", "2026-03-18 09:00", "2026-03-19 09:00"))
    stage.world.run_for(HOURS)
    stage.world.engines[1].crash()
    stage.world.run_for(HOURS)
    kinds = ("on call tomorrow", "on call now", "is now")
    assert [sum(kind in text for text in texts(stage.bob)) for kind in kinds] == [1, 1, 1]


def test_an_edit_while_no_engine_runs_is_told_when_one_is_back():
    stage = Stage(starts_at=TUESDAY)
    stage.world.run_for(MINUTES)
    stage.world.database_away_for(2 * HOURS)
    stage.world.publish(with_override("carol", "2026-03-16 09:00", "2026-03-23 09:00"))
    stage.world.run_for(3 * HOURS)
    assert len(texts(stage.bob)) == 1


def test_after_hours_of_darkness_an_old_handoff_is_not_told():
    stage = Stage(starts_at=BEFORE_THE_HANDOFF)
    stage.world.run_for(MINUTES)
    stage.world.database_away_for(3 * HOURS)
    stage.world.run_for(5 * HOURS)
    assert texts(stage.bob) == []


# ---------------------------------------------------------------- nights, places, and telephones that fail


def test_on_the_night_when_clocks_change_the_day_before_is_a_day_of_the_calendar():
    """Brussels: the week that begins on Sunday 29 March at 09:00 is announced on Saturday at 09:00, 23 hours before."""
    files = edited("2026-01-05 09:00, shift: 1w, engineers: [alice", "2026-01-04 09:00, shift: 1w, engineers: [alice")
    stage = Stage(starts_at=datetime(2026, 3, 28, 7, 30, tzinfo=UTC), files=files)
    text = stage.alice.gets_sms("You are on call tomorrow", within_seconds=HOURS)
    assert (stage.world.now.hour, stage.world.now.minute) == (8, 0)
    assert "Sun 29 Mar 09:00 - Sun 5 Apr 09:00 CEST" in text
    stage.alice.gets_sms("You are on call now", within_seconds=23.5 * HOURS)
    assert (stage.world.now.hour, stage.world.now.minute) == (7, 0)


def test_times_are_those_of_the_engineers_own_place():
    files = edited("name: Bob Peeters,", "name: Bob Peeters, timezone: America/New_York,")
    stage = Stage(starts_at=BEFORE_THE_HANDOFF, files=files)
    assert "until Mon 23 Mar 04:00 EDT" in stage.bob.gets_sms("You are on call now", within_seconds=15 * MINUTES)


def test_whoever_has_nothing_but_calls_is_called_by_day_and_in_the_night_for_their_handoff_only():
    called = "notify: [{by: call}],"
    night = edited("09:00, shift: 1w, engineers: [alice", "04:00, shift: 1w, engineers: [alice")
    stage = Stage(
        starts_at=datetime(2026, 3, 15, 2, 50, tzinfo=UTC),
        files=edited("name: Bob Peeters,", f"name: Bob Peeters, {called}", night),
    )
    stage.bob.phone.stays_silent(for_seconds=3 * HOURS)
    stage.bob.phone.rings(within_seconds=15 * MINUTES)
    assert (stage.world.now.hour, stage.world.now.minute) == (6, 0)
    stage.bob.answers()
    stage.bob.hears("You are on call tomorrow: production, Monday 16 March 04:00 until")
    stage.bob.phone.stays_silent(for_seconds=20 * HOURS)
    stage.bob.phone.rings(within_seconds=2 * HOURS)
    assert (stage.world.now.hour, stage.world.now.minute) == (3, 0)
    stage.bob.answers()
    stage.bob.hears("You are on call now: production")
    assert texts(stage.bob) == []


def test_a_text_that_cannot_arrive_is_no_reason_to_let_a_telephone_ring(stage_before_the_handoff):
    stage_before_the_handoff.bob.phone.loses_texts(30003)
    stage_before_the_handoff.bob.phone.stays_silent(for_seconds=HOURS)
    assert any("shift.untold" in line for line in stage_before_the_handoff.world.log_lines)
