"""Post-mortems as pages: written by the team, read by the customer who has the link."""

from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from tests.integration.web.conftest import JANE, Hotline
from tests.integration.web.test_pages import log_in, token_of

TEXT = "## Causes\n\nThe disk was full. <script>alert(1)</script>\n\n- [ ] Alert at 80% — bob — 2026-02-01\n"


@pytest.fixture
def inside(hotline: Hotline) -> Hotline:
    """Jane has called, Alice has answered and resolved it. Somebody is logged in."""
    hotline.call("/voice/incoming")
    hotline.post("/voice/status", CallSid="CA1", CallStatus="completed", From=JANE)
    hotline.engine_turns()
    number = hotline.incident().number
    hotline.clock.at += timedelta(minutes=4)
    hotline.runtime.respond.acknowledge(number, engineer="alice", via="test")
    hotline.clock.at += timedelta(hours=2)
    hotline.runtime.respond.resolve(number, engineer="alice", note="mended", via="test")
    hotline.clock.at += timedelta(hours=5)
    assert log_in(hotline.client).status_code == 303
    return hotline


def place(hotline: Hotline, more: str = "") -> str:
    return f"/postmortems/{hotline.incident().number}{more}"


def send(hotline: Hotline, more: str = "", by: str = "alice", **fields: str) -> TestResponse:
    token = token_of(hotline.client.get(place(hotline)))
    return hotline.client.post(place(hotline, more), data={"token": token, "engineer": by, **fields})


def published(hotline: Hotline) -> str:
    send(hotline, text=TEXT, base="0")
    send(hotline, "/review", by="bob", version="1")
    send(hotline, "/publish")
    return f"/track/{hotline.incident().token}/postmortem"


@pytest.mark.parametrize("path", ["/postmortems", "/postmortems/1001", "/postmortems/1001.pdf"])
def test_nobody_sees_them_without_the_password(hotline: Hotline, path: str) -> None:
    assert hotline.client.get(path).status_code == 303


def test_where_nobody_has_written_the_page_shows_a_draft(inside: Hotline) -> None:
    page = inside.client.get(place(inside))
    assert "This is a draft from the timeline." in page.text and "<h2>Impact</h2>" in page.text
    assert ">draft</p>" in page.text and ">owed</p>" not in page.text
    assert "4 min" in page.text and "470111111" not in page.text.replace("tel:", "")
    assert page.headers["Cache-Control"] == "private, no-store"


def test_an_unknown_incident_has_no_page(inside: Hotline) -> None:
    assert inside.client.get("/postmortems/9999").status_code == 404
    assert inside.client.get(place(inside, "?version=7")).status_code in (200, 404)


def test_what_is_kept_is_shown_as_words_and_a_preview_keeps_nothing(inside: Hotline) -> None:
    preview = send(inside, text=TEXT, base="0", preview="yes")
    assert "it is not kept yet" in preview.text and "The disk was full." in preview.text
    assert inside.runtime.postmortems.get(inside.incident().number) is None
    assert send(inside, text=TEXT, base="0").status_code == 303
    page = inside.client.get(place(inside)).text
    assert "&lt;script&gt;" in page and "<script>" not in page
    assert "Version 1 is kept." in page and "Alert at 80%" in page


def test_the_second_of_two_editors_is_told_and_their_text_stays_in_the_form(inside: Hotline) -> None:
    send(inside, text="first", base="0")
    send(inside, text="Bob's", base="1", by="bob")
    refused = send(inside, text="Alice's", base="1")
    assert refused.status_code == 409
    assert "Bob Peeters has written version 2 since you began from 1" in refused.text.replace("&#39;", "'")
    assert "Alice&#39;s</textarea>" in refused.text and "Bob&#39;s" in refused.text
    assert 'name="base" value="2"' in refused.text
    assert send(inside, text="Both", base="2").status_code == 303


def test_a_form_of_another_site_changes_nothing(inside: Hotline) -> None:
    answer = inside.client.post(place(inside), data={"engineer": "alice", "text": "x", "base": "0"})
    assert answer.status_code == 403
    assert inside.runtime.postmortems.get(inside.incident().number) is None


def test_the_customer_reads_it_only_once_it_is_published(inside: Hotline) -> None:
    read = f"/track/{inside.incident().token}/postmortem"
    send(inside, text=TEXT, base="0")
    assert inside.client.get(read).status_code == 404
    assert "not reviewed yet" in inside.client.get(send(inside, "/publish").location).text
    send(inside, "/review", by="bob", version="1")
    send(inside, "/publish")
    stranger = inside.app.test_client()
    page = stranger.get(read)
    assert page.status_code == 200 and "The disk was full." in page.text and "☐ Alert at 80%" in page.text
    assert page.headers["Cache-Control"] == "private, no-store"
    made = stranger.get(f"{read}.pdf")
    assert made.data.startswith(b"%PDF") and made.mimetype == "application/pdf"
    assert read in stranger.get(f"/track/{inside.incident().token}").text
    assert stranger.get("/track/wrong/postmortem").status_code == 404


def test_what_is_written_after_the_publication_is_not_shown_before_it_is_published_too(inside: Hotline) -> None:
    read = published(inside)
    send(inside, text=TEXT + "\nA secret.\n", base="1")
    assert "A secret." not in inside.client.get(read).text
    assert "corrected" in inside.client.get(place(inside)).text


def test_an_action_is_done_and_undone_by_a_click(inside: Hotline) -> None:
    read = published(inside)
    [action] = inside.runtime.postmortems.get(inside.incident().number).actions  # type: ignore[union-attr]
    send(inside, f"/actions/{action.key}", done="yes", by="bob")
    assert "☑ Alert at 80%" in inside.client.get(read).text
    send(inside, f"/actions/{action.key}", done="no", by="bob")
    assert "☐ Alert at 80%" in inside.client.get(read).text
    answer = send(inside, "/actions/nothing", done="yes")
    assert "no such action" in inside.client.get(answer.location).text


def test_that_none_is_needed_takes_a_reason_and_can_be_taken_back(inside: Hotline) -> None:
    send(inside, text=TEXT, base="0")
    assert "Say why" in inside.client.get(send(inside, "/waive", reason="").location).text
    send(inside, "/waive", reason="their own provider was down")
    assert "their own provider was down" in inside.client.get(place(inside)).text
    send(inside, "/waive", again="yes")
    known = inside.runtime.postmortems.get(inside.incident().number)
    assert known is not None and known.postmortem.waived == ""
    send(inside, "/owner", owner="bob")
    assert "waits for a review" in inside.client.get("/postmortems").text


def test_too_long_a_text_is_refused_and_stays_in_the_form(inside: Hotline) -> None:
    answer = send(inside, text="x" * 100_001, base="0")
    assert answer.status_code == 422 and "100,000 can be kept" in answer.text


def test_the_customers_report_names_the_post_mortem_and_the_actions_that_are_due(inside: Hotline) -> None:
    number = inside.incident().number
    send(inside, text=TEXT, base="0")
    january = "/reports/customers/acme?from=2026-01-01&to=2026-02-01"
    assert f"Post-mortem of incident {number}" in inside.client.get(january).text
    published(inside)
    page = inside.client.get(january).text
    assert f"Post-mortem of incident {number}" not in page
    assert f"Alert at 80% (after incident {number})" in page
