"""Telling engineers of their shifts: once, whatever runs, and never in the way of paging."""

from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from oncall.core.delivery import SHIFT, Delivery, DeliveryState
from oncall.core.engineer import ContactMethod, Engineer
from oncall.core.shift_notices import Stock, take_stock
from oncall.errors import RecipientError, TransientError
from oncall.ports import Message
from oncall.store import SqlDatabase
from tests.unit.calendars.calendar_text import calendar
from tests.unit.calendars.calendar_text import shift as calendar_shift
from tests.unit.engine.hotline import ALICE, BOB, HOTLINE, MINUTE, SECOND, YAML, Night

HOUR = timedelta(hours=1)
TO_BOB = "overrides: [{engineer: bob, from: 2026-11-24 09:00, until: 2026-11-25 09:00}]"
ROTATION = "rotations: [{name: weekly, starts: 2026-01-05 09:00, shift: 1w, engineers: [alice]}]"


def edited(more: str = TO_BOB, yaml: str = YAML) -> str:
    return yaml.replace(ROTATION, f"{ROTATION}\n    {more}")


def publish(night: Night, yaml: str) -> None:
    with night.database.begin() as uow:
        uow.schedule_versions.publish({"all.yaml": yaml}, fingerprint=yaml, author="test", now=night.clock.at)


def told(night: Night) -> list[Delivery]:
    """What was enqueued about shifts, oldest first."""
    with night.database.read() as uow:
        rows = [
            uow.deliveries.get(one.delivery_id) for one in [*night.texts.sent, *night.mails.sent, *night.calls.sent]
        ]
    return [row for row in rows if row is not None and row.purpose == SHIFT]


def test_a_version_that_another_process_published_is_told_by_the_engine(night: Night) -> None:
    night.turn()
    publish(night, edited())
    night.later(5 * SECOND)
    assert [message.text for message in night.texts.to(BOB)] == [
        "You have a new shift in production: Tue 24 Nov 09:00 - Wed 09:00 UTC."
    ]
    assert "is now until Tue 24 Nov 09:00 UTC" in night.texts.to(ALICE)[0].text
    night.later(HOUR)
    assert len(night.texts.sent) == 2


def test_two_engines_tell_once_and_one_that_goes_by_an_older_version_does_not_take_it_back(
    database: SqlDatabase,
) -> None:
    first, second = Night(database, prefix="a"), Night(database, prefix="b")
    for each in (first, second):
        each.turn()
    publish(first, edited())
    first.later(5 * SECOND)
    second.turn()  # has looked for newer versions a moment ago, by its own clock
    assert len(told(first)) == 2
    second.runtime.engine._shift_notices._plan = None
    second.turn()
    second.later(5 * SECOND)
    for _ in range(60):
        for each in (first, second):
            each.later(HOUR)
    texts = [message.text for each in (first, second) for message in each.texts.sent]
    assert len(texts) == len(set(texts))
    assert sum("You are on call now" in text for text in texts) == 2
    assert not any("no longer yours" in text for text in texts)


def test_an_engine_that_starts_later_tells_nothing_again(database: SqlDatabase) -> None:
    night = Night(database)
    night.turn()
    publish(night, edited())
    night.later(5 * SECOND)
    restarted = Night(database, prefix="b")
    restarted.clock.at = night.clock.at
    restarted.later(HOUR)
    assert restarted.texts.sent == []


