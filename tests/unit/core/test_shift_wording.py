"""The words of notices about shifts."""

from datetime import UTC, datetime, timedelta

import pytest

from oncall.core.plain_text import ALPHABET
from oncall.core.shift_wording import LIMIT, Change, Saying, changes_words, day_before_words, handoff_words

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BRUSSELS = "Europe/Brussels"


@pytest.mark.parametrize(
    ("timezone", "starts_at", "ends_at", "said"),
    [
        (BRUSSELS, NOW + DAY, NOW + 2 * DAY, "Wed 25 Nov 09:00 - Thu 09:00 CET"),
        (BRUSSELS, NOW + DAY, NOW + DAY + 9 * HOUR, "Wed 25 Nov 09:00 - 18:00 CET"),
        (BRUSSELS, NOW + DAY, NOW + 8 * DAY, "Wed 25 Nov 09:00 - Wed 2 Dec 09:00 CET"),
        (BRUSSELS, NOW + DAY, None, "from Wed 25 Nov 09:00 CET on"),
        (BRUSSELS, NOW - DAY, NOW + DAY, "until Wed 25 Nov 09:00 CET"),
        (BRUSSELS, NOW - DAY, None, "until further notice"),
        ("America/Sao_Paulo", NOW + DAY, NOW + 2 * DAY, "Wed 25 Nov 05:00 - Thu 05:00 UTC-03"),
    ],
)
def test_a_span_is_short_and_names_its_zone(timezone, starts_at, ends_at, said) -> None:
    assert Saying(timezone, NOW).span((starts_at, ends_at)) == said


def test_in_the_night_when_clocks_change_both_zones_are_named() -> None:
    saturday = datetime(2026, 10, 24, 7, 0, tzinfo=UTC)
    saying = Saying(BRUSSELS, saturday - DAY)
    assert saying.span((saturday, saturday + 25 * HOUR)) == "Sat 24 Oct 09:00 CEST - Sun 09:00 CET"


def test_the_day_before() -> None:
    words = day_before_words("production", (NOW + DAY, NOW + 2 * DAY), BRUSSELS, NOW)
    assert words.text.startswith("You are on call tomorrow: production, Wed 25 Nov 09:00 - Thu 09:00 CET.")
    assert "TAKE" in words.text
    assert words.subject == "On call tomorrow: production"
    assert words.speech == (
        "This is the on-call hotline. You are on call tomorrow: production, "
        "Wednesday 25 November 09:00 until Thursday 09:00 Brussels time."
    )


def test_a_day_before_that_is_told_late_says_today() -> None:
    words = day_before_words("production", (NOW + 5 * HOUR, NOW + DAY), BRUSSELS, NOW)
    assert words.text.startswith("You are on call today: production, Tue 24 Nov 14:00")


@pytest.mark.parametrize(
    ("backup", "incidents", "said"),
    [
        ("Bob Peeters", (), " Backup: Bob Peeters. No open incident."),
        ("", (1042,), " There is no backup. 1 open incident: 1042."),
        (None, (1044, 1042), " 2 open incidents: 1044, 1042."),
        (None, range(1049, 1042, -1), " 7 open incidents: 1049, 1048, 1047, 1046, 1045 and 2 more."),
    ],
)
def test_the_handoff_names_the_end_the_backup_and_what_is_open(backup, incidents, said) -> None:
    words = handoff_words("production", NOW + DAY, backup=backup, incidents=list(incidents), timezone=BRUSSELS, now=NOW)
    assert words.text == f"You are on call now: production until Wed 25 Nov 09:00 CET.{said}"


def test_an_incidents_number_is_spoken_digit_by_digit() -> None:
    words = handoff_words("production", None, backup="", incidents=[1042], timezone=BRUSSELS, now=NOW)
    assert "until further notice" in words.speech
    assert "1 open incident: 1 0 4 2." in words.speech


ONE, OTHER = (NOW + DAY, NOW + 2 * DAY), (NOW + 3 * DAY, NOW + 4 * DAY)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (Change([ONE], [OTHER]), "Your shift in production, Wed 25 Nov 09:00 - Thu 09:00 CET, is now Fri 27 Nov 09:00"),
        (Change([ONE], [], ["Bob Peeters"]), "CET, is no longer yours: Bob Peeters has it."),
        (Change([ONE, OTHER], [], ["Bob", "Carol"]), "09:00 CET, are no longer yours: Bob and Carol have them."),
        (Change([ONE], []), "is no longer yours: nobody has it."),
        (Change([], [ONE]), "You have a new shift in production: Wed 25 Nov 09:00 - Thu 09:00 CET."),
        (Change([], [ONE, OTHER]), "You have new shifts in production: Wed 25 Nov 09:00 - Thu 09:00 CET and Fri 27"),
    ],
)
def test_a_change_says_what_was_and_what_is(change: Change, said: str) -> None:
    assert said in changes_words("production", [change], BRUSSELS, NOW).text


def test_what_does_not_fit_into_two_segments_is_counted_and_never_cut_in_the_middle() -> None:
    many = [Change([(NOW + day * DAY, NOW + (day + 1) * DAY)], [], ["Zoë Øster"]) for day in range(1, 13, 2)]
    text = changes_words("production", many, BRUSSELS, NOW).text
    assert len(text) <= LIMIT
    assert set(text) <= ALPHABET
    assert text.endswith("And 4 more changes of your shifts.")
