"""The schedules of simulated worlds, as somebody would have written them in YAML."""

from collections.abc import Collection, Mapping
from functools import lru_cache

from oncall.core.configuration import Configuration
from oncall.schedule_files import load

HOTLINE, SECOND_NUMBER = "+3225550199", "+3225550188"
ALICE, BOB, CAROL, DANA = "+32470000001", "+32470000002", "+32470000003", "+32470000004"
JANE, OFFICE = "+32470111111", "+3225550100"

_ENGINEERS = """
engineers:
  alice: {name: Alice Martin, phone: "+32470000001"}
  bob: {name: Bob Peeters, phone: "+32470000002"}
  carol: {name: Carol Janssens, phone: "+32470000003"}
  dana: {name: Dana Dubois, phone: "+32470000004"}
"""

_COMMON = """
hotline:
  company: Example Hosting
  number: "+3225550199"
  escalation_policy: production-down
  operators: [dana]
  limits: {calls_per_second: 5, messages_per_second: 5}
customers:
  acme:
    name: ACME Shop
    numbers: ["+3225550100"]
    contacts: [{name: Jane Doe, phone: "+32470111111"}]
  globex:
    name: Globex
    numbers: ["+32470222222"]
    language: fr-FR
escalation_policies:
  production-down:
    steps:
      - {page: [production], wait: 5m}
      - {page: [production, backup], wait: 5m}
      - {page: [production, backup, dana], wait: 10m}
    repeat: forever
    acknowledge_timeout: 30m
business_hours: {timezone: Europe/Brussels}
"""

_WEEKS = """
schedules:
  production:
    timezone: Europe/Brussels
    rotations: [{name: weekly, starts: 2026-01-05 09:00, shift: 1w, engineers: [alice, bob, carol]}]
  backup:
    timezone: Europe/Brussels
    rotations: [{name: second-line, starts: 2026-01-05 09:00, shift: 1w, engineers: [bob, carol, alice]}]
"""

_WEEKLY_PRODUCTION = _WEEKS[_WEEKS.index("  production:") : _WEEKS.index("  backup:")]

_HOURS = """
schedules:
  production:
    timezone: Europe/Brussels
    rotations: [{name: hourly, starts: 2026-01-05 00:00, shift: 1h, engineers: [alice, bob, carol]}]
  backup:
    timezone: Europe/Brussels
    rotations: [{name: second-line, starts: 2026-01-05 00:00, shift: 1h, engineers: [bob, carol, alice]}]
"""

_GAPS = """
schedules:
  production:
    timezone: Europe/Brussels
    rotations: [{name: later, starts: 2027-01-05 09:00, shift: 1w, engineers: [alice, bob, carol]}]
  backup:
    timezone: Europe/Brussels
    rotations: [{name: weekly, starts: 2026-01-05 09:00, shift: 1w, engineers: [bob, carol, alice]}]
"""

_WITHOUT_ALICE = """
engineers:
  bob: {name: Bob Peeters, phone: "+32470000002"}
  carol: {name: Carol Janssens, phone: "+32470000003"}
  dana: {name: Dana Dubois, phone: "+32470000004"}
schedules:
  production:
    timezone: Europe/Brussels
    rotations: [{name: weekly, starts: 2026-01-05 09:00, shift: 1w, engineers: [bob, carol]}]
  backup:
    timezone: Europe/Brussels
    rotations: [{name: second-line, starts: 2026-01-05 09:00, shift: 1w, engineers: [carol, bob]}]
"""

WEEKLY: Mapping[str, str] = {"hotline.yaml": _COMMON, "engineers.yaml": _ENGINEERS, "schedules.yaml": _WEEKS}
HOURLY: Mapping[str, str] = {**WEEKLY, "schedules.yaml": _HOURS}
WITH_A_GAP: Mapping[str, str] = {**WEEKLY, "schedules.yaml": _GAPS}
TWO_ANSWERS: Mapping[str, str] = {
    **WEEKLY,
    "hotline.yaml": _COMMON.replace("repeat: forever", "repeat: forever\n    acknowledgements: 2"),
}
WITHOUT_ALICE: Mapping[str, str] = {"hotline.yaml": _COMMON, "schedules.yaml": _WITHOUT_ALICE}

AT_PAGERDUTY = "PSCHED1"
PAGERDUTY_USERS = ("PALICE", "PBOB", "PCAROL")

SECOND_PROVIDER: Mapping[str, str] = {"providers.yaml": f'providers: {{second: {{number: "{SECOND_NUMBER}"}}}}'}


def with_limits(files: Mapping[str, str], per_second: float) -> Mapping[str, str]:
    """The same for an account that takes so many calls, and so many texts, a second."""
    return {name: text.replace("per_second: 5", f"per_second: {per_second:g}") for name, text in files.items()}


def for_sleepers(files: Mapping[str, str], *, confirm: Collection[str], machine_detection: bool) -> Mapping[str, str]:
    """The same, where calls to these numbers ask for a digit, and where the provider listens for machines."""
    changed = dict(files)
    for name, text in files.items():
        for number in confirm:
            text = text.replace(f'phone: "{number}"}}', f'phone: "{number}", confirm: digit}}', 1)
        if machine_detection:
            text = text.replace("  operators: [dana]\n", "  operators: [dana]\n  machine_detection: true\n")
        changed[name] = text
    return changed


def asking_pagerduty(files: Mapping[str, str]) -> Mapping[str, str]:
    """The same, where PagerDuty says who is on call in production, and three engineers have a user there."""
    changed = dict(files)
    for user, name in zip(PAGERDUTY_USERS, ("Alice Martin", "Bob Peeters", "Carol Janssens"), strict=True):
        known = f"{{name: {name}, pagerduty: {user},"
        changed = {file: text.replace(f"{{name: {name},", known) for file, text in changed.items()}
    return {
        **changed,
        "schedules.yaml": _WEEKS.replace(_WEEKLY_PRODUCTION, f"  production: {{pagerduty: {AT_PAGERDUTY}}}\n"),
    }


def read_once(files: Mapping[str, str]) -> Configuration:
    """What `schedule_files.load` says, which for the same texts is always the same. Raises ConfigurationError."""
    return _loaded(tuple(sorted(files.items())))


@lru_cache(maxsize=64)
def _loaded(files: tuple[tuple[str, str], ...]) -> Configuration:
    return load(dict(files))