def test_where_nothing_is_published_nothing_happens(database: SqlDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oncall.store.schedule_versions.SqlScheduleVersions.latest_version", lambda _self: 7)
    night = Night(database)
    monkeypatch.undo()
    assert night.runtime.engine._shift_notices.run(night.clock.at) == 0
    assert night.runtime.engine._shift_notices.next_due_at() is None


ERIK = "+32470000005"
JOINED = YAML.replace("engineers:\n", f'engineers:\n  erik: {{name: Erik Maes, phone: "{ERIK}"}}\n', 1)
WITH_ERIK = edited(TO_BOB.replace("bob", "erik"), JOINED)


def told_of_shifts(night: Night, number: str) -> list[Message]:
    """What a number was told but for the contact card that every new engineer is sent."""
    return [message for message in night.texts.to(number) if "/contact" not in message.text]


def test_whoever_joins_hears_of_their_shifts_and_whoever_leaves_hears_that_they_went(night: Night) -> None:
    night.turn()
    publish(night, WITH_ERIK)
    night.later(5 * SECOND)
    assert "You have a new shift" in told_of_shifts(night, ERIK)[0].text
    publish(night, YAML)
    night.later(5 * SECOND)
    assert len(told_of_shifts(night, ERIK)) == 2
    assert "no longer yours" in told_of_shifts(night, ERIK)[1].text
    night.later(timedelta(days=2))
    assert len(told_of_shifts(night, ERIK)) == 2
    night.later(timedelta(days=40))
    with night.database.read() as uow:
        assert [known.engineer for known in uow.known_shifts.all()] == ["alice", "bob", "dana"]


def test_whoever_is_brought_back_before_they_heard_that_they_left_is_told_nothing(night: Night) -> None:
    quiet = WITH_ERIK.replace(f'phone: "{ERIK}"', f'phone: "{ERIK}", quiet_hours: {{from: "22:00", until: "07:00"}}')
    publish(night, quiet)
    night.turn()
    publish(night, YAML)
    night.later(5 * SECOND)
    publish(night, f"{YAML}# another edit\n")
    night.later(5 * SECOND)
    publish(night, f"{quiet}# rolled back\n")
    night.later(5 * HOUR)
    assert told_of_shifts(night, ERIK) == []


def test_whoever_left_in_their_quiet_hours_hears_of_it_when_those_end(night: Night) -> None:
    quiet = WITH_ERIK.replace(f'phone: "{ERIK}"', f'phone: "{ERIK}", quiet_hours: {{from: "22:00", until: "07:00"}}')
    publish(night, quiet)
    night.turn()
    publish(night, YAML)
    night.later(5 * SECOND)
    publish(night, f"{YAML}# another edit\n")
    night.later(3 * HOUR)
    assert told_of_shifts(night, ERIK) == []
    night.later(2 * HOUR)
    [message] = told_of_shifts(night, ERIK)
    assert "no longer yours" in message.text


def test_a_turn_with_nobody_to_look_at_asks_the_database_nothing(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    night.turn()
    asked = []

    @contextmanager
    def refused():
        asked.append(1)
        yield

    monkeypatch.setattr(night.database, "begin", refused)
    monkeypatch.setattr(night.database, "read", refused)
    for _ in range(100):
        night.clock.at += MINUTE
        assert night.runtime.engine._shift_notices.run(night.clock.at) == 0
    assert asked == []


def test_a_mistake_in_it_is_said_and_holds_up_no_page(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oncall.engine.shift_notices.take_stock", lambda *_things, **_more: 1 // 0)
    night.paged()
    assert night.calls.to(ALICE)
    failed = [event for event, _ in night.logged if event == "shift_notices.failed"]
    assert len(failed) == 1
    monkeypatch.undo()
    night.later(2 * MINUTE)
    with night.database.read() as uow:
        assert uow.known_shifts.all()


def test_one_engineers_shifts_hold_up_nobody_elses_notices(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails_for_alice(engineer: Engineer, *things: Any, **more: Any) -> Stock:
        return take_stock(engineer, *things, **more) if engineer.key != "alice" else 1 // 0

    night.turn()
    monkeypatch.setattr("oncall.engine.shift_notices.take_stock", fails_for_alice)
    publish(night, edited())
    night.later(5 * SECOND)
    assert [len(night.texts.to(number)) for number in (ALICE, BOB)] == [0, 1]
    monkeypatch.undo()
    night.later(2 * MINUTE)
    assert [len(night.texts.to(number)) for number in (ALICE, BOB)] == [1, 1]


def test_pages_and_what_customers_are_told_go_before_notices_about_shifts(night: Night) -> None:
    night.turn()
    publish(night, edited())
    night.clock.at += 2 * SECOND
    night.runtime.engine._env.configuration.refresh()
    assert night.runtime.engine._shift_notices.run(night.clock.at) == 2
    incident = night.phoned()
    night.runtime.intake.caller_finished("CA-jane")
    night.runtime.engine._tick.run(night.clock.at)
    with night.database.begin() as uow:
        order = [
            delivery.purpose
            for delivery in uow.deliveries.claim_due(
                night.clock.at, worker="w", lease_until=night.clock.at + MINUTE, limit=100
            )
        ]
    assert incident.number
    assert order == ["page", "page", "received", SHIFT, SHIFT]


def test_a_text_that_fails_for_good_is_followed_by_email_and_never_by_a_call(night: Night) -> None:
    by_mail_too = YAML.replace(
        'phone: "+32470000002"',
        'phone: "+32470000002", email: bob@example.com, notify: [{by: sms}, {by: call}, {by: email, after: 5m}]',
    )
    night.turn()
    night.texts.always = RecipientError("the number is blocked", code="21610")
    publish(night, edited(TO_BOB, by_mail_too))
    night.later(5 * SECOND)
    assert [message.subject for message in night.mails.to("bob@example.com")] == ["Your shifts in production changed"]
    assert night.calls.sent == []
    assert any(event == "shift.untold" for event, fields in night.logged if fields.get("engineer") == "alice")
    assert "cannot be paged" not in night.operators_read()


def test_a_notice_that_the_provider_refused_until_the_shift_was_over_is_withdrawn(night: Night) -> None:
    night.turn()
    publish(
        night,
        edited(TO_BOB.replace("2026-11-24 09:00", "2026-11-23 03:05").replace("2026-11-25 09:00", "2026-11-23 03:07")),
    )
    night.texts.always = TransientError("the provider is away")
    night.later(30 * SECOND)
    night.texts.always = None
    tries = len(night.texts.sent)
    night.clock.at += 10 * MINUTE
    night.turn()
    assert not any("03:05 - 03:07" in message.text for message in night.texts.sent[tries:])


def test_a_shift_notice_is_spoken_where_a_call_is_all_there_is(night: Night) -> None:
    only_called = YAML.replace('phone: "+32470000002"', 'phone: "+32470000002", notify: [{by: call}]')
    night.turn()
    publish(night, edited(TO_BOB, only_called))
    night.later(HOUR)
    assert night.calls.sent == [], "it is night"
    night.later(4 * HOUR)
    [call] = night.calls.to(BOB)
    with night.database.read() as uow:
        delivery = uow.deliveries.get(call.delivery_id)
    assert delivery is not None
    assert delivery.state is DeliveryState.SENT
    assert "Tuesday 24 November 09:00 until Wednesday 09:00 UTC time" in delivery.details["speech"]
    assert delivery.method is ContactMethod.CALL
    assert HOTLINE not in delivery.details["speech"]


URL = "https://calendar.example/team.ics"
BY_CALENDAR = YAML.replace(ROTATION, f'rotations: [{{name: weekly, ical: "{URL}"}}]')
ALICE_FOR_MONTHS = calendar(calendar_shift("Alice Martin", "20261101", "20270301"))
TO_DANA = BY_CALENDAR.replace("engineers: [bob]", "engineers: [dana]", 1)


def test_nobody_is_told_of_a_schedule_whose_calendar_is_still_to_be_fetched(night: Night) -> None:
    night.turn()
    night.calendars.raises = TransientError("it answered HTTP 503")
    publish(night, TO_DANA)
    night.later(2 * SECOND)  # an engine polls every second, whatever is due
    night.later(30 * SECOND)
    assert night.texts.to(ALICE) == [], "production waits for its calendar"
    assert "no longer" in night.texts.to(BOB)[0].text, "backup does not"
    night.calendars.raises, night.calendars.text = None, ALICE_FOR_MONTHS
    night.later(HOUR)
    assert night.texts.to(ALICE) == [], "the calendar says what she knew"


def test_a_calendar_that_goes_on_failing_holds_nothing_up_for_long(night: Night) -> None:
    night.turn()
    night.calendars.raises = TransientError("it answered HTTP 503")
    publish(night, BY_CALENDAR)
    night.later(2 * SECOND)
    night.later(10 * MINUTE)
    assert night.texts.to(ALICE) == []
    night.later(10 * MINUTE)
    assert "no longer" in night.texts.to(ALICE)[0].text, "she is not on call, and the operators know why"
    publish(night, edited(TO_BOB, TO_DANA))
    night.later(2 * SECOND)  # an engine polls every second, whatever is due
    night.later(30 * SECOND)
    assert "no longer" in night.texts.to(BOB)[0].text, "what has failed for long is not waited for again"


def test_the_first_version_tells_nobody_even_where_its_calendar_comes_late(night: Night) -> None:
    night.calendars.raises = TransientError("it answered HTTP 503")
    publish(night, BY_CALENDAR)
    night.later(2 * SECOND)  # an engine polls every second, whatever is due
    night.later(30 * SECOND)
    night.calendars.raises, night.calendars.text = None, ALICE_FOR_MONTHS
    night.later(HOUR)
    assert told(night) == []
    with night.database.read() as uow:
        known = uow.known_shifts.get("alice")
    assert known is not None and known.shifts
