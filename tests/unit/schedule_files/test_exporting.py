"""Overrides are written back into the YAML that people edit, and nothing else in it changes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncall.core.entered_override import EnteredOverride, with_entered
from oncall.core.moved_shift import moved_shifts
from oncall.core.schedule import on_call
from oncall.errors import ConfigurationError
from oncall.schedule_files import export, load
from oncall.schedule_files.exporting import as_yaml

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
H = timedelta(hours=1)
M = timedelta(minutes=1)

REST = """\
hotline: {company: Example, number: "+3225550199", escalation_policy: down}
engineers:
  alice: {name: Alice Martin, phone: "+32470000001"}
  bob: {name: Bob Peeters, phone: "+32470000002"}
  "on": {name: Otto Nagel, phone: "+32470000003"}
escalation_policies:
  down: {steps: [{page: [production], wait: 5m}]}
"""
ROTATIONS = "rotations: [{name: weekly, starts: 2026-01-05 09:00, shift: 1w, engineers: [alice, bob]}]"


def entered(number: int = 1, engineer: str = "bob", **more: object) -> EnteredOverride:
    made = EnteredOverride(number, "production", engineer, NOW, NOW + 4 * H, "", "", NOW, "Alice Martin", "SMS")
    return replace(made, **more)


def exported(schedules: str, *overrides: EnteredOverride) -> str:
    found = export({"rest.yaml": REST, "schedules.yaml": schedules}, overrides or [entered()])
    assert found.refused == ()
    return found.files["schedules.yaml"]


HEAD = "schedules:\n  production:\n    timezone: Europe/Brussels\n"
ITEM = "{engineer: bob, from: 2026-11-24 03:00, until: 2026-11-24 07:00}"
LINE = f"{ITEM}  # Alice Martin by SMS, 2026-11-24 02:00 UTC"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (  # a list with comments in and behind it
            "schedules:\n  # why so\n  production:\n    timezone:   Europe/Brussels   # here\n    overrides:\n"
            "      # Christmas\n      - {engineer: alice,from: 2026-12-24 09:00, until: 2026-12-26 09:00}   # yes\n\n"
            f"    # none yet\n    {ROTATIONS}\n",
            "schedules:\n  # why so\n  production:\n    timezone:   Europe/Brussels   # here\n    overrides:\n"
            "      # Christmas\n      - {engineer: alice,from: 2026-12-24 09:00, until: 2026-12-26 09:00}   # yes\n"
            f"      - {LINE}\n\n    # none yet\n    {ROTATIONS}\n",
        ),
        (  # items over several lines, the list at the key's own column, no line end at the end
            f"{HEAD}    {ROTATIONS}\n    overrides:\n"
            "    - engineer: alice\n      from: 2026-12-24 09:00\n      until: 2026-12-26 09:00\n"
            "      reason: 'a # b' # why",
            f"{HEAD}    {ROTATIONS}\n    overrides:\n"
            "    - engineer: alice\n      from: 2026-12-24 09:00\n      until: 2026-12-26 09:00\n"
            f"      reason: 'a # b' # why\n    - {LINE}",
        ),
        (  # a folded reason
            f"{HEAD}    {ROTATIONS}\n    overrides:\n"
            "      - engineer: alice\n        from: 2026-12-24 09:00\n        until: 2026-12-26 09:00\n"
            "        reason: >-\n          away\n          from here\n\n# end\n",
            f"{HEAD}    {ROTATIONS}\n    overrides:\n"
            "      - engineer: alice\n        from: 2026-12-24 09:00\n        until: 2026-12-26 09:00\n"
            f"        reason: >-\n          away\n          from here\n      - {LINE}\n\n# end\n",
        ),
        (  # none yet
            f"{HEAD}    {ROTATIONS}  # all\n\n  # the end\n",
            f"{HEAD}    {ROTATIONS}  # all\n"
            f"    overrides:\n      - {LINE}\n\n  # the end\n",
        ),
        (  # all commented out
            f"{HEAD}    overrides:  # swaps\n      # - old\n    {ROTATIONS}\n",
            f"{HEAD}    overrides:  # swaps\n"
            f"      - {LINE}\n      # - old\n    {ROTATIONS}\n",
        ),
        (  # an empty list
            f"{HEAD}    overrides: []\n    {ROTATIONS}\n",
            f"{HEAD}    overrides:\n      - {LINE}\n    {ROTATIONS}\n",
        ),
        (  # null, written out
            f"{HEAD}    overrides: null  # x\n    {ROTATIONS}\n",
            f"{HEAD}    overrides: [{ITEM}]  # x\n    {ROTATIONS}\n",
        ),
        (  # a list in brackets, over lines, with a comma too many
            f"{HEAD}    {ROTATIONS}\n    overrides: [\n"
            "      {engineer: alice, from: 2026-12-24 09:00, until: 2026-12-26 09:00},  # yes\n    ]\n",
            f"{HEAD}    {ROTATIONS}\n    overrides: [\n"
            f"      {{engineer: alice, from: 2026-12-24 09:00, until: 2026-12-26 09:00}}, {ITEM},  # yes\n    ]\n",
        ),
        (  # a schedule in braces
            f"schedules: {{production: {{timezone: Europe/Brussels, {ROTATIONS}}}}}  # short\n",
            f"schedules: {{production: {{timezone: Europe/Brussels, {ROTATIONS}, overrides: [{ITEM}]}}}}  # short\n",
        ),
        (
            f"schedules: {{production: {{timezone: Europe/Brussels, overrides: [], {ROTATIONS}}}}}\n",
            f"schedules: {{production: {{timezone: Europe/Brussels, overrides: [{ITEM}], {ROTATIONS}}}}}\n",
        ),
        (
            f"schedules: {{production: {{timezone: Europe/Brussels, overrides: , {ROTATIONS}}}}}\n",
            f"schedules: {{production: {{timezone: Europe/Brussels, overrides: [{ITEM}] , {ROTATIONS}}}}}\n",
        ),
        (  # line ends of another system
            f"schedules:\r\n  production:\r\n    timezone: Europe/Brussels\r\n    {ROTATIONS}\r\n",
            f"schedules:\r\n  production:\r\n    timezone: Europe/Brussels\r\n    {ROTATIONS}\r\n"
            f"    overrides:\r\n      - {LINE}\r\n",
        ),
    ],
)  # fmt: skip
def test_an_override_stands_behind_those_of_its_schedule_and_nothing_else_changes(before: str, after: str) -> None:
    assert exported(before) == after


PLAIN = f"{HEAD}    {ROTATIONS}\n"


def test_several_are_written_in_the_order_in_which_they_were_entered() -> None:
    text = exported(PLAIN, entered(2, "alice"), entered(1, "bob"))
    assert text.index("engineer: bob") < text.index("engineer: alice")


def test_seconds_reasons_and_whom_it_is_instead_of_are_kept() -> None:
    one = entered(starts_at=NOW + timedelta(seconds=7), instead_of="alice", reason='She\'s "ill": # {no} \u200d é')
    item = as_yaml(one, "Europe/Brussels")
    assert item == (
        "{engineer: bob, from: 2026-11-24 03:00:07, until: 2026-11-24 07:00, instead_of: alice, "
        'reason: "She\'s \\"ill\\": # {no} é"}'
    )
    [read] = load({"r": REST, "s": exported(PLAIN, one)}).schedules["production"].overrides
    assert (read.starts_at, read.instead_of, read.reason) == (one.starts_at, "alice", 'She\'s "ill": # {no} é')


def test_a_name_that_yaml_takes_for_something_else_is_quoted() -> None:
    assert '{engineer: "on", ' in exported(PLAIN, entered(engineer="on"))


def test_what_the_folder_says_already_is_not_written_twice() -> None:
    once = exported(PLAIN)
    again = export({"rest.yaml": REST, "schedules.yaml": once}, [entered()])
    assert (again.files, again.already) == ({}, (entered(),))


def test_only_the_file_of_the_schedule_changes_wherever_it_is() -> None:
    assert set(export({"a.yaml": PLAIN, "b.yaml": REST}, [entered()]).files) == {"a.yaml"}
    assert set(export({"all.yaml": REST + PLAIN}, [entered()]).files) == {"all.yaml"}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"schedule": "gone"}, "there is no schedule `gone` in the folder"),
        ({"engineer": "gone"}, "there is no engineer `gone` in the folder"),
        # 02:30 in Brussels, for the second time.
        ({"starts_at": datetime(2026, 10, 25, 1, 30, tzinfo=UTC)}, "2026-10-25 02:30 comes twice in Europe/Brussels"),
        ({"ends_at": datetime(2027, 10, 31, 1, 30, tzinfo=UTC)}, "2027-10-31 02:30 comes twice in Europe/Brussels"),
    ],
)
def test_what_the_folder_cannot_say_is_refused_with_why_and_the_rest_is_written(change, why: str) -> None:
    found = export({"r": REST, "s": PLAIN}, [replace(entered(1), **change), entered(2)])
    [(one, said)] = found.refused
    assert one.id == 1
    assert why in said
    assert [each.id for each in found.written] == [2]


def test_the_first_pass_of_a_repeated_hour_can_be_written() -> None:
    one = entered(starts_at=datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
    [read] = load({"r": REST, "s": exported(PLAIN, one)}).schedules["production"].overrides
    assert read.starts_at == one.starts_at


def test_a_text_that_cannot_be_changed_safely_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oncall.schedule_files.exporting.insert_overrides", lambda text, _items: text)
    with pytest.raises(ConfigurationError, match=r"add by hand:\nschedules\.production\.overrides: - \{engineer: bob"):
        exported(PLAIN)


ZONES = ("Europe/Brussels", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo", "UTC")
# Around a change of the clocks in each, and around none.
MIDDLES = (
    datetime(2026, 10, 25, 1, 0, tzinfo=UTC),
    datetime(2026, 11, 1, 6, 0, tzinfo=UTC),
    datetime(2026, 4, 4, 15, 0, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
)
LAYOUTS = (
    "",
    "overrides: []",
    "overrides:",
    "overrides: [{engineer: bob, from: 2026-04-01 09:00, until: 2026-12-01 09:00}]",
)


@st.composite
def some_overrides(draw: st.DrawFn) -> list[EnteredOverride]:
    middle, found = draw(st.sampled_from(MIDDLES)), []
    for number in range(1, draw(st.integers(1, 5)) + 1):
        start = middle + draw(st.integers(-180, 180)) * M
        span = draw(st.integers(1, 300)) * M
        engineer, instead_of = draw(st.sampled_from([("alice", ""), ("bob", ""), ("on", ""), ("on", "bob")]))
        found.append(entered(number, engineer, starts_at=start, ends_at=start + span, instead_of=instead_of))
    return found


@given(some_overrides(), st.sampled_from(ZONES), st.sampled_from(LAYOUTS))
@settings(max_examples=60, deadline=None)
def test_what_is_exported_and_read_again_gives_the_same_answer_at_every_minute(
    overrides: list[EnteredOverride], zone: str, layout: str
) -> None:
    text = PLAIN.replace("Europe/Brussels", zone) + (f"    {layout}\n" if layout else "")
    files = {"rest.yaml": REST, "schedules.yaml": text}
    found = export(files, overrides)
    before = with_entered(load(files), overrides).schedules["production"]
    # What could not be written goes on counting from the database, and with it what lies over it.
    folder = load({**files, **found.files})
    again = export({**files, **found.files}, overrides)
    assert again.written == () or found.refused
    gone = {one.id for one in again.already}
    after = with_entered(folder, [one for one in overrides if one.id not in gone]).schedules["production"]
    since = min(one.starts_at for one in overrides) - H
    until = max(one.ends_at for one in overrides) + H
    assert moved_shifts(before, after, since, until) == []
    at = since
    while at < until:
        assert on_call(before, at).engineer == on_call(after, at).engineer
        at += 7 * M if until - since > 8 * H else M
