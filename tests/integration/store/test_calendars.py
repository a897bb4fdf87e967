from dataclasses import replace

import pytest

from oncall.errors import ConflictError
from oncall.ports import CalendarFeed, ImportedCalendar
from oncall.store import SqlDatabase
from tests.integration.store.samples import MINUTE, NOW, SECOND

ALICE = CalendarFeed("token-of-alice", "alice", "", NOW)
PRODUCTION = CalendarFeed("token-of-production", "", "production", NOW + SECOND)
URL = "https://calendar.example/secret.ics"


def test_a_feed_is_found_by_its_secret_and_by_whose_it_is_until_it_is_revoked(database: SqlDatabase) -> None:
    with database.begin() as work:
        work.calendar_feeds.add(PRODUCTION)
        work.calendar_feeds.add(ALICE)
    with database.read() as work:
        assert work.calendar_feeds.by_token("token-of-alice") == ALICE
        assert work.calendar_feeds.by_token("guessed") is None
        assert work.calendar_feeds.of(engineer="alice") == ALICE
        assert work.calendar_feeds.of(schedule="production") == PRODUCTION
        assert work.calendar_feeds.of(schedule="alice") is None
        assert work.calendar_feeds.listing() == [ALICE, PRODUCTION]
    with database.begin() as work:
        assert work.calendar_feeds.revoke("token-of-alice") is True
        assert work.calendar_feeds.revoke("token-of-alice") is False
        assert work.calendar_feeds.by_token("token-of-alice") is None
        assert work.calendar_feeds.listing() == [PRODUCTION]


def test_nobody_has_two_feeds_and_a_revoked_one_makes_room(database: SqlDatabase) -> None:
    another = replace(ALICE, token="another")
    with database.begin() as work:
        work.calendar_feeds.add(ALICE)
    with pytest.raises(ConflictError, match="alice has a calendar address already"), database.begin() as work:
        work.calendar_feeds.add(another)
    with database.begin() as work:
        work.calendar_feeds.revoke(ALICE.token)
        work.calendar_feeds.add(another)
        assert work.calendar_feeds.of(engineer="alice") == another


def test_a_calendar_is_claimed_by_one_worker_first_as_a_new_one_and_then_when_it_is_due(database: SqlDatabase) -> None:
    with database.begin() as work:
        fresh = work.imported_calendars.claim(URL, NOW, again_at=NOW + MINUTE)
        assert fresh == ImportedCalendar(URL, NOW + MINUTE)
        assert work.imported_calendars.claim(URL, NOW + SECOND, again_at=NOW + MINUTE) is None
    fetched = replace(fresh, etag='"1"', fetched_at=NOW, changed_at=NOW, text="BEGIN:VCALENDAR é")
    with database.begin() as work:
        work.imported_calendars.save(fetched)
    with database.begin() as work:
        again = work.imported_calendars.claim(URL, NOW + MINUTE, again_at=NOW + 2 * MINUTE)
        assert again == replace(fetched, due_at=NOW + 2 * MINUTE)
        assert work.imported_calendars.get(URL, lock=True) == again


def test_a_listing_of_calendars_holds_no_texts(database: SqlDatabase) -> None:
    kept = ImportedCalendar(URL, NOW, text="BEGIN:VCALENDAR", failures=2, problem="it is empty", doubts="a\nb")
    other = ImportedCalendar("https://a.example/", NOW)
    with database.begin() as work:
        assert work.imported_calendars.get(URL) is None
        work.imported_calendars.save(kept)
        work.imported_calendars.save(other)
    with database.read() as work:
        assert work.imported_calendars.listing() == [other, replace(kept, text="")]
        assert work.imported_calendars.get(URL) == kept
