"""Post-mortems, their texts and actions, and what was sent about meetings, as rows of both databases."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import count

import pytest

from oncall.core.incident import IncidentState, Resolution
from oncall.core.meeting import Invited
from oncall.core.postmortem import Postmortem, Reminder, Version
from oncall.core.postmortem_actions import Action, ActionState
from oncall.core.sla import Priority
from oncall.errors import ConflictError
from oncall.ports import MailedFile
from oncall.store import SqlDatabase
from tests.integration.store.samples import NOW, an_incident, opened

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_tokens = count(1)


def stored(database: SqlDatabase, **changes: object) -> int:
    facts = {"opened_at": NOW, "priority": Priority.PRODUCTION_DOWN, "token": f"t{next(_tokens)}", **changes}
    return opened(database, **facts).number


def over(after: timedelta) -> dict[str, object]:
    return {"state": IncidentState.RESOLVED, "resolved_at": NOW + after, "due_at": None, "resolution": None}


def wanted(database: SqlDatabase, now: datetime, after: timedelta | None = HOUR) -> list[int]:
    with database.read() as uow:
        return uow.postmortems.wanted(now, after_for=after, over_since=NOW - 7 * DAY, limit=10)


def test_a_downtime_that_lasts_or_lasted_long_enough_is_found(database: SqlDatabase) -> None:
    still, long, short = stored(database), stored(database, **over(HOUR)), stored(database, **over(HOUR / 2))
    assert wanted(database, NOW + HOUR) == [still, long]
    assert wanted(database, NOW + HOUR / 2) == [long]
    assert wanted(database, NOW + DAY, after=None) == []
    assert short not in wanted(database, NOW + 30 * DAY)


def test_drills_screened_calls_other_priorities_and_those_that_have_one_are_not_found(database: SqlDatabase) -> None:
    stored(database, drill=True)
    stored(database, priority=Priority.URGENT)
    stored(database, **{**over(2 * HOUR), "resolution": Resolution.SCREENED})
    has_one = stored(database)
    with database.begin() as uow:
        assert uow.postmortems.add(Postmortem(has_one, "acme", "alice", "why", NOW))
        assert not uow.postmortems.add(Postmortem(has_one, "acme", "bob", "why", NOW))
    assert wanted(database, NOW + DAY) == []


def test_what_is_marked_as_major_is_found_whenever_that_was(database: SqlDatabase) -> None:
    number = stored(database, priority=Priority.URGENT, major=True, **over(HOUR / 4))
    assert wanted(database, NOW + 300 * DAY, after=None) == [number]


def test_many_short_downtimes_hide_no_long_one(database: SqlDatabase) -> None:
    for _ in range(12):
        stored(database, **over(HOUR / 2))
    long = stored(database, **over(2 * HOUR))
    assert wanted(database, NOW + DAY) == [long]


def test_a_post_mortem_comes_back_as_it_was_kept(database: SqlDatabase) -> None:
    number = stored(database, **over(HOUR))
    kept = Postmortem(
        number, "acme", "alice", "it lasted", NOW, NOW, NOW + 3 * DAY, NOW + DAY, Reminder.OPENED, NOW, 2, "alice", 1,
        "bob", 1, NOW, NOW, "",
    )  # fmt: skip
    with database.begin() as uow:
        uow.postmortems.add(kept)
    with database.read() as uow:
        assert uow.postmortems.get(number) == kept
        assert uow.postmortems.due(NOW, 5) == []
        assert uow.postmortems.due(NOW + DAY, 5) == [number]
        assert uow.postmortems.listing() == [kept]
    with database.begin() as uow:
        uow.postmortems.save(replace(kept, runs_from=None))
        assert uow.postmortems.waiting_for_the_end(5) == [number]
        with pytest.raises(ConflictError):
            uow.postmortems.save(replace(kept, incident=number + 1))


def test_a_post_mortem_that_is_owed_no_more_is_forgotten_and_may_be_owed_again(database: SqlDatabase) -> None:
    number, other = stored(database, major=True), stored(database, major=True)
    with database.begin() as uow:
        for each in (number, other):
            assert uow.postmortems.add(Postmortem(each, "acme", "alice", "it was down", NOW))
    with database.begin() as uow:
        uow.postmortems.remove(number)
    with database.read() as uow:
        assert uow.postmortems.get(number) is None
        assert uow.postmortems.get(other) is not None
    assert wanted(database, NOW) == [number]


def test_all_that_is_owed_to_a_customer_is_found_however_many_came_since(database: SqlDatabase) -> None:
    owed, promised, settled, waived, down, theirs = (stored(database) for _ in range(6))
    ended = Postmortem(owed, "acme", "alice", "it was down", NOW, due_at=NOW + DAY)
    action = Action(promised, "a1", 1, "Alert at 80%", "alice", date(2026, 12, 1))
    with database.begin() as uow:
        uow.postmortems.add(ended)
        for number in (promised, settled):
            uow.postmortems.add(replace(ended, incident=number, version=1, published_version=1))
        uow.postmortems.save_action(action)
        uow.postmortems.save_action(replace(action, incident=settled, state=ActionState.DONE))
        uow.postmortems.add(replace(ended, incident=waived, waived="it was theirs"))
        uow.postmortems.add(replace(ended, incident=down, due_at=None))
        uow.postmortems.add(replace(ended, incident=theirs, customer="other"))
        for _ in range(205):
            later = uow.incidents.open(an_incident(opened_at=NOW, token=f"t{next(_tokens)}"))
            uow.postmortems.add(replace(ended, incident=later.number, waived="it was theirs"))
    with database.read() as uow:
        assert [each.incident for each in uow.postmortems.owed_to("acme")] == [promised, owed]


def test_texts_and_actions_are_kept(database: SqlDatabase) -> None:
    number = stored(database)
    text = Version(number, 1, "## Causes\n", "Alice", "dashboard", NOW)
    action = Action(number, "k", 0, "Alert", "bob", date(2026, 12, 1))
    with database.begin() as uow:
        uow.postmortems.add(Postmortem(number, "acme", "alice", "why", NOW))
        assert uow.postmortems.add_version(text)
        assert not uow.postmortems.add_version(replace(text, text="another"))
        uow.postmortems.save_action(action)
    with database.begin() as uow:
        assert uow.postmortems.version(number, 1) == text
        assert uow.postmortems.versions(number) == [replace(text, text="")]
        assert uow.postmortems.action(number, "k", lock=True) == action
        assert uow.postmortems.actions_due(date(2026, 11, 30), 5) == []
        assert uow.postmortems.actions_due(date(2026, 12, 1), 5) == [action]
        done = replace(action, state=ActionState.DONE, done_at=NOW, heard_at=NOW + HOUR)
        uow.postmortems.save_action(done)
        assert uow.postmortems.actions(number, lock=True) == [done]
        assert uow.postmortems.actions_due(date(2026, 12, 1), 5) == []


def test_what_was_sent_about_a_meeting_is_kept(database: SqlDatabase) -> None:
    row = Invited("acme-weekly", "uid@x", 0, "{}", ("a@example.com", "b@example.com"), NOW)
    with database.begin() as uow:
        assert uow.meetings.add(row)
        assert not uow.meetings.add(row)
        uow.meetings.save(replace(row, sequence=1, agenda_for=NOW))
    with database.read() as uow:
        assert uow.meetings.all() == [replace(row, sequence=1, agenda_for=NOW)]
        assert uow.meetings.get("other") is None


def test_files_that_go_with_mails_are_kept_for_a_while(database: SqlDatabase) -> None:
    file = MailedFile("f", "report.pdf", "application/pdf", b"%PDF\0\xff", NOW)
    with database.begin() as uow:
        uow.mailed_files.add(file)
        assert uow.mailed_files.get("f") == file
        assert uow.mailed_files.forget(NOW) == 0
        assert uow.mailed_files.forget(NOW + timedelta(seconds=1)) == 1
        assert uow.mailed_files.get("f") is None
