"""What is doubtful is said, and does not stop anybody."""

from datetime import datetime

import pytest
import pytz

from oncall.schedule_files import Problem, read, warnings
from tests.unit.schedule_files.test_loading import EVERY_KEY, SMALLEST

NOW = pytz.utc.localize(datetime.fromisoformat("2026-11-23 12:00"))
QUIET = SMALLEST.replace("escalation_policy: down}", "escalation_policy: down, operators: [alice]}")

OVER = "{engineer: alice, from: 2026-01-05, until: 2026-01-06}"
SWAP = "{engineer: alice, from: 2026-12-01, until: 2026-12-02, instead_of: bob}"
BOB = "engineers: {bob: {name: Bob, phone: '+32470000002'}}\n"
ON_TOP = "{name: two, starts: 2026-01-05, shift: 1d, engineers: [alice]}"


def found(text: str) -> list[Problem]:
    return warnings(read({"a.yaml": text, "b.yaml": BOB}), NOW)


def test_a_sound_configuration_has_no_warnings() -> None:
    assert found(QUIET) == []
    assert warnings(read({"a.yaml": EVERY_KEY}), NOW) == []


@pytest.mark.parametrize(
    ("right", "wrong", "line", "says"),
    [
        ("2026-01-05 09:00", "2026-11-24 09:00", 6, "from 2026-11-23 13:00+01:00 until 2026-11-24 09:00+01:00"),
        ("[alice]}]", f"[alice]}}]\n    overrides: [{OVER}]", 9, "ended at 2026-01-06 00:00+01:00"),
        ("[alice]}]", f"[alice]}}, {ON_TOP}]", 8, "later rotations cover `weekly`"),
        ("[alice]}]", "[alice], until: 2026-02-01}]", 8, "`weekly` ended at 2026-02-01 00:00; remove it"),
        ("[alice]}]", "[{engineer: alice, until: 2026-02-01}]}]", 8, "`weekly` has nobody in the next 90 days"),
        ('001"}', '001", away: [{from: 2026-02-01, until: 2026-02-02}]}', 4, "absence of alice ended at 2026-02-02"),
        ("[alice]}]", f"[alice]}}]\n    overrides: [{SWAP}]", 9, "bob is not on call between its `from` and `until`"),
        ("page: [production]", "page: []", 10, "pages nobody"),
        ("steps: [", "acknowledgements: 2, steps: [", 10, "asks for 2 acknowledgements, and its steps never page"),
        ('001"}', '001", notify: [{by: email}]}', 4, "no email, and the rule is passed by"),
        ('001"}', '001", notify: [{by: sms}, {by: slack}]}', 4, "no slack, and the rule is passed by"),
        ('001"}', '001", slack: "@alice"}', 4, "`@alice` is not a member's id at Slack"),
        ('001"}', '001", github: "@alice"}', 4, "`@alice` is not a login at GitHub"),
        ('001"}', '001", notify: []}', 4, "is never paged"),
        ('001"}', '001", notify: [{by: sms}, {by: call}]}', 4, "no second call within three minutes of the first"),
        ('001"}', '001", notify: [{by: call}, {by: call, after: 181s}]}', 4, "add a rule such as"),
        ("operators: [alice]}", "operators: [alice], ring_time: 26s}", 2, "most voicemail picks up after 30 seconds"),
        (", operators: [alice]", "", 2, "`operators` is empty"),
        ('"+32470000001"', '"+3247000001"', 4, "no known range"),
    ],
)  # fmt: skip
def test_what_is_doubtful_is_named_where_it_stands(right: str, wrong: str, line: int, says: str) -> None:
    assert right in QUIET
    said = [problem for problem in found(QUIET.replace(right, wrong)) if says in problem.message]
    assert [problem.line for problem in said] == [line]


@pytest.mark.parametrize(
    "notify", ["[{by: call}, {by: call, after: 3m}]", "[{by: call, after: 5m}, {by: call, after: 7m}]", "[{by: sms}]"]
)
def test_a_second_call_in_time_or_no_call_at_all_is_not_doubted(notify: str) -> None:
    assert found(QUIET.replace('001"}', f'001", notify: {notify}}}')) == []


