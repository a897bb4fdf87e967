"""How we connect to PostgreSQL: to whichever server may be written to, and never for longer than a caller waits.

A server that was promoted, demoted or fenced off tells its clients so with the next answer, or refuses to write; either
way its connections are thrown away, and the next try finds whichever server may be written to by then.
"""

import re
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import URL, Engine, NullPool, create_engine, event
from sqlalchemy.exc import InvalidatePoolError

from oncall.store import silent_servers

# A caller hears nothing while a webhook waits, and the provider gives up after 15 s.
WAIT_SECONDS = 5.0
CONNECT_SECONDS = 3  # each host of several
READ_ONLY = "25006"
_OPTIONS = "-c statement_timeout=5000 -c lock_timeout=4000 -c idle_in_transaction_session_timeout=60000 -c timezone=UTC"
_WRITABLE = "read-write"
_ASKED = "target_session_attrs"
_SEVERAL_HOSTS = re.compile(
    r"(?P<before>postgres\w*(?:\+\w+)?://(?:[^/?#]*@)?)(?P<hosts>[^/?#@]*,[^/?#@]*)(?P<path>/[^?]*)?(?:\?(?P<asked>.*))?"
)
_HOST = re.compile(r"(?P<name>\[[^\]]*\]|[^:]*)(?::(?P<port>\d*))?")
# What the server tells of itself unasked, from release 14 on.
_TELLS_READ_ONLY = (b"in_hot_standby", b"default_transaction_read_only")


def one_place(url: str) -> str:
    """The same URL as SQLAlchemy reads it where it names several hosts, as libpq writes them: host1:5432,host2:5432.

    Raises ValueError where one of them cannot be read.
    """
    found = _SEVERAL_HOSTS.fullmatch(url)
    if found is None:
        return url
    hosts = [_HOST.fullmatch(host) for host in found["hosts"].split(",")]
    if not all(host is not None and host["name"] for host in hosts):
        raise ValueError(f"one of the hosts {found['hosts']} has no name")
    query = {
        "host": ",".join(host["name"].strip("[]") for host in hosts if host is not None),
        "port": ",".join(host["port"] or "5432" for host in hosts if host is not None),
    }
    asked = f"&{found['asked']}" if found["asked"] else ""
    return f"{found['before']}{found['path'] or '/'}?{urlencode(query)}{asked}"


def pooled(url: URL, wait_seconds: float) -> Engine:
    """For transactions; ``wait_seconds`` above WAIT_SECONDS lets statements take as long as they want."""
    engine = create_engine(
        url,
        pool_size=10,
        max_overflow=26,  # an engine has 32 threads and its loop
        pool_timeout=CONNECT_SECONDS,
        pool_pre_ping=True,
        # Last in, first out: the server behind it still knows our rows and statements. And after a failover each that
        # waited in the pool has to be made anew, for seconds where a frozen server is asked before its standby.
        pool_use_lifo=True,
        connect_args=_arguments(url, wait_seconds),
    )
    if wait_seconds <= WAIT_SECONDS:
        silent_servers.leave(engine)
    return _leaving_read_only_servers(engine)


def for_looks(engine: Engine) -> Engine:
    """The same database for questions of one statement each: where that saves asking the server first whether it is
    there, and telling it where a transaction begins and ends, which takes twice as long as the question."""
    if engine.dialect.name != "postgresql":
        return engine
    looker = create_engine(
        engine.url,
        # A question takes a millisecond, to connect takes several: rather wait for one of these than open another.
        pool_size=4,
        max_overflow=0,
        pool_timeout=CONNECT_SECONDS,
        pool_use_lifo=True,
        isolation_level="AUTOCOMMIT",
        connect_args=_arguments(engine.url, WAIT_SECONDS),
    )
    silent_servers.leave(looker)
    return _leaving_read_only_servers(looker)


def for_listening(url: URL) -> Engine:
    """For one connection that is kept open and listens."""
    listener = create_engine(
        url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=_arguments(url, WAIT_SECONDS)
    )
    silent_servers.leave(listener)
    return listener


def asks_to_write(url: URL) -> bool:
    """Whether a new connection leads to a server that may be written to. If not, it may be no better than the last."""
    return url.query.get(_ASKED, _WRITABLE) == _WRITABLE


def is_read_only(connection: Any) -> bool:
    """Whether the server has said of this driver's connection that nothing can be written; not asked for anew."""
    return any(connection.pgconn.parameter_status(name) == b"on" for name in _TELLS_READ_ONLY)


def _leaving_read_only_servers(engine: Engine) -> Engine:
    """A server may be demoted, or fenced off, while our connections to it live on: through a proxy, for one."""
    known: Any = engine.dialect.is_disconnect

    def is_gone(error: Any, connection: Any, cursor: Any) -> bool:
        return getattr(error, "sqlstate", None) == READ_ONLY or known(error, connection, cursor)

    def look(connection: Any, _record: Any, _proxy: Any) -> None:
        if is_read_only(connection):
            raise InvalidatePoolError("the server may not be written to any more")

    engine.dialect.is_disconnect = is_gone  # type: ignore[assignment,method-assign]
    if asks_to_write(engine.url):
        event.listen(engine, "checkout", look)
    return engine


def _arguments(url: URL, wait_seconds: float) -> dict[str, Any]:
    asked = url.query.get("options", "")
    options = _OPTIONS if wait_seconds <= WAIT_SECONDS else "-c timezone=UTC"
    ours = {
        _ASKED: _WRITABLE,
        "connect_timeout": CONNECT_SECONDS,
        # A server that vanished without a word: what was sent to it, and what is listened for.
        "tcp_user_timeout": 5000,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
    }
    return {
        **{name: value for name, value in ours.items() if name not in url.query},
        "options": f"{options} {asked if isinstance(asked, str) else ' '.join(asked)}".strip(),
    }
