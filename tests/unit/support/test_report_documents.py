"""What the reports say, whatever the figures are."""

from datetime import UTC, datetime, timedelta

import pytest

from oncall.core.report_customer import MOST_LISTED, MOST_NOTABLE, CustomerFigures, CustomerReport, DuePoint
from oncall.core.report_period import Period
from oncall.core.report_team import TeamFigures, TeamReport
from oncall.core.reported import ReportedIncident, ReportedPage
from oncall.core.sla import Priority
from oncall.documents import as_html, as_markdown, as_typst
from oncall.support import customer_report, team_report
from tests.unit.core.test_reports import LATER, NOON, OCTOBER, an_incident

PROMISED = ((Priority.PRODUCTION_DOWN, timedelta(minutes=30)), (Priority.URGENT, timedelta(minutes=45)))


def a_report(*incidents: ReportedIncident, due: tuple[DuePoint, ...] = (), period: Period = OCTOBER) -> CustomerReport:
    figures = CustomerFigures(period, LATER)
    figures.add(incidents)
    return CustomerReport("acme", "ACME Shop", "Example Hosting", LATER, figures, PROMISED, due)


def told(report: CustomerReport) -> str:
    return as_markdown.to_markdown(customer_report.document(report))


def test_a_month_in_which_all_was_kept_says_so() -> None:
    text = told(a_report(an_incident(1001), an_incident(1002)))
    assert "2 incidents were reported. Every promised response was kept." in text
    assert "Half were answered within 4 min, nine of ten within 4 min; the slowest took 4 min." in text
    assert "Nothing is open." in text and "Nothing is due." in text


def test_what_was_missed_is_not_hidden() -> None:
    late = an_incident(1002, responded_at=NOON + timedelta(minutes=31))
    text = told(a_report(an_incident(1001), late))
    assert "Of 2 promised responses 1 was kept and 1 missed." in text and "Promises kept: **50%**" in text
    assert "missed (by Wed 7 Oct 12:30)" in text


def test_what_is_due_stands_in_order_whoever_says_it() -> None:
    post_mortem = DuePoint(LATER + timedelta(days=3), "Post-mortem of incident 1001")
    overdue = DuePoint(LATER - timedelta(days=3), "Post-mortem of incident 990")
    report = a_report(due=(post_mortem, overdue))
    assert [point.text[-4:] for point in report.due] == [" 990", "1001"]
    assert '<span class="bad">' in as_html.to_html(customer_report.document(report))


def test_what_is_due_on_a_day_is_late_once_that_day_is_over_and_names_no_hour() -> None:
    midnight = datetime(2026, 11, 9, 23, tzinfo=UTC)  # in Brussels
    point = DuePoint(midnight, "Alert at 80% of the disk", whole_day=True)
    assert not point.is_late(midnight + timedelta(hours=23)) and point.is_late(midnight + timedelta(hours=25))
    assert "| Tue 10 Nov 2026 | Alert at 80%" in told(a_report(due=(point,)))


@pytest.mark.parametrize("how_many", [MOST_LISTED, MOST_LISTED + 1])
def test_a_list_too_long_to_read_says_what_it_leaves_out_and_where_that_is(how_many: int) -> None:
    late = [an_incident(number, responded_at=NOON + timedelta(hours=1)) for number in range(how_many)]
    text = told(a_report(*late))
    is_cut = how_many > MOST_LISTED
    assert ("All of them are in the CSV and JSON files" in text) is is_cut
    assert (f"The first {MOST_NOTABLE} of them are shown." in text) is is_cut
    assert text.count("| missed (") == (MOST_NOTABLE if is_cut else how_many)


def test_a_customer_who_brought_nothing_is_told_so_and_has_a_document_all_the_same() -> None:
    document = customer_report.document(a_report())
    assert "ACME Shop brought us nothing in this time" in as_markdown.to_markdown(document)
    assert as_typst.to_pdf(document, at=LATER).startswith(b"%PDF")


def test_the_team_sees_who_bore_how_much_the_most_burdened_first() -> None:
    figures = TeamFigures(OCTOBER, LATER, {})
    pages = [ReportedPage(1001, who, who, NOON, NOON) for who in ("alice", "bob", "bob", "former")]
    figures.add([an_incident(1001)], pages, [])
    report = TeamReport("Example Hosting", LATER, figures, {"alice": "Alice Martin", "bob": "Bob Peeters"}, PROMISED)
    assert [name for _, name, _ in team_report.burdens(report)] == ["Bob Peeters", "Alice Martin", "former"]
    document = team_report.document(report)
    assert "| Bob Peeters | 2 | 0 | 0 | 0 |" in as_markdown.to_markdown(document)
    assert as_typst.to_pdf(document, at=LATER).startswith(b"%PDF")
