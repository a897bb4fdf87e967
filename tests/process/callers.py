"""Customers who phone while processes are killed, and the check that nobody who was answered is forgotten."""

import contextlib
import itertools
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from oncall.store import open_store
from tests.process.doors import Doors
from tests.process.provider import Provider
from tests.process.service import Service
from tests.process.signed_requests import fresh_call_sid, fresh_message_sid

SECONDS_TO_PAGE_ALL = 60
ENGINEER = "+32470000001"


@dataclass
class Callers:
    """Customers who phone one after another, whether anybody answers or not."""

    service: Service
    answered: list[str] = field(default_factory=list)
    doors: Doors | None = None
    # By call: what some of them write as well, while nobody has come back to them.
    texts: dict[str, str] = field(default_factory=dict)
    unanswered: int = 0
    pause_seconds: float = 0.12
    held_on: list[str] = field(default_factory=list)
    numbers: dict[str, str] = field(default_factory=dict)

    @contextlib.contextmanager
    def phoning(self) -> Iterator[None]:
        """Three lines, until the block ends."""
        over = threading.Event()
        lines = [threading.Thread(target=self._phone, args=(line, over)) for line in range(3)]
        for line in lines:
            line.start()
        try:
            yield
        finally:
            over.set()
            for line in lines:
                line.join()

    def _phone(self, line: int, over: threading.Event) -> None:
        for serial in itertools.count():
            if over.wait(self.pause_seconds):
                return
            sid, number = fresh_call_sid(), f"+3247{line + 2}{serial:06d}"
            self.numbers[sid] = number
            if self._take_in(sid, number):
                self.answered.append(sid)
                # Some say what is wrong; of the others nothing more is ever heard, and their safety timer pages.
                if serial % 3 == 0:
                    self._post(self.service.signer.problem_recorded(sid, number))
                elif serial % 5 == 0:
                    self._write(sid, number)
            else:
                self.unanswered += 1

    def _take_in(self, sid: str, number: str) -> bool:
        """Whether the call was answered; one that is asked to hold on, because the database is away, asks again."""
        answer = self._post(self.service.signer.incoming(sid, number))
        if b"trouble=" in answer or b"error=" in answer:
            self.held_on.append(sid)
            answer = self._post(self.service.signer.incoming(sid, number))
            return bool(answer) and b"trouble=" not in answer and b"error=" not in answer
        return bool(answer)

    def _write(self, sid: str, number: str) -> None:
        words = f"It is still down, says {number[-7:]}"
        if self._post(self.service.signer.text(fresh_message_sid(), number, words)):
            self.texts[sid] = words

    def _post(self, request: bytes) -> bytes:
        return (self.doors or Doors(self.service.port)).post(request)


def forgotten(service: Service, provider: Provider, answered: list[str]) -> list[str]:
    """What is wrong with the answered calls: those without an incident, and those whose page never left."""
    store = open_store(service.environment()["DATABASE_URL"])
    try:
        with store.read() as uow:
            calls = {sid: uow.calls.get(sid) for sid in answered}
            numbers = {call.incident for call in calls.values() if call is not None} - _texted(provider)
            # Whoever answers a call within milliseconds gets no text any more.
            rung = {number for number in numbers if any(_rang(provider, page.id) for page in uow.deliveries.of(number))}
    finally:
        store.close()
    lost = [f"{sid} has no incident" for sid, call in calls.items() if call is None]
    return lost + [f"{number} was never paged for" for number in sorted(numbers - rung)]


def _texted(provider: Provider) -> set[int]:
    texts = [one.body for one in list(provider.taken) if one.kind == "Messages" and one.to == ENGINEER]
    first = [body.split(maxsplit=1)[0].strip("#:,") for body in texts]
    return {int(word) for word in first if word.isdigit()}


def _rang(provider: Provider, delivery: str) -> bool:
    return any(one.kind == "Calls" and one.to == ENGINEER and delivery in one.url for one in list(provider.taken))


def wait_until_none_is_forgotten(service: Service, provider: Provider, answered: list[str]) -> list[str]:
    """What is still forgotten when the time is over: nothing, if all is well."""
    until = time.monotonic() + SECONDS_TO_PAGE_ALL
    while (problems := forgotten(service, provider, answered)) and time.monotonic() < until:
        time.sleep(0.5)
    return problems


def sent_twice(provider: Provider) -> list[str]:
    """What the provider was asked for a second time: calls by their delivery, texts by whom they go to and what they
    say."""
    seen: set[tuple[str, str]] = set()
    twice: list[str] = []
    for taken in provider.taken:
        key = (taken.to, taken.url or taken.body)
        if key in seen:
            twice.append(f"{taken.kind} to {taken.to}: {key[1]}")
        seen.add(key)
    return twice
