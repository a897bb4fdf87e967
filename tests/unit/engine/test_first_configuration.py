"""A web process that has just started answers its first calls, however many come at once."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from oncall.core.configuration import Configuration
from oncall.engine.schedule_source import PublishedConfiguration
from oncall.errors import ConfigurationError

PUBLISHED_AT = datetime(2026, 3, 1, tzinfo=UTC)


def a_configuration() -> Configuration:
    return cast(Configuration, SimpleNamespace(schedules={}))


def a_version(number: int, **files: str) -> SimpleNamespace:
    return SimpleNamespace(files=files, version=number, published_at=PUBLISHED_AT)


def _says_nothing(*_words: object, **_fields: object) -> None:
    """No log is looked at."""


def _at_once(job: Callable[[], None]) -> None:
    job()


NOTHING_ENTERED = SimpleNamespace(active=lambda _since: [], changed_at=lambda: None)


class _OnePublished:
    @contextmanager
    def read(self) -> Iterator[Any]:
        published = a_version(1)
        yield SimpleNamespace(
            schedule_versions=SimpleNamespace(
                newest=lambda: (1, published.published_at), get=lambda _version: published
            ),
            overrides=NOTHING_ENTERED,
        )


def test_calls_that_come_while_the_first_schedule_is_being_read_wait_for_it() -> None:
    loading, go_on = threading.Event(), threading.Event()
    loaded = a_configuration()

    def load(_files: object) -> Configuration:
        loading.set()
        assert go_on.wait(10)
        return loaded

    clock: Any = SimpleNamespace(now=lambda: datetime(2026, 3, 1, tzinfo=UTC))
    database: Any = _OnePublished()
    source = PublishedConfiguration(database, clock, load, _says_nothing, _at_once)
    found: list[object] = []
    first = threading.Thread(target=lambda: found.append(source.current()))
    second = threading.Thread(target=lambda: found.append(source.current()), daemon=True)
    first.start()
    assert loading.wait(10)
    second.start()
    second.join(0.2)
    assert second.is_alive(), "it was answered before there was anything to answer"
    go_on.set()
    first.join(10)
    second.join(10)
    assert found == [loaded, loaded]


def test_a_release_that_cannot_read_the_newest_schedule_serves_the_last_one_that_it_can_and_says_so() -> None:
    """GoAlert, processinglock: a module of another version switched itself off, and said so once, at the start."""
    good = a_configuration()

    def load(files: dict[str, str]) -> Configuration:
        if "from the future" in files:
            raise ConfigurationError("hotline.yaml:1:1: unknown key")
        return good

    versions = {1: a_version(1), 2: a_version(2, **{"from the future": ""})}

    class Published:
        @contextmanager
        def read(self) -> Iterator[Any]:
            yield SimpleNamespace(
                schedule_versions=SimpleNamespace(
                    newest=lambda: (max(versions), versions[max(versions)].published_at), get=versions.get
                ),
                overrides=NOTHING_ENTERED,
            )

    now = [datetime(2026, 3, 1, tzinfo=UTC)]
    clock: Any = SimpleNamespace(now=lambda: now[0])
    database: Any = Published()
    source = PublishedConfiguration(
        database, clock, cast(Any, load), lambda *_words, **_fields: None, lambda job: job()
    )
    assert (source.current(), source.version()) == (good, 1)
    assert "Version 2" in source.problem()
    versions[3] = a_version(3)
    now[0] += timedelta(seconds=2)
    source.refresh()
    assert (source.version(), source.problem()) == (3, "")


def test_a_version_that_is_gone_with_a_lost_server_serves_no_longer_and_its_number_may_be_given_again() -> None:
    """A standby that takes over may lack what was published last."""
    versions = {1: a_version(1, says="first"), 2: a_version(2, says="lost")}

    class Published:
        @contextmanager
        def read(self) -> Iterator[Any]:
            yield SimpleNamespace(
                schedule_versions=SimpleNamespace(
                    newest=lambda: (max(versions), versions[max(versions)].published_at), get=versions.get
                ),
                overrides=NOTHING_ENTERED,
            )

    def load(files: dict[str, str]) -> Configuration:
        return cast(Configuration, SimpleNamespace(schedules={}, says=files["says"]))

    now = [datetime(2026, 3, 1, tzinfo=UTC)]
    clock: Any = SimpleNamespace(now=lambda: now[0])
    database: Any = Published()
    source = PublishedConfiguration(database, clock, cast(Any, load), _says_nothing, _at_once)

    def served() -> tuple[int, str]:
        now[0] += timedelta(seconds=2)
        source.refresh()
        current: Any = source.current()
        return source.version(), current.says

    assert served() == (2, "lost")
    del versions[2]
    assert served() == (1, "first")
    versions[2] = a_version(2, says="second")
    assert served() == (2, "second")
    versions[2] = a_version(2, says="third")
    versions[2].published_at = now[0]
    assert served() == (2, "third"), "the one before was lost, and this one published, between two looks"
