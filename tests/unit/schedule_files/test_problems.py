"""Every mistake is reported at its place, with the fix, and all of them at once."""

import pytest

from oncall.schedule_files import Problem, ScheduleFilesError, load
from tests.unit.schedule_files.test_loading import EVERY_KEY, SMALLEST


def problems(*texts: str) -> tuple[Problem, ...]:
    with pytest.raises(ScheduleFilesError) as caught:
        load({f"{name}.yaml": text for name, text in zip("abcdef", texts, strict=False)})
    return caught.value.problems


def place_of(text: str, position: int) -> tuple[int, int]:
    before = text[:position]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


@pytest.mark.parametrize(
    ("right", "wrong", "at", "says"),
    [
        ("page_after", "page_affter", "page_affter", "did you mean `page_after`?"),
        ("company: Example Hosting", "language: nl-BE", "hotline", "`company` is missing; add it, such as"),
        ('"+3225550199"', "+3225550199", "+3225550199", "a number, not text; write + and the country code first"),
        ('"+32470000002"', '"0470000002"', '"0470000002"', "not a number that can be called; write +"),
        ('"+32470000002"', '"+3290012345"', '"+3290012345"', "premium"),
        ('"+32470000002"', '"+32470000001"', '"+32470000001"', "alice's phone too"),
        ('"+32470000002"', '"+3225550199"', '"+3225550199"', "hotline's own number"),
        ("operators: [dana]", "operators: [danna]", "danna", "no engineer `danna`; did you mean `dana`?"),
        ("wait: 10m", "wait: 10", "10}", "this is a number, not text; write a duration such as 30s"),
        ("wait: 10m", "wait: 10mo", "10mo", "only a shift may be as long as months"),
        ("wait: 10m", "wait: 99999w", "99999w", "longer than ten years"),
        ("shift: 1w", "shift: 0w", "0w", "longer than nothing"),
        ("shift: 1w", "shift: weekly", "weekly, engineers", "not a duration; write a duration such as"),
        ("Europe/Lisbon", "Europe/Lisabon", "Europe/Lisabon", "did you mean `Europe/Lisbon`?"),
        ("starts: 2026-01-05 09:00, shift", "starts: 2026-02-30 09:00, shift", "2026-02-30", "does not exist"),
        ("starts: 2026-01-05 09:00, shift", "starts: 2026-01-05 09:00Z, shift", "2026-01-05 09:00Z", "the offset out"),
        ("2026-12-26 09:00", "2026-12-24 09:00", "2026-12-24 09:00, reason", "ends after it begins"),
        ("engineer: carol", "engineer: caroll", "caroll", "did you mean `carol`?"),
        ("engineers: [dana, erik]", "engineers: []", "[]", "this list is empty"),
        ('from: "09:00"', 'from: "25:00"', '"25:00"', "not a time of day"),
        ("[mon, tue, wed, thu, fri]", "[monday]", "monday", "write one of 'mon'"),
        ("by: email", "by: fax", "fax", "write one of 'sms'"),
        ("repeat: 3", "repeat: often", "often", "`forever` or a number"),
        ("page: [production, dana]", "page: [prodution, dana]", "prodution", "no schedule or engineer `prodution`"),
        ("alice@example.com", "alice at home", "alice at home", "not an email address"),
        ("holidays: BE", "holidays: Belgium", "Belgium", "no country whose holidays"),
        ("holidays: BE", "holidays: DE-XX", "DE-XX", "no region of DE"),
        ('until: "17:00"', 'until: "07:00"', '"07:00"', "end after they begin"),
        ("normal:", "whenever:", "whenever", "unknown key `whenever`"),
        ("clock: always", "clock: never", "never", "write one of 'always'"),
        ("language: fr-FR", "language: french!", "french!", "not a language"),
        ("name: office", "name: weekly", "weekly\n", "defined twice"),
        ("  bob:", "  bob the builder:", "bob the builder", "is not a name"),
        ("calls_per_second: 1", "calls_per_second: 0", "0, messages", "greater than 0"),
        ("operators: [dana]", "operators: dana", "dana\n", "must be a list"),
        ("shift: 1w", "shift: 30s", "30s", "a shift lasts at least a minute"),
        ("shift: 1w", "shift: 1w, until: 2026-01-05", "2026-01-05, engineers", "a rotation ends after it starts"),
        ("[dana, erik]", "[dana, {engineer: errik}]", "errik", "no engineer `errik`; did you mean `erik`?"),
        ("[dana, erik]", "[dana, {engineer: erik, since: 2026-01-01}]", "since", "unknown key `since`; known are"),
        ("[dana, erik]", "[dana, {from: 2026-01-01}]", "{from: 2026-01-01}", "`engineer` is missing"),
        ("[dana, erik]", "[dana, {engineer: erik, from: 2026-02-01, until: 2026-01-01}]", "2026-01-01}", "leaves"),
        ("[dana, erik]", "[dana, 7]", "7]", "not text; put it in quotes"),
        ('until: "18:00"', 'until: "18:00", holidays: XX', "XX", "no country whose holidays"),
        ('until: "18:00"', 'until: "18:00", except_holiday: BE', "except_holiday", "did you mean `except_holidays`?"),
        ("reason: Alice is away", "instead_of: alyce", "alyce", "no engineer `alyce`"),
        ("reason: Alice is away", "instead_of: carol", "carol}", "nobody takes over from themselves"),
        ("from: 2026-12-24 09:00, until", "until", "{engineer: carol, until", "`from` is missing; add it"),
        ("until: 2026-12-26 09:00, reason", "reason", "{engineer: carol, from", "`until` is missing; add it"),
        ("github: alice", "away: [{from: 2026-02-30, until: 2026-03-01}]", "2026-02-30", "does not exist"),
        ("github: alice", "away: [{from: 2026-02-02, until: 2026-02-01}]", "2026-02-01", "an absence ends after"),
        ("github: alice", "away: [{from: 2026-02-02}]", "{from: 2026-02-02}", "`until` is missing"),
        ("shift: 1w, engineers: [alice, bob, carol]", "ical: calendar", "calendar", "neither a URL nor an .ics file"),
        ("starts: 2026-01-05 09:00, shift: 1w, engineers: [alice, bob, carol]", "ical: a.ics, engineers: {A: alic}",
         "alic}", "did you mean `alice`?"),
        ("name: weekly, starts: 2026-01-05 09:00, shift: 1w, engineers: [alice, bob, carol]",
         "name: weekly, starts: 2026-01-05 09:00, ical: a.ics", "starts: 2026", "unknown key `starts`; known are"),
        ("  production:\n    timezone: Europe/Brussels", "  production:\n    pagerduty: PSCHED1", "- {name: weekly",
         "PagerDuty says who is on call here; remove `rotations`, or `pagerduty`"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_where_it_stands_with_the_fix(right: str, wrong: str, at: str, says: str) -> None:
    """bmlt-enabled/yap#971, #702, #823 among them: a number that cannot be called was taken as it was written."""
    assert right in EVERY_KEY
    text = EVERY_KEY.replace(right, wrong, 1)
    found = [problem for problem in problems(text) if says in problem.message]
    assert found, [str(problem) for problem in problems(text)]
    edit = EVERY_KEY.index(right)
    expected = place_of(text, text.find(at, edit) if at in text[edit:] else text.index(at))
    assert expected in {(problem.line, problem.column) for problem in found}
    assert all(problem.file == "a.yaml" for problem in found)


def test_what_is_no_id_of_a_schedule_of_pagerduty_is_named_where_it_stands() -> None:
    own = SMALLEST[SMALLEST.index("    timezone") : SMALLEST.index("escalation_policies")]
    [found] = problems(SMALLEST.replace(own, "    pagerduty: no id\n"))
    assert str(found).startswith("a.yaml:7:16: schedules.production.pagerduty: `no id` is not the id of a schedule")


def test_all_mistakes_of_all_files_are_reported_at_once_in_order_of_place() -> None:
    text = EVERY_KEY.replace("by: sms", "by: fax").replace("repeat: 3", "repeat: x").replace("[dana]", "[nobody]")
    found = problems(text, "customers: {shop: {}}\n", "unknown: 1\n")
    assert [problem.file for problem in found] == ["a.yaml", "a.yaml", "a.yaml", "b.yaml", "c.yaml"]
    assert list(found) == sorted(found)


def test_the_error_says_one_problem_a_line_as_file_line_column() -> None:
    with pytest.raises(ScheduleFilesError, match=r"^a\.yaml:4:\d+: engineers\.alice\.name: .*quotes$"):
        load({"a.yaml": SMALLEST.replace("Alice Martin", "7")})


def test_a_name_defined_in_two_files_is_an_error_that_names_both() -> None:
    [found] = problems(SMALLEST, "engineers:\n  alice: {name: Al, phone: '+32470000009'}\n")
    assert str(found) == "b.yaml:2:3: engineers.alice is defined twice, first in a.yaml:4:3; rename or remove one"


def test_a_schedule_and_an_engineer_of_one_name_are_an_error() -> None:
    [found] = problems(SMALLEST + "\n", "engineers: {production: {name: P, phone: '+32470000009'}}\n")
    assert "is an engineer too" in found.message
    assert (found.file, found.line) == ("a.yaml", 6)


def test_a_policy_that_never_waits_is_an_error() -> None:
    [found] = problems(SMALLEST.replace("wait: 5m", "wait: 0s"))
    assert "no step waits" in found.message


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("a: &x 1\n", "1:4", "an anchor (&name) is not allowed"),
        ("a: *x\n", "1:4", "an alias (*name) is not allowed"),
        ("a: !!str 1\n", "1:4", "a tag (!name) is not allowed"),
        ("a:\n\tb: 1\n", "2:1", "a tab in the indentation"),
        ("hotline: 1\nhotline: 2\n", "2:1", "defined twice, first in line 1"),
        ("engineers:\n  a: 1\n  a: 2\n", "3:3", "defined twice, first in line 2"),
        ("hotline: [1\n", "2:1", "this is not YAML"),
        ("- 1\n", "1:1", "a file holds keys"),
        ("hotline: 1\n---\nb: 2\n", "2:1", "a second document"),
        ("[" * 40, "1:21", "nested more than 20 deep"),
        ("1: 2\n", "1:1", "a key must be text"),
        ("hotline: [" + "1, " * 60_000 + "]\n", "1:", "more than 50000 values"),
    ],
)
def test_what_is_not_plain_yaml_is_refused_at_its_place(text: str, place: str, says: str) -> None:
    assert any(str(found).startswith(f"a.yaml:{place}") and says in found.message for found in problems(text))


def test_a_character_that_no_text_has_is_named_at_its_place() -> None:
    [found] = [each for each in problems("é: 1\nname: a\x07\n") if "character" in each.message]
    assert str(found).startswith("a.yaml:2:8: a character that no text has")


def test_a_yaml_bomb_is_refused_at_its_first_anchor() -> None:
    bomb = "a: &a [x, x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{f'*{chr(97 + n)}, ' * 9}]\n" for n in range(20)
    )
    [found] = [each for each in problems(bomb) if "anchor" in each.message]
    assert (found.line, found.column) == (1, 4)


@pytest.mark.parametrize("text", ["a: \x07\n", "\ud800: 1", "a: b: c", "\0", "{", "%YAML 9.9\n---\na: 1"])
def test_garbage_is_a_problem_and_never_a_crash(text: str) -> None:
    assert problems(text)


def test_a_file_that_is_too_large_is_refused_before_it_is_read() -> None:
    assert any("larger than 256 KiB" in found.message for found in problems("#" * (256 * 1024 + 1)))


def test_a_file_that_cannot_be_read_does_not_make_names_of_others_look_unknown() -> None:
    found = problems(SMALLEST.replace("[alice]", "[bob]").replace("wait: 5m", "wait: 5"), "engineers: {bob: [\n")
    assert [problem.file for problem in found] == ["a.yaml", "b.yaml"]
    assert "duration" in found[0].message


def test_an_empty_folder_of_files_says_which_keys_are_missing() -> None:
    found = problems("# nothing yet\n")
    assert {message.split("`")[1] for message in (problem.message for problem in found)} == {
        "hotline",
        "engineers",
        "schedules",
        "escalation_policies",
    }
