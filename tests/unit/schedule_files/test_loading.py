"""What the format says is what the configuration holds."""

from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
import pytz

from oncall.core.business_hours import BusinessHours
from oncall.core.engineer import DEFAULT_NOTIFICATION_RULES, Confirm, ContactMethod, NotificationRule
from oncall.core.escalation_policy import EscalationStep
from oncall.core.rotation import ShiftLength, Window
from oncall.core.schedule import on_call
from oncall.core.sla import DEFAULT_PROMISES, Priority, SlaClock, Within
from oncall.schedule_files import fingerprint, load, read, read_folder, warnings
from oncall.schedule_files.public_holidays import public_holidays

SHIPPED = Path(__file__).parents[3] / "schedules"

SMALLEST = """
hotline: {company: Example Hosting, number: "+3225550199", escalation_policy: down}
engineers:
  alice: {name: Alice Martin, phone: "+32470000001"}
schedules:
  production:
    timezone: Europe/Brussels
    rotations: [{name: weekly, starts: 2026-01-05 09:00, shift: 1w, engineers: [alice]}]
escalation_policies:
  down: {steps: [{page: [production], wait: 5m}]}
"""

EVERY_KEY = """
hotline:
  company: Example Hosting
  number: "+3225550199"
  escalation_policy: production-down
  language: en-GB
  page_after: 60s
  operators: [dana]
  managers: [erik]
  limits: {calls_per_second: 1, messages_per_second: 2.5}
  ring_time: 20s
  machine_detection: true
engineers:
  alice:
    name: Alice Martin
    phone: "+32 470 00 00 01"
    email: alice@example.com
    timezone: Europe/Lisbon
    language: pt-PT
    slack: U0123
    github: alice
    pagerduty: PALICE
    notify:
      - {by: sms, after: 0s}
      - {by: call, after: 0s}
      - {by: email, after: 2m}
      - {by: call, after: 2m}
    confirm: digit
  bob: {name: Bob Peeters, phone: "+32470000002"}
  carol: {name: Carol Janssens, phone: "+32470000003"}
  dana: {name: Dana Dubois, phone: "+32470000004"}
  erik: {name: Erik Claes, phone: "+32470000005"}
schedules:
  production:
    timezone: Europe/Brussels
    rotations:
      - {name: weekly, starts: 2026-01-05 09:00, shift: 1w, engineers: [alice, bob, carol]}
      - name: office
        starts: 2026-01-05 09:00
        shift: [4d, 3d]
        engineers: [dana, erik]
        during: [{days: [mon, tue, wed, thu, fri], from: "09:00", until: "18:00"}]
    overrides:
      - {engineer: carol, from: 2026-12-24 09:00, until: 2026-12-26 09:00, reason: Alice is away}
escalation_policies:
  production-down:
    steps:
      - {page: [production], wait: 5m}
      - {page: [production, dana], wait: 10m}
    repeat: 3
    acknowledge_timeout: 45m
customers:
  acme:
    name: ACME Shop
    numbers: ["+3225550100"]
    contacts: [{name: Jane Doe, phone: "+32470111111", email: jane@acme.example}]
    language: fr-FR
    github: acme/platform
    slack: C0123ACME
    priorities: {urgent: {respond_within: 30m}, normal: {resolve_within: 40h}}
business_hours:
  timezone: Europe/Brussels
  days: [mon, tue, wed, thu]
  from: "08:30"
  until: "17:00"
  holidays: BE
  closed: [2026-12-24, {from: 2026-12-28, until: 2026-12-31}]
priorities:
  production_down: {respond_within: 15m, clock: always, escalation_policy: production-down}
  urgent: {respond_within: 2h, clock: business_hours, resolve_within: next business day}
  normal: {respond_within: next business day}
"""


def utc(text: str) -> datetime:
    return pytz.utc.localize(datetime.fromisoformat(text))


