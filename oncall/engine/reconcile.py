"""Comparing the provider's own lists with our rows: whatever came in while nobody here was listening is taken in.

One engine of many looks, at its start and every minute. Calls and texts of the last minute are left to their
webhooks. What is taken in goes through the same doors as a webhook, by the provider's id, so that a webhook that comes
at the same time, or later, takes no effect twice.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import TypeVar

from oncall.core.call import RecordingPart, part_of
from oncall.core.incident import Incident
from oncall.engine.intake import CALL_ENDED, Intake
from oncall.engine.operators import Operators
from oncall.engine.texts import Texts
from oncall.errors import ChannelError, StoreError
from oncall.ports import Environment, LoggedCall, LoggedRecording, LoggedText, ProviderLog, ProviderLogs, UnitOfWork

EVERY = timedelta(seconds=60)
LOOKED_BY_OTHERS = timedelta(seconds=15)
LEFT_TO_WEBHOOKS = timedelta(seconds=60)
# Clocks differ by minutes at most, recordings and long calls end later than they began.
OVERLAP = timedelta(minutes=10)
# Of two thousand each, at the one provider that we know: more than any honest week brings, and a list that goes round
# in a circle ends.
BATCHES_AT_MOST = 25
PAGED_FOR = timedelta(hours=24)
TOLD_OF = timedelta(days=7)
# An engineer's word of long ago may be about something else by now: silence must not come from it.
ENGINEERS_WORD_HOLDS = timedelta(minutes=10)
NOT_COMPARED_FOR = timedelta(hours=1)
TOLD_AGAIN_AFTER = timedelta(days=1)
Listed = TypeVar("Listed", LoggedCall, LoggedText, LoggedRecording)
# The provider answers these by itself.
_CARRIER_WORDS = frozenset(
    "STOP STOPALL UNSUBSCRIBE CANCEL END QUIT REVOKE OPTOUT START YES UNSTOP HELP INFO".split()  # noqa: SIM905
)


class Reconcile:
    """``run`` may be called every second; it looks at a provider when a look there is due."""

    def __init__(
        self, env: Environment, logs: ProviderLogs, intake: Intake, texts: Texts, operators: Operators
    ) -> None:
        self._logs = logs
        self._beginning = partial(_WithOne, env, intake=intake, texts=texts, operators=operators)
        self._with: dict[str, _WithOne] = {}

    def run(self) -> None:
        """Compare, where it is due and no other engine does. Raises StoreError while the database is away."""
        for name, log in self._logs().items():
            if name not in self._with:
                self._with[name] = self._beginning(name, log)
            self._with[name].run()


class _WithOne:
    """Comparing with one provider."""

    def __init__(
        self, env: Environment, name: str, log: ProviderLog, *, intake: Intake, texts: Texts, operators: Operators
    ) -> None:
        self._env = env
        self._name = name
        self._log = log
        self._intake = intake
        self._texts = texts
        self._operators = operators
        self._look_at: datetime | None = None

    def run(self) -> None:
        """Compare, where it is due and no other engine does. Raises StoreError while the database is away."""
        now = self._env.clock.now()
        if self._look_at is not None and now < self._look_at:
            return
        self._look_at = now + EVERY
        with self._env.database.begin() as uow:
            mark = uow.log_marks.claim(self._name, now, again_at=now + EVERY)
        if mark is None:
            self._look_at = now + LOOKED_BY_OTHERS
            return
        # A clock that was ahead for a while may have left a mark in what is still to come.
        since = max(min(mark.caught_up_to, now) - OVERLAP, now - TOLD_OF)
        try:
            self._compare(since, now)
        except ChannelError as error:
            self._env.log("reconcile.failed", problem=str(error))
            if now - mark.caught_up_to >= NOT_COMPARED_FOR:
                text = f"The lists of calls and texts of {self._name} cannot be read: {error}"
                with self._env.database.begin() as uow:
                    self._operators.tell(
                        uow, f"provider lists unread:{self._name}", text, now, quiet_for=TOLD_AGAIN_AFTER
                    )
            return
        with self._env.database.begin() as uow:
            uow.log_marks.caught_up(self._name, now)

    def _compare(self, since: datetime, now: datetime) -> None:
        for calls in self._batches("calls", self._log.inbound_calls(since), since, now):
            self._each(calls, self._unheard_calls(calls), lambda call: self._take_call(call, now))
        for texts in self._batches("texts", self._log.inbound_texts(since), since, now):
            self._each(texts, self._unheard_texts(texts), lambda text: self._take_text(text, now))
        for recordings in self._batches("recordings", self._log.recordings(since), since, now):
            self._take_recordings(recordings)

    def _take_recordings(self, recordings: Sequence[LoggedRecording]) -> None:
        of_call: dict[str, list[str]] = {}
        for one in recordings:
            if one.duration_seconds:
                of_call.setdefault(one.call_sid, []).append(one.sid)
        unheard = self._unheard_recordings(recordings)
        self._each(recordings, unheard, lambda one: self._take_recording(one, of_call.get(one.call_sid, [])))

    def _batches(
        self, what: str, batches: Iterator[list[Listed]], since: datetime, now: datetime
    ) -> Iterator[list[Listed]]:
        """What is settled, batch by batch; the operators are told where there are more than can ever be read."""
        oldest = now
        for batch in islice(batches, BATCHES_AT_MOST):
            oldest = min((at for at in map(_listed_at, batch) if at is not None), default=oldest)
            yield [one for one in batch if _is_settled(_listed_at(one), now)]
        if next(batches, None) is None:
            return
        text = (
            f"{self._name} lists so many {what} since {since:%Y-%m-%d %H:%M} UTC that what came before "
            f"{oldest:%H:%M} UTC of {oldest:%Y-%m-%d} was not compared with ours: look through its log for them."
        )
        self._env.log("reconcile.too_many", what=what, since=f"{since}", oldest=f"{oldest}")
        with self._env.database.begin() as uow:
            self._operators.tell(uow, f"provider lists too long:{self._name}:{what}", text, now)

    def _each(self, found: Sequence[Listed], unheard: frozenset[str], take: Callable[[Listed], None]) -> None:
        mistakes: list[tuple[str, str]] = []
        for one in found:
            if one.sid not in unheard:
                continue
            try:
                take(one)
            except StoreError:
                raise
            except Exception as problem:  # noqa: BLE001 - one that cannot be taken in must not hold up the others
                self._env.log("reconcile.mistake", sid=one.sid, problem=repr(problem))
                mistakes.append((one.sid, repr(problem)))
        if mistakes:
            self._tell_of_mistakes(mistakes)

    def _tell_of_mistakes(self, mistakes: Sequence[tuple[str, str]]) -> None:
        """In one message, and in another only where a newer one is among them."""
        sid, problem = mistakes[-1]
        others = f" and {len(mistakes) - 1} others" if len(mistakes) > 1 else ""
        text = f"What the provider lists as {sid}{others} could not be taken in; the log names each: {problem}"
        with self._env.database.begin() as uow:
            self._operators.tell(uow, f"not taken in:{sid}", text, self._env.clock.now())

    # ------------------------------------------------------------ what we have not heard of

    def _unheard_calls(self, calls: Sequence[LoggedCall]) -> frozenset[str]:
        with self._env.database.read() as uow:
            ended = uow.calls.ended([call.sid for call in calls])
        # Of a call that goes on there is nothing to take in but that it came; of one that we saw end, nothing at all.
        return frozenset(
            call.sid for call in calls if call.sid not in ended or (call.status in CALL_ENDED and not ended[call.sid])
        )

    def _unheard_texts(self, texts: Sequence[LoggedText]) -> frozenset[str]:
        with self._env.database.read() as uow:
            return frozenset(text.sid for text in texts) - uow.inbox.known([text.sid for text in texts])

    def _unheard_recordings(self, recordings: Sequence[LoggedRecording]) -> frozenset[str]:
        with self._env.database.read() as uow:
            return frozenset(one.sid for one in recordings) - uow.recordings.known([one.sid for one in recordings])

    # ------------------------------------------------------------ taking it in

    def _take_call(self, call: LoggedCall, now: datetime) -> None:
        began_at = call.started_at or now
        if now - began_at > PAGED_FOR:
            whom = call.from_number or "a withheld number"
            text = (
                f"Calls of more than a day ago were never heard here, such as {whom}'s of "
                f"{began_at:%Y-%m-%d %H:%M} UTC. Nobody is paged for them: ring them back."
            )
            with self._env.database.begin() as uow:
                self._operators.tell(uow, "calls too old", text, now)
            return

        def tell(uow: UnitOfWork, incident: Incident) -> None:
            text = (
                f"A call of {began_at:%H:%M} UTC did not reach us, and was found in the provider's list: incident "
                f"{incident.number}. There may be others: see the dashboard, and why our webhooks were not answered."
            )
            self._operators.tell(uow, "missed calls", text, now)

        self._intake.call_found(
            sid=call.sid,
            from_number=call.from_number,
            to_number=call.to_number,
            status=call.status,
            began_at=began_at,
            tell=tell,
        )

    def _take_recording(self, recording: LoggedRecording, in_order: Sequence[str]) -> None:
        if recording.duration_seconds:
            self._intake.recording_arrived(
                call_sid=recording.call_sid,
                recording_sid=recording.sid,
                part=part_of(recording.sid, in_order, self._parts(recording.call_sid)),
                duration_seconds=recording.duration_seconds,
            )

    def _parts(self, call_sid: str) -> dict[str, RecordingPart]:
        """What reached us of this call, by SID."""
        with self._env.database.read() as uow:
            call = uow.calls.get(call_sid)
            kept = uow.recordings.of(call.incident) if call is not None else []
        return {one.sid: one.part for one in kept if one.call_sid == call_sid}

    def _take_text(self, text: LoggedText, now: datetime) -> None:
        if text.body.strip().upper() in _CARRIER_WORDS:
            return
        age = now - (text.received_at or now)
        engineer = self._env.configuration.current().engineer_of(text.from_number)
        if age > (ENGINEERS_WORD_HOLDS if engineer else PAGED_FOR):
            whom = engineer.name if engineer else text.from_number or "a withheld number"
            late = f"Texts came too late to be obeyed, such as {whom}'s: {text.body[:100]}"
            with self._env.database.begin() as uow:
                self._operators.tell(uow, "texts too old", late, now)
            return
        # Its reply would have been the webhook's answer; what became of it is told by notices.
        sent_at = text.received_at or now - LEFT_TO_WEBHOOKS
        self._texts.received(sid=text.sid, from_number=text.from_number, body=text.body, sent_at=sent_at)
        self._env.log("reconcile.text", sid=text.sid)


def _listed_at(one: LoggedCall | LoggedText | LoggedRecording) -> datetime | None:
    match one:
        case LoggedCall():
            return one.started_at
        case LoggedText():
            return one.received_at
        case LoggedRecording():
            return one.created_at


def _is_settled(at: datetime | None, now: datetime) -> bool:
    return at is None or now - at >= LEFT_TO_WEBHOOKS
