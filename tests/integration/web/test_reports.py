"""Reports as pages and files, and the month's figures among the metrics."""

import csv
import json
import threading
from datetime import timedelta
from io import StringIO

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from prometheus_client.parser import text_string_to_metric_families

from oncall.core.incident import IntakeChannel
from oncall.web import reports
from tests.integration.web.conftest import JANE, SCHEDULES, Hotline
from tests.integration.web.test_pages import log_in

JANUARY = "?from=2026-01-01&to=2026-02-01"
PLACES = ["/reports", f"/reports/customers/acme{JANUARY}", f"/reports/team{JANUARY}"]
LABELS = ["priority", "outcome", "quantile", "engineer"]
EVIL = "<script>alert(1)</script> call me on +32470111111"


@pytest.fixture
def inside(hotline: Hotline) -> Hotline:
    """Jane has called, Alice has answered and resolved it; a second call of hers is open. Somebody is logged in."""
    hotline.call("/voice/incoming")
    hotline.post("/voice/status", CallSid="CA1", CallStatus="completed", From=JANE)
    hotline.engine_turns()
    number = hotline.incident().number
    hotline.clock.at += timedelta(minutes=4)
    hotline.runtime.respond.acknowledge(number, engineer="alice", via="test")
    hotline.runtime.respond.resolve(number, engineer="alice", note="mended", via="test")
    hotline.runtime.intake.open_by_hand(summary=EVIL, by="dana", channel=IntakeChannel.OPERATOR, customer="acme")
    assert log_in(hotline.client).status_code == 303
    return hotline


@pytest.mark.parametrize("place", PLACES)
def test_nobody_reads_a_report_without_the_password(hotline: Hotline, place: str) -> None:
    assert hotline.client.get(place).status_code == 303
    assert hotline.client.get("/reports/report.css").status_code == 200


def test_a_customers_page_tells_what_was_promised_and_kept(inside: Hotline) -> None:
    page = inside.client.get(f"/reports/customers/acme{JANUARY}")
    assert page.status_code == 200 and page.headers["Cache-Control"] == "private, no-store"
    assert "<h1>ACME Shop: January 2026</h1>" in page.text
    assert "2 incidents were reported." in page.text and ">kept</span>" in page.text
    assert f'href="/incidents/{inside.incident().number}"' in page.text
    assert f"Answer to incident {inside.incident().number}" in page.text


@pytest.mark.parametrize("place", [*PLACES, *(f"{PLACES[1]}&format={kind}" for kind in ("html", "md", "json", "csv"))])
def test_a_callers_number_and_markup_stay_out_of_reports(inside: Hotline, place: str) -> None:
    shown = inside.client.get(place).text
    assert "470111111" not in shown and "3225550100" not in shown
    if place.endswith(("json", "csv")):
        assert "+…1111" in shown
    else:
        assert "<script" not in shown.replace("\\<", "")  # how Markdown says that it is only a sign


@pytest.mark.parametrize("about", ["customers/acme", "team"])
def test_a_report_can_be_taken_along_as_any_kind_of_file(inside: Hotline, about: str) -> None:
    name = about.rpartition("/")[2]
    kinds = {
        "html": "text/html",
        "md": "text/markdown",
        "pdf": "application/pdf",
        "json": "application/json",
        "csv": "text/csv",
    }
    for kind, media in kinds.items():
        answer = inside.client.get(f"/reports/{about}{JANUARY}&format={kind}")
        assert answer.status_code == 200 and answer.mimetype == media and answer.data
        assert answer.headers["Content-Disposition"] == f"attachment; filename={name}-2026-01-01-2026-02-01.{kind}"
    assert inside.client.get(f"/reports/{about}{JANUARY}&format=doc").status_code == 404


def test_programs_read_the_same_figures(inside: Hotline) -> None:
    told = json.loads(inside.client.get(f"/reports/customers/acme{JANUARY}&format=json").text)
    assert told["figures"]["incidents"] == 2 and told["figures"]["share_kept"] == 1.0
    assert told["figures"]["response"]["median_seconds"] == 240
    first, second = told["incidents"]
    assert (first["promise"], first["response_seconds"], second["promise"]) == ("kept", 240, "pending")
    lines = list(csv.DictReader(StringIO(inside.client.get(f"/reports/customers/acme{JANUARY}&format=csv").text)))
    assert [line["number"] for line in lines] == [str(each["number"]) for each in told["incidents"]]
    team = json.loads(inside.client.get(f"/reports/team{JANUARY}&format=json").text)
    assert team["engineers"]["alice"]["name"] == "Alice Martin"
    assert team["engineers"]["alice"]["pages"] >= 1 and team["engineers"]["alice"]["nights"] == 1
    sheet = csv.DictReader(StringIO(inside.client.get(f"/reports/team{JANUARY}&format=csv").text))
    assert {"about": "engineer", "key": "alice", "figure": "nights", "value": "1"} in list(sheet)


