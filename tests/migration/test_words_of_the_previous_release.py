"""What this release writes, the previous one can read: it knows every word that stands in a row.

A word that is new is first read, by one release, and written by the next; or it is written where the previous release
takes it as text, or never looks.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.previous_release import previous_release

ROOT = Path(__file__).parents[2]
# What stands in no row, or where the previous release does not ask which word it is. Empty it at each release.
NEW = {
    "Phrase": {"issue_over"},  # never stored
    "EventType": {"incident.unattended"},  # told to webhooks as it stands
    "Telling": {"catch_up"},  # under a name of its own, which the previous release sends nothing to
}
LISTED = """\
import importlib, json, pkgutil
from enum import Enum

import oncall.core, oncall.engine

found = {}
for package in (oncall.core, oncall.engine):
    for place in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        for name, kind in vars(importlib.import_module(place.name)).items():
            if isinstance(kind, type) and issubclass(kind, Enum) and kind.__module__ == place.name:
                found[name] = sorted(str(word.value) for word in kind)
print(json.dumps(found))
"""


def words_of(code: Path) -> dict[str, set[str]]:
    """The words of every enumeration, by its name."""
    environment = {**os.environ, "PYTHONPATH": str(code)}
    listed = subprocess.run(
        [sys.executable, "-c", LISTED], env=environment, cwd=code, capture_output=True, check=True, text=True
    )
    return {name: set(words) for name, words in json.loads(listed.stdout).items()}


def test_the_previous_release_knows_every_word_that_this_one_writes(tmp_path: Path) -> None:
    before, now = words_of(previous_release(tmp_path / "code")), words_of(ROOT)
    assert {"IncidentState", "DeliveryState", "TimelineKind", "EventType"} <= set(before)
    unknown = {name: words - before[name] for name, words in now.items() if name in before and words - before[name]}
    assert unknown == NEW
