"""The clock of a promise as people see it, and the buttons that change what it is about."""

import re
from dataclasses import replace

import pytest

from oncall.core.inbound import Link, Platform
from oncall.core.incident import RequestType
from oncall.core.sla import Priority
from tests.integration.web.conftest import Hotline
from tests.integration.web.test_pages import log_in, press


@pytest.fixture
def inside(hotline: Hotline) -> Hotline:
    """Jane has called; somebody is logged in."""
    hotline.call("/voice/incoming")
    assert log_in(hotline.client).status_code == 303
    return hotline


def test_the_priority_is_changed_with_a_click_and_the_page_says_so(inside: Hotline) -> None:
    page = press(inside, "priority", engineer="alice", priority="urgent")
    assert f"Incident {inside.incident().number} is Urgent now." in page.text
    assert (inside.incident().priority, inside.incident().request_type) == (Priority.URGENT, RequestType.ON_CALL)
    assert "Urgent instead of Production down" in page.text


def test_that_production_is_down_after_all_is_one_click(inside: Hotline) -> None:
    assert "Production is down: page now" not in inside.client.get(f"/incidents/{inside.incident().number}").text
    page = press(inside, "priority", engineer="alice", priority="urgent").text
    assert "Production is down: page now" in page
    press(inside, "down", engineer="alice", priority="urgent")
    assert inside.incident().priority is Priority.PRODUCTION_DOWN
    assert "Choose who you are first." in press(inside, "down").text


def test_whoever_has_it_is_not_promised_that_their_click_pages(inside: Hotline) -> None:
    press(inside, "priority", engineer="alice", priority="urgent")
    page = press(inside, "acknowledge", engineer="alice").text
    assert "Production is down: it stays with you" in page
    assert "page now" not in page
    press(inside, "down", engineer="alice")
    assert inside.incident().acknowledged_by == "alice"


def test_a_click_without_a_name_or_with_a_word_of_nobodys_changes_nothing(inside: Hotline) -> None:
    before = inside.incident()
    assert "Choose who you are first." in press(inside, "priority", priority="urgent").text
    assert "Choose a priority first." in press(inside, "priority", engineer="alice", priority="worst").text
    assert "Choose a type first." in press(inside, "type", engineer="alice").text
    assert inside.incident() == before


def test_a_click_without_the_pages_token_changes_nothing(inside: Hotline) -> None:
    place = f"/incidents/{inside.incident().number}"
    for button in ("priority", "down", "type", "wait", "wait-over", "major"):
        answer = inside.client.post(f"{place}/{button}", data={"engineer": "alice", "priority": "normal"})
        assert answer.status_code == 403
    assert inside.incident().priority is Priority.PRODUCTION_DOWN


def test_the_incident_waits_for_the_customer_until_somebody_says_otherwise(inside: Hotline) -> None:
    assert "since" in press(inside, "wait", engineer="alice").text
    assert inside.incident().waiting_since is not None
    assert "waiting for the customer" in inside.client.get("/").text
    press(inside, "wait-over", engineer="alice")
    assert inside.incident().waiting_since is None


def test_a_major_downtime_is_marked_and_unmarked(inside: Hotline) -> None:
    assert "major downtime</b>" in press(inside, "major", engineer="alice", major="yes").text
    assert "major downtime</b>" not in press(inside, "major", engineer="alice", major="no").text
    assert not inside.incident().major


def test_the_worst_comes_first_on_the_dashboard_and_of_that_what_nobody_has(inside: Hotline) -> None:
    first = inside.incident().number
    press(inside, "acknowledge", engineer="alice")
    inside.call("/voice/incoming", sid="CA2")
    inside.call("/voice/incoming", sid="CA3")
    press(inside, "priority", engineer="alice", priority="normal")
    shown = re.findall(r'class="number">(\d+)<', inside.client.get("/").text)
    assert shown == [str(first + 1), str(first), str(first + 2)]


def test_an_incident_names_where_else_it_lives_and_leads_there(inside: Hotline) -> None:
    number, now = inside.incident().number, inside.clock.now()
    issue = Link(
        number, Platform.GITHUB, "42", "17", now, url="https://github.com/acme/shop/issues/17", name="acme/shop"
    )
    assert "Also at" not in inside.client.get(f"/incidents/{number}").text
    with inside.database.begin() as uow:
        uow.links.add(issue)
        uow.links.add(replace(issue, platform=Platform.SLACK, key="1.2", url="", name="#acme", state="gone"))
    page = inside.client.get(f"/incidents/{number}").text
    assert '<a href="https://github.com/acme/shop/issues/17" rel="noreferrer">GitHub acme/shop#17</a>' in page
    assert "Slack #acme (gone)" in page


def test_one_name_counts_for_every_button_of_an_incident_s_page(inside: Hotline) -> None:
    page = inside.client.get(f"/incidents/{inside.incident().number}").text
    assert page.count('name="engineer"') == 1
    after = page[page.index("Priority and clock") :]
    buttons = re.findall(r"<(?:button|select)[^>]*>", after[: after.index("</section>")])
    assert len(buttons) == 6 and all('form="answer"' in button for button in buttons)


def test_how_much_time_is_left_is_seen_on_both_pages(inside: Hotline) -> None:
    number = inside.incident().number
    assert "min left" in inside.client.get("/").text
    assert "min left" in inside.client.get(f"/incidents/{number}").text
    press(inside, "acknowledge", engineer="alice")
    assert "promise kept" in inside.client.get("/").text
    assert "kept, " in inside.client.get(f"/incidents/{number}").text


def test_the_customer_sees_in_their_language_what_was_promised_until_it_is_kept(inside: Hotline) -> None:
    place = f"/track/{inside.incident().token}"
    assert "Nous avons promis une réponse avant le" in inside.client.get(place).text
    press(inside, "priority", engineer="alice", priority="normal")
    assert "Nous avons reçu votre demande" in inside.client.get(place).text
    press(inside, "wait", engineer="alice")
    assert "Nous attendons votre réponse." in inside.client.get(place).text
    press(inside, "acknowledge", engineer="alice")
    assert "Nous avons promis une réponse avant le" not in inside.client.get(place).text
