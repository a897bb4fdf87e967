"""A schedules folder in which one engineer is always on call, and paged once by text and once by phone."""

from pathlib import Path

_YAML = """\
hotline:
  company: Example Hosting
  number: "+3225550199"
  escalation_policy: production-down
  page_after: {page_after}
  operators: [alice]
  limits: {{calls_per_second: {a_second}, messages_per_second: {a_second}}}
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


def write_schedules(folder: Path, *, page_after: str, a_second: int = 1000) -> Path:
    """The folder, made. The telephone account takes so many calls and texts ``a_second``; 1000 is any number."""
    folder.mkdir(parents=True)
    (folder / "hotline.yaml").write_text(_YAML.format(page_after=page_after, a_second=a_second), encoding="utf-8")
    return folder
