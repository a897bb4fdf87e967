"""A small mail server that takes mail, or refuses it at the step that we name."""

import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

BREAK_OFF = "break off"
SILENCE = "silence"


@dataclass
class FakeSmtp:
    """``replies`` maps a command ("RCPT", "DATA", "BODY", "CONNECT") to what is said in the place of success."""

    port: int = 0
    replies: dict[str, str] = field(default_factory=dict)
    features: list[str] = field(default_factory=lambda: ["AUTH PLAIN LOGIN"])
    commands: list[str] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)
    connections: int = 0


class _BrokenOffError(Exception):
    """The server hangs up."""


class _Conversation(socketserver.StreamRequestHandler):
    fake: FakeSmtp

    def handle(self) -> None:
        self.fake.connections += 1
        try:
            self._say("CONNECT", "220 mail.example.com")
            while line := self.rfile.readline():
                if not self._command(line.decode().strip()):
                    return
        except (_BrokenOffError, OSError):
            return

    def _command(self, line: str) -> bool:
        self.fake.commands.append(line)
        verb = line.split()[0].upper()
        if verb == "EHLO":
            lines = ["mail.example.com", *self.fake.features]
            said = "".join(f"250{'-' if n < len(lines) else ' '}{text}\r\n" for n, text in enumerate(lines, 1))
            self.wfile.write(said.encode())
        elif verb == "DATA":
            if self._say("DATA", "354 go on"):
                self._mail()
        elif verb == "AUTH":
            self._say(verb, "235 welcome")
        else:
            self._say(verb, "250 fine")
        return verb != "QUIT"

    def _mail(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        self.fake.mails.append(b"".join(lines))
        self._say("BODY", "250 taken")

    def _say(self, step: str, success: str) -> bool:
        reply = self.fake.replies.get(step, success)
        if reply == BREAK_OFF:
            raise _BrokenOffError
        if reply == SILENCE:
            time.sleep(0.8)
            raise _BrokenOffError
        self.wfile.write(f"{reply}\r\n".encode())
        return reply == success


@contextmanager
def running_fake_smtp() -> Iterator[FakeSmtp]:
    """The server, on loopback, until the block ends."""
    state = FakeSmtp()

    class Handler(_Conversation):
        fake = state

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    server = Server(("127.0.0.1", 0), Handler)
    state.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
