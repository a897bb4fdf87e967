"""One address that moves: a door on loopback that leads to another server when it is told to, as a proxy does."""

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator


class Forwarder:
    """``port`` is where it is called, ``leads_to`` the port, or socket, that each new connection is carried on to.

    While it is not ``open``, connections are kept and taken, and nothing is carried.
    """

    def __init__(self, port: int, leads_to: int | str) -> None:
        self.port = port
        self.leads_to = leads_to
        self.open = threading.Event()
        self.open.set()

    def connected(self) -> socket.socket:
        """A connection to where it leads now. Raises OSError."""
        if isinstance(self.leads_to, int):
            return socket.create_connection(("127.0.0.1", self.leads_to), timeout=5)
        there = socket.socket(socket.AF_UNIX)
        there.connect(self.leads_to)
        return there

    def carry(self, source: socket.socket, target: socket.socket) -> None:
        """One way, until either side hangs up."""
        with contextlib.suppress(OSError):
            while found := source.recv(65536):
                self.open.wait()
                target.sendall(found)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


class _Handler(socketserver.BaseRequestHandler):
    forwarder: Forwarder

    def handle(self) -> None:
        """Carry both ways."""
        try:
            there = self.forwarder.connected()
        except OSError:
            return
        there.settimeout(None)
        with there:
            back = threading.Thread(target=self.forwarder.carry, args=(there, self.request), daemon=True)
            back.start()
            self.forwarder.carry(self.request, there)
            back.join()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128


@contextlib.contextmanager
def running_forwarder(leads_to: int | str) -> Iterator[Forwarder]:
    """A door until the block ends."""
    forwarder = Forwarder(0, leads_to)
    with _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"forwarder": forwarder})) as server:
        forwarder.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield forwarder
        finally:
            forwarder.open.set()
            server.shutdown()
            thread.join()
