"""The JSON Schema and the reader agree, where a schema can: what an editor underlines is what `check` refuses."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from oncall.schedule_files import ScheduleFilesError, json_schema, load
from oncall.schedule_files.tree import parse, plain
from tests.unit.schedule_files.test_loading import EVERY_KEY, SHIPPED, SMALLEST
from tests.unit.schedule_files.test_whole_format import HOLIDAYS, PEOPLE

VALIDATOR = Draft202012Validator(json_schema())
WHOLE = (
    PEOPLE
    + HOLIDAYS
    + """
      - {name: team, ical: "https://calendar.example/team.ics", engineers: {"Alice M.": alice}}
      - name: turns
        starts: 2026-01-05
        until: 2099-01-01
        shift: 1mo
        engineers: [alice, {engineer: bob, from: 2026-02-01, until: 2026-03-01}]
    overrides: [{engineer: bob, from: 2026-12-01, until: 2026-12-02, instead_of: alice, reason: swap}]
"""
)
THEIRS = (
    WHOLE
    + """
  theirs: {pagerduty: PI7DH85}
  theirs_too:
    pagerduty: PI7DH86
    timezone: Europe/Brussels
    overrides: [{engineer: bob, from: 2026-12-01, until: 2026-12-02}]
"""
)
SOUND = {
    "pagerduty": THEIRS,
    "smallest": SMALLEST,
    "every key": EVERY_KEY,
    "whole": WHOLE,
    "holidays": PEOPLE + HOLIDAYS,
}


def document(text: str) -> Any:
    root, found = parse("a.yaml", text)
    assert root is not None
    assert not found
    return plain(root)


def is_read(value: Any) -> bool:
    """Whether the reader takes it; JSON is YAML."""
    try:
        load({"a.yaml": json.dumps(value)})
    except ScheduleFilesError:
        return False
    return True


@pytest.mark.parametrize("name", SOUND)
def test_what_is_sound_is_sound_to_both(name: str) -> None:
    load({"a.yaml": SOUND[name]})
    assert [*VALIDATOR.iter_errors(document(SOUND[name]))] == []


def test_the_shipped_files_are_sound_to_the_schema_each_alone() -> None:
    for path in SHIPPED.glob("*.yaml"):
        assert [*VALIDATOR.iter_errors(document(path.read_text(encoding="utf-8")))] == []


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from paths(each, (*path, key))


def broken(value: Any) -> Iterator[tuple[str, Any]]:
    """Copies with one thing wrong: a key that nobody knows, or a value of another kind."""
    for path in paths(value):
        if not path:
            continue
        for wrong in ({"nonsense": 1}, [[]], True):
            if wrong is True and isinstance(_at(value, path), bool):
                continue
            yield f"{path} := {wrong!r:.20}", _with(value, path, wrong)
        if isinstance(_at(value, path), dict):
            yield f"{path} + nonsense", _with(value, (*path, "nonsense"), 1)


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def _with(value: Any, path: tuple[Any, ...], wrong: Any) -> Any:
    copied = copy.deepcopy(value)
    _at(copied, path[:-1])[path[-1]] = wrong
    return copied


@pytest.mark.parametrize("name", ["every key", "whole"])
def test_unknown_keys_and_values_of_another_kind_are_refused_by_both(name: str) -> None:
    for what, each in broken(document(SOUND[name])):
        assert not VALIDATOR.is_valid(each), what
        assert not is_read(each), what


REQUIRED = [
    ("hotline", "company"), ("hotline", "number"), ("hotline", "escalation_policy"), ("engineers", "alice", "phone"),
    ("engineers", "alice", "name"), ("engineers", "alice", "away", 0, "from"),
    ("engineers", "alice", "away", 0, "until"),
    ("schedules", "production", "timezone"), ("schedules", "production", "rotations", 0, "name"),
    ("schedules", "production", "rotations", 0, "starts"), ("schedules", "production", "rotations", 0, "shift"),
    ("schedules", "production", "rotations", 0, "engineers"), ("schedules", "production", "rotations", 3, "name"),
    ("schedules", "production", "overrides", 0, "engineer"), ("schedules", "production", "overrides", 0, "from"),
    ("schedules", "production", "overrides", 0, "until"), ("escalation_policies", "down", "steps", 0, "wait"),
    ("schedules", "production", "rotations", 4, "engineers", 1, "engineer"),
]  # fmt: skip


@pytest.mark.parametrize("path", REQUIRED, ids=lambda path: ".".join(map(str, path)))
def test_what_is_required_is_required_by_both(path: tuple[Any, ...]) -> None:
    each = document(WHOLE)
    del _at(each, path[:-1])[path[-1]]
    assert not is_read(each)
    assert not VALIDATOR.is_valid(each)
