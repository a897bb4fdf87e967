"""One address that moves: a door on loopback that leads to another server when it is told to, as a proxy does."""

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator


class Forwarder:
    """``port`` is where it is called, ``leads_to`` the port that each new connection is carried on to."""

    def __init__(self, port: int, leads_to: int) -> None:
        self.port = port
        self.leads_to = leads_to


class _Handler(socketserver.BaseRequestHandler):
    forwarder: Forwarder

    def handle(self) -> None:
        """Carry both ways until one side has said enough."""
        try:
            there = socket.create_connection(("127.0.0.1", self.forwarder.leads_to), timeout=5)
        except OSError:
            return
        there.settimeout(None)
        with there:
            back = threading.Thread(target=_carry, args=(there, self.request), daemon=True)
            back.start()
            _carry(self.request, there)
            back.join()


def _carry(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while found := source.recv(65536):
            target.sendall(found)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128


@contextlib.contextmanager
def running_forwarder(leads_to: int) -> Iterator[Forwarder]:
    """A door until the block ends."""
    forwarder = Forwarder(0, leads_to)
    with _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"forwarder": forwarder})) as server:
        forwarder.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield forwarder
        finally:
            server.shutdown()
            thread.join()
