"""Actions of a post-mortem as its versions name them, and as people leave their issues."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from oncall.core.github_actions import dropped_comment
from oncall.core.postmortem_actions import Action, ActionState, done, follow, heard, stands_since

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ALERT, NOTHING = "- [ ] Alert at 80%\n", "## Causes\n"


def written(known: list[Action], text: str, previous: str = "", at: datetime = NOW) -> list[Action]:
    return follow(known, text, 1042, previous=previous, by="Alice", now=at)


def test_a_new_action_has_never_changed() -> None:
    [alert] = written([], ALERT)
    assert alert.state is ActionState.OPEN and stands_since(alert) is None


def test_the_version_that_leaves_an_open_action_out_drops_it_and_one_that_names_it_again_takes_it_up() -> None:
    [dropped] = written(written([], ALERT), NOTHING, ALERT, NOW + MINUTE)
    assert (dropped.state, stands_since(dropped)) == (ActionState.DROPPED, NOW + MINUTE)
    assert written([dropped], NOTHING, NOTHING, NOW + 2 * MINUTE) == [dropped]
    [again] = written([dropped], ALERT, NOTHING, NOW + 3 * MINUTE)
    assert (again.state, stands_since(again)) == (ActionState.OPEN, NOW + 3 * MINUTE)


def test_what_was_done_stays_done_whether_it_is_named_or_not() -> None:
    [alert] = [done(each, is_done=True, by="Bob", now=NOW) for each in written([], ALERT)]
    assert written([alert], NOTHING, ALERT, NOW + MINUTE) == [alert]
    assert written([alert], ALERT, ALERT, NOW + MINUTE) == [alert]


def test_a_dropped_action_is_taken_up_by_a_person_and_no_version_that_does_not_name_it_drops_it_again() -> None:
    [dropped] = written(written([], ALERT), NOTHING, ALERT)
    closed = heard(dropped, is_closed=True, by="Bob", at=NOW + MINUTE)
    assert closed == replace(dropped, heard_at=NOW + MINUTE)
    taken_up = heard(closed, is_closed=False, by="Bob", at=NOW + 2 * MINUTE)
    assert taken_up.state is ActionState.OPEN
    assert written([taken_up], NOTHING, NOTHING, NOW + 3 * MINUTE) == [taken_up]


def test_what_is_heard_is_as_of_when_it_happened_also_where_it_changes_nothing() -> None:
    [alert] = written([], ALERT)
    closed = heard(alert, is_closed=True, by="Bob", at=NOW + MINUTE)
    assert (closed.state, closed.done_by, closed.done_at) == (ActionState.DONE, "Bob", NOW + MINUTE)
    again = heard(closed, is_closed=True, by="Carol", at=NOW + 2 * MINUTE)
    assert (again.done_by, stands_since(again)) == ("Bob", NOW + 2 * MINUTE)


def test_what_the_previous_release_has_marked_as_done_stands_since_then() -> None:
    alert = Action(1042, "k", 0, "Alert", state=ActionState.DONE, done_at=NOW + MINUTE, heard_at=NOW)
    assert stands_since(alert) == NOW + MINUTE


def test_the_reason_names_the_incident() -> None:
    assert "no longer part of the post-mortem of incident 1042" in dropped_comment(Action(1042, "k", 0, "Alert"))
