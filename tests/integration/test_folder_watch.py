"""The watched folder: what is saved is in force once it was left alone and is sound; whatever else leaves the last good
version serving, and the operators hear of each mistake once."""

import os
import shutil
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from oncall.bootstrap import Fakes, Runtime, build
from oncall.calendars import oncalls_text
from oncall.cli.folder_watch import FolderWatch, folder_state
from oncall.cli.publishing import AUTHOR
from oncall.core.schedule import on_call
from oncall.engine.workers import Inline
from oncall.errors import ConfigurationError, ConflictError, TransientError
from oncall.settings import load_settings
from oncall.store import SqlDatabase
from tests.integration.store.samples import NOW
from tests.integration.test_publishing import BOBS_WEEK, QUIET, WITH_BOB, save
from tests.unit.calendars.calendar_text import calendar, shift
from tests.unit.engine.hotline import FakeCalendars
from tests.unit.schedule_files.test_loading import SMALLEST

SECOND = timedelta(seconds=1)


@dataclass
class StillClock:
    """Stands still until it is moved."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds * SECOND


@dataclass
class Watched:
    """A folder, the runtime that watches it, and what was logged."""

    folder: Path
    database: SqlDatabase
    clock: StillClock = field(default_factory=StillClock)
    logged: list[str] = field(default_factory=list)
    calendars: FakeCalendars = field(default_factory=FakeCalendars)

    def __post_init__(self) -> None:
        self.runtime: Runtime = build(
            load_settings({"ONCALL_PUBLIC_URL": "https://h.example"}, serving=False),
            Fakes(clock=self.clock, database=self.database, calendars=self.calendars, workers=Inline(), log=self._log),
        )
        self.watch = FolderWatch(self.folder)

    def _log(self, event: str, **facts: object) -> None:
        self.logged.append(str((event, facts)))

    def start(self) -> None:
        self.watch.start(self.runtime)

    def look(self, after: float = 1) -> None:
        self.clock.sleep(after)
        self.watch.look(self.runtime)

    def settle(self) -> None:
        """Long enough for anything that was saved."""
        for _ in range(5):
            self.look()

    @property
    def version(self) -> int:
        with self.database.read() as uow:
            return uow.schedule_versions.latest_version()

    @property
    def told(self) -> list[str]:
        return [line for line in self.logged if line.startswith("('operators.told'")]


@pytest.fixture
def watched(tmp_path: Path, database: SqlDatabase) -> Watched:
    folder = tmp_path / "schedules"
    folder.mkdir()
    save(folder, QUIET)
    made = Watched(folder, database)
    made.start()
    return made


def test_of_a_provider_without_credentials_the_operators_are_told_and_the_folder_is_in_force(
    tmp_path: Path, database: SqlDatabase
) -> None:
    folder = tmp_path / "schedules"
    folder.mkdir()
    save(folder, QUIET + 'providers: {second-line: {number: "+3225550188"}}\n')
    watched = Watched(folder, database)
    watched.start()
    assert watched.version == 1
    [told] = watched.told
    assert "no-credentials:second-line" in told
    assert "ONCALL_PROVIDER_SECOND_LINE_ACCOUNT_SID" in told


def test_a_folder_that_nobody_touches_is_published_once(watched: Watched) -> None:
    watched.settle()
    assert watched.version == 1


def test_a_change_is_in_force_once_it_was_left_alone_for_a_moment(watched: Watched) -> None:
    save(watched.folder, BOBS_WEEK)
    watched.look()
    watched.look()
    assert watched.version == 1, "it may still be in the middle of being saved"
    watched.look()
    assert watched.version == 2
    with watched.database.read() as uow:
        version = uow.schedule_versions.latest()
    assert version is not None and version.author == AUTHOR
    assert "Bob Peeters instead of Alice Martin" in (version.diff or "")
    watched.settle()
    assert watched.version == 2


def test_files_that_are_saved_one_after_the_other_are_published_together(watched: Watched) -> None:
    """The first alone names an engineer whom only the second defines."""
    engineer = "engineers:\n  bob: {name: Bob Peeters, phone: '+32470000002'}\n"
    save(watched.folder, QUIET.replace("engineers: [alice]}", "engineers: [alice, bob]}"))
    watched.look()
    watched.look()
    (watched.folder / "more.yaml").write_text(engineer, encoding="utf-8")
    watched.look()
    watched.look()
    assert watched.version == 1
    watched.look()
    assert watched.version == 2
    assert watched.told == []


def test_a_mistake_leaves_the_last_good_version_and_is_told_once(watched: Watched) -> None:
    save(watched.folder, QUIET.replace("1w", "1x"))
    watched.settle()
    assert watched.version == 1
    assert len(watched.told) == 1
    assert "all.yaml:8:" in watched.told[0] and "version 1 stays in force" in watched.told[0]
    watched.clock.at += timedelta(hours=1)
    watched.start()
    watched.settle()
    assert len(watched.told) == 1, "not even after a restart"


def test_another_mistake_is_told_at_once_and_the_same_one_again_after_it_was_mended(watched: Watched) -> None:
    for number, text in enumerate([QUIET.replace("1w", "1x"), "hotline: [", QUIET, QUIET.replace("1w", "1x")]):
        save(watched.folder, text)
        watched.settle()
        assert len(watched.told) == [1, 2, 2, 3][number]
    assert watched.version == 1


def test_what_is_mended_is_published(watched: Watched) -> None:
    save(watched.folder, "hotline: [")
    watched.settle()
    save(watched.folder, BOBS_WEEK)
    watched.settle()
    assert watched.version == 2


def test_warnings_are_logged_and_listed_in_the_version(watched: Watched) -> None:
    save(watched.folder, SMALLEST)
    watched.settle()
    assert any("schedules.doubtful" in line and "`operators` is empty" in line for line in watched.logged)
    with watched.database.read() as uow:
        latest = uow.schedule_versions.latest()
    assert latest is not None and "`operators` is empty" in latest.warnings[0]


def test_a_rollback_stays_until_the_folder_is_edited(watched: Watched) -> None:
    save(watched.folder, BOBS_WEEK)
    watched.settle()
    with watched.database.begin() as uow:
        first = uow.schedule_versions.get(1)
        assert first is not None
        uow.schedule_versions.publish(first.files, fingerprint=first.fingerprint, author="dana", now=NOW, rollback_of=1)
    os.utime(watched.folder / "all.yaml")
    watched.start()
    watched.settle()
    assert watched.version == 3
    save(watched.folder, BOBS_WEEK + "# and now again\n")
    watched.settle()
    assert watched.version == 4


def vanish(folder: Path) -> None:
    shutil.rmtree(folder)


def empty(folder: Path) -> None:
    (folder / "all.yaml").unlink()


def become_unreadable(folder: Path) -> None:
    (folder / "all.yaml").write_bytes(b"\xff\xfe\x00")


def become_a_folder(folder: Path) -> None:
    (folder / "all.yaml").unlink()
    (folder / "all.yaml").mkdir()


def grow(folder: Path) -> None:
    (folder / "all.yaml").write_bytes(b"#" * 10_000_000)


def lead_round_in_a_circle(folder: Path) -> None:
    (folder / "all.yaml").unlink()
    (folder / "all.yaml").symlink_to("all.yaml")


@pytest.mark.parametrize(
    "hurt",
    [vanish, empty, become_unreadable, become_a_folder, grow, lead_round_in_a_circle],
    ids=lambda hurt: hurt.__name__,
)
def test_a_folder_that_cannot_be_read_leaves_the_last_good_version_serving(watched: Watched, hurt) -> None:
    hurt(watched.folder)
    watched.settle()
    assert watched.version == 1
    assert len(watched.told) == 1
    assert "schedules" in watched.told[0] or "all.yaml" in watched.told[0]
    assert watched.runtime.configuration.current().engineers["alice"].name == "Alice Martin"


def test_a_file_that_vanishes_while_it_is_read_is_named_and_the_next_look_is_right(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(watched.folder, BOBS_WEEK)
    (watched.folder / "notes.yaml").write_text("", encoding="utf-8")
    really_open = Path.open

    def vanishing(path: Path, *args, **more):
        if path.name == "notes.yaml":
            path.unlink(missing_ok=True)
        return really_open(path, *args, **more)

    monkeypatch.setattr(Path, "open", vanishing)
    watched.look()
    watched.look(3)
    assert watched.version == 1
    assert "notes.yaml: vanished while the folder was read" in watched.told[0]
    watched.settle()
    assert watched.version == 2


def test_somebody_who_publishes_at_the_same_moment_is_not_overwritten_and_the_next_look_tries_again(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(watched.folder, BOBS_WEEK)
    theirs = iter([True])

    def meanwhile(*_: object) -> str:
        if next(theirs, False):
            with watched.database.begin() as uow:
                uow.schedule_versions.publish({"all.yaml": QUIET}, fingerprint="theirs", author="dana", now=NOW)
        return ""

    monkeypatch.setattr("oncall.cli.publishing.what_changes", meanwhile)
    watched.look()
    with pytest.raises(ConflictError, match="dana"):
        watched.look(3)
    assert watched.version == 2
    watched.look()
    assert watched.version == 3


def test_a_clock_that_is_set_back_does_not_hold_a_change_up(watched: Watched) -> None:
    save(watched.folder, BOBS_WEEK)
    watched.look()
    watched.clock.at -= timedelta(hours=5)
    watched.settle()
    assert watched.version == 2


def test_a_first_folder_with_an_error_is_refused_aloud(tmp_path: Path, database: SqlDatabase) -> None:
    (tmp_path / "all.yaml").write_text("hotline: [", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="all"):
        Watched(tmp_path, database).start()


def test_one_look_at_a_time(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    entered, go_on, looks = threading.Event(), threading.Event(), []

    def slow(folder: Path) -> object:
        looks.append(folder)
        entered.set()
        go_on.wait(10)
        return ()

    monkeypatch.setattr("oncall.cli.folder_watch.folder_state", slow)
    other = threading.Thread(target=watched.watch.look, args=(watched.runtime,))
    other.start()
    assert entered.wait(10)
    watched.watch.look(watched.runtime)
    assert len(looks) == 1
    go_on.set()
    other.join()


def test_the_state_of_a_folder_changes_with_every_write_and_permission(tmp_path: Path) -> None:
    save(tmp_path, "a: 1")
    first = folder_state(tmp_path)
    assert folder_state(tmp_path) == first
    (tmp_path / "notes.txt").write_text("no schedule")
    assert folder_state(tmp_path) == first
    (tmp_path / "all.yaml").chmod(0o600)
    second = folder_state(tmp_path)
    save(tmp_path, "a: 2")
    assert len({first, second, folder_state(tmp_path), folder_state(tmp_path / "nowhere")}) == 4


URL = "https://calendar.example/team.ics"
ROTATION = next(line for line in WITH_BOB.splitlines() if "shift: 1w" in line)
BY_CALENDAR = WITH_BOB.replace(ROTATION[ROTATION.index("{") :], f'{{name: weekly, ical: "{URL}"}}]')


def test_whoever_a_new_calendar_names_is_on_call_from_the_instant_that_the_folder_is_published(
    watched: Watched,
) -> None:
    watched.calendars.text = calendar(shift("Bob Peeters", "20200101", "20990101"))
    save(watched.folder, BY_CALENDAR)
    watched.settle()
    schedule = watched.runtime.configuration.current().schedules["production"]
    assert on_call(schedule, watched.clock.now()).engineer == "bob"
    save(watched.folder, f"{BY_CALENDAR}# another edit\n")
    watched.settle()
    assert watched.version == 3
    assert len(watched.calendars.asked) == 1, "what the engine keeps up with is not asked for again"


def test_a_calendar_that_cannot_be_had_holds_up_no_publication(watched: Watched) -> None:
    watched.calendars.raises = TransientError("fetching the calendar at calendar.example: it answered HTTP 503")
    save(watched.folder, BY_CALENDAR)
    watched.settle()
    assert watched.version == 2
    assert any("HTTP 503" in line and "schedules.doubtful" in line for line in watched.logged)


def test_what_pagerduty_says_is_kept_with_the_version_that_names_its_schedule(watched: Watched) -> None:
    row = {"escalation_level": 1, "schedule": {"id": "PSCHED1"}, "start": None, "end": None}
    watched.calendars.text = oncalls_text([row | {"user": {"id": "PBOB"}}], "PSCHED1")
    start, end = WITH_BOB.rindex("timezone", 0, WITH_BOB.index(ROTATION)), WITH_BOB.index(ROTATION) + len(ROTATION)
    theirs = WITH_BOB[:start] + "pagerduty: PSCHED1" + WITH_BOB[end:]
    save(watched.folder, theirs.replace("name: Bob Peeters,", "name: Bob Peeters, pagerduty: PBOB,"))
    watched.settle()
    with watched.database.read() as uow:
        kept = uow.imported_calendars.get("pagerduty:PSCHED1")
    assert kept is not None
    assert (watched.version, kept.text) == (2, watched.calendars.text)
    assert [source for source, _ in watched.calendars.asked] == ["pagerduty:PSCHED1"]
