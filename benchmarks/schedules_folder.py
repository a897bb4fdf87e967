"""``oncall schedule check`` of a large folder, as somebody waits for it: a process of its own."""

import json
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.figures import Figure

ENGINEERS = 500
SCHEDULES = 100


def measure(folder: Path) -> list[Figure]:
    """The quickest of three."""
    folder = folder / "schedules"
    folder.mkdir()
    (folder / "engineers.yaml").write_text(_engineers(), encoding="utf-8")
    (folder / "schedules.yaml").write_text(_schedules(), encoding="utf-8")
    (folder / "policies.yaml").write_text(_policies(), encoding="utf-8")
    seconds = min(_check(folder) for _ in range(3))
    against = f"{ENGINEERS} engineers, {SCHEDULES} schedules of three rotations, the process's own start included"
    return [Figure("oncall schedule check", seconds, "s", against, at_most=2)]


def _check(folder: Path) -> float:
    began = time.perf_counter()
    command = [sys.executable, "-m", "oncall", "schedule", "check", str(folder), "--json"]
    found = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds = time.perf_counter() - began
    assert json.loads(found.stdout)["ok"]
    return seconds


def _engineers() -> str:
    entries = [
        f"""
  eng-{number:03}:
    name: Engineer {number}
    phone: "+3247{number:07}"
    email: eng{number}@example.com
    notify:
      - {{ by: sms, after: 0s }}
      - {{ by: call, after: 2m }}"""
        for number in range(ENGINEERS)
    ]
    return "engineers:" + "".join(entries) + "\n"


def _schedules() -> str:
    entries = [
        f"""
  team-{number:03}:
    timezone: Europe/Brussels
    rotations:
      - {{ name: weekly, starts: 2020-01-06 09:00, shift: 1w, engineers: [{_team(number)}] }}
      - name: office
        starts: 2020-01-06 09:00
        shift: 1d
        engineers: [{_team(number)}]
        during: [{{ days: [mon, tue, wed, thu, fri], from: "09:00", until: "18:00", except_holidays: BE }}]
      - name: weekends
        starts: 2020-01-04
        shift: 1w
        engineers: [{_team(number + 1)}]
        during: [{{ days: [sat, sun], holidays: BE }}]
    overrides:
      - {{ engineer: eng-{number:03}, from: 2099-12-24 09:00, until: 2099-12-26 09:00, reason: Holidays }}"""
        for number in range(SCHEDULES)
    ]
    return "schedules:" + "".join(entries) + "\n"


def _team(number: int) -> str:
    return ", ".join(f"eng-{(number * 5 + place) % ENGINEERS:03}" for place in range(5))


def _policies() -> str:
    policies = [
        f"  policy-{number}: {{steps: [{{page: [team-{number:03}], wait: 5m}}]}}\n" for number in range(SCHEDULES)
    ]
    hotline = '{company: Example, number: "+3225550199", escalation_policy: policy-0, operators: [eng-000]}'
    return f"hotline: {hotline}\nescalation_policies:\n" + "".join(policies)
