"""What the format says of promises: business hours, closing days, and what was agreed with one customer."""

from datetime import UTC, date, datetime, timedelta

import pytest

from oncall.core.business_hours import end_of_next_business_day
from oncall.core.configuration import Configuration
from oncall.core.escalation_policy import QUIET_POLICY
from oncall.core.sla import DEFAULT_PROMISES, Priority, Promise, SlaClock, Within, respond_by
from oncall.schedule_files import load
from tests.unit.schedule_files.test_loading import SMALLEST
from tests.unit.schedule_files.test_problems import problems

AGREED = """
customers:
  acme: {name: ACME Shop, priorities: {urgent: {respond_within: 30m, escalation_policy: down}}}
  bolt: {name: Bolt, priorities: {normal: {respond_within: 8h, clock: always, resolve_within: 5d}}}
  plain: {name: Plain}
priorities:
  urgent: {respond_within: 2h, resolve_within: next business day}
"""


def read(rest: str) -> Configuration:
    return load({"a.yaml": SMALLEST + rest})


def test_what_was_agreed_with_a_customer_covers_what_is_promised_to_everybody_key_by_key() -> None:
    found = read(AGREED)
    general = Promise(Priority.URGENT, timedelta(hours=2), SlaClock.BUSINESS_HOURS, resolve_within=Within(None))
    assert found.promise_of(Priority.URGENT) == found.promise_of(Priority.URGENT, "plain") == general
    assert found.promise_of(Priority.URGENT, "acme") == Promise(
        Priority.URGENT, timedelta(minutes=30), SlaClock.BUSINESS_HOURS, "down", Within(None)
    )
    assert found.promise_of(Priority.NORMAL, "bolt") == Promise(
        Priority.NORMAL, timedelta(hours=8), SlaClock.ALWAYS, resolve_within=Within(timedelta(days=5))
    )
    assert found.promise_of(Priority.NORMAL, "acme") == DEFAULT_PROMISES[Priority.NORMAL]


def test_a_customer_who_is_paged_for_by_agreement_is_the_only_one() -> None:
    found = read(AGREED)
    assert found.policy_of(Priority.URGENT, "acme").key == "down"
    assert found.policy_of(Priority.URGENT, "bolt") is QUIET_POLICY
    assert found.policy_of(Priority.PRODUCTION_DOWN, "bolt").key == "down"


def test_holidays_and_closing_days_are_no_business_days() -> None:
    closed = "[2026-12-24, {from: 2026-12-28, until: 2026-12-31}]"
    found = read(f"business_hours: {{timezone: Europe/Brussels, holidays: BE, closed: {closed}}}")
    wednesday = datetime(2026, 12, 23, 10, 0, tzinfo=UTC)
    assert end_of_next_business_day(wednesday, found.business_hours) == datetime(2027, 1, 4, 17, 0, tzinfo=UTC)
    late = respond_by(
        found.promise_of(Priority.URGENT), datetime(2026, 12, 23, 16, 30, tzinfo=UTC), found.business_hours
    )
    assert late == datetime(2027, 1, 4, 8, 30, tzinfo=UTC)
    assert date(2026, 12, 30) in found.business_hours.closed


def test_managers_are_those_named_or_else_the_operators() -> None:
    operators = SMALLEST.replace("escalation_policy: down}", "escalation_policy: down, operators: [alice]}", 1)
    assert load({"a.yaml": operators}).hotline.told_of_promises == ("alice",)
    named = operators.replace("operators: [alice]", "operators: [], managers: [alice]")
    assert load({"a.yaml": named}).hotline.told_of_promises == ("alice",)


@pytest.mark.parametrize(
    ("rest", "says"),
    [
        ("business_hours: {closed: [{from: 2026-01-01, until: 2027-12-31}]}", "no day of 2026 is a business day"),
        ("business_hours: {closed: [{from: 2026-02-01, until: 2026-01-31}]}", "closing days end after they begin"),
        ("business_hours: {closed: [24 December]}", "is not a date; write a date such as 2026-12-24"),
        ("business_hours: {closed: [2026-02-30]}", "does not exist"),
        ("business_hours: {closed: [{from: 2026-02-01}]}", "`until` is missing"),
        ("business_hours: {closed: 2026-02-01}", "must be a list"),
        ("priorities: {urgent: {respond_within: 200d}}", "business hours hold 2340 hours in a year; promise less"),
        ("priorities: {urgent: {resolve_within: 200d}}", "priorities.urgent.resolve_within: business hours hold"),
        (
            "customers: {acme: {name: ACME, priorities: {urgent: {respond_within: 200d}}}}",
            "customers.acme.priorities.urgent.respond_within",
        ),
        ("customers: {acme: {name: ACME, priorities: {urgent: {respond: 1h}}}}", "unknown key `respond`"),
        ("customers: {acme: {name: ACME, priorities: {urgently: {respond_within: 1h}}}}", "did you mean `urgent`"),
        (
            "customers: {acme: {name: ACME, priorities: {urgent: {escalation_policy: dwon}}}}",
            "no escalation policy `dwon`; did you mean `down`?",
        ),
        ("priorities: {urgent: {resolve_within: soon}}", "not a duration"),
    ],
)
def test_a_promise_that_cannot_be_counted_is_refused_where_it_is_written(rest: str, says: str) -> None:
    [found] = problems(SMALLEST + rest)
    assert says in found.message
    assert found.place.line == SMALLEST.count("\n") + 1


def test_a_manager_who_is_nobody_is_refused() -> None:
    [found] = problems(SMALLEST.replace("escalation_policy: down}", "escalation_policy: down, managers: [alcie]}", 1))
    assert "no engineer `alcie`; did you mean `alice`?" in found.message
