"""A primary PostgreSQL and a standby that follows it, both temporary and on loopback."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.postgres import PostgresServer, postgres_folder


def asked(server: PostgresServer, question: str) -> list[tuple[object, ...]]:
    """What the server answers, by its own socket."""
    with psycopg.connect(server.url.replace("+psycopg", ""), autocommit=True) as connection:
        cursor = connection.execute(question.encode())
        return cursor.fetchall() if cursor.description else []


def wait_until(holds: Callable[[], bool], seconds: float, what: str) -> None:
    """Fails, and says what, where that takes longer."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, what
        time.sleep(0.05)


@dataclass(frozen=True, slots=True)
class Pair:
    """A primary, and a standby that follows it."""

    primary: PostgresServer
    standby: PostgresServer

    @property
    def url(self) -> str:
        """Both, as PostgreSQL itself writes it."""
        return f"postgresql://postgres@127.0.0.1:{self.primary.port},127.0.0.1:{self.standby.port}/postgres"

    def replicate_synchronously(self) -> None:
        """From now on no commit is answered before the standby has it."""
        asked(self.primary, "ALTER SYSTEM SET synchronous_standby_names = 'standby'")
        asked(self.primary, "SELECT pg_reload_conf()")
        state = "SELECT sync_state FROM pg_stat_replication"
        wait_until(lambda: asked(self.primary, state) == [("sync",)], 20, "the standby does not follow")

    def go_on_without_the_standby(self) -> None:
        """Commits are answered again, those too that waited for it."""
        asked(self.primary, "ALTER SYSTEM SET synchronous_standby_names = ''")
        asked(self.primary, "SELECT pg_reload_conf()")

    def fall_behind(self) -> None:
        """Whatever is committed from now on does not reach the standby."""
        asked(self.standby, "ALTER SYSTEM SET primary_conninfo = ''")
        asked(self.standby, "SELECT pg_reload_conf()")
        wait_until(
            lambda: asked(self.primary, "SELECT 1 FROM pg_stat_replication") == [], 20, "the standby still follows"
        )


@contextlib.contextmanager
def running_pair(binaries: Path, ports: tuple[int, int]) -> Iterator[Pair]:
    """The two, until the block ends; the standby follows asynchronously."""
    with (
        postgres_folder(binaries, durable=True, port=ports[0]) as primary,
        postgres_folder(binaries, durable=True, port=ports[1]) as standby,
    ):
        primary.make()
        primary.start()
        standby.make_from(primary, "standby")
        standby.start()
        yield Pair(primary, standby)
