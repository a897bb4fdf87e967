"""Drawing a schedule: every row and cell where it belongs, also on the day on which the clock changes."""

from datetime import date, datetime, time, timedelta

import pytest
import pytz

from oncall.cli.schedule_colours import PAPERS, papers_of
from oncall.cli.schedule_picture import NARROW, WIDE, Layout, Picture, picture
from oncall.cli.schedule_rows import OVERRIDES, Stretch, rows_of, stretches
from oncall.cli.schedule_week import Pen, week
from oncall.core.override import Override
from oncall.core.rotation import Rotation, ShiftLength, Window
from oncall.core.schedule import Schedule

BRUSSELS = "Europe/Brussels"
NAMES = {"alice": "Alice Martin", "bob": "Bob Peeters"}
PLAIN = Pen(width=80, papers=papers_of(NAMES), coloured=False, unicode=True)
ASCII = Pen(width=80, papers=papers_of(NAMES), coloured=False, unicode=False)
COLOURED = Pen(width=80, papers=papers_of(NAMES), coloured=True, unicode=True)
HOUR = timedelta(hours=1)
WEEK = ShiftLength(rest=timedelta(weeks=1))
STARTS = datetime.fromisoformat("2026-01-05 09:00")


def utc(text: str) -> datetime:
    return pytz.utc.localize(datetime.fromisoformat(text))


NOV_23, NOV_30 = utc("2026-11-22 23:00"), utc("2026-11-29 23:00")
LONG_AGO = utc("2000-01-01")
WEEKLY = Rotation("weekly", STARTS, (WEEK,), ("alice",))
NIGHTS = Rotation("nights", STARTS, (WEEK,), ("bob",), (Window(begins=time(18), until=time(0)),))
DENTIST = Override("bob", utc("2026-11-25 08:00"), utc("2026-11-25 17:00"), "dentist")
WHOLE = Schedule("production", BRUSSELS, (WEEKLY, NIGHTS), (DENTIST,))


def drawn(schedule: Schedule, pen: Pen = PLAIN, now: datetime = LONG_AGO) -> list[str]:
    [stretch] = stretches(schedule.timezone, NOV_23, NOV_30, 7)
    text = week(pen, rows_of(schedule, stretch.starts_at, stretch.ends_at), stretch, now)
    return text.plain.splitlines()


def pictured(schedule: Schedule, layout: Layout = WIDE, now: datetime = LONG_AGO) -> Picture:
    stretch = stretches(schedule.timezone, NOV_23, NOV_30, layout.days)[0]
    rows = rows_of(schedule, stretch.starts_at, stretch.ends_at)
    return picture(layout, rows, stretch, papers_of(NAMES), NAMES, now)


def test_one_row_for_each_rotation_one_for_the_overrides_and_the_result_last() -> None:
    assert drawn(WHOLE) == [
        "Nov 2026   Mon 23  Tue 24  Wed 25  Thu 26  Fri 27  Sat 28  Sun 29  ",
        "weekly     ├alice──────────────────────────────────────────────────",
        "nights     ······├b······├b······├b······├b······├b······├b······├b",
        "overrides  ···················├bo··································",
        "on call    ├alice├b├alice├b├al├bob─├alice├b├alice├b├alice├b├alice├b",
    ]


def test_gaps_are_loud_and_a_terminal_without_unicode_gets_ascii() -> None:
    assert drawn(Schedule("production", BRUSSELS, (NIGHTS,)), ASCII) == [
        "Nov      Mon 23  Tue 24  Wed 25  Thu 26  Fri 27  Sat 28  Sun 29  ",
        "nights   ......|b......|b......|b......|b......|b......|b......|b",
        "on call  NOBODY|bNOBODY|bNOBODY|bNOBODY|bNOBODY|bNOBODY|bNOBODY|b",
    ]


