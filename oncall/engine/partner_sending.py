"""Sending partners what is due: claimed by a lease, sent outside any transaction, recorded, and tried again later.

A partner that is away is asked less and less, by this process as a whole; each has at most two of the workers that
pages need, all together four, and never the last one. Nothing here delays a page.
"""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from oncall.core.partner_event import GIVEN_UP_AFTER, Ending, PartnerEvent, Webhook, again_at, ended, waits
from oncall.engine.operators import Operators
from oncall.errors import BusyError, ChannelError, ConfigurationError, GoneError, PlaceError, RecipientError, SetupError
from oncall.ports import Environment, PartnerSender, UnitOfWork

LEASE_FOR = timedelta(seconds=45)
MOST_AT_ONCE = 2
MOST_TOGETHER = 4
# A worker that has a partner in hand sends it what else is due, and then makes room.
MOST_IN_A_ROW = 50
# Others of its events wait so long after a failure, twice as long after the next, and at most so long.
PAUSE_FOR = timedelta(seconds=1)
LONGEST_PAUSE_FOR = timedelta(seconds=60)
# Limits are of whoever asks: going on with others while one is refused makes them last longer.
LONGEST_HEEDED_FOR = timedelta(hours=1)
TOLD_AFTER_ATTEMPTS = 6
QUIET_FOR = timedelta(days=1)
FOR_EVER = timedelta(days=36_500)
WEBHOOK = "webhook"
# What says nothing of the partner as a whole: nobody else waits for it.
_OF_THIS_ONE = (RecipientError, PlaceError)


@dataclass
class _Partner:
    """What this process knows of a partner."""

    sending: int = 0
    failures: int = 0
    paused_until: datetime | None = None


