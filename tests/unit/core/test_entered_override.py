"""Overrides that were entered beside the published schedules: what they cover, and when the folder takes them over."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from oncall.core.configuration import Configuration
from oncall.core.engineer import Engineer
from oncall.core.entered_override import EnteredOverride, left_out_because, said_by_the_folder, with_entered
from oncall.core.hotline import Hotline
from oncall.core.moved_shift import MovedShift, moved_shifts
from oncall.core.override import Override
from oncall.core.schedule import Schedule, on_call

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
H = timedelta(hours=1)


def entered(number: int, engineer: str, start: int = 0, end: int = 4, **more: object) -> EnteredOverride:
    """By Alice by SMS, so many hours from now."""
    made = EnteredOverride(
        number, "production", engineer, NOW + start * H, NOW + end * H, "", "", NOW, "Alice Martin", "SMS"
    )
    return replace(made, **more)


def written(engineer: str, start: int = 0, end: int = 4, reason: str = "") -> Override:
    return Override(engineer, NOW + start * H, NOW + end * H, reason)


def published(*overrides: Override) -> Configuration:
    return Configuration(
        hotline=Hotline("Example", "+3225550199", "p"),
        engineers={key: Engineer(key, key.title(), "+32470000001") for key in ("alice", "bob", "carol")},
        schedules={"production": Schedule("production", "UTC", overrides=overrides)},
        policies={},
    )


def who(configuration: Configuration, hours: float = 1) -> str | None:
    return on_call(configuration.schedules["production"], NOW + hours * H).engineer


def test_what_is_entered_covers_what_is_published_and_later_covers_earlier() -> None:
    whole = with_entered(published(written("carol", 0, 9)), [entered(1, "alice"), entered(2, "bob", 2, 3)])
    assert [who(whole, hours) for hours in (1, 2, 3, 5)] == ["alice", "bob", "alice", "carol"]


def test_it_says_who_entered_it_and_by_what() -> None:
    whole = with_entered(published(), [entered(1, "alice", reason="Bob is ill")])
    why = on_call(whole.schedules["production"], NOW).why
    assert "Alice Martin by SMS" in why
    assert why.endswith(": Bob is ill")


def test_without_any_the_published_configuration_is_the_one_in_force() -> None:
    configuration = published()
    assert with_entered(configuration, []) is configuration
    assert with_entered(configuration, [entered(1, "alice", removed_at=NOW)]) is configuration
    assert with_entered(configuration, [entered(1, "alice", published_in=3)]) is configuration


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ({"schedule": "gone"}, "there is no schedule `gone` any more"),
        ({"engineer": "gone"}, "there is no engineer `gone` any more"),
        ({"instead_of": "gone"}, "there is no engineer `gone` any more"),
        ({}, ""),
    ],
)
def test_what_names_something_that_was_removed_is_left_out_and_says_why(change: dict[str, str], because: str) -> None:
    one = replace(entered(1, "alice"), **change)
    assert left_out_because(one, published()) == because
    assert who(with_entered(published(), [one])) == (None if because else "alice")


def retired(overrides: list[EnteredOverride], *items: Override) -> list[int]:
    return [each.id for each in said_by_the_folder(overrides, {"production": items})]


def test_what_the_folder_says_too_is_the_folders_whatever_its_reason_says() -> None:
    assert retired([entered(1, "alice")], written("alice", reason="swapped")) == [1]
    assert retired([entered(1, "alice")], written("alice", 0, 5)) == []
    assert retired([entered(1, "alice")], written("bob")) == []


def test_several_are_taken_over_together_only_in_their_order() -> None:
    both = [entered(1, "alice"), entered(2, "bob")]
    assert retired(both, written("alice"), written("bob")) == [1, 2]
    assert retired(both, written("bob"), written("alice")) == [1]
    assert retired(both, written("alice")) == [1]


def test_one_that_lies_over_another_which_stays_stays_too() -> None:
    assert retired([entered(1, "bob"), entered(2, "alice")], written("alice")) == []
    assert retired([entered(1, "bob", 8, 9), entered(2, "alice")], written("alice")) == [2]


def test_one_that_the_folder_covers_with_something_else_is_not_lost() -> None:
    assert retired([entered(1, "alice")], written("alice"), written("bob", 3, 5)) == []
    assert retired([entered(1, "alice")], written("alice"), written("bob", 4, 5)) == [1]


def test_letting_go_of_what_the_folder_says_changes_no_answer() -> None:
    """Every order of two overlapping overrides, entered and written."""
    choices = [(), ("alice",), ("bob",), ("alice", "bob"), ("bob", "alice"), ("alice", "bob", "alice")]
    for names in choices:
        for texts in choices:
            overrides = [entered(n, name, n, n + 3) for n, name in enumerate(names, 1)]
            folder = published(*[written(name, n, n + 3) for n, name in enumerate(texts, 1)])
            gone = retired(overrides, *folder.schedules["production"].overrides)
            kept = [each for each in overrides if each.id not in gone]
            for half_hours in range(16):
                before, after = (who(with_entered(folder, each), half_hours / 2) for each in (overrides, kept))
                assert before == after, (names, texts, gone)


def test_what_moves_is_told_span_by_span() -> None:
    before = published(written("bob", 0, 2), written("carol", 2, 3)).schedules["production"]
    after = with_entered(
        published(written("bob", 0, 2), written("carol", 2, 3)), [entered(1, "alice", 1, 4), entered(2, "carol", 2, 3)]
    ).schedules["production"]
    moved = moved_shifts(before, after, NOW, NOW + 5 * H)
    assert [(m.starts_at, m.ends_at, m.was, m.is_now) for m in moved] == [
        (NOW + H, NOW + 2 * H, "bob", "alice"),
        (NOW + 3 * H, NOW + 4 * H, None, "alice"),
    ]
    assert isinstance(moved[0], MovedShift)
    assert moved_shifts(before, before, NOW, NOW + 5 * H) == []