def test_a_gap_of_a_minute_takes_a_cell() -> None:
    until = Window(until=time(23, 59))
    schedule = Schedule("production", BRUSSELS, (Rotation("days", STARTS, (WEEK,), ("alice",), (until,)),))
    assert drawn(schedule)[2] == "on call  " + "├alice─!" * 7


def test_the_present_is_pointed_at() -> None:
    assert drawn(WHOLE, now=utc("2026-11-24 11:00"))[0] == " " * (11 + 8 + 4) + "▼ now"


@pytest.mark.parametrize("width", [24, 30, 40, 60, 80, 100, 140, 400])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    for coloured in (True, False):
        pen = Pen(width, papers_of(NAMES), coloured=coloured, unicode=True)
        lines = drawn(WHOLE, pen, now=utc("2026-11-29 22:30"))
        assert max(len(line) for line in lines) <= width


def test_in_colours_each_engineer_has_their_own_and_gaps_are_red() -> None:
    [stretch] = stretches(BRUSSELS, NOV_23, NOV_30, 7)
    text = week(COLOURED, rows_of(Schedule("p", BRUSSELS, (NIGHTS,)), NOV_23, NOV_30), stretch, LONG_AGO)
    styles = {str(span.style) for span in text.spans}
    assert any(PAPERS[1] in style for style in styles)
    assert not any(PAPERS[0] in style for style in styles)
    assert any("on red" in style for style in styles)
    assert len(papers_of(map(str, range(30)))) == 30


def test_no_row_for_overrides_where_none_counts() -> None:
    schedule = Schedule("production", BRUSSELS, (WEEKLY,))
    assert OVERRIDES not in [row.label for row in rows_of(schedule, NOV_23, NOV_30)]


def test_days_are_cut_on_the_wall_clock_whatever_their_length() -> None:
    """Brussels has 23 hours on 29 March and 25 on 25 October 2026: noon stays in the middle of the drawn day."""
    for day, before_noon in ((date(2026, 3, 29), 11), (date(2026, 10, 25), 13), (date(2026, 11, 24), 12)):
        stretch = Stretch(BRUSSELS, day, 1)
        assert stretch.at(0.5) - stretch.starts_at == before_noon * HOUR
        assert stretch.position(stretch.at(0.5)) == 0.5
        cells = stretch.cells(24)
        assert (cells[0][0], cells[-1][1], len(cells)) == (stretch.starts_at, stretch.ends_at, 24)


def test_weeks_are_whole_days_and_the_last_one_ends_with_what_was_asked() -> None:
    found = stretches(BRUSSELS, utc("2026-11-24 19:00"), utc("2026-12-03 08:00"), 7)
    assert [(each.first, each.days) for each in found] == [(date(2026, 11, 24), 7), (date(2026, 12, 1), 3)]


def test_a_picture_says_in_words_what_each_bar_is_and_names_those_that_are_wide_enough() -> None:
    found = pictured(WHOLE)
    assert [lane.label for lane in found.lanes] == ["weekly", "nights", "overrides", "on call"]
    [box] = found.lanes[2].boxes
    assert (box.text, box.told) == ("Bob", "Bob Peeters, Wed 25 Nov 09:00 – 18:00")
    a_day = (WIDE.width - WIDE.label) / 7
    assert box.x == pytest.approx(WIDE.label + 2.375 * a_day)
    assert found.now_x is None
    assert pictured(WHOLE, now=utc("2026-11-22 23:00")).now_x == WIDE.label


def test_a_gap_of_a_minute_is_wide_enough_to_be_seen_and_lies_on_top() -> None:
    until = Window(until=time(23, 59))
    schedule = Schedule("production", BRUSSELS, (Rotation("days", STARTS, (WEEK,), ("alice",), (until,)),))
    last = pictured(schedule, NARROW).lanes[-1].boxes[-1]
    assert (last.fill, last.told[:6]) == ("", "nobody")
    assert last.width >= 4
