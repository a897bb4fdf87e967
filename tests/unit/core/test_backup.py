"""Who is paged next where whoever is on call does not answer."""

import pytest

from oncall.core.backup import backup_of, is_paged
from oncall.schedule_files import load
from tests.unit.engine.hotline import NIGHT, YAML


@pytest.mark.parametrize(
    ("policy", "schedule", "engineer", "backup"),
    [
        ("{page: [production], wait: 5m}, {page: [production, backup], wait: 5m}", "production", "alice", "bob"),
        ("{page: [production], wait: 5m}, {page: [dana], wait: 5m}", "production", "alice", "dana"),
        ("{page: [production, backup], wait: 5m}, {page: [dana], wait: 5m}", "backup", "bob", "dana"),
        ("{page: [production], wait: 5m}, {page: [alice, empty, dana], wait: 5m}", "production", "alice", "dana"),
        ("{page: [production], wait: 5m}, {page: [backup], wait: 5m}", "production", "bob", None),
        ("{page: [production], wait: 5m}", "production", "alice", None),
    ],
)
def test_the_backup_is_the_next_other_engineer_whom_the_policy_pages(policy, schedule, engineer, backup) -> None:
    steps = "steps: [{page: [production], wait: 5m}, {page: [backup], wait: 5m}]"
    assert steps in YAML
    configuration = load({"all.yaml": YAML.replace(steps, f"steps: [{policy}]", 1)})
    found = backup_of(configuration, schedule, engineer, NIGHT)
    assert (found.key if found else None) == backup
    assert is_paged(configuration, schedule)


def test_a_schedule_that_no_policy_pages_has_no_backup() -> None:
    elsewhere = YAML.replace("  empty: {", "  garden: {timezone: UTC}\n  empty: {")
    configuration = load({"all.yaml": elsewhere})
    assert not is_paged(configuration, "garden")
    assert backup_of(configuration, "garden", "alice", NIGHT) is None
