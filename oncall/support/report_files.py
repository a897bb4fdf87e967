"""Reports as files: HTML, Markdown and PDF for people, JSON and CSV for programs."""

import csv
import json
import shutil
from collections.abc import Iterable, Iterator
from datetime import date
from enum import StrEnum
from io import StringIO
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO

from oncall.core.report_customer import CustomerReport, DuePoint
from oncall.core.report_period import Period
from oncall.core.report_team import TeamReport
from oncall.documents import as_html, as_markdown, as_typst
from oncall.documents.composition import Document
from oncall.support import customer_report, team_report
from oncall.support.customer_report import CSV_COLUMNS, INCIDENT_COLUMNS
from oncall.support.report_numbers import customer_numbers, team_numbers, team_rows
from oncall.support.reports import Reports

# A spreadsheet would take what begins so for a formula; some take the wide signs of East Asian keyboards for one too.
_WIDE_SIGNS = "\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}"
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", *_WIDE_SIGNS)
_LINES_AT_ONCE = 500
_IN_MEMORY = 1024 * 1024


class ReportFormat(StrEnum):
    """What a report is written as; the word is the file's ending."""

    HTML = "html"
    MARKDOWN = "md"
    PDF = "pdf"
    JSON = "json"
    CSV = "csv"

    @property
    def media_type(self) -> str:
        """What it is called on the web."""
        return _MEDIA_TYPES[self]


_MEDIA_TYPES = {
    ReportFormat.HTML: "text/html; charset=utf-8",
    ReportFormat.MARKDOWN: "text/markdown; charset=utf-8",
    ReportFormat.PDF: "application/pdf",
    ReportFormat.JSON: "application/json",
    ReportFormat.CSV: "text/csv; charset=utf-8",
}


class ReportFiles:
    """Writes them, to a file that takes all of it at once: the rows are read in one transaction meanwhile."""

    def __init__(self, reports: Reports) -> None:
        self._reports = reports

    def customer(
        self,
        to: BinaryIO,
        kind: ReportFormat,
        key: str,
        first: date,
        until: date,
        *,
        due: Iterable[DuePoint] = (),
    ) -> None:
        """The report for a customer (key). Raises UsageError, DocumentError."""
        report = self._reports.begun(key, first, until, due=tuple(due))
        match kind:
            case ReportFormat.CSV:
                _write(
                    to,
                    _csv_lines((CSV_COLUMNS,), ([each[name] for name in CSV_COLUMNS] for each in self._shown(report))),
                )
            case ReportFormat.JSON:
                lines = (f"\n    {json.dumps(each, ensure_ascii=False)}" for each in self._shown(report))
                _write_behind(to, _json_head(report), _with_commas(lines), "\n  ]\n}\n")
            case ReportFormat.MARKDOWN:
                rows = (
                    customer_report.incident_row(incident, report.figures.period, report.made_at)
                    for incident in self._reports.reading(report)
                )
                _write_behind(to, _markdown_head(report), as_markdown.table_pieces(INCIDENT_COLUMNS, rows), "")
            case _:
                for _ in self._reports.reading(report):
                    pass
                to.write(_written(customer_report.document(report), kind, report))

    def team(self, to: BinaryIO, kind: ReportFormat, first: date, until: date) -> None:
        """The report for the team. Raises UsageError, DocumentError."""
        report = self._reports.team(first, until)
        match kind:
            case ReportFormat.JSON:
                to.write(f"{_json(team_numbers(report))}\n".encode())
            case ReportFormat.CSV:
                _write(to, _csv_lines(team_rows(report)))
            case ReportFormat.MARKDOWN:
                _write(to, as_markdown.pieces(team_report.document(report)))
            case _:
                to.write(_written(team_report.document(report), kind, report))

    def _shown(self, report: CustomerReport) -> Iterator[dict[str, Any]]:
        return (customer_report.incident_json(each, report.made_at) for each in self._reports.reading(report))


def _json_head(report: CustomerReport) -> Iterator[str]:
    yield f'{_json(customer_numbers(report)).removesuffix("}").rstrip()},\n  "incidents": ['


def _markdown_head(report: CustomerReport) -> Iterator[str]:
    yield from as_markdown.pieces(customer_report.document(report, with_list=False))
    if report.figures.whole.incidents:
        yield "\n## Every incident\n\n"


def _write_behind(to: BinaryIO, head: Iterable[str], lines: Iterable[str], end: str) -> None:
    """The lines behind a head that is known only once the last of them has been read."""
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as aside:
        _write(aside, lines)
        _write(to, head)
        aside.seek(0)
        shutil.copyfileobj(aside, to)
    to.write(end.encode())


def _with_commas(lines: Iterable[str]) -> Iterator[str]:
    between = ""
    for line in lines:
        yield f"{between}{line}"
        between = ","


def file_name(about: str, of: Period, kind: ReportFormat) -> str:
    """``acme-2026-10-01-2026-11-01.pdf``."""
    return f"{about}-{of.first}-{of.until}.{kind.value}"


def _written(document: Document, kind: ReportFormat, report: CustomerReport | TeamReport) -> bytes:
    if kind is ReportFormat.PDF:
        return as_typst.to_pdf(document, at=report.made_at)
    return as_html.to_page(document).encode()


def _write(to: BinaryIO | SpooledTemporaryFile[bytes], pieces: Iterable[str]) -> None:
    for piece in pieces:
        to.write(piece.encode())


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _csv_lines(*parts: Iterable[Iterable[Any]]) -> Iterator[str]:
    sheet = StringIO()
    writer = csv.writer(sheet, lineterminator="\r\n")
    for part in parts:
        for count, row in enumerate(part, 1):
            writer.writerow([_tame(value) for value in row])
            if count % _LINES_AT_ONCE == 0:
                yield sheet.getvalue()
                sheet.seek(0)
                sheet.truncate()
    yield sheet.getvalue()


def _tame(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_FORMULAS):
        return f"'{value}"
    return value
