"""Whose shift an event is."""

from datetime import UTC, datetime

import pytest

from oncall.calendars import Event, Names
from oncall.core.engineer import Engineer

ENGINEERS = {
    "alice": Engineer("alice", "Alice Martin", "+1", email="alice@example.com"),
    "bob": Engineer("bob", "Bob Peeters", "+2"),
    "anna_maria": Engineer("anna_maria", "Anna Maria Rossi", "+3"),
    "anna": Engineer("anna", "Anna Berg", "+4"),
    "rob": Engineer("rob", "Bob Smith", "+5"),
}
NAMES = Names(ENGINEERS, {"The Boss": "rob", "AM": "anna_maria"})


def event(summary: str, *people: str) -> Event:
    return Event(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC), summary, people)


@pytest.mark.parametrize(
    ("summary", "people", "found"),
    [
        ("alice", (), "alice"),
        ("ALICE  MARTIN", (), "alice"),
        ("On call: Alice", (), "alice"),
        ("On-call – Alice Martin (primary)", (), "alice"),
        ("alice@example.com", (), "alice"),
        ("Anna Maria Rossi on call", (), "anna_maria"),
        ("anna maria", (), "anna_maria"),
        ("Anna", (), None),
        ("Anna Berg", (), "anna"),
        ("Anna Berg (anna)", (), "anna"),
        ("Anna", ("x@elsewhere.example", "Anna Berg"), "anna"),
        ("Anna", ("alice@example.com",), None),
        ("the boss", (), "rob"),
        ("am", (), "anna_maria"),
        ("Shift", ("ALICE@example.com",), "alice"),
        ("Shift", ("x@elsewhere.example", "Bob Peeters"), "bob"),
        ("bob", (), None),
        ("Bob Peeters", (), "bob"),
        ("rob", (), "rob"),
        ("Peeters", (), None),
        ("Alice or Anna", ("alice@example.com",), None),
        ("Malice in wonderland", (), None),
        ("", (), None),
        ("Zoë", ("zoe@example.com",), None),
    ],
)
def test_an_engineer_is_found_by_what_calendars_write(summary: str, people: tuple[str, ...], found: str | None) -> None:
    assert NAMES.find(event(summary, *people)) == found


def test_a_first_name_that_two_share_names_nobody_until_it_is_mapped() -> None:
    two = {"ap": Engineer("ap", "Alex Pit", "+1"), "aq": Engineer("aq", "Alex Quo", "+2")}
    assert Names(two, {}).find(event("Alex")) is None
    assert Names(two, {"Alex": "aq"}).find(event("On call: Alex")) == "aq"


def test_a_key_that_is_another_s_first_name_names_nobody_until_it_is_mapped() -> None:
    assert NAMES.find(event("anna")) is None
    assert NAMES.meant(event("anna")) == {"anna", "anna_maria"}
    assert Names(ENGINEERS, {"Anna": "anna"}).find(event("On call: Anna")) == "anna"
    alone = {key: ENGINEERS[key] for key in ("anna", "alice")}
    assert Names(alone, {}).find(event("anna")) == "anna"


def test_a_shared_name_beside_another_engineer_s_is_no_word_for_that_one() -> None:
    assert NAMES.find(event("Alice or Anna")) is None
    assert NAMES.meant(event("Alice or Anna")) == {"alice", "anna", "anna_maria"}
