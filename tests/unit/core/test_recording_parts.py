"""Which part of a call a recording is that nobody told us of: what we know of the call, and the provider's order."""

import pytest

from oncall.core.call import RecordingPart, part_of

NAME, PROBLEM, MESSAGE = RecordingPart.NAME, RecordingPart.PROBLEM, RecordingPart.MESSAGE


@pytest.mark.parametrize(
    ("sid", "in_order", "known", "part"),
    [
        ("RE2", ["RE1", "RE2"], {"RE1": NAME}, PROBLEM),
        ("RE2", ["RE2"], {"RE1": NAME}, PROBLEM),  # the first is too old to be listed
        ("RE1", ["RE1", "RE2"], {"RE2": PROBLEM}, NAME),
        ("RE3", ["RE2", "RE3"], {"RE2": PROBLEM}, PROBLEM),
        ("RE1", ["RE1", "RE2"], {}, NAME),
        ("RE2", ["RE1", "RE2"], {}, PROBLEM),
        ("RE3", ["RE1", "RE2", "RE3"], {}, PROBLEM),
        ("RE1", ["RE1"], {}, MESSAGE),
        ("RE1", [], {}, MESSAGE),
        ("RE2", ["RE1", "RE2"], {"RE1": MESSAGE}, MESSAGE),
    ],
)
def test_a_recording_that_was_only_found_is_filed_by_what_is_known_of_its_call(
    sid: str, in_order: list[str], known: dict[str, RecordingPart], part: RecordingPart
) -> None:
    assert part_of(sid, in_order, known) is part


def test_nothing_is_waited_for_after_the_problem_or_a_message() -> None:
    assert [part.is_the_last_asked_for for part in (NAME, PROBLEM, MESSAGE)] == [False, True, True]
