"""What the format says of post-mortems and of status meetings."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from oncall.core.configuration import Configuration
from oncall.core.configuration_diff import compare
from oncall.core.meeting import Every
from oncall.core.postmortem import Counted, PostmortemRules
from oncall.schedule_files import load, warnings
from oncall.schedule_files import read as read_with_places
from tests.unit.schedule_files.test_loading import SMALLEST
from tests.unit.schedule_files.test_problems import problems

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CUSTOMER = "customers: {acme: {name: ACME Shop}}\nbusiness_hours: {timezone: Europe/Brussels}\n"
WEEKLY = 'customer: acme, day: tue, at: "10:00", who: [alice, jane@acme.example], starts: 2026-12-01'


def read(rest: str) -> Configuration:
    return load({"a.yaml": SMALLEST + CUSTOMER + rest})


def meeting(facts: str) -> str:
    return f"meetings: {{acme-weekly: {{{facts}}}}}"


def test_without_a_word_only_what_is_marked_owes_a_post_mortem() -> None:
    assert read("").postmortems == PostmortemRules()
    assert read("").postmortems.after_for is None


def test_the_rules_of_post_mortems_have_defaults() -> None:
    assert read("postmortems: {}").postmortems.after_for == timedelta(hours=1)
    found = read("postmortems: {after: 30m, due_within: 5d, counted: business_days, owner: alice}").postmortems
    assert found == PostmortemRules(timedelta(minutes=30), timedelta(days=5), Counted.BUSINESS_DAYS, "alice")
    assert read("postmortems: {repository: example/platform}").postmortems.repository == "example/platform"


def test_a_meeting_is_weekly_half_an_hour_and_on_the_companys_clocks_unless_it_says_so() -> None:
    found = read(meeting(WEEKLY)).meetings["acme-weekly"]
    assert (found.every, found.weekday, found.at, found.timezone) == (Every.WEEK, 1, time(10), "Europe/Brussels")
    assert (found.lasts_for, found.who, found.starts) == (
        timedelta(minutes=30),
        ("alice", "jane@acme.example"),
        date(2026, 12, 1),
    )


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (WEEKLY.replace("tue", "tuesday"), "`tuesday` is not a day of meetings; write a day such as tue"),
        (WEEKLY.replace("tue", "first tue"), "only a meeting of every month has a first or last day"),
        (WEEKLY.replace("alice", "alica"), "there is no engineer `alica`, nor is it an email address; did you mean"),
        (WEEKLY.replace("jane@acme.example", '"jane@"'), "`jane@` is not an email address"),
        (WEEKLY.replace("customer: acme", "customer: acne"), "there is no customer `acne`; did you mean `acme`?"),
        (WEEKLY + ", duration: 2d", "a meeting lasts 12 hours at most"),
        (WEEKLY + ", evry: month", "unknown key `evry`; did you mean `every`?"),
        (WEEKLY.replace("2026-12-01", "2026-13-01"), "does not exist"),
    ],
)
def test_what_is_wrong_with_a_meeting_is_said_where_it_stands(facts: str, said: str) -> None:
    [problem] = problems(SMALLEST + CUSTOMER + meeting(facts))
    assert said in str(problem) and str(problem.place).startswith("a.yaml:")


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ("{owner: alcie}", "there is no engineer `alcie`; did you mean `alice`?"),
        ("{counted: business_days, due_within: 36h}", "business days are counted whole"),
        ("{after: 0s}", "longer than nothing"),
        ("{repository: platform}", "`platform` is not a repository at GitHub; write it as its address ends, such as"),
        ("{repository: https://github.com/example/platform}", "is not a repository at GitHub"),
    ],
)
def test_what_is_wrong_with_the_rules_of_post_mortems_is_said_where_it_stands(rules: str, said: str) -> None:
    [problem] = problems(SMALLEST + CUSTOMER + f"postmortems: {rules}")
    assert said in str(problem)


def test_whoever_takes_part_and_has_no_address_is_warned_of_where_they_are_named() -> None:
    loaded = read_with_places({"a.yaml": SMALLEST + CUSTOMER + meeting(WEEKLY)})
    found = [each for each in warnings(loaded, NOW) if "invitation" in each.message]
    assert [each.message for each in found] == [
        "`alice` has no email, so no invitation reaches them; add one to the engineer"
    ]
    assert found[0].place.line > 10


def test_a_diff_says_what_becomes_of_a_meeting() -> None:
    before, after = read(meeting(WEEKLY)), read(meeting(WEEKLY.replace("tue", "wed")))
    sentences = compare(before, after, NOW, NOW + timedelta(days=7)).sentences
    assert sentences == ("Meeting acme-weekly: every Wednesday at 10:00 instead of every Tuesday at 10:00.",)
