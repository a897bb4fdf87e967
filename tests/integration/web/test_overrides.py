"""The page of overrides: entered, seen and taken back by people in a browser."""

import pytest

from tests.integration.web.conftest import SCHEDULES, Hotline
from tests.integration.web.test_pages import log_in, token_of

FIELDS = {
    "schedule": "production",
    "takes": "bob",
    "instead_of": "",
    "from": "2026-01-06T03:12",
    "until": "2026-01-06T07:00",
    "zone": "Europe/Brussels",
    "reason": "Alice is <ill>",
    "engineer": "bob",
}


@pytest.fixture
def inside(hotline: Hotline) -> Hotline:
    assert log_in(hotline.client).status_code == 303
    return hotline


def enter(hotline: Hotline, **fields: str) -> str:
    """Fill in the form; the page after it."""
    token = token_of(hotline.client.get("/overrides"))
    data = {"token": token, **FIELDS, **fields}
    return hotline.client.post("/overrides", data=data, follow_redirects=True).text


def on_call(hotline: Hotline) -> str:
    return hotline.client.get("/").text


def test_somebody_is_put_on_call_and_the_dashboard_says_so_at_once_and_why(inside: Hotline) -> None:
    page = enter(inside)
    assert "Bob Peeters is on call for production, Tue 6 Jan 03:12 – 07:00 CET." in page
    assert "Told, because shifts move: Alice Martin." in page
    assert "Bob Peeters by dashboard" in page
    assert "Alice is &lt;ill&gt;" in page
    dashboard = on_call(inside)
    assert '<p class="who">Bob Peeters</p>' in dashboard
    assert "Bob Peeters by dashboard" in dashboard
    assert "then Alice Martin, from Tue 6 Jan 07:00 CET" in dashboard


def test_it_is_taken_back_and_stays_in_the_history_with_who_did_it(inside: Hotline) -> None:
    enter(inside)
    token = token_of(inside.client.get("/overrides"))
    data = {"token": token, "engineer": "alice"}
    page = inside.client.post("/overrides/1/remove", data=data, follow_redirects=True).text
    assert "Removed: Bob Peeters in production, Tue 6 Jan 03:12 – 07:00 CET." in page
    assert "removed by Alice Martin by dashboard, Tue 6 Jan 03:12 CET" in page
    assert '<p class="who">Alice Martin</p>' in on_call(inside)
    again = inside.client.post("/overrides/1/remove", data=data, follow_redirects=True).text
    assert "Override 1 has been removed already, by Alice Martin." in again


def test_times_are_meant_in_the_zone_that_is_stated(inside: Hotline) -> None:
    page = enter(inside, zone="UTC", until="2026-01-06T07:00")
    assert "Tue 6 Jan 04:12 – 08:00 CET" in page


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"engineer": ""}, "Choose who you are first."),
        ({"engineer": "mallory"}, "Choose who you are first."),
        ({"takes": ""}, "Say which engineer takes it"),
        ({"takes": "mallory"}, "There is no engineer `mallory`"),
        ({"schedule": "prod"}, "There is no schedule `prod`; there are production."),
        ({"until": ""}, "The time `until` is missing"),
        ({"from": "lunch"}, "The time `from` is missing, or is no time"),
        ({"until": "2026-01-06T03:00"}, "That is over already"),
        ({"from": "2026-01-07T09:00"}, "An override ends after it begins"),
        ({"until": "2029-01-06T03:00"}, "at most a year"),
        ({"zone": "Mars/Base"}, "Choose the time zone"),
        ({"instead_of": "bob"}, "cannot take over from themselves"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_written_stays(inside: Hotline, change: dict[str, str], says: str) -> None:
    page = enter(inside, **change).replace("&#39;", "'")
    assert says in page
    assert 'value="Alice is &lt;ill&gt;"' in page
    with inside.database.read() as uow:
        assert uow.overrides.history(inside.clock.now()) == []


def test_what_was_written_is_in_no_address_where_it_is_refused(inside: Hotline) -> None:
    token = token_of(inside.client.get("/overrides"))
    refused = inside.client.post("/overrides", data={"token": token, **FIELDS, "takes": ""})
    assert (refused.status_code, refused.location) == (422, None)
    assert "Say which engineer takes it" in refused.text
    assert "Say which engineer takes it" not in inside.client.get("/overrides").text


def test_overrides_of_the_folder_and_those_that_do_not_count_are_shown_as_such(inside: Hotline) -> None:
    enter(inside)
    without_bob = SCHEDULES.replace('bob: {name: Bob Peeters, phone: "+32470000002"}', "").replace("bob", "alice")
    inside.publish(
        without_bob.replace(
            "alice, alice]}]",
            "alice]}]\n    overrides: [{engineer: alice, from: 2026-02-01 09:00, until: 2026-02-03 09:00}]",
        )
    )
    inside.runtime.configuration.look_again()
    page = inside.client.get("/overrides").text
    assert "It does not count: there is no engineer `bob` any more." in page
    assert "schedules folder" in page
    assert "Sun 1 Feb 09:00 CET – Tue 3 Feb 09:00 CET" in page
    assert page.count("Remove this override") == 1
    assert ("override.left_out", {"override": 1, "problem": "there is no engineer `bob` any more"}) in inside.logged


def test_nobody_from_outside_or_from_another_site_changes_who_is_on_call(hotline: Hotline) -> None:
    assert hotline.client.get("/overrides").status_code == 303
    assert hotline.client.post("/overrides", data=FIELDS).status_code == 403
    log_in(hotline.client)
    assert hotline.client.post("/overrides", data=FIELDS).status_code == 403
    assert hotline.client.post("/overrides", data={**FIELDS, "token": "x"}).status_code == 403
    assert hotline.client.post("/overrides/1/remove", data={"engineer": "bob"}).status_code == 403
    with hotline.database.read() as uow:
        assert uow.overrides.history(hotline.clock.now()) == []


def test_the_page_runs_no_script_and_is_kept_by_nobody(inside: Hotline) -> None:
    page = inside.client.get("/overrides")
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert "no-store" in page.headers["Cache-Control"]
    assert "<script" not in page.text
    assert " style=" not in page.text
