"""Whatever an editor, a merge or a cat does to a file: a configuration, or problems with places; never a crash."""

from datetime import datetime

import pytz
from hypothesis import given, settings
from hypothesis import strategies as st

from oncall.schedule_files import Loaded, Problem, ScheduleFilesError, read, warnings
from tests.unit.schedule_files.test_loading import EVERY_KEY

NOW = pytz.utc.localize(datetime.fromisoformat("2026-11-23 12:00"))
PIECES = [
    "",
    "null",
    "[]",
    "{}",
    "-1",
    "0",
    "1e999",
    ".nan",
    "true",
    '""',
    "2026-13-45 99:99",
    "9" * 30,
    "é",
    "\n",
    " ",
    ": ",
    "- ",
]
WORDS = EVERY_KEY.replace("[", "[\0").replace("]", "\0]").replace(" ", "\0 \0").replace("\n", "\0\n\0").split("\0")


def outcome(text: str) -> Loaded | tuple[Problem, ...]:
    try:
        return read({"a.yaml": text})
    except ScheduleFilesError as error:
        return error.problems


@given(
    st.lists(st.tuples(st.integers(0, len(WORDS) - 1), st.sampled_from([*PIECES, *WORDS[:60]])), min_size=1, max_size=4)
)
@settings(max_examples=250, deadline=None)
def test_a_mangled_file_is_read_or_refused_with_places(edits: list[tuple[int, str]]) -> None:
    words = list(WORDS)
    for position, piece in edits:
        words[position] = piece
    found = outcome("".join(words))
    if isinstance(found, Loaded):
        assert all(problem.line for problem in warnings(found, NOW))
    else:
        assert found
        assert all(problem.file == "a.yaml" and problem.message for problem in found)


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_text_at_all_is_refused_with_problems(text: str) -> None:
    assert isinstance(outcome(text), tuple)
    assert outcome(text)
