"""Calendars of shifts: to subscribe to at a secret address, and to look at."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar

from oncall.calendars import with_calendars
from oncall.core.calendar_rotation import CalendarRotation
from oncall.core.schedule import Shift, shifts
from oncall.engine import calendar_feeds
from tests.integration.web.conftest import SCHEDULES, Hotline
from tests.integration.web.test_pages import log_in, token_of

NASTY = SCHEDULES.replace("name: Alice Martin", 'name: "Alice; Martin, \\\\ <b>É</b>"')


@pytest.fixture
def inside(hotline: Hotline) -> Hotline:
    assert log_in(hotline.client).status_code == 303
    return hotline


def press(hotline: Hotline, button: str, name: str):
    token = token_of(hotline.client.get("/calendars"))
    form = {"token": token, "name": name}
    return hotline.client.post(f"/calendars/{button}", data=form, follow_redirects=True)


def address(hotline: Hotline, name: str) -> str:
    """The path of the feed of an engineer or a schedule."""
    made = hotline.runtime.calendar_addresses
    return made.url(made.make(name)).removeprefix("https://hotline.example")


def events(hotline: Hotline, path: str) -> list:
    answered = hotline.app.test_client().get(path)
    assert answered.status_code == 200
    return list(Calendar.from_ical(answered.data).walk("VEVENT"))


def test_an_address_is_made_shown_again_revoked_and_made_anew(inside: Hotline) -> None:
    page = press(inside, "make", "alice").text
    found = re.search(r'value="https://hotline.example(/calendars/[\w-]{30,}\.ics)"', page)
    assert found is not None
    assert "webcal://hotline.example/calendars/" in page
    stranger = inside.app.test_client()
    assert stranger.get(found[1]).status_code == 200
    assert found[1] in inside.client.get("/calendars").text
    assert found[1] in press(inside, "make", "alice").text, "making twice changes nothing"
    assert "shows nothing any more" in press(inside, "revoke", "alice").text
    gone = stranger.get(found[1])
    assert (gone.status_code, gone.data) == (404, b"")
    assert found[1] not in press(inside, "make", "alice").text


def test_a_guessed_address_says_nothing_and_pages_ask_for_the_password(hotline: Hotline) -> None:
    guessed = hotline.client.get("/calendars/guessed.ics")
    assert (guessed.status_code, guessed.data) == (404, b"")
    for path in ("/calendars", "/calendar"):
        assert hotline.client.get(path).status_code == 303
    assert hotline.client.post("/calendars/make", data={"name": "alice"}).status_code == 403


def test_a_click_from_another_site_makes_and_revokes_nothing(inside: Hotline) -> None:
    path = address(inside, "alice")
    assert inside.client.post("/calendars/revoke", data={"name": "alice"}).status_code == 403
    assert inside.client.post("/calendars/make", data={"name": "bob", "token": "x"}).status_code == 403
    assert inside.client.get(path).status_code == 200
    assert "there are alice, bob, production" in press(inside, "make", "mallory").text
    assert "no address to revoke" in press(inside, "revoke", "bob").text


def test_a_feed_is_a_calendar_that_nobody_between_may_keep(hotline: Hotline) -> None:
    answered = hotline.client.get(address(hotline, "alice"))
    assert answered.content_type == "text/calendar; charset=utf-8"
    assert answered.headers["Cache-Control"] == "private, no-cache"
    text = answered.text
    assert "\r\nREFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n" in text
    assert "\r\nX-PUBLISHED-TTL:PT1H\r\n" in text
    assert "\r\nX-WR-CALNAME:On call: Alice Martin\r\n" in text
    assert "\r\nMETHOD:PUBLISH\r\n" in text


def test_an_engineer_s_feed_has_their_shifts_whole_in_utc_with_alarms_and_the_reason(hotline: Hotline) -> None:
    found = events(hotline, address(hotline, "alice"))
    first = found[0]
    assert str(first["SUMMARY"]) == "On call: production"
    assert "alice" in str(first["DESCRIPTION"])
    # Today is 6 January 2026: the rotation began the day before.
    assert first["DTSTART"].dt == datetime(2026, 1, 5, 8, tzinfo=UTC)
    assert first["DTEND"].dt == datetime(2026, 1, 12, 8, tzinfo=UTC)
    alarms = [alarm["TRIGGER"].dt for alarm in first.walk("VALARM")]
    assert alarms == [-timedelta(hours=24), -timedelta(hours=1)]
    ahead = found[-1]["DTEND"].dt
    assert ahead >= datetime(2027, 1, 6, tzinfo=UTC), "the last one is whole, past the 365 days"
    assert ahead.weekday() == 0


def test_lesson_38_a_feed_hands_over_at_nine_before_and_after_the_clocks_change(hotline: Hotline) -> None:
    starts = {each["DTSTART"].dt for each in events(hotline, address(hotline, "production"))}
    assert datetime(2026, 3, 23, 8, tzinfo=UTC) in starts
    assert datetime(2026, 3, 30, 7, tzinfo=UTC) in starts


def test_a_schedule_s_feed_names_who_and_may_be_had_without_alarms(hotline: Hotline) -> None:
    path = address(hotline, "production")
    found = events(hotline, path)
    assert [str(each["SUMMARY"]) for each in found[:2]] == [
        "On call: Alice Martin (production)", "On call: Bob Peeters (production)",
    ]  # fmt: skip
    assert all(each.walk("VALARM") for each in found)
    assert not any(each.walk("VALARM") for each in events(hotline, f"{path}?alarms=no"))


def test_a_feed_looks_sixty_days_back(hotline: Hotline) -> None:
    path = address(hotline, "production")
    hotline.clock.at = datetime(2026, 6, 1, 12, tzinfo=UTC)
    first = events(hotline, path)[0]
    assert first["DTSTART"].dt <= datetime(2026, 4, 2, tzinfo=UTC) < first["DTEND"].dt


def test_what_did_not_change_is_not_sent_again(hotline: Hotline) -> None:
    path = address(hotline, "alice")
    first = hotline.client.get(path)
    hotline.clock.at += timedelta(hours=3)
    again = hotline.client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert hotline.client.get(path).data == first.data
    assert hotline.client.head(path).status_code == 200


def test_lesson_44_a_moved_shift_keeps_its_uid_and_counts_on(hotline: Hotline) -> None:
    path = address(hotline, "alice")
    before = events(hotline, path)
    hotline.clock.at += timedelta(hours=1)
    early = "\n    overrides: [{engineer: bob, from: 2026-01-10 09:00, until: 2026-01-12 09:00}]"
    hotline.publish(SCHEDULES.replace("engineers: [alice, bob]}]", "engineers: [alice, bob]}]" + early))
    hotline.clock.at += timedelta(seconds=2)
    after = events(hotline, path)
    assert str(after[0]["UID"]) == str(before[0]["UID"])
    assert after[0]["DTEND"].dt == datetime(2026, 1, 10, 8, tzinfo=UTC)
    assert after[0]["SEQUENCE"] > before[0]["SEQUENCE"]
    assert after[0]["LAST-MODIFIED"].dt > before[0]["LAST-MODIFIED"].dt
    assert [str(each["UID"]) for each in after] == [str(each["UID"]) for each in before]
    uids = [str(each["UID"]) for each in events(hotline, address(hotline, "production"))]
    assert len(uids) == len(set(uids))


@pytest.mark.parametrize("seen_for", [None, timedelta(days=1120)], ids=["always", "as far as is looked"])
def test_a_shift_whose_start_is_not_in_sight_keeps_its_name_from_day_to_day(
    hotline: Hotline, monkeypatch: pytest.MonkeyPatch, seen_for: timedelta | None
) -> None:
    def always_alice(_schedule: object, since: datetime, _until: datetime) -> list[Shift]:
        return [Shift("alice", None if seen_for is None else since - seen_for, None, "weekly", "her turn")]

    monkeypatch.setattr(calendar_feeds, "whole_shifts", always_alice)
    path = address(hotline, "alice")
    [first] = events(hotline, path)
    for days in (1, 1, 28, 400):
        hotline.clock.at += timedelta(days=days)
        [again] = events(hotline, path)
        assert (again["UID"], again["DTSTART"].dt) == (first["UID"], first["DTSTART"].dt)


def test_names_are_escaped_and_come_back_as_they_were(hotline: Hotline) -> None:
    hotline.publish(NASTY)
    hotline.clock.at += timedelta(seconds=2)
    path = address(hotline, "production")
    assert "Alice\\; Martin\\, \\\\ <b>É</b>" in hotline.client.get(path).text.replace("\r\n ", "")
    assert str(events(hotline, path)[0]["SUMMARY"]) == "On call: Alice; Martin, \\ <b>É</b> (production)"


def test_whoever_is_gone_from_the_folder_leaves_an_empty_calendar(inside: Hotline) -> None:
    path = address(inside, "alice")
    inside.publish(
        SCHEDULES.replace("alice: {name: Alice Martin", "anna: {name: Anna").replace("[alice, bob]", "[anna, bob]")
    )
    inside.clock.at += timedelta(seconds=2)
    assert events(inside, path) == []
    assert "Gone from the schedules folder" in inside.client.get("/calendars").text
    press(inside, "revoke", "alice")
    assert inside.client.get(path).status_code == 404


def test_what_we_write_is_what_we_read(hotline: Hotline) -> None:
    """A schedule that is read from the feed of another has the same shifts."""
    text = hotline.client.get(address(hotline, "production")).text
    configuration = hotline.runtime.configuration.current()
    original = configuration.schedules["production"]
    copied = type(original)("copy", "UTC", (CalendarRotation("copy", source="https://x.example/"),))
    filled, troubles = with_calendars(
        type(configuration)(configuration.hotline, configuration.engineers, {"copy": copied}, {}),
        {"https://x.example/": text},
        hotline.clock.at,
    )
    assert troubles == []
    since, until = hotline.clock.at, hotline.clock.at + timedelta(days=300)

    def said(schedule):
        return [(each.engineer, each.starts_at, each.ends_at) for each in shifts(schedule, since, until)]

    assert said(filled.schedules["copy"]) == said(original)


def test_a_feed_survives_the_database_s_absence_with_an_answer(hotline: Hotline) -> None:
    path = address(hotline, "alice")
    hotline.database.away = True
    assert hotline.client.get(path).status_code == 503


# ---------------------------------------------------------------- the calendar to look at


@pytest.fixture
def busy() -> Iterator[Hotline]:
    """Alice, Bob with an override, and nobody from February on."""
    text = SCHEDULES.replace(
        "engineers: [alice, bob]}]",
        "engineers: [alice, bob], until: 2026-01-26 09:00}]\n    overrides:\n"
        "      - {engineer: bob, from: 2026-01-08 20:00, until: 2026-01-09 08:00, reason: 'Alice <i>sleeps</i>'}",
    )
    hotline = Hotline(text)
    log_in(hotline.client)
    yield hotline
    hotline.database.close()


def month(hotline: Hotline, query: str = "", cookie: str = "") -> str:
    """The month of the page, as words."""
    client = hotline.client
    if cookie:
        client.set_cookie("zone", cookie)
    page = client.get(f"/calendar{query}").text
    table = page[page.index("<table") : page.index("</table>")]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", table))


def test_the_calendar_shows_four_weeks_with_today_overrides_and_gaps(busy: Hotline) -> None:
    shown = month(busy)
    assert "5 Jan until 09:00 Nobody from 09:00 Alice Martin 6 today Alice Martin 7 Alice Martin" in shown
    assert "8 until 20:00 Alice Martin from 20:00 Bob Peeters override" in shown
    assert "26 Jan until 09:00 Bob Peeters" not in shown
    assert "26 Jan until 09:00 Alice Martin from 09:00 Nobody 27 Nobody" in shown
    page = busy.client.get("/calendar").text
    assert "1 gap to come" in page
    assert "override: Alice &lt;i&gt;sleeps&lt;/i&gt;" in page
    assert " style=" not in page


def test_the_viewer_s_own_zone_comes_by_a_cookie_and_a_foolish_one_changes_nothing(busy: Hotline) -> None:
    assert "8 until 14:00 Alice Martin from 14:00 Bob Peeters" in month(busy, cookie="America%2FNew_York")
    assert "8 until 20:00 Alice" in month(busy, "?zone=schedule")
    assert "9 until 04:00 Alice Martin 04:00 – 16:00 Bob Peeters" in month(busy, "?zone=Asia/Tokyo")
    assert "8 until 20:00 Alice" in month(busy, cookie="Mars%2FOlympus_Mons")
    assert "8 until 20:00 Alice" in month(busy, "?zone=<script>")


@pytest.mark.parametrize("query", ["?from=nonsense", "?from=9999-12-31", "?from=0001-01-01", "?schedule=x&engineer=y"])
def test_an_address_that_asks_for_nonsense_shows_the_usual(busy: Hotline, query: str) -> None:
    assert month(busy, query) == month(busy)


def test_weeks_and_one_engineer_alone_can_be_asked_for(busy: Hotline) -> None:
    assert "2 Feb Nobody" in month(busy, "?from=2026-02-04")
    bob = month(busy, "?engineer=bob")
    assert "Bob Peeters" in bob
    assert "Alice" not in bob
    assert "Nobody" not in bob
    page = busy.client.get("/calendar?engineer=bob&from=2026-02-04").text
    assert 'href="/calendar?engineer=bob&amp;from=2026-03-02"' in page
    assert 'href="/calendar?engineer=bob&amp;from=2026-01-05"' in page


def test_of_very_many_schedules_some_are_shown_and_each_can_be_chosen() -> None:
    more = "".join(
        f"  s{n}: {{timezone: UTC, rotations: [{{name: x, starts: 2026-01-05 09:00, shift: 1w, engineers: [bob]}}]}}\n"
        for n in range(10)
    )
    hotline = Hotline(SCHEDULES.replace("escalation_policies:", f"{more}escalation_policies:"))
    log_in(hotline.client)
    page = hotline.client.get("/calendar").text
    assert page.count("<table") == 8
    assert "3 more schedules: choose one above." in page
    assert '<section class="schedule" id="s9">' in hotline.client.get("/calendar?schedule=s9").text
    assert hotline.client.get("/calendar?engineer=alice").text.count("<table") == 1
    hotline.database.close()


def test_only_the_calendar_may_run_a_script_and_only_one_of_ours(busy: Hotline) -> None:
    for path in ("/", "/calendars", "/login"):
        page = busy.client.get(path)
        assert "script-src" not in page.headers["Content-Security-Policy"]
        assert "<script" not in page.text
    page = busy.client.get("/calendar")
    policy = page.headers["Content-Security-Policy"]
    assert policy.endswith("; script-src 'self'")
    assert "default-src 'none'" in policy
    assert re.findall(r"<script[^>]*>(.*?)</script>", page.text, re.DOTALL) == [""]
    assert re.findall(r'<script src="([^"]+)"', page.text) == ["/static/calendar.js"]
    assert "no-store" in page.headers["Cache-Control"]


def test_colours_stay_when_somebody_joins_and_differ_while_there_are_enough() -> None:
    many = SCHEDULES.replace(
        "  bob: {name",
        "".join(f"  p{n}: {{name: P{n}, phone: '+324700001{n:02}'}}\n" for n in range(9)) + "  bob: {name",
    )
    hotline = Hotline(many)
    log_in(hotline.client)
    page = hotline.client.get("/calendar").text
    assert len(set(re.findall(r"shift (hue\d+)", page))) == 2
    hotline.database.close()


def test_the_page_of_addresses_says_how_followed_calendars_are() -> None:
    text = SCHEDULES.replace(
        "{name: weekly, starts: 2026-01-05 09:00, shift: 1w, engineers: [alice, bob]}",
        '{name: team, ical: "https://me:secret@calendar.example/private.ics"}',
    )
    hotline = Hotline(text)
    log_in(hotline.client)
    page = hotline.client.get("/calendars").text
    assert "team of production" in page
    assert "calendar.example" in page
    assert "It has not been fetched yet." in page
    assert "secret" not in page.replace("Secret address", "")
    assert "private.ics" not in page
    hotline.database.close()


def test_an_override_that_somebody_entered_moves_the_shift_in_feeds_and_shows_its_origin(inside: Hotline) -> None:
    path = address(inside, "alice")
    before = events(inside, path)
    inside.clock.at += timedelta(minutes=1)
    token = token_of(inside.client.get("/overrides"))
    form = {
        "token": token, "schedule": "production", "takes": "bob", "engineer": "bob",
        "from": "2026-01-10T09:00", "until": "2026-01-12T09:00", "zone": "Europe/Brussels",
    }  # fmt: skip
    assert inside.client.post("/overrides", data=form).status_code == 303
    inside.clock.at += timedelta(seconds=2)
    moved = events(inside, path)
    assert str(moved[0]["UID"]) == str(before[0]["UID"])
    assert moved[0]["DTEND"].dt == datetime(2026, 1, 10, 8, tzinfo=UTC)
    assert moved[0]["SEQUENCE"] > before[0]["SEQUENCE"]
    assert "Bob Peeters by dashboard" in inside.client.get("/calendar").text
    inside.clock.at += timedelta(minutes=1)
    assert inside.client.post("/overrides/1/remove", data={"token": token, "engineer": "bob"}).status_code == 303
    inside.clock.at += timedelta(seconds=2)
    back = events(inside, path)
    assert back[0]["DTEND"].dt == before[0]["DTEND"].dt
    assert back[0]["SEQUENCE"] > moved[0]["SEQUENCE"]
