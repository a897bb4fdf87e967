"""Whom the hosted fallback rings, until when that is right, and how an outdated one differs."""

from datetime import UTC, datetime

from oncall.core.fallback import fallback_roster, what_is_outdated
from oncall.schedule_files import load

YAML = """
hotline: {company: Example Hosting, number: "+3225550199", escalation_policy: p}
engineers:
  alice: {name: Alice Martin, phone: "+32470000001"}
  bob: {name: Bob Peeters, phone: "+32470000002"}
  dana: {name: Dana Dubois, phone: "+32470000004"}
schedules:
  production:
    timezone: UTC
    rotations: [{name: weekly, starts: 2026-01-05 09:00, shift: 1w, engineers: [alice, bob]}]
escalation_policies:
  p: {steps: [{page: [production], wait: 5m}, {page: [production, dana], wait: 5m}]}
"""
CONFIGURATION = load({"all.yaml": YAML})
TUESDAY = datetime(2026, 1, 6, 3, 0, tzinfo=UTC)
ALICE, BOB, DANA = "+32470000001", "+32470000002", "+32470000004"


def test_whoever_is_on_call_is_rung_first_then_the_later_steps_then_whoever_follows() -> None:
    assert fallback_roster(CONFIGURATION, TUESDAY).numbers == (ALICE, DANA, BOB)


def test_it_is_right_until_the_next_handoff() -> None:
    roster = fallback_roster(CONFIGURATION, TUESDAY)
    assert roster.right_until == datetime(2026, 1, 12, 9, 0, tzinfo=UTC)
    assert fallback_roster(CONFIGURATION, roster.right_until).numbers == (BOB, DANA, ALICE)


def test_it_stays_the_same_throughout_a_shift() -> None:
    last_minute = datetime(2026, 1, 12, 8, 59, tzinfo=UTC)
    assert fallback_roster(CONFIGURATION, TUESDAY) == fallback_roster(CONFIGURATION, last_minute)


def test_in_a_gap_whoever_comes_next_is_rung() -> None:
    gap = load({"all.yaml": YAML.replace("starts: 2026-01-05", "starts: 2026-03-02")})
    assert fallback_roster(gap, TUESDAY).numbers == (DANA, ALICE)


def test_an_outdated_one_says_who_is_missing_who_is_too_many_and_what_order_is_wrong() -> None:
    roster = fallback_roster(CONFIGURATION, TUESDAY)
    assert what_is_outdated(roster, [ALICE, DANA, BOB], CONFIGURATION) == ""
    assert what_is_outdated(roster, [ALICE, DANA], CONFIGURATION) == "does not ring Bob Peeters"
    strange = what_is_outdated(roster, [ALICE, DANA, BOB, "+32470000009"], CONFIGURATION)
    assert strange == "rings a number that is nobody's"
    turned = what_is_outdated(roster, [BOB, DANA, ALICE], CONFIGURATION)
    assert turned == "rings them in another order than Alice Martin, then Dana Dubois, then Bob Peeters"
