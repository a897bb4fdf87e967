"""How a matter reaches us: a call, a text, or by hand. The first webhook commits the incident; everything later
enriches it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from oncall.core.call import Call, Recording, RecordingPart
from oncall.core.configuration import Configuration
from oncall.core.drill import as_drill
from oncall.core.escalation import bring_forward
from oncall.core.incident import (
    Incident,
    IncidentState,
    IntakeChannel,
    RequestType,
    Screening,
    TimelineEntry,
    TimelineKind,
)
from oncall.core.promise_clock import promised
from oncall.core.reopen import heard
from oncall.core.sla import Priority
from oncall.core.wording import clean
from oncall.engine.notices import Notices
from oncall.engine.partners import Partners
from oncall.engine.respond import Respond
from oncall.engine.unheard import Unheard
from oncall.errors import ConflictError, UsageError
from oncall.phone_numbers import callable_number, dialled_number
from oncall.ports import Environment, UnitOfWork

CALL_ENDED = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
LONGEST_TEXT = 1600
_RECORDED = {
    RecordingPart.NAME: "their name",
    RecordingPart.PROBLEM: "the problem",
    RecordingPart.MESSAGE: "a message",
}


class Intake:
    """Every method is idempotent: a webhook that comes twice takes effect once."""

    def __init__(
        self, env: Environment, respond: Respond, notices: Notices, unheard: Unheard, partners: Partners
    ) -> None:
        self._env = env
        self._respond = respond
        self._notices = notices
        self._unheard = unheard
        self._partners = partners

    def call_arrived(self, *, sid: str, from_number: str, to_number: str, drill: bool = False) -> Incident:
        """Commit the call and its incident, whose safety timer pages by itself from now on.

        ``drill``: nobody phoned; it is for practice.
        """
        try:
            # Taken for new without asking: almost all are, and callers wait for every statement.
            return self._env.database.write(lambda uow: self._new_call(uow, sid, from_number, to_number, drill))
        except ConflictError:
            # The same webhook once more: the other one has committed by now.
            with self._env.database.begin() as uow:
                return self._call(uow, sid, from_number, to_number)

    def caller_is_human(self, sid: str) -> Incident | None:
        """The caller pressed a key or said a word. None: no such call."""
        with self._env.database.begin() as uow:
            incident = self._incident_of_call(uow, sid)
            return self._heard(uow, incident) if incident is not None else None

    def callback_number(self, *, sid: str, digits: str) -> bool:
        """The caller typed a number to call back; False where it is none that we may call."""
        number = dialled_number(digits, self._env.configuration.current().hotline.number)
        with self._env.database.begin() as uow:
            incident = self._incident_of_call(uow, sid)
            if incident is None or not number:
                return False
            known = uow.incidents.save(replace(self._heard(uow, incident), caller_number=number))
            if known.paged_at is not None:
                # Else the first page will tell them.
                self._notices.catch_up(uow, [known], self._env.clock.now())
            return True

    def recording_arrived(
        self, *, call_sid: str, recording_sid: str, part: RecordingPart, duration_seconds: int
    ) -> Incident | None:
        """The caller said something. The description of the problem is the last we wait for. None: no such call."""
        now = self._env.clock.now()
        with self._env.database.begin() as uow:
            incident = self._incident_of_call(uow, call_sid)
            if incident is None:
                return None
            recording = Recording(recording_sid, call_sid, incident.number, part, now, duration_seconds, fetch_at=now)
            if not uow.recordings.add(recording):
                return incident
            text = f"The caller recorded {_RECORDED[part]} ({duration_seconds} s)"
            uow.timeline.add(incident.number, [TimelineEntry(now, TimelineKind.RECORDING, text)])
            uow.wake_engine()
            known = self._heard(uow, incident)
            return self._page_now(uow, known, now) if part.is_the_last_asked_for else known

    def transcript_arrived(self, *, call_sid: str, recording_sid: str, text: str) -> None:
        """The provider's transcription, however late; never waited for."""
        now = self._env.clock.now()
        with self._env.database.begin() as uow:
            incident = self._incident_of_call(uow, call_sid)
            recording = uow.recordings.get(recording_sid, lock=True)
            words = clean(text)[:LONGEST_TEXT]
            if incident is None or recording is None or recording.transcript or not words:
                return
            uow.recordings.save(replace(recording, transcript=words))
            entry = TimelineEntry(
                now, TimelineKind.RECORDING, f"Transcript of the caller's {recording.part.value}: {words}"
            )
            uow.timeline.add(incident.number, [entry])
            if recording.part is RecordingPart.NAME:
                known = replace(incident, caller_name=incident.caller_name or words[:80])
            else:
                known = replace(incident, summary=incident.summary or words)
            self._partners.learned(uow, uow.incidents.save(known), now)

    def caller_finished(self, sid: str) -> Incident | None:
        """The caller gave all there is to give, or could not: page now. None: no such call."""
        now = self._env.clock.now()
        with self._env.database.begin() as uow:
            incident = self._incident_of_call(uow, sid)
            return self._page_now(uow, incident, now) if incident is not None else None

    def call_status(self, *, sid: str, status: str, from_number: str, to_number: str) -> None:
        """The provider says how the call goes. An ended one pages now, or is screened.

        A call of which this is the first we hear (our host was down when it came in) is taken in now: no call is lost.
        """
        if status not in CALL_ENDED:
            return
        try:
            self._call_ended(sid, status, from_number, to_number)
        except ConflictError:
            # The first webhook of the call, at the same time: it has committed by now.
            self._call_ended(sid, status, from_number, to_number)

    def call_found(
        self,
        *,
        sid: str,
        from_number: str,
        to_number: str,
        status: str,
        began_at: datetime,
        tell: Callable[[UnitOfWork, Incident], None],
    ) -> None:
        """The provider lists a call of which we have not heard, or not its end: somebody else may have answered it.

        Whether the caller spoke cannot be known, so it pages and is never screened. ``tell`` is called where it is new
        to us. A promise runs from the call on, not from when it was found.
        """
        try:
            with self._env.database.begin() as uow:
                if uow.calls.get(sid) is None:
                    found = Call(sid, 0, self._number(from_number), to_number, began_at, status)
                    tell(uow, self._found_call(uow, found))
                    return
        except ConflictError:
            # Its first webhook, at the same time: it has committed by now.
            self._env.log("call.found_twice", call=sid)
        if status in CALL_ENDED:
            self._call_ended(sid, status, from_number, to_number, may_screen=False)

    def _found_call(self, uow: UnitOfWork, found: Call) -> Incident:
        now = self._env.clock.now()
        opened = self._open(uow, found.from_number, IntakeChannel.PHONE, by=found.from_number or "a withheld number")
        ended_at = now if found.status in CALL_ENDED else None
        if not uow.calls.add(replace(found, incident=opened.number, ended_at=ended_at)):
            raise ConflictError(f"the call {found.sid} has been taken in")
        configuration = self._env.configuration.current()
        promise = configuration.promise_of(opened.priority, opened.customer)
        late = promised(opened, promise, configuration.business_hours, found.started_at)
        incident = uow.incidents.save(replace(late, screening=Screening.PASSED))
        text = f"The call of {found.started_at:%H:%M:%S} UTC did not reach us; it stood in the provider's list"
        uow.timeline.add(incident.number, [TimelineEntry(now, TimelineKind.CALL, text)])
        return self._page_now(uow, incident, now)

    def _call_ended(self, sid: str, status: str, from_number: str, to_number: str, *, may_screen: bool = True) -> None:
        now = self._env.clock.now()
        with self._env.database.begin() as uow:
            known = uow.calls.get(sid)
            incident = self._incident_of_call(uow, sid) or self._call(uow, sid, from_number, to_number)
            call = uow.calls.get(sid, lock=True)
            if call is None or call.ended_at is not None:
                return
            uow.calls.save(replace(call, status=status, ended_at=now))
            uow.timeline.add(incident.number, [TimelineEntry(now, TimelineKind.CALL, f"The call ended ({status})")])
            if may_screen and self._known_to_be_silent(uow, incident, known):
                self._respond.screen(uow, incident.number)
            else:
                self._page_now(uow, incident, now)

    def _known_to_be_silent(self, uow: UnitOfWork, incident: Incident, call: Call | None) -> bool:
        """Whether the caller is known, not guessed, to have given no key and no word. ``call`` is None where its end is
        the first that we hear of it."""
        if call is None or incident.state is not IncidentState.TRIGGERED or incident.paged_at is not None:
            return False
        if not incident.caller_number:
            # The text that says how to reach us after all would reach nobody.
            return False
        return incident.screening is Screening.PENDING and self._unheard.nothing_of(uow, call)

    def open_by_hand(
        self,
        *,
        summary: str,
        by: str,
        channel: IntakeChannel,
        caller_number: str = "",
        customer: str = "",
        priority: Priority = Priority.PRODUCTION_DOWN,
    ) -> Incident:
        """An incident without a call: by SMS (DOWN), command line or dashboard. Paged for at once, if at all.

        Raises UsageError for an unknown customer (key) or a number that cannot be called.
        """
        configuration = self._env.configuration.current()
        number = self._number(caller_number)
        if caller_number and not number:
            raise UsageError(f"{caller_number} is not a number that can be called; write it as +32470111111.")
        if customer and customer not in configuration.customers:
            raise UsageError(f"There is no customer {customer!r}. There are: {', '.join(configuration.customers)}.")
        with self._env.database.begin() as uow:
            return self._open(uow, number, channel, priority=priority, summary=summary, customer=customer, by=by)

    def text_opens(self, uow: UnitOfWork, *, from_number: str, body: str) -> Incident:
        """Somebody texted DOWN: an incident in the transaction of the text."""
        number = self._number(from_number)
        return self._open(uow, number, IntakeChannel.SMS, summary=body, by=from_number or "a withheld number")

    def reported(
        self,
        uow: UnitOfWork,
        *,
        channel: IntakeChannel,
        priority: Priority,
        request_type: RequestType,
        summary: str,
        by: str,
        customer: str = "",
        caller_name: str = "",
    ) -> Incident:
        """Somebody wrote to us where a customer's people write: an incident in the transaction of what they wrote.

        ``customer`` is a key of the configuration, "" for nobody we know; ``by`` says who, for the timeline.
        """
        opened = self._open(uow, "", channel, priority=priority, summary=summary, customer=customer, by=by)
        if opened.request_type is request_type and not caller_name:
            return opened
        return uow.incidents.save(replace(opened, request_type=request_type, caller_name=clean(caller_name)[:80]))

    def bring_forward(self, uow: UnitOfWork, incident: Incident) -> Incident:
        """Page now, where paging has not begun."""
        return self._page_now(uow, incident, self._env.clock.now())

    def _call(self, uow: UnitOfWork, sid: str, from_number: str, to_number: str) -> Incident:
        return self._incident_of_call(uow, sid) or self._new_call(uow, sid, from_number, to_number)

    def _new_call(self, uow: UnitOfWork, sid: str, from_number: str, to_number: str, drill: bool = False) -> Incident:
        """Raises ConflictError where the call has been taken in."""
        number = self._number(from_number)
        incident = self._open(uow, number, IntakeChannel.PHONE, by=number or "a withheld number", drill=drill)
        now = incident.opened_at
        if not uow.calls.add(Call(sid, incident.number, number, to_number, now)):
            raise ConflictError(f"the call {sid} has been taken in")
        return incident

    def _open(
        self,
        uow: UnitOfWork,
        number: str,
        channel: IntakeChannel,
        *,
        by: str,
        summary: str = "",
        customer: str = "",
        priority: Priority = Priority.PRODUCTION_DOWN,
        drill: bool = False,
    ) -> Incident:
        now = self._env.clock.now()
        configuration = self._env.configuration.current()
        known = configuration.customers.get(customer) or configuration.customer_of(number)
        phoned = channel is IntakeChannel.PHONE
        opening = Incident(
            number=0,
            state=IncidentState.TRIGGERED,
            priority=priority,
            request_type=RequestType.PROBLEM,
            channel=channel,
            opened_at=now,
            policy=configuration.policy_of(priority, known.key if known else ""),
            token=self._env.ids.secret(),
            due_at=now + configuration.hotline.page_after_for if phoned else now,
            customer=known.key if known else "",
            company=known.name if known else "",
            caller_name=known.contact_name(number) if known else "",
            caller_number=number,
            language=(known.language if known else "") or configuration.hotline.language,
            summary=clean(summary)[:LONGEST_TEXT],
            screening=Screening.PENDING if phoned and known is None else Screening.PASSED,
        )
        incident = uow.incidents.open(as_drill(opening) if drill else self._promised(opening, configuration))
        who = f"{known.name}, {by}" if known and by != known.name else by
        how = "by hand" if channel is IntakeChannel.OPERATOR else f"by {channel.value}"
        what = "Drill, opened" if drill else "Opened"
        entry = TimelineEntry(now, TimelineKind.OPENED, f"{what} {how}: {who}", "opened")
        uow.timeline.add(incident.number, [entry])
        self._partners.opened(uow, incident, entry, now)
        if not phoned:
            uow.wake_engine()
        self._env.log("incident.opened", incident=incident.number, channel=channel.value, customer=incident.customer)
        return incident

    def _promised(self, opening: Incident, configuration: Configuration) -> Incident:
        promise = configuration.promise_of(opening.priority, opening.customer)
        running = promised(opening, promise, configuration.business_hours, opening.opened_at)
        # Nobody is paged: the next that happens by itself is that people are told of the promise.
        return replace(running, due_at=running.promise_due_at) if running.quiet else running

    def _number(self, raw: str) -> str:
        """A number that we may call back. One that the schedules folder names is, whatever the metadata thinks of
        it."""
        written = raw.strip()
        configuration = self._env.configuration.current()
        if configuration.customer_of(written) or configuration.engineer_of(written):
            return written
        return callable_number(written)

    def _incident_of_call(self, uow: UnitOfWork, sid: str) -> Incident | None:
        call = uow.calls.get(sid)
        return uow.incidents.get(call.incident, lock=True) if call is not None else None

    def _heard(self, uow: UnitOfWork, incident: Incident) -> Incident:
        """The caller is human. The call's end may have been told first and screened it: then it is paged for now."""
        change = heard(incident, now=self._env.clock.now())
        if not change.changed:
            return incident
        uow.timeline.add(incident.number, change.timeline)
        uow.wake_engine()
        stored = uow.incidents.save(change.incident)
        self._partners.heard(uow, stored, change.outcome, self._env.clock.now())
        return stored

    def _page_now(self, uow: UnitOfWork, incident: Incident, now: datetime) -> Incident:
        sooner = bring_forward(incident, now)
        if sooner == incident:
            return incident
        uow.wake_engine()
        return uow.incidents.save(sooner)
