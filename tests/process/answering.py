"""An engineer who answers the pages that the provider took: by text, by key, or not at all."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.process.callers import ENGINEER
from tests.process.doors import Doors
from tests.process.provider import Provider, Taken
from tests.process.signed_requests import Signer, fresh_call_sid, fresh_message_sid


@dataclass
class Answers:
    """``by_text`` are the numbers of the incidents, ``by_key`` the ids of the deliveries, of which they were told that
    it was heard; ``resolved`` are incidents; ``not_heard`` is what no web answered."""

    provider: Provider
    doors: Doors
    signer: Signer
    by_text: list[int] = field(default_factory=list)
    by_key: list[str] = field(default_factory=list)
    resolved: list[int] = field(default_factory=list)
    not_heard: list[str] = field(default_factory=list)
    _seen: int = 0

    @contextlib.contextmanager
    def answering(self) -> Iterator[None]:
        """Page after page, until the block ends."""
        over = threading.Event()
        engineer = threading.Thread(target=self._answer, args=(over,))
        engineer.start()
        try:
            yield
        finally:
            over.set()
            engineer.join()

    def _answer(self, over: threading.Event) -> None:
        while not over.wait(0.02):
            for page in self.provider.taken[self._seen :]:
                if over.is_set():
                    return
                self._seen += 1
                if page.to == ENGINEER:
                    self._answer_one(page, self._seen)

    def _answer_one(self, page: Taken, serial: int) -> None:
        if page.kind == "Calls" and serial % 2 and "/deliveries/" in page.url:
            delivery_id = urlsplit(page.url).path.rpartition("/")[2]
            if self._heard(self.signer.key(page.url, fresh_call_sid(), ENGINEER, "1")):
                self.by_key.append(delivery_id)
        elif page.kind == "Messages" and serial % 3 == 0 and "ACK " in page.body:
            number = int(page.body.split(maxsplit=1)[0].strip("#:,"))
            if self._wrote(f"ACK {number}"):
                self.by_text.append(number)
            if serial % 2 and self._wrote(f"RESOLVE {number} The disk was full"):
                self.resolved.append(number)

    def _wrote(self, words: str) -> bool:
        return self._heard(self.signer.text(fresh_message_sid(), ENGINEER, words))

    def _heard(self, request: bytes) -> bool:
        document = self.doors.post(request)
        if b"<Message" in document or b"<Say" in document:
            return True
        self.not_heard.append(document.decode())
        return False