@pytest.mark.parametrize(
    "begins", ["=", "+", "-", "@", "\n=", " =", "\N{FULLWIDTH EQUALS SIGN}", "\N{FULLWIDTH PLUS SIGN}"]
)
def test_what_a_spreadsheet_would_take_for_a_formula_is_tamed(inside: Hotline, begins: str) -> None:
    said = f'{begins}HYPERLINK("http://evil.example")'
    inside.runtime.intake.open_by_hand(summary=said, by="dana", channel=IntakeChannel.OPERATOR, customer="acme")
    text = inside.client.get(f"/reports/customers/acme{JANUARY}&format=csv").text
    assert [line["summary"] for line in csv.DictReader(StringIO(text))][-1].startswith("'")


def test_a_drill_and_a_time_without_incidents_are_nothing_to_report(hotline: Hotline) -> None:
    log_in(hotline.client)
    hotline.runtime.drills.begin("alice", by="dana")
    hotline.engine_turns()
    customer, team = (hotline.client.get(place).text for place in PLACES[1:])
    assert "brought us nothing in this time" in customer and "Nothing is due." in customer
    assert "Nothing was reported in this time." in team and "Nobody was paged." in team
    assert hotline.client.get(f"{PLACES[1]}&format=pdf").data.startswith(b"%PDF")
    assert "| No." not in hotline.client.get(f"{PLACES[1]}&format=md").text
    assert json.loads(hotline.client.get(f"{PLACES[1]}&format=json").text)["incidents"] == []
    assert len(hotline.client.get(f"{PLACES[1]}&format=csv").text.splitlines()) == 1


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("customers/nobody", 404),
        ("customers/%3Cscript%3E", 404),
        ("team?from=2026-01-01", 400),
        ("team?from=yesterday&to=today", 400),
        ("team?from=2026-02-01&to=2026-01-01", 400),
        ("team?from=1026-02-01&to=2026-01-01", 400),
        ("team?from=0001-01-01&to=0001-02-01", 400),
        ("team?from=9999-01-01&to=9999-12-31", 400),
    ],
)
def test_what_cannot_be_reported_on_is_said(hotline: Hotline, asked: str, status: int) -> None:
    log_in(hotline.client)
    answer = hotline.client.get(f"/reports/{asked}")
    assert answer.status_code == status and "<script>" not in answer.text


def test_without_a_period_it_is_the_last_whole_month(hotline: Hotline) -> None:
    log_in(hotline.client)
    assert "On-call team: December 2025" in hotline.client.get("/reports/team").text
    page = hotline.client.get("/reports").text
    assert (
        "December 2025" in page and 'href="/reports/team?from=2026-01-01&amp;to=2026-02-01">this month so far' in page
    )


def test_one_report_at_a_time_leaves_room_for_callers(inside: Hotline, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = threading.Lock()
    monkeypatch.setattr(reports, "_one_at_a_time", lock)
    with lock:
        assert inside.client.get(f"/reports/team{JANUARY}").status_code == 503
    assert inside.client.get(f"/reports/team{JANUARY}").status_code == 200


def month(hotline: Hotline) -> dict[tuple[str, ...], float]:
    samples = [
        sample
        for family in text_string_to_metric_families(hotline.client.get("/metrics").text)
        for sample in family.samples
        if sample.name.startswith("oncall_month_")
    ]
    return {
        (
            each.name.removeprefix("oncall_month_"),
            *(each.labels[key] for key in LABELS if key in each.labels),
        ): each.value
        for each in samples
    }


def test_the_months_figures_are_metrics(inside: Hotline) -> None:
    found = month(inside)
    assert found["incidents", "production_down"] == 2 and found["incidents", "normal"] == 0
    assert found["promises", "production_down", "kept"] == 1 and found["promises", "production_down", "pending"] == 1
    assert found["response_seconds", "production_down", "0.5"] == 240
    assert found["pages", "alice"] >= 1 and found["pages", "bob"] == 0
    assert found["nights_woken", "alice"] == 1 and found["hand_overs",] == 0


def test_they_are_added_up_once_a_minute_however_often_they_are_asked_for(inside: Hotline) -> None:
    before = month(inside)
    inside.runtime.intake.open_by_hand(summary="again", by="dana", channel=IntakeChannel.OPERATOR)
    assert month(inside) == before
    inside.clock.at += timedelta(minutes=1)
    assert month(inside)["incidents", "production_down"] == 3


def test_an_engineer_who_has_left_is_counted_with_others(inside: Hotline) -> None:
    inside.publish(SCHEDULES.replace("alice:", "zoe:").replace("[alice, bob]", "[zoe, bob]"))
    inside.clock.at += timedelta(minutes=1)
    found = month(inside)
    assert found["pages", "zoe"] == 0 and found["pages", "other"] >= 1
    assert ("pages", "alice") not in found


def test_openmetrics_is_spoken_with_whoever_asks_for_it(inside: Hotline) -> None:
    answer = inside.client.get("/metrics", headers={"Accept": "application/openmetrics-text;version=1.0.0"})
    assert answer.content_type.startswith("application/openmetrics-text")
    assert any(family.name == "oncall_month_pages" for family in openmetrics_families(answer.text))
