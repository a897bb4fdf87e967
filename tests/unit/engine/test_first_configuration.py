"""A web process that has just started answers its first calls, however many come at once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from oncall.core.configuration import Configuration
from oncall.engine.schedule_source import PublishedConfiguration


class _OnePublished:
    @contextmanager
    def read(self) -> Iterator[Any]:
        published = SimpleNamespace(files={})
        yield SimpleNamespace(
            schedule_versions=SimpleNamespace(latest_version=lambda: 1, latest=lambda: published),
        )


def test_calls_that_come_while_the_first_schedule_is_being_read_wait_for_it() -> None:
    loading, go_on = threading.Event(), threading.Event()
    loaded = cast(Configuration, object())

    def load(_files: object) -> Configuration:
        loading.set()
        assert go_on.wait(10)
        return loaded

    clock: Any = SimpleNamespace(now=lambda: datetime(2026, 3, 1, tzinfo=UTC))
    database: Any = _OnePublished()
    source = PublishedConfiguration(database, clock, load, lambda *_words, **_fields: None)
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
