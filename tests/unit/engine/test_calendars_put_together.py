"""A calendar is read beside what pages: until that is done, what was in force serves on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from oncall.core.entered_override import EnteredOverride
from oncall.core.schedule import on_call
from oncall.engine import calendar_texts
from oncall.engine.schedule_source import PublishedConfiguration
from oncall.ports import ImportedCalendar
from oncall.schedule_files import load
from tests.unit.calendars.calendar_text import calendar, shift
from tests.unit.engine.hotline import NIGHT, SECOND, YAML, Night
from tests.unit.engine.test_calendars import ALICE, BOB, TEAM, URL


@dataclass
class Background:
    """Keeps what is to be done beside, and what was said."""

    jobs: list[Callable[[], None]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def done(self) -> None:
        jobs = list(self.jobs)
        self.jobs.clear()
        for job in jobs:
            job()

    def log(self, event: str, **_fields: object) -> None:
        self.said.append(event)


@dataclass
class Served:
    night: Night
    background: Background
    source: PublishedConfiguration

    def engineer(self) -> str | None:
        """Who is on call a moment later, as a page would ask."""
        self.night.clock.at += 2 * SECOND
        self.source.refresh()
        return on_call(self.source.current().schedules["production"], self.night.clock.at).engineer

    def keep(self, text: str) -> None:
        """As if it had just been fetched."""
        now = self.night.clock.at
        with self.night.database.begin() as uow:
            uow.imported_calendars.save(ImportedCalendar(URL, now, text=text, fetched_at=now, changed_at=now))

    def publish(self, text: str) -> None:
        with self.night.database.begin() as uow:
            uow.schedule_versions.publish({"all.yaml": text}, fingerprint=text, author="t", now=self.night.clock.at)

    def is_up_to_date(self) -> bool:
        with self.night.database.read() as uow:
            return self.source.is_up_to_date(uow)


@pytest.fixture
def served(night: Night) -> Served:
    """A process that has begun with a calendar that says Alice."""
    background = Background()
    source = PublishedConfiguration(night.database, night.clock, load, background.log, background.jobs.append)
    found = Served(night, background, source)
    found.publish(TEAM)
    found.keep(ALICE)
    assert found.engineer() == "alice"
    assert background.jobs == [], "the first one is waited for: there is nothing else to serve"
    return found


def test_until_a_changed_calendar_has_been_read_the_old_one_serves_and_is_not_called_up_to_date(
    served: Served,
) -> None:
    before = served.source.changed_at()
    served.night.clock.at += 60 * SECOND
    served.keep(BOB)
    changed_at = served.night.clock.at
    assert served.engineer() == "alice"
    assert served.engineer() == "alice"
    assert len(served.background.jobs) == 1, "one reading at a time"
    assert not served.is_up_to_date()
    assert served.source.changed_at() == before
    served.background.done()
    assert on_call(served.source.current().schedules["production"], served.night.clock.at).engineer == "bob"
    assert served.is_up_to_date()
    assert served.source.changed_at() == changed_at


def test_a_version_is_in_force_whole_or_not_at_all(served: Served) -> None:
    before = served.source.version()
    served.publish(TEAM.replace("Alice Martin", "Alice Moreau"))
    served.engineer()
    assert (served.source.version(), served.source.current().engineers["alice"].name) == (before, "Alice Martin")
    served.background.done()
    assert (served.source.version(), served.source.current().engineers["alice"].name) == (before + 1, "Alice Moreau")


def test_what_changes_while_a_calendar_is_read_is_read_after_it(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = calendar_texts.with_calendars

    def changed_meanwhile(*given: Any) -> Any:
        monkeypatch.setattr(calendar_texts, "with_calendars", really)
        served.keep(calendar(shift("Dana", "20261101", "20261201")))
        assert served.engineer() == "alice"
        assert served.background.jobs == [], "one reading at a time"
        return really(*given)

    monkeypatch.setattr(calendar_texts, "with_calendars", changed_meanwhile)
    served.keep(BOB)
    served.engineer()
    served.background.done()
    assert not served.is_up_to_date()
    assert len(served.background.jobs) == 1
    served.background.done()
    assert served.engineer() == "dana"
    assert served.is_up_to_date()


def test_a_version_that_names_no_calendar_waits_for_nothing(served: Served) -> None:
    before = served.source.version()
    served.publish(YAML.replace("shift: 1w, engineers: [alice]", "shift: 1w, engineers: [dana]"))
    assert served.engineer() == "dana"
    assert (served.background.jobs, served.source.version()) == ([], before + 1)


def test_a_new_year_is_read_beside_too(served: Served) -> None:
    before = served.source.current()
    served.night.clock.at = NIGHT + timedelta(days=90)
    served.engineer()
    assert served.source.current() is before
    served.background.done()
    assert served.source.current() is not before


def test_a_mistake_of_ours_in_a_reading_is_said_and_tried_again(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_given: object) -> None:
        raise AssertionError("a mistake")

    with monkeypatch.context() as broken:
        broken.setattr(calendar_texts, "with_calendars", fails)
        served.keep(BOB)
        served.engineer()
        served.background.done()
    assert "configuration.not_put_together" in served.background.said
    assert served.engineer() == "alice"
    served.background.done()
    assert served.engineer() == "bob"


def test_an_override_that_is_entered_meanwhile_counts_at_once(served: Served) -> None:
    served.keep(BOB)
    served.engineer()
    assert len(served.background.jobs) == 1
    night = served.night
    now, until = night.clock.at, night.clock.at + timedelta(hours=4)
    with night.database.begin() as uow:
        uow.overrides.add(EnteredOverride(0, "production", "dana", now, until, "", "", now, "Erik", "command line"))
    assert served.engineer() == "dana"
    served.background.done()
    assert served.engineer() == "dana"
    assert on_call(served.source.published().schedules["production"], night.clock.at).engineer == "bob"
