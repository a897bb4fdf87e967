"""What engineers read about overrides: short, and in the alphabet in which an SMS costs least."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.core.override_wording import (
    OnDuty,
    day_and_time,
    have_it_already_text,
    moved_text,
    take_help_text,
    taken_text,
    unknown_schedule_text,
    which_schedule_text,
    who_text,
)
from oncall.core.plain_text import ALPHABET
from oncall.core.wording import SMS_LIMIT, commands_text

NIGHT = datetime(2026, 11, 24, 2, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("Europe/Brussels", "Tue 24 Nov 03:13 CET"),
        ("America/New_York", "Mon 23 Nov 21:13 EST"),
        ("Asia/Dubai", "Tue 24 Nov 06:13 Asia/Dubai"),  # its abbreviation is only an offset
    ],
)
def test_a_time_says_whose_clock_it_is_on(zone: str, said: str) -> None:
    assert day_and_time(NIGHT, zone) == said


@pytest.mark.parametrize(
    ("instead_of", "said"),
    [
        ([], "until T, when nobody was."),
        (["Alice Martin"], "until T, instead of Alice Martin."),
        (["A", "B"], "until T, instead of A and B."),
        (["A", "B", "C"], "until T, instead of A and B and others."),
    ],
)
def test_who_takes_it_hears_whose_it_was(instead_of: list[str], said: str) -> None:
    assert taken_text(schedule="production", until="T", instead_of=instead_of).endswith(said)


def test_where_the_schedule_was_guessed_the_other_one_is_named() -> None:
    text = taken_text(schedule="production", until="T", instead_of=["A"], others=["backup", "third"])
    assert text == "You are on call for production until T, instead of A. For backup: TAKE backup 4h."


def test_help_names_the_schedules_where_there_are_several() -> None:
    assert take_help_text(["production"]) == (
        "TAKE 4h or TAKE UNTIL 07:00 puts you on call from now on. To take an incident: ACK and its number."
    )
    assert "There are production, backup." in take_help_text(["production", "backup"])


def test_who_says_nobody_where_nobody_is_and_leaves_out_an_end_that_is_not_in_sight() -> None:
    duties = [
        OnDuty("production", "", until="T", next_name="Bob"),
        OnDuty("backup", "Carol", why="override (X by SMS)"),
    ]
    assert who_text(duties) == "production: nobody until T, then Bob\nbackup: Carol; override (X by SMS)"
    assert who_text([]) == "There are no schedules."


def test_more_than_two_spans_are_counted() -> None:
    spans = [(True, "p", "then", ""), (False, "p", "later", "Bob"), (False, "p", "x", ""), (True, "p", "y", "")]
    assert moved_text(spans, cause="override by Alice by SMS") == (
        "You are on call for p then. You are not on call for p later: Bob is. And 2 more. (override by Alice by SMS)"
    )


@given(st.lists(st.text(max_size=400), max_size=12), st.text(max_size=400))
def test_whatever_people_are_called_a_text_stays_short_and_cheap(names: list[str], word: str) -> None:
    texts = [
        taken_text(schedule=word, until="Tue 24 Nov 03:13 CET", instead_of=names, others=names),
        have_it_already_text(schedule=word, until="Tue 24 Nov 03:13 CET"),
        take_help_text(names),
        which_schedule_text(names or ["a"]),
        unknown_schedule_text(word, names),
        who_text([OnDuty(name, name, name, "Tue", name) for name in names]),
        moved_text([(True, word, "then", name) for name in names], cause=word),
    ]
    for text in texts:
        assert 0 < len(text) <= SMS_LIMIT
        assert set(text) <= ALPHABET


def test_all_words_still_fit_into_one_answer() -> None:
    assert "TAKE 4h" in commands_text()
    assert len(commands_text()) <= SMS_LIMIT
    assert set(commands_text()) <= ALPHABET
