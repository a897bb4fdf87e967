"""A schedules folder in which one engineer is always on call, and paged once by text and once by phone."""

from pathlib import Path

_YAML = """\
hotline:
  company: Example Hosting
  number: "+3225550199"
  escalation_policy: production-down
  page_after: {page_after}
  operators: [alice]
  limits: {{calls_per_second: 1000, messages_per_second: 1000}}
engineers:
  alice:
    name: Alice Martin
    phone: "+32470000001"
    notify: [{{by: sms, after: 0s}}, {{by: call, after: 0s}}]
schedules:
  production:
    timezone: Europe/Brussels
    rotations:
      - {{name: weekly, starts: 2026-01-05 09:00, shift: 1w, engineers: [alice]}}
escalation_policies:
  production-down:
    steps: [{{page: [production], wait: 1h}}]
    repeat: forever
customers:
  acme:
    name: ACME Shop
    numbers: ["+3225550100"]
"""


def write_schedules(folder: Path, *, page_after: str) -> Path:
    """The folder, made."""
    folder.mkdir(parents=True)
    (folder / "hotline.yaml").write_text(_YAML.format(page_after=page_after), encoding="utf-8")
    return folder
