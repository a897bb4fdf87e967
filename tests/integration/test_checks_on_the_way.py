"""What is checked on the way to a publication: errors refuse it, warnings need --yes."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from tests.integration.test_schedule_command import QUIET, folder, run

__all__ = ["folder", "run"]

Run = Callable[..., Result]
CUSTOMER = "customers:\n  acme: {name: ACME, numbers: ['%s']}\n"
ROTATION = "[{name: weekly, starts: 2026-01-05 09:00, shift: 1w, engineers: [alice]}"
PAST = "overrides: [{engineer: alice, from: 2020-01-01 09:00, until: 2020-01-02 09:00}]"

ERRORS = {
    "an unknown name": (QUIET.replace("engineers: [alice]}", "engineers: [alcie]}"), "there is no engineer `alcie`"),
    "an unknown schedule in a step": (QUIET.replace("page: [production]", "page: [prodution]"), "`prodution`"),
    "an unknown policy": (QUIET.replace("escalation_policy: down", "escalation_policy: dwon"), "`dwon`"),
    "an unknown operator": (QUIET.replace("operators: [alice]", "operators: [zoe]"), "`zoe`"),
    "an unknown key": (QUIET.replace("phone:", "pone:"), "pone"),
    "a name that is defined twice": (
        QUIET.replace("schedules:\n", "  alice: {name: Alice, phone: '+32470000009'}\nschedules:\n"),
        "alice",
    ),
    "two rotations of one name": (
        QUIET.replace(ROTATION, f"{ROTATION}, {ROTATION.removeprefix('[')}"),
        "weekly",
    ),
    "an engineer without a phone": (QUIET.replace(', phone: "+32470000001"', ""), "phone"),
    "a number that cannot be": (QUIET.replace("+32470000001", "+3247"), "+3247"),
    "a premium number": (QUIET.replace("+32470000001", "+3290212345"), "+3290212345"),
    "a number that is none": (QUIET.replace('"+32470000001"', "32470000001"), "phone"),
    "a date that does not exist": (QUIET.replace("2026-01-05 09:00", "2026-02-30 09:00"), "2026-02-30"),
    "a tab": (QUIET.replace("  alice:", "\talice:"), "tab"),
}
WARNINGS = {
    "a gap in the next ninety days": (
        QUIET.replace("engineers: [alice]}", "engineers: [alice], during: [{days: [mon]}]}"),
        "nobody is on call",
    ),
    "a rotation that is always covered": (
        QUIET.replace(ROTATION, f"{ROTATION}, {ROTATION.removeprefix('[').replace('weekly', 'other')}"),
        "cover `weekly` at all times",
    ),
    "an override in the past": (QUIET.replace("    rotations:", f"    {PAST}\n    rotations:"), "remove it"),
    "a step that pages nobody": (
        QUIET.replace("page: [production]", "page: [empty]").replace(
            "schedules:\n", "schedules:\n  empty: {timezone: UTC, rotations: []}\n"
        ),
        "this step pages nobody",
    ),
    "an engineer who is never paged": (
        QUIET.replace("schedules:\n", "  bob: {name: Bob, phone: '+32470000002', notify: []}\nschedules:\n"),
        "has no notification rules",
    ),
    "no operators": (QUIET.replace("operators: [alice]", "operators: []"), "`operators` is empty"),
    "a number of two people": (QUIET + CUSTOMER % "+32470000001", "is engineer alice's number too"),
}


@pytest.mark.parametrize(("text", "said"), ERRORS.values(), ids=ERRORS)
def test_errors_refuse_even_with_yes_and_name_the_place(run: Run, folder: Path, text: str, said: str) -> None:
    assert text != QUIET
    (folder / "all.yaml").write_text(text, encoding="utf-8")
    assert run("check").exit_code == 1
    refused = run("publish", "--yes")
    assert refused.exit_code == 1
    assert "all.yaml:" in refused.stderr
    assert said in refused.stderr
    assert run("versions").stdout == "Nothing has been published yet.\n"


@pytest.mark.parametrize(("text", "said"), WARNINGS.values(), ids=WARNINGS)
def test_warnings_need_yes(run: Run, folder: Path, text: str, said: str) -> None:
    assert text != QUIET
    (folder / "all.yaml").write_text(text, encoding="utf-8")
    checked = run("check")
    assert (checked.exit_code, checked.stderr) == (0, "")
    assert "all.yaml:" in checked.stdout
    assert said in checked.stdout
    assert "because of" in str(run("publish").exception)
    assert run("versions").stdout == "Nothing has been published yet.\n"
    assert "is in force" in run("publish", "--yes").stdout
