"""What reports count, and how they say it."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from statistics import median_low

import pytest
import pytz
from hypothesis import given
from hypothesis import strategies as st

from oncall.core.escalation_policy import EscalationPolicy
from oncall.core.incident import Incident, IncidentState, IntakeChannel, RequestType
from oncall.core.report_customer import MOST_LISTED, CustomerFigures, shown_months
from oncall.core.report_figures import Durations, HoursOfTheWeek, Months, ResponseSpread, told_seconds
from oncall.core.report_period import Period, period
from oncall.core.report_team import Burden, TeamFigures, unanswered
from oncall.core.report_wording import lasted, percent, short_moment, span_of_days
from oncall.core.reported import Kept, ReportedAnswer, ReportedIncident, ReportedPage, promise, resolution_promise
from oncall.core.sla import Priority
from oncall.errors import UsageError

BRUSSELS = "Europe/Brussels"
OCTOBER = period(BRUSSELS, date(2026, 10, 1), date(2026, 11, 1))
NOON = datetime(2026, 10, 7, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LATER = datetime(2026, 11, 2, tzinfo=UTC)


def an_incident(number: int = 1001, opened_at: datetime = NOON, **changes: object) -> ReportedIncident:
    made = ReportedIncident(
        number, opened_at, IncidentState.RESOLVED, Priority.PRODUCTION_DOWN, RequestType.PROBLEM, IntakeChannel.PHONE,
        "acme", "ACME Shop", "Jane Doe", "It is down", opened_at + 30 * MINUTE, opened_at + 4 * MINUTE,
        opened_at + 90 * MINUTE,
    )  # fmt: skip
    return made._replace(**changes)


def test_a_period_is_whole_days_of_its_zone_also_where_the_clocks_change_in_it() -> None:
    assert (OCTOBER.starts_at, OCTOBER.ends_at) == (
        datetime(2026, 9, 30, 22, tzinfo=UTC),
        datetime(2026, 10, 31, 23, tzinfo=UTC),
    )
    assert OCTOBER.contains(OCTOBER.starts_at) and not OCTOBER.contains(OCTOBER.ends_at)


@pytest.mark.parametrize(
    ("first", "until", "before", "following"),
    [
        ("2026-10-01", "2026-11-01", ("2026-09-01", "2026-10-01"), ("2026-11-01", "2026-12-01")),
        ("2026-01-01", "2027-01-01", ("2025-01-01", "2026-01-01"), ("2027-01-01", "2028-01-01")),
        ("2026-10-05", "2026-10-12", ("2026-09-28", "2026-10-05"), ("2026-10-12", "2026-10-19")),
        ("2028-03-01", "2028-04-01", ("2028-02-01", "2028-03-01"), ("2028-04-01", "2028-05-01")),
    ],
)
def test_it_is_compared_with_the_like_before_it(first: str, until: str, before: tuple, following: tuple) -> None:
    found = period(BRUSSELS, date.fromisoformat(first), date.fromisoformat(until))
    assert (f"{found.before().first}", f"{found.before().until}") == before
    assert found.before().ends_at == found.starts_at
    assert (f"{found.following().first}", f"{found.following().until}") == following


@pytest.mark.parametrize(
    ("first", "until", "told"),
    [
        ("2026-10-01", "2026-11-01", "October 2026"),
        ("2026-01-01", "2027-01-01", "2026"),
        ("2026-10-01", "2026-10-16", "1 – 15 October 2026"),
        ("2026-10-05", "2026-10-06", "5 October 2026"),
        ("2026-09-30", "2026-10-03", "30 September – 2 October 2026"),
        ("2026-12-20", "2027-01-04", "20 December 2026 – 3 January 2027"),
    ],
)
def test_a_period_is_told_as_people_say_it(first: str, until: str, told: str) -> None:
    assert span_of_days(period(BRUSSELS, date.fromisoformat(first), date.fromisoformat(until))) == told


@pytest.mark.parametrize(
    ("first", "until"),
    [
        ("2026-10-01", "2026-10-01"),
        ("2026-10-02", "2026-10-01"),
        ("2001-01-01", "2026-01-01"),
        ("0001-01-01", "0001-02-01"),
    ],
)
def test_a_period_that_cannot_be_is_refused(first: str, until: str) -> None:
    with pytest.raises(UsageError):
        period(BRUSSELS, date.fromisoformat(first), date.fromisoformat(until))


@pytest.mark.parametrize(
    ("changes", "now", "expected"),
    [
        ({}, LATER, Kept.KEPT),
        ({"responded_at": NOON + 30 * MINUTE}, LATER, Kept.KEPT),
        ({"responded_at": NOON + 31 * MINUTE}, LATER, Kept.MISSED),
        ({"responded_at": None}, LATER, Kept.MISSED),
        ({"responded_at": None, "resolved_at": NOON + 9 * MINUTE}, LATER, Kept.KEPT),
        ({"responded_at": None, "resolved_at": None}, NOON + 29 * MINUTE, Kept.PENDING),
        ({"responded_at": None, "resolved_at": None}, NOON + 31 * MINUTE, Kept.MISSED),
        ({"respond_by": None, "responded_at": None}, LATER, Kept.NONE),
    ],
)
def test_a_promise_is_judged_as_the_incident_judges_itself(changes: dict, now: datetime, expected: Kept) -> None:
    reported = an_incident(**changes)
    assert promise(reported, now) is expected
    incident = Incident(
        1001, reported.state, reported.priority, reported.request_type, reported.channel, reported.opened_at,
        EscalationPolicy("p", ()), "t", None, respond_by=reported.respond_by, responded_at=reported.responded_at,
        resolved_at=reported.resolved_at,
    )  # fmt: skip
    assert incident.breached(now) is (expected is Kept.MISSED)


@given(st.lists(st.integers(0, 3599), min_size=1, max_size=80))
def test_the_median_is_one_of_those_that_there_were(seconds: list[int]) -> None:
    durations = Durations()
    for each in seconds:
        durations.add(told_seconds(timedelta(seconds=each)))
    assert durations.median == timedelta(seconds=median_low(seconds))
    assert durations.worst == durations.quantile(1.0) == timedelta(seconds=max(seconds))
    assert durations.count == len(seconds)
    at_most_p90 = sum(timedelta(seconds=each) <= durations.p90 for each in seconds)
    assert at_most_p90 >= 0.9 * len(seconds)


def test_nothing_has_no_median() -> None:
    assert (Durations().median, Durations().p90, Durations().worst, Durations().count) == (None, None, None, 0)


@given(st.lists(st.timedeltas(timedelta(0), timedelta(days=400)), max_size=400))
def test_what_is_held_of_durations_is_bounded_by_what_is_told_of_them(many: list[timedelta]) -> None:
    told = {told_seconds(each) for each in many}
    assert {lasted(timedelta(seconds=each)) for each in told} == {lasted(each) for each in many}
    assert len(told) == len({lasted(each) for each in many})


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0 s"),
        (42, "42 s"),
        (60, "1 min"),
        (252, "4 min 12 s"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (273600, "3 d 4 h"),
    ],
)
def test_a_duration_is_told_by_its_two_largest_units(seconds: int, told: str) -> None:
    assert lasted(timedelta(seconds=seconds)) == told


@pytest.mark.parametrize(
    ("share", "told"), [(None, "–"), (1.0, "100%"), (0.9999, "99%"), (0.57, "57%"), (0.001, "<1%"), (0.0, "0%")]
)
def test_a_share_is_never_rounded_to_what_it_is_not(share: float | None, told: str) -> None:
    assert percent(share) == told


@pytest.mark.parametrize(("minutes", "place"), [(0, 0), (1, 0), (1.5, 1), (30, 5), (31, 6), (2880, 11), (9999, 12)])
def test_a_response_falls_into_the_span_whose_end_it_does_not_exceed(minutes: float, place: int) -> None:
    spread = ResponseSpread()
    spread.add(Kept.KEPT, timedelta(minutes=minutes))
    assert [span.count for span in spread.spans].index(1) == place


def test_hours_of_the_week_are_those_on_the_wall() -> None:
    hours = HoursOfTheWeek(BRUSSELS)
    hours.add(datetime(2026, 10, 25, 0, 30, tzinfo=UTC))  # 02:30, and an hour later again
    hours.add(datetime(2026, 10, 25, 1, 30, tzinfo=UTC))
    hours.add(datetime(2026, 10, 25, 22, 30, tzinfo=UTC))
    hours.add(datetime(2026, 10, 25, 23, 30, tzinfo=UTC))
    assert (hours.counts[6][2], hours.counts[6][23], hours.counts[0][0]) == (2, 1, 1)


def test_months_begin_at_midnight_of_their_zone_and_empty_ones_before_the_first_are_not_shown() -> None:
    months = Months(BRUSSELS, [date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)])
    months.add(Kept.KEPT, OCTOBER.starts_at)
    months.add(Kept.MISSED, OCTOBER.ends_at - timedelta(seconds=1))
    months.add(Kept.MISSED, datetime(2026, 8, 1, tzinfo=UTC))
    shown = months.shown()
    assert [month for month, _ in shown] == [date(2026, 10, 1), date(2026, 11, 1)]
    assert (shown[0][1].kept, shown[0][1].missed, shown[1][1].count) == (1, 1, 0)
    assert len(Months(BRUSSELS, [date(2026, 9, 1), date(2026, 10, 1)]).shown()) == 1


def test_a_month_is_shown_with_the_year_that_led_to_it() -> None:
    assert (shown_months(OCTOBER)[0], shown_months(OCTOBER)[-1]) == (date(2025, 11, 1), date(2026, 10, 1))
    years = period(BRUSSELS, date(2025, 1, 1), date(2027, 1, 1))
    assert len(shown_months(years)) == 24


def test_a_customers_figures_tell_the_period_from_the_one_before() -> None:
    figures = CustomerFigures(OCTOBER, LATER)
    opened = an_incident(1004, resolved_at=None, responded_at=None, state=IncidentState.TRIGGERED)
    figures.add(
        [
            an_incident(1001, datetime(2026, 9, 2, tzinfo=UTC)),
            an_incident(1002, datetime(2026, 3, 2, tzinfo=UTC)),
            an_incident(1003, priority=Priority.NORMAL, request_type=RequestType.GUIDANCE),
            opened,
        ]
    )
    assert (figures.whole.incidents, figures.before.incidents, figures.whole.open) == (2, 1, 1)
    assert (figures.whole.kept, figures.whole.missed, figures.whole.share) == (1, 1, 0.5)
    assert {key: group.incidents for key, group in figures.by_priority.items()} == {
        Priority.NORMAL: 1,
        Priority.PRODUCTION_DOWN: 1,
    }
    assert [incident.number for incident in figures.notable] == [1004]
    assert sum(outcomes.count for _, outcomes in figures.months.shown()) == 4


def test_a_promise_that_is_still_to_be_kept_is_due() -> None:
    figures = CustomerFigures(OCTOBER, NOON)
    figures.add([an_incident(1001, resolved_at=None, responded_at=None, state=IncidentState.TRIGGERED)])
    assert [(point.at, point.text) for point in figures.due()] == [(NOON + 30 * MINUTE, "Answer to incident 1001")]


def test_a_list_too_long_to_read_names_those_that_were_missed_or_are_open() -> None:
    figures = CustomerFigures(OCTOBER, LATER)
    figures.add(an_incident(number) for number in range(MOST_LISTED))
    assert figures.is_complete and len(figures.shown) == MOST_LISTED
    figures.add([an_incident(9999, responded_at=NOON + 40 * MINUTE)])
    assert not figures.is_complete and [incident.number for incident in figures.shown] == [9999]


def test_a_night_belongs_to_the_day_on_which_it_began_on_the_engineers_own_clock() -> None:
    burden = Burden("America/New_York")
    for wall in ("2026-10-05 22:00", "2026-10-06 01:00", "2026-10-06 06:59", "2026-10-06 07:00", "2026-10-06 21:59"):
        burden.paged(datetime.fromisoformat(f"{wall}-04:00").astimezone(UTC))
    assert (burden.pages, burden.nights, burden.weekends) == (5, 1, 0)
    burden.paged(datetime.fromisoformat("2026-10-06 22:00-04:00"))
    assert burden.nights == 2


def test_a_weekend_counts_once() -> None:
    burden = Burden(BRUSSELS)
    for day in (9, 10, 11, 12, 17):  # Friday to Monday, and the Saturday after
        burden.paged(datetime(2026, 10, day, 10, tzinfo=UTC))
    assert burden.weekends == 2


ZONES = st.sampled_from(["Europe/Brussels", "America/St_Johns", "Australia/Lord_Howe", "Africa/Casablanca", "UTC"])
# The nights on which clocks are changed, and any other time.
NIGHTS = ("2025-03-09", "2025-03-30", "2025-04-05", "2025-10-04", "2025-10-26", "2025-11-02", "2026-06-01")
INSTANTS = st.lists(
    st.builds(
        lambda day, minutes: datetime.fromisoformat(f"{day}T00:00Z") + minutes * MINUTE,
        st.sampled_from(NIGHTS),
        st.integers(0, 2 * 24 * 60) | st.integers(-200 * 24 * 60, 200 * 24 * 60),
    ),
    max_size=40,
)


@given(ZONES, INSTANTS)
def test_nights_weekends_and_hours_are_the_same_in_whatever_order_they_come(
    zone: str, instants: list[datetime]
) -> None:
    burden, hours = Burden(zone), HoursOfTheWeek(zone)
    for at in instants:
        burden.paged(at)
        hours.add(at)
    walls = [at.astimezone(pytz.timezone(zone)).replace(tzinfo=None) for at in instants]
    nights = {(wall - timedelta(hours=12)).date() for wall in walls if not 7 <= wall.hour < 22}
    weekends = {wall.isocalendar()[:2] for wall in walls if wall.isoweekday() > 5}
    assert (burden.pages, burden.nights, burden.weekends) == (len(instants), len(nights), len(weekends))
    counted = Counter((wall.weekday(), wall.hour) for wall in walls)
    assert {(day, hour): hours.counts[day][hour] for day, hour in counted} == counted


@given(INSTANTS)
def test_a_month_counts_what_was_opened_in_it_in_whatever_order_it_comes(instants: list[datetime]) -> None:
    shown = [date(2025, month, 1) for month in range(3, 13)]
    months = Months(BRUSSELS, shown)
    for at in instants:
        months.add(Kept.KEPT, at)
    opened = Counter(at.astimezone(pytz.timezone(BRUSSELS)).strftime("%Y-%m") for at in instants)
    after = sum(many for month, many in opened.items() if month > "2025-12")  # the last has no end
    assert [each.kept for each in months.outcomes[:-1]] == [opened[f"{month:%Y-%m}"] for month in shown[:-1]]
    assert months.outcomes[-1].kept == opened["2025-12"] + after


RUNS = [("alice", NOON), ("bob", NOON + 5 * MINUTE), ("carol", NOON + 5 * MINUTE)]


@pytest.mark.parametrize(
    ("answered_after", "left"),
    [((1,), []), ((6,), ["alice"]), ((), ["alice"]), ((5,), []), ((1, 6), []), ((60,), ["alice"])],
)
def test_a_page_is_unanswered_where_the_next_began_before_anybody_answered(answered_after: tuple, left: list) -> None:
    assert unanswered(RUNS, [NOON + minutes * MINUTE for minutes in answered_after]) == left


def test_the_teams_figures_count_pages_that_went_and_who_passed_on() -> None:
    figures = TeamFigures(OCTOBER, LATER, {"alice": "Asia/Tokyo"})
    pages = [
        ReportedPage(1001, "alice", "a", NOON, NOON),
        ReportedPage(1001, "alice", "a", NOON, NOON + 2 * MINUTE),
        ReportedPage(1001, "alice", "a", NOON, None),
        ReportedPage(1001, "bob", "b", NOON + 5 * MINUTE, NOON + 5 * MINUTE),
        ReportedPage(1002, "bob", "c", NOON, None),
    ]
    answers = [ReportedAnswer(1001, NOON + 6 * MINUTE, True), ReportedAnswer(1002, NOON, False)]
    figures.add([an_incident(1001), an_incident(1002)], pages, answers)
    alice, bob = figures.burdens["alice"], figures.burdens["bob"]
    assert (alice.pages, alice.unanswered, bob.pages, bob.unanswered, figures.hand_overs) == (2, 1, 1, 0, 1)
    assert (alice.nights, bob.nights) == (0, 0)  # 19:00 in Tokyo, noon in Brussels


def test_the_year_is_told_where_the_period_does_not_tell_it() -> None:
    year_end = period(BRUSSELS, date(2026, 12, 1), date(2027, 2, 1))
    assert short_moment(OCTOBER, NOON) == "Wed 7 Oct 12:00"
    assert short_moment(year_end, NOON) == "Wed 7 Oct 2026 12:00"
    assert isinstance(year_end, Period) and short_moment(year_end, None) == "–"


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({}, Kept.NONE),
        ({"resolve_by": NOON + 90 * MINUTE}, Kept.KEPT),
        ({"resolve_by": NOON + 89 * MINUTE}, Kept.MISSED),
        ({"resolve_by": LATER + MINUTE, "resolved_at": None}, Kept.PENDING),
        ({"resolve_by": LATER - MINUTE, "resolved_at": None}, Kept.MISSED),
        # Its clock stands still while the customer is waited for, from before its end or after it.
        ({"resolve_by": LATER - MINUTE, "resolved_at": None, "waiting_since": NOON}, Kept.PENDING),
        ({"resolve_by": NOON, "resolved_at": None, "waiting_since": NOON + MINUTE}, Kept.MISSED),
        # It stood still until the end: the customer never answered.
        ({"resolve_by": NOON + 60 * MINUTE, "waiting_since": NOON + 59 * MINUTE}, Kept.KEPT),
    ],
)
def test_the_promised_resolution_is_judged_as_its_clock_ran(changes: dict[str, object], kept: Kept) -> None:
    assert resolution_promise(an_incident(**changes), LATER) is kept


def test_a_response_is_measured_from_the_promise_it_answers() -> None:
    reopened = an_incident(promised_at=NOON + 60 * MINUTE, responded_at=NOON + 65 * MINUTE)
    assert reopened.response_for == 5 * MINUTE
    # The priority was raised after it: the response is the one to the report.
    raised = an_incident(promised_at=NOON + 60 * MINUTE, responded_at=NOON + 20 * MINUTE)
    assert raised.response_for == 20 * MINUTE


def test_a_resolution_that_is_promised_is_due_unless_the_customer_is_waited_for() -> None:
    figures = CustomerFigures(OCTOBER, NOON)
    running = {"state": IncidentState.ACKNOWLEDGED, "resolved_at": None, "resolve_by": NOON + 60 * MINUTE}
    waits = an_incident(1002, waiting_since=NOON, **running)
    figures.add([an_incident(1001, **running), waits])
    assert [point.text for point in figures.due()] == ["Resolution of incident 1001"]