class PartnerSending:
    """``claim`` says what is to be sent now, ``send_claimed`` sends it."""

    def __init__(self, env: Environment, senders: Mapping[str, PartnerSender], operators: Operators) -> None:
        """``senders`` are by kind: ``webhook``, and ``pagerduty``, ``github``, ``slack`` where they are connected."""
        self._env = env
        self._senders = senders
        self._operators = operators
        self._known: dict[str, _Partner] = {}
        self._lock = threading.Lock()

    def names(self) -> list[str]:
        """Whom anything may be sent to."""
        return [partner for partner, _ in self._partners()]

    def first_of(self, due: Mapping[str, datetime]) -> datetime | None:
        """When the first of these is to be sent; None where there is nothing, or nobody free to send it."""
        partners = [partner for partner, known in self._partners() if known.sending < MOST_AT_ONCE]
        return min((self._not_before(partner, due[partner]) for partner in partners if partner in due), default=None)

    def claim(self, now: datetime, room: int) -> list[PartnerEvent]:
        """Events to send now: two of a partner, four in all in this process, and never more than half of ``room``."""
        with self._lock:
            left = min(room // 2, MOST_TOGETHER - sum(known.sending for known in self._known.values()))
        claimed: list[PartnerEvent] = []
        for partner, known in self._partners():
            most = min(left - len(claimed), MOST_AT_ONCE - known.sending)
            if most > 0 and not (known.paused_until is not None and known.paused_until > now):
                found = self._lease(partner, now, most)
                with self._lock:
                    known.sending += len(found)
                claimed += found
        return claimed

    def send_claimed(self, event: PartnerEvent) -> None:
        """Send one, and what else is due to the same partner; record what came of each."""
        try:
            following: PartnerEvent | None = event
            for _ in range(MOST_IN_A_ROW):
                if following is None or not self._send(following):
                    return
                following = next(iter(self._lease(event.partner, self._env.clock.now(), 1)), None)
        finally:
            with self._lock:
                self._known[event.partner].sending -= 1

    def _lease(self, partner: str, now: datetime, limit: int) -> list[PartnerEvent]:
        with self._env.database.begin() as uow:
            return uow.partner_events.claim_due(partner, now, again_at=now + LEASE_FOR, limit=limit)

    def _partners(self) -> Iterator[tuple[str, _Partner]]:
        for partner in self._configured():
            yield partner, self._known.setdefault(partner, _Partner())

    def _configured(self) -> list[str]:
        named = [kind for kind in self._senders if kind != WEBHOOK]
        try:
            webhooks = self._env.configuration.current().webhooks.values()
        except ConfigurationError:  # nothing is published yet
            return named
        return [*named, *(webhook.partner for webhook in webhooks)]

    def _not_before(self, partner: str, at: datetime) -> datetime:
        paused_until = self._known[partner].paused_until
        return max(at, paused_until) if paused_until is not None else at

    def _send(self, event: PartnerEvent) -> bool:
        """Whether the partner can be sent more at once."""
        webhook = self._webhook(event)
        try:
            if self._env.clock.now() - event.created_at > GIVEN_UP_AFTER:
                raise RecipientError("it could not be sent within three days", code="too-old")
            kind = event.partner.partition(":")[0]
            if kind == WEBHOOK and webhook is None:
                raise GoneError("no webhook of that name is configured any more", code="removed")
            if webhook is not None and self._is_gone(webhook):
                raise GoneError("it has said that it wants no more", code="gone")
            self._senders[kind].send(event, webhook.url if webhook else "")
        except ChannelError as error:
            self._failed(event, webhook, error)
            return isinstance(error, _OF_THIS_ONE)
        self._known[event.partner].failures = 0
        self._known[event.partner].paused_until = None
        self._finish(event, Ending.SENT)
        self._env.log("partner.told", partner=event.partner, incident=event.incident, type=event.type)
        return True

    def _webhook(self, event: PartnerEvent) -> Webhook | None:
        webhooks = self._env.configuration.current().webhooks
        return webhooks.get(event.partner.partition(":")[2])

    def _is_gone(self, webhook: Webhook) -> bool:
        with self._env.database.read() as uow:
            return uow.alarms.get(_gone(webhook)) is not None

    def _finish(self, event: PartnerEvent, how: Ending, *, problem: str = "") -> None:
        now = self._env.clock.now()
        with self._env.database.begin() as uow:
            if self._current(uow, event) is not None:
                self._end(uow, event, how, now, problem)

    def _current(self, uow: UnitOfWork, event: PartnerEvent) -> PartnerEvent | None:
        """The event, locked after its incident; None where another worker has had it since."""
        if event.incident is not None:
            uow.incidents.get(event.incident, lock=True)
        current = uow.partner_events.get(event.id, lock=True)
        if current is None or current.ending is not None or current.attempts != event.attempts:
            return None
        return current

    def _end(self, uow: UnitOfWork, event: PartnerEvent, how: Ending, now: datetime, problem: str) -> None:
        uow.partner_events.save(ended(event, how, now, problem=problem))
        if event.key and uow.partner_events.let_next_go(event.partner, event.key, now):
            uow.wake_engine()

    def _failed(self, event: PartnerEvent, webhook: Webhook | None, error: ChannelError) -> None:
        now = self._env.clock.now()
        self._env.log(
            "partner.not_told", partner=event.partner, incident=event.incident, type=event.type, problem=str(error)
        )
        asked_for = error.wait_for if isinstance(error, BusyError) else None
        if not isinstance(error, _OF_THIS_ONE):
            self._pause(event.partner, now, asked_for or timedelta())
        at = None
        if not isinstance(error, RecipientError):
            at = again_at(event, now, self._env.rng.random(), asked_for)
        with self._env.database.begin() as uow:
            current = self._current(uow, event)
            if current is None:
                return
            if at is not None:
                uow.partner_events.save(waits(current, at, problem=str(error)))
            else:
                self._end(uow, current, Ending.GIVEN_UP, now, str(error))
            self._tell(uow, event, webhook, error, now, given_up=at is None)

    def _pause(self, partner: str, now: datetime, asked_for: timedelta) -> None:
        known = self._known[partner]
        wait_for = min(PAUSE_FOR * 2 ** min(known.failures, 10), LONGEST_PAUSE_FOR)
        known.paused_until = now + max(wait_for, min(asked_for, LONGEST_HEEDED_FOR))
        known.failures += 1

    def _tell(
        self,
        uow: UnitOfWork,
        event: PartnerEvent,
        webhook: Webhook | None,
        error: ChannelError,
        now: datetime,
        *,
        given_up: bool,
    ) -> None:
        partner = event.partner
        if isinstance(error, GoneError):
            if webhook is not None:
                text = f"The webhook {webhook.key} gets no events any more: {error}. Another url begins again."
                self._operators.tell(uow, f"webhook gone:{_fingerprint(webhook)}", text, now, quiet_for=FOR_EVER)
        elif given_up:
            whose = f" of incident {event.incident}" if event.incident is not None else ""
            text = f"An event{whose} for {partner} was given up: {error}."
            self._operators.tell(uow, f"partner given up:{partner}", text, now, quiet_for=QUIET_FOR)
        elif isinstance(error, SetupError) or event.attempts == TOLD_AFTER_ATTEMPTS:
            text = f"{partner} does not hear of incidents: {error}. It is tried again for three days."
            place = _place_of(uow, event) if isinstance(error, PlaceError) else ""
            self._operators.tell(uow, f"partner:{partner}{place}", text, now, quiet_for=QUIET_FOR)


def _place_of(uow: UnitOfWork, event: PartnerEvent) -> str:
    """Whose place it is, so that one customer's trouble does not keep another's unsaid; "" where it is nobody's."""
    incident = uow.incidents.get(event.incident) if event.incident is not None else None
    return f":{incident.customer}" if incident is not None and incident.customer else ""


def _gone(webhook: Webhook) -> str:
    return f"webhook gone:{_fingerprint(webhook)}"


def _fingerprint(webhook: Webhook) -> str:
    """Names this webhook at this address, of which parts may be secret."""
    return f"{webhook.key} {sha256(webhook.url.encode()).hexdigest()[:8]}"
