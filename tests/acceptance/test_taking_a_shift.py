"""Engineers take shifts over without a laptop."""

from datetime import timedelta

from oncall.sim.world_schedules import WITHOUT_ALICE
from tests.acceptance.cast import Stage


def report(stage):
    stage.jane.dials()
    stage.jane.explains()


def taken(stage):
    with stage.world.rows.read() as uow:
        return uow.overrides.active(stage.world.now)


def test_who_takes_the_next_hours_is_called(stage, alice, bob):
    bob.texts("TAKE 4h")
    bob.gets_sms("You are on call for production until Tue 10 Mar 07:07 CET, instead of Alice Martin.")
    report(stage)
    stage.pages_and_one_acknowledges(bob)
    assert not alice.rang
    assert "override (Bob Peeters by SMS)" in stage.facts()


def test_who_loses_a_shift_is_told_and_who_takes_it_is_not_told_twice(stage, alice, bob):
    bob.texts("Take 2 hours")
    bob.gets_sms("instead of Alice Martin")
    told = alice.gets_sms("You are not on call for production")
    assert "Tue 10 Mar 03:07 CET - Tue 10 Mar 05:07 CET: Bob Peeters is." in told
    assert "override by Bob Peeters by SMS" in told
    assert sum(heard.how == "sms" for heard in bob.heard) == 1
    alice.phone.stays_silent(for_seconds=60)


def test_of_two_who_take_it_at_once_the_later_one_has_it(stage, alice, bob):
    stage.carol.texts("TAKE 4h")
    bob.texts("TAKE 4h")
    stage.carol.gets_sms("instead of Alice Martin")
    bob.gets_sms("instead of Carol Janssens")
    stage.carol.gets_sms("You are not on call for production")
    report(stage)
    stage.pages_and_one_acknowledges(bob)
    assert not alice.rang
    assert not stage.carol.rang


def test_afterwards_it_is_as_it_was(stage, alice, bob):
    bob.texts("TAKE UNTIL 03:30")
    bob.gets_sms("until Tue 10 Mar 03:30 CET")
    stage.world.run_for(31 * 60)
    report(stage)
    stage.pages_and_one_acknowledges(alice)


def test_what_is_open_already_goes_to_who_took_over_with_the_next_step(stage, alice, bob):
    report(stage)
    alice.phone.rings()
    alice.declines()
    stage.carol.texts("TAKE 4h")
    stage.carol.gets_sms("You are on call for production")
    stage.carol.phone.rings(within_seconds=420)


def test_a_schedule_may_be_named(stage, alice, bob):
    alice.texts("TAKE backup until fri 07:00")
    alice.gets_sms("You are on call for backup until Fri 13 Mar 07:00 CET, instead of Bob Peeters.")
    alice.texts("TAKE back 4h")
    alice.gets_sms("You are on call for backup anyway until Tue 10 Mar 07:07 CET. Nothing was changed.")
    bob.texts("TAKE prduction 4h")
    bob.gets_sms("There is no schedule prduction. There are production, backup.")
    assert [(each.schedule, each.engineer) for each in taken(stage)] == [("backup", "alice")]


def test_take_alone_nonsense_too_long_and_past_are_answered_with_what_to_write(stage, bob):
    for body, answer in (
        ("TAKE", "TAKE 4h or TAKE UNTIL 07:00 puts you on call"),
        ("TAKE 1042", "ACK and its number"),
        ("TAKE the night off", "There are production, backup"),
        ("TAKE 15d", "at most 14 days"),
        ("TAKE UNTIL 2020-01-01 07:00", "over already"),
    ):
        bob.texts(body)
        assert len(bob.gets_sms(answer)) <= 320
    assert taken(stage) == []


def test_a_stranger_takes_nothing(stage):
    stranger = stage.stranger()
    stranger.texts("TAKE 4h")
    stranger.gets_sms("Is production down?")
    assert taken(stage) == []


def test_who_says_who_is_on_call_now_and_next(stage, alice, bob):
    alice.texts("WHO")
    answer = alice.gets_sms("production: Alice Martin until")
    assert answer.splitlines() == [
        "production: Alice Martin until Mon 16 Mar 09:00 CET, then Bob Peeters",
        "backup: Bob Peeters until Mon 16 Mar 09:00 CET, then Carol Janssens",
    ]
    bob.texts("TAKE 1h")
    bob.gets_sms("You are on call")
    alice.gets_sms("You are not on call")
    alice.texts("who production?")
    alice.gets_sms(
        "production: Bob Peeters until Tue 10 Mar 04:07 CET, then Alice Martin; override (Bob Peeters by SMS)"
    )
    alice.texts("WHO cooks")
    alice.gets_sms("There is no schedule cooks.")


def test_an_override_for_somebody_whom_a_later_publish_removed_is_left_out(stage, alice, bob):
    alice.texts("TAKE production 8h")
    alice.gets_sms("anyway")
    alice.texts("TAKE backup 8h")
    alice.gets_sms("You are on call for backup")
    stage.world.publish(WITHOUT_ALICE)
    stage.world.run_for(5)
    bob.texts("WHO backup")
    bob.gets_sms("backup: Bob Peeters until Mon 16 Mar 09:00 CET")


def test_on_the_night_the_clocks_change_an_hour_is_an_hour():
    stage = Stage(starts_at=Stage().world.now.replace(month=3, day=29, hour=0, minute=30))
    stage.bob.texts("TAKE 1h")
    stage.bob.gets_sms("until Sun 29 Mar 03:30 CEST")
    [override] = taken(stage)
    assert override.ends_at - override.starts_at <= timedelta(hours=1)
