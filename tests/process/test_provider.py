"""The provider of these tests takes what a real one would, or it would count what nobody sent."""

import socket
from urllib.parse import urlsplit

from tests.process.provider import Provider

FORM = b"To=%2B32470000001&Body=Production+down"


def asked(provider: Provider, body: bytes) -> bytes:
    """What it answers to a text whose body ends there; nothing where it does not take it."""
    at = urlsplit(provider.url)
    head = f"POST /Accounts/AC0/Messages.json HTTP/1.1\r\nHost: {at.netloc}\r\nContent-Length: {len(FORM)}\r\n\r\n"
    with socket.create_connection((at.hostname, at.port), 10) as connection:
        connection.sendall(head.encode() + body)
        connection.shutdown(socket.SHUT_WR)
        return connection.recv(65_536)


def test_what_broke_off_because_its_sender_died_was_asked_for_by_nobody(provider: Provider) -> None:
    for cut in (b"", FORM[:-1]):
        assert asked(provider, cut) == b""
    assert asked(provider, FORM).startswith(b"HTTP/1.1 201")
    assert [taken.body for taken in provider.taken] == ["Production down"]
