"""The processes of one machine tell a thing once, and where they cannot share what was told each tells for itself."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from oncall.channels.told_here import ToldHere

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
QUIET_FOR = 15 * MINUTE


class Logged(list[str]):
    """Remembers what was logged."""

    def __call__(self, event: str, **_facts: object) -> None:
        self.append(event)


@pytest.fixture
def logged() -> Logged:
    return Logged()


def taken_by_another_process(folder: Path) -> bool:
    code = (
        "import sys, pathlib, datetime as d; from oncall.channels.told_here import ToldHere;"
        "here = ToldHere('db', print, pathlib.Path(sys.argv[1]));"
        "print(here.take('away', d.datetime.fromisoformat(sys.argv[2]), d.timedelta(minutes=15)))"
    )
    words = [sys.executable, "-c", code, str(folder), NOW.isoformat()]
    return subprocess.run(words, capture_output=True, text=True, check=True, timeout=30).stdout == "True\n"


def test_what_one_process_has_taken_no_other_tells_for_a_while(tmp_path: Path, logged: Logged) -> None:
    assert taken_by_another_process(tmp_path)
    here = ToldHere("db", logged, tmp_path)
    assert not here.take("away", NOW + 14 * MINUTE, QUIET_FOR)
    assert here.take("away", NOW + 15 * MINUTE, QUIET_FOR)
    assert logged == []


def test_another_trouble_and_another_database_are_told_for_themselves(tmp_path: Path, logged: Logged) -> None:
    assert ToldHere("db", logged, tmp_path).take("away", NOW, QUIET_FOR)
    assert ToldHere("db", logged, tmp_path).take("stuck", NOW, QUIET_FOR)
    assert ToldHere("another", logged, tmp_path).take("away", NOW, QUIET_FOR)
    assert not ToldHere("db", logged, tmp_path).take("away", NOW, QUIET_FOR)


def test_what_could_not_be_told_is_anybodys_to_tell(tmp_path: Path, logged: Logged) -> None:
    one, two = ToldHere("db", logged, tmp_path), ToldHere("db", logged, tmp_path)
    assert one.take("away", NOW, QUIET_FOR)
    one.give_back("away")
    assert two.take("away", NOW + MINUTE, QUIET_FOR)


def test_a_clock_that_was_ahead_keeps_nobody_quiet(tmp_path: Path, logged: Logged) -> None:
    here = ToldHere("db", logged, tmp_path)
    assert here.take("away", NOW + timedelta(days=30), QUIET_FOR)
    assert here.take("away", NOW, QUIET_FOR)


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"away": 7}', '{"away": "2026-11-23T03:00:00"}'])
def test_a_file_that_holds_anything_else_is_as_good_as_none(tmp_path: Path, logged: Logged, content: str) -> None:
    here = ToldHere("db", logged, tmp_path)
    here.take("away", NOW, QUIET_FOR)
    next(tmp_path.iterdir()).write_text(content)
    assert here.take("away", NOW, QUIET_FOR)
    assert not here.take("away", NOW, QUIET_FOR)


def test_a_link_in_its_place_is_not_followed_and_everybody_tells(tmp_path: Path, logged: Logged) -> None:
    here = ToldHere("db", logged, tmp_path)
    here.take("away", NOW, QUIET_FOR)
    place, victim = next(tmp_path.iterdir()), tmp_path / "victim"
    victim.write_text("precious")
    place.unlink()
    place.symlink_to(victim)
    assert here.take("away", NOW, QUIET_FOR)
    assert here.take("away", NOW, QUIET_FOR)
    here.give_back("away")
    assert victim.read_text() == "precious"
    assert set(logged) == {"distress.not_shared"}


def test_where_there_is_no_folder_everybody_tells(tmp_path: Path, logged: Logged) -> None:
    here = ToldHere("db", logged, tmp_path / "none")
    assert here.take("away", NOW, QUIET_FOR)
    assert here.take("away", NOW, QUIET_FOR)
    assert logged == ["distress.not_shared"] * 2
