"""Answers that must be here in time as a whole, the head and then the body.

A time limit of ``requests`` starts again with every byte that arrives; a server that sends its head a byte at a
time would hold an engine's thread for as long as it likes. Here the limit is for the head together, and for the body.
"""

import io
import socket
from datetime import datetime, timedelta
from http.client import HTTPResponse
from typing import Any

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from oncall.ports import Clock

_CHUNK_BYTES = 65_536


class AnswerTooLargeError(requests.RequestException):
    """The answer is larger than it may be."""


def timely_content(response: requests.Response, clock: Clock, max_bytes: int, seconds: float) -> bytes:
    """The body. Raises ReadTimeout where it only trickles, AnswerTooLargeError where it does not end."""
    until = clock.now() + timedelta(seconds=seconds)
    parts: list[bytes] = []
    size = 0
    while part := _read_some(response):
        parts.append(part)
        size += len(part)
        if size > max_bytes:
            raise AnswerTooLargeError(f"more than {max_bytes} bytes")
        if clock.now() > until:
            raise requests.ReadTimeout("the answer only trickles")
    return b"".join(parts)


def _read_some(response: requests.Response) -> bytes:
    try:
        return bytes(response.raw.read1(_CHUNK_BYTES, decode_content=True))
    except urllib3.exceptions.ReadTimeoutError as exc:
        raise requests.ReadTimeout("the answer stopped") from exc
    except urllib3.exceptions.HTTPError as exc:
        raise requests.exceptions.ChunkedEncodingError("the answer broke off") from exc


class _TimelyReader(io.RawIOBase):
    """Reads a socket; while ``until`` is set, never past it."""

    def __init__(self, sock: socket.socket, raw: io.RawIOBase, clock: Clock, until: datetime | None) -> None:
        self._sock = sock
        self._raw = raw
        self._clock = clock
        self.until = until

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self.until is not None:
            left = (self.until - self._clock.now()).total_seconds()
            # 0 would mean: do not wait at all, and fail otherwise than by a timeout.
            self._sock.settimeout(max(left, 0.001))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class TimelyAdapter(HTTPAdapter):
    """What a session mounts to get such answers."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Called by ``requests`` when the adapter is made."""
        super().init_poolmanager(*args, **kwargs)
        self._make_timely(self.poolmanager)

    def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> ProxyManager:
        """Called by ``requests`` where a proxy is to be asked."""
        manager: ProxyManager = super().proxy_manager_for(proxy, **kwargs)
        self._make_timely(manager)
        return manager

    def _make_timely(self, manager: PoolManager) -> None:
        http, https = _pools(self._clock)
        manager.pool_classes_by_scheme = {"http": http, "https": https}


def _pools(clock: Clock) -> tuple[type[HTTPConnectionPool], type[HTTPSConnectionPool]]:
    class TimelyResponse(HTTPResponse):
        def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
            super().__init__(sock, *args, **kwargs)
            self._limit = sock.gettimeout()
            until = clock.now() + timedelta(seconds=self._limit) if self._limit is not None else None
            self._sock = sock
            self._reader = _TimelyReader(sock, self.fp.detach(), clock, until)
            self.fp = io.BufferedReader(self._reader)

        def begin(self) -> None:
            super().begin()
            self._reader.until = None
            self._sock.settimeout(self._limit)

    class TimelyHttp(HTTPConnection):
        response_class = TimelyResponse

    class TimelyHttps(HTTPSConnection):
        response_class = TimelyResponse

    class Http(HTTPConnectionPool):
        ConnectionCls = TimelyHttp

    class Https(HTTPSConnectionPool):
        ConnectionCls = TimelyHttps

    return Http, Https