def test_a_number_that_two_customers_share_is_named_at_the_second() -> None:
    shared = (
        QUIET + "customers:\n  a: {name: A, numbers: ['+3225550100']}\n  b: {name: B, numbers: ['+32 2 555 01 00']}\n"
    )
    [said] = found(shared)
    assert (said.line, said.message.startswith("+3225550100 is customer a's number too")) == (13, True)


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        ("github: acme/shop", "github: https://github.com/acme/shop", "is not a repository at GitHub, so nothing is"),
        ("github: acme/shop", "github: ACME/Shop", "ACME/Shop is the repository of a too, for whose it is taken"),
        ("slack: C0123ACME", "slack: C0123ACME", "C0123ACME is the Slack channel of a too"),
    ],
)
def test_where_customers_cannot_be_told_apart_is_named_at_the_second(first: str, second: str, says: str) -> None:
    [said] = found(QUIET + f"customers:\n  a: {{name: A, {first}}}\n  b: {{name: B, {second}}}\n")
    assert said.line == 13 and says in said.message


@pytest.mark.parametrize(
    ("where", "says"),
    [("github: Al-M", "Al-M is the login of alice too"), ("slack: U0ALICE", "U0ALICE is alice at Slack too")],
)
def test_two_engineers_who_are_one_elsewhere_are_named(where: str, says: str) -> None:
    one = QUIET.replace('001"}', f'001", {where}}}')
    other = BOB.replace("'}", f"', {where.replace('Al-M', 'al-m')}}}")
    [said] = warnings(read({"a.yaml": one, "b.yaml": other}), NOW)
    assert says.casefold() in said.message.casefold()


def test_a_customers_number_that_is_an_engineers_is_named() -> None:
    [said] = found(QUIET + "customers: {a: {name: A, contacts: [{name: Al, phone: '+32470000001'}]}}\n")
    assert "engineer alice's number too" in said.message


def test_many_gaps_are_listed_up_to_ten_and_then_counted() -> None:
    office = 'engineers: [alice], during: [{days: [mon, tue, wed, thu, fri], from: "09:00", until: "18:00"}]}'
    said = found(QUIET.replace("engineers: [alice]}", office))
    assert len(said) == 11
    assert "more coverage gaps in the next 90 days" in said[-1].message
    assert all("nobody is on call from" in problem.message for problem in said[:-1])


def test_an_override_within_the_hour_that_the_clocks_skip_is_named() -> None:
    skipped = "{engineer: alice, from: 2027-03-28 02:15, until: 2027-03-28 02:45}"
    [said] = found(QUIET.replace("[alice]}]", f"[alice]}}]\n    overrides: [{skipped}]"))
    assert (said.line, said.message) == (
        9,
        "this override lasts no time: the clocks of Europe/Brussels skip from 02:00 to 03:00 on 2027-03-28, and a time "
        "between them means 03:00; give it a later end",
    )


def test_an_override_of_somebody_who_is_away_is_named() -> None:
    away = QUIET.replace('001"}', '001", away: [{from: 2026-12-01, until: 2026-12-09}]}')
    text = away.replace(
        "[alice]}]", "[alice, bob]}]\n    overrides: [{engineer: alice, from: 2026-12-02, until: 2026-12-03}]"
    )
    [said] = found(text)
    assert said.message.startswith("alice is away from 2026-12-01 00:00+01:00, and this override has them on call")


def test_when_all_are_away_the_gap_is_named() -> None:
    [said] = found(QUIET.replace('001"}', '001", away: [{from: 2026-12-01, until: 2026-12-09}]}'))
    assert "nobody is on call from 2026-12-01 00:00+01:00 until 2026-12-09 00:00+01:00" in said.message


def test_a_schedule_that_is_kept_in_a_calendar_has_no_gaps_that_the_folder_could_know_of() -> None:
    calendar = "{name: team, ical: 'https://calendar.example/team.ics', engineers: {'Alice M.': alice}}"
    assert (
        found(QUIET.replace("{name: weekly, starts: 2026-01-05 09:00, shift: 1w, engineers: [alice]}", calendar)) == []
    )