def test_every_key_of_the_format_reaches_the_configuration() -> None:
    found = load({"all.yaml": EVERY_KEY})
    assert found.hotline.operators == ("dana",)
    assert found.hotline.limits.messages_per_second == 2.5
    assert (found.hotline.ring_for, found.hotline.machine_detection) == (timedelta(seconds=20), True)
    alice = found.engineers["alice"]
    assert (alice.phone, alice.pagerduty, alice.timezone) == ("+32470000001", "PALICE", "Europe/Lisbon")
    assert alice.notify[2] == NotificationRule(ContactMethod.EMAIL, timedelta(minutes=2))
    assert (alice.confirm, found.engineers["bob"].confirm) == (Confirm.DIGIT, Confirm.KEY)
    office = found.schedules["production"].rotations[1]
    assert office.shift == (ShiftLength(rest=timedelta(days=4)), ShiftLength(rest=timedelta(days=3)))
    assert office.during == (Window((0, 1, 2, 3, 4), time(9), time(18)),)
    [override] = found.schedules["production"].overrides
    assert (override.starts_at, override.reason) == (utc("2026-12-24 08:00"), "Alice is away")
    policy = found.policies["production-down"]
    assert policy.steps[1] == EscalationStep(("production", "dana"), timedelta(minutes=10))
    assert (policy.repeat, policy.acknowledge_timeout_for) == (3, timedelta(minutes=45))
    acme = found.customers["acme"]
    assert acme.knows("+32470111111")
    assert acme.contact_name("+32470111111") == "Jane Doe"
    assert acme.language == "fr-FR"
    days = {date(2026, 12, day) for day in (24, 28, 29, 30, 31)}
    assert found.business_hours == BusinessHours(
        "Europe/Brussels", (0, 1, 2, 3), time(8, 30), time(17), "BE", frozenset(days), public_holidays("BE")
    )
    assert found.hotline.managers == ("erik",)
    assert found.promises[Priority.URGENT].resolve_within == Within(None)
    assert found.promises[Priority.NORMAL].resolve_within is None
    assert found.promises[Priority.PRODUCTION_DOWN].respond_within_for == timedelta(minutes=15)
    assert found.promises[Priority.URGENT].clock is SlaClock.BUSINESS_HOURS
    assert found.promises[Priority.NORMAL].respond_within_for is None


def test_whatever_is_left_out_has_a_default() -> None:
    found = load({"all.yaml": SMALLEST})
    assert found.hotline.page_after_for == timedelta(seconds=60)
    assert found.engineers["alice"].notify == DEFAULT_NOTIFICATION_RULES
    assert found.policies["down"].repeat is None
    assert found.policies["down"].acknowledge_timeout_for == timedelta(minutes=30)
    assert dict(found.promises) == DEFAULT_PROMISES
    assert found.customers == {}


def test_any_file_may_hold_any_key_and_they_are_read_as_one() -> None:
    parts = SMALLEST.split("schedules:\n")
    more = "engineers:\n  bob: {name: Bob, phone: '+32470000002'}\n"
    split = load({"a.yaml": parts[0], "b.yaml": "schedules:\n" + parts[1], "c.yaml": more, "d.yaml": "# nothing\n"})
    assert list(split.engineers) == ["alice", "bob"]
    assert split.schedules == load({"all.yaml": SMALLEST}).schedules


def test_a_list_whose_items_are_all_commented_out_is_empty() -> None:
    text = SMALLEST + "customers:\n#  acme: {name: ACME}\n"
    assert (
        load({"a.yaml": text.replace("  production:\n", "  production:\n    overrides:\n    # - none\n")}).customers
        == {}
    )


@pytest.mark.parametrize(
    ("written", "length"),
    [
        ("12h", ShiftLength(rest=timedelta(hours=12))),
        ("1d", ShiftLength(rest=timedelta(days=1))),
        ("2w", ShiftLength(rest=timedelta(weeks=2))),
        ("1mo", ShiftLength(months=1)),
        ("90m", ShiftLength(rest=timedelta(minutes=90))),
    ],
)
def test_a_shift_is_as_long_as_it_says(written: str, length: ShiftLength) -> None:
    found = load({"a.yaml": SMALLEST.replace("shift: 1w", f"shift: {written}")})
    assert found.schedules["production"].rotations[0].shift == (length,)


def test_a_window_until_midnight_may_say_24_00() -> None:
    during = 'engineers: [alice], during: [{from: "18:00", until: "24:00"}]}'
    found = load({"a.yaml": SMALLEST.replace("engineers: [alice]}", during)})
    assert on_call(found.schedules["production"], utc("2026-01-05 22:59")).engineer == "alice"
    assert on_call(found.schedules["production"], utc("2026-01-05 23:00")).engineer is None


@pytest.mark.parametrize("year", range(2026, 2040))
def test_the_shipped_schedules_have_nothing_doubtful_in_any_year(year: int) -> None:
    loaded = read(read_folder(SHIPPED))
    for month in (2, 5, 9, 12):
        assert warnings(loaded, utc(f"{year}-{month:02}-01 00:00")) == []


def test_the_fingerprint_follows_names_and_texts_and_nothing_else() -> None:
    one = fingerprint({"a.yaml": "x", "b.yaml": "y"})
    assert one == fingerprint({"b.yaml": "y", "a.yaml": "x"})
    assert len({one, fingerprint({"a.yaml": "xb.yaml", "": "y"}), fingerprint({"a.yaml": "x", "b.yaml": "z"})}) == 3
