"""A company's way out: a proxy whose every tunnel ends at one server of ours, its certificate its own authority."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

HOST = "goalert.example"

# For this host, signed by itself, good for nothing else; it ends in 2120.
_KEY = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgcLcxpEoTUKN0vTvD
aYRgi8ZccDTxmfg0gREylPIP+2KhRANCAATjdTohtGUCFSjDUN4wkiSjQIQT76rg
VsZ3DC0IfD+AAfJxGPafDeIeVQhik7JaSO1auhSCXUpSHMuvehI68zWv
-----END PRIVATE KEY-----
"""
CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIBhzCCAS2gAwIBAgIFAQIDBAUwCgYIKoZIzj0EAwIwGjEYMBYGA1UEAwwPZ29h
bGVydC5leGFtcGxlMCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAa
MRgwFgYDVQQDDA9nb2FsZXJ0LmV4YW1wbGUwWTATBgcqhkjOPQIBBggqhkjOPQMB
BwNCAATjdTohtGUCFSjDUN4wkiSjQIQT76rgVsZ3DC0IfD+AAfJxGPafDeIeVQhi
k7JaSO1auhSCXUpSHMuvehI68zWvo14wXDAaBgNVHREEEzARgg9nb2FsZXJ0LmV4
YW1wbGUwDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAoQwHQYDVR0OBBYE
FLRz5MRgfqqoLhVCkeCRcuVw7mvQMAoGCCqGSM49BAMCA0gAMEUCIQDpxOfkk4ZZ
1/BH6Wu3ORDHa8JnDC+yau4r6EamouWmuAIgKOh+FeXoRh4WXizMX8IGy2nSs2fr
Z+ZN59PP9J3ATCs=
-----END CERTIFICATE-----
"""


@dataclass
class Tunnel:
    """``asked`` are the heads of what the proxy was asked, ``heads`` those that came through."""

    url: str
    asked: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)


@contextmanager
def running_tunnel(folder: Path, body: str) -> Iterator[Tunnel]:
    """The proxy, on loopback, until the block ends; every request through it is answered with this JSON."""
    pem = folder / "server.pem"
    pem.write_text(_KEY + CERTIFICATE, encoding="ascii")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        tunnel = Tunnel(f"http://127.0.0.1:{listening.getsockname()[1]}")
        thread = threading.Thread(target=_serve, args=(listening, context, tunnel, body))
        thread.start()
        try:
            yield tunnel
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(listening: socket.socket, context: ssl.SSLContext, tunnel: Tunnel, body: str) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return  # the block has ended
        with connection:
            tunnel.asked.append(_head(connection))
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            try:
                with context.wrap_socket(connection, server_side=True) as inside:
                    tunnel.heads.append(_head(inside))
                    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
                    inside.sendall((head + body).encode())
            except OSError:
                continue  # whoever does not trust the certificate goes away


def _head(connection: socket.socket) -> str:
    found = b""
    while b"\r\n\r\n" not in found and (part := connection.recv(65536)):
        found += part
    return found.decode("latin-1")
