"""Every promise as a check that runs at every event of a world.

It keeps its own memory of what was committed, asked of the provider, said and done, and never asks the service's
bookkeeping. What is broken is raised by `after_event`, outside the service, whose own error handling must not hide it.
"""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from oncall.core.delivery import Delivery, DeliveryKind, DeliveryState
from oncall.core.incident import Incident, IncidentState, IntakeChannel, Resolution
from oncall.core.notice import NoticePurpose
from oncall.errors import OncallError
from oncall.sim.claims import claims_in
from oncall.sim.endings import Endings
from oncall.sim.handed_over import HandedOver
from oncall.sim.in_process import HttpAnswer
from oncall.sim.kept_promises import paged_nobody, wrong_promise
from oncall.sim.lost_calls import lost_calls
from oncall.sim.people import Deed, Heard, Memory
from oncall.sim.remembered import IncidentStory, Sent, acknowledging_keys, together_with
from oncall.sim.surroundings import Surroundings
from oncall.sim.told_shifts import ToldShifts
from oncall.sim.watched_database import Commit
from oncall.sim.webhook import WebhookRequest

LEASE_FOR = timedelta(seconds=15)
OVERDUE_FOR = timedelta(seconds=35)
RINGS_ON_FOR = timedelta(seconds=10)
WAITS_FOR_THE_CARRIER = timedelta(minutes=15)
_OUR_MISTAKES = frozenset(
    {"calendar.mistake", "dispatch.failed", "job.failed", "promise.failed", "shift_notices.failed", "tick.failed"}
)
_LOOKS_EVERY = timedelta(seconds=5)
_OUR_TWIML = frozenset({11750, 11770, 12100, 12200, 12300, 13520, 14103})
_ENDED = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
_DELIVERY = re.compile(r"/deliveries/([0-9a-f]{32})")
_UNTOLD = re.compile(r"cause=untold:(\d+)")


class BrokenPromiseError(OncallError):
    """A promise was broken; the message says which, how, when, and how to see it again."""


class Invariants:
    """The memory, and the checks. Each check names the promise that it keeps.

    ``taken`` counts how often the provider took each delivery, alone or together with others.
    """

    def __init__(self, world: Surroundings) -> None:
        self._world = world
        self.memory = Memory()
        self.stories: dict[int, IncidentStory] = {}
        self.deliveries: dict[str, Delivery] = {}
        self.calls: dict[str, int] = {}
        self.sent: dict[str, Sent] = {}
        self.taken: Counter[str] = Counter()
        self.names: dict[str, str] = {}
        self.phones: dict[str, str] = {}
        self.commits = 0
        self.webhooks = 0
        self.lost_answers = 0
        self.broken: list[str] = []
        self._human_calls: set[str] = set()
        self._operators_know: set[int] = set()
        self._debugged = 0
        self._looked_at: datetime | None = None
        self._phone_incidents = 0
        self._told_shifts = ToldShifts()
        self.handed_over = HandedOver()

    def engineers(self, names: Mapping[str, str], phones: Mapping[str, str]) -> None:
        """Engineers' names and phones by key; those of earlier schedules stay known."""
        self.names |= names
        self.phones |= phones

    # ------------------------------------------------------------ the rows

    def committed(self, commit: Commit) -> None:
        """A transaction was committed."""
        if commit.empty:
            return
        self.commits += 1
        for call in commit.calls:
            self.calls[call.sid] = call.incident
        for delivery in commit.claimed:
            self._may_be_claimed(delivery)
        for delivery in commit.added:
            if delivery.about_shifts and (wrong := self._told_shifts.wrong_with(delivery)):
                self._break(6, wrong)
        for delivery in (*commit.added, *commit.claimed, *commit.saved):
            self.deliveries[delivery.id] = delivery
        self._incidents_stored(commit)
        oncalls = self._world.oncalls
        if oncalls is not None and (wrong := oncalls.wrong_with(commit.timeline)):
            self._break(8, wrong)
        if self._phone_incidents != len(self.calls):
            self._break(10, f"{len(self.calls)} calls became {self._phone_incidents} incidents")

    def _incidents_stored(self, commit: Commit) -> None:
        # Whoever takes over hands over and acknowledges in one transaction: nobody sees how it was in between.
        for incident in {each.number: each for each in commit.incidents}.values():
            known = self.stories.get(incident.number)
            if wrong := paged_nobody(known.latest if known else None, incident, commit.added):
                self._break(1, wrong)
            self._stored(incident)

    def _may_be_claimed(self, delivery: Delivery) -> None:
        story = self.stories.get(delivery.incident) if delivery.incident is not None else None
        if delivery.kind is DeliveryKind.PAGE and story and story.latest.state is not IncidentState.TRIGGERED:
            self._break(4, f"a page of incident {delivery.incident} was claimed while it is {story.latest.state}")
        if delivery.kind is DeliveryKind.PAGE and story and delivery.recipient in story.latest.acknowledgements:
            self._break(4, f"{delivery.recipient} is paged about {delivery.incident}, and has acknowledged it")

    def _stored(self, incident: Incident) -> None:
        story = self.stories.get(incident.number)
        before = story.latest if story else None
        if story is None:
            story = self.stories[incident.number] = IncidentStory(incident)
            self._phone_incidents += incident.channel is IntakeChannel.PHONE
        story.latest = incident
        self._has_a_next_action(incident)
        if wrong := wrong_promise(incident, self._world.now):
            self._break(2, wrong)
        self._acknowledged(story, before, incident)
        if incident.state is IncidentState.TRIGGERED:
            if before is None or before.state is not IncidentState.TRIGGERED:
                story.triggered_at, story.silent_since = self._world.now, None
            return
        if before is not None and before.state is IncidentState.TRIGGERED:
            story.silent_since = self._world.now
            self._world.later(RINGS_ON_FOR.total_seconds(), lambda: self._rings_no_more(incident.number))
        if incident.state is IncidentState.RESOLVED and (before is None or before.state is not IncidentState.RESOLVED):
            story.resolved.append(self._world.now)
            self._may_be_screened(incident)

    def _has_a_next_action(self, incident: Incident) -> None:
        if not incident.open:
            return
        if incident.due_at is None:
            self._break(2, f"incident {incident.number} is open and has no next action")
            return
        now, waits = self._world.now, [step.wait_for for step in incident.policy.steps]
        longest = max([*waits, incident.policy.acknowledge_timeout_for, timedelta(minutes=1)])
        # Whoever planned it may have a clock that is ahead.
        if incident.due_at > max(now + longest, incident.snoozed_until or now) + self._world.clocks.wrong_by:
            self._break(2, f"incident {incident.number} waits until {incident.due_at}, longer than any step")

    def _acknowledged(self, story: IncidentStory, before: Incident | None, incident: Incident) -> None:
        """Each who has acknowledged is a human, and until there are as many as the policy asks for paging goes on."""
        who, had_it = incident.acknowledged_by, before.acknowledged_by if before is not None and before.held else ""
        known = {had_it, *(before.acknowledgements if before is not None else ())}
        since = story.triggered_at or incident.opened_at
        for engineer in {who, *incident.acknowledgements} - known if incident.held else ():
            keys = acknowledging_keys(self.deliveries, incident.number, engineer)
            if not self.memory.human_acknowledged(self.phones.get(engineer, ""), since, keys):
                self._break(
                    5, f"incident {incident.number} was acknowledged by {engineer}, who pressed and wrote nothing"
                )
        if incident.held and who != had_it:
            story.acknowledged.append((self._world.now, who))

    def _may_be_screened(self, incident: Incident) -> None:
        if incident.resolution is not Resolution.SCREENED:
            return
        calls = [sid for sid, number in self.calls.items() if number == incident.number]
        if incident.customer or any(sid in self._human_calls for sid in calls):
            self._break(1, f"incident {incident.number} was screened although a human or a customer called")

    # ------------------------------------------------------------ the provider

    def asked_provider(self, method: str, path: str, form: Mapping[str, str], answer: HttpAnswer) -> None:
        """The service asked the provider for something."""
        if answer.status >= 500:
            self.lost_answers += 1
        if method != "POST" or not path.endswith(("/Calls.json", "/Messages.json")):
            return
        found = _DELIVERY.search(form.get("StatusCallback", ""))
        delivery = self.deliveries.get(found[1]) if found else None
        if delivery is None:
            self._break(6, f"the provider was asked for something that no committed delivery asks for: {form}")
            return
        together = together_with(delivery, self.deliveries)
        # One of them was claimed, and says all that is in doubt with it: their own next tries may be later.
        self._may_be_sent(max(together, key=lambda one: (self._is_wanted(one), one.state is DeliveryState.CLAIMED)))
        if answer.status == 201:
            self.taken.update(one.id for one in together)
            self._seldom_twice(delivery, answer)
            if wrong := self.handed_over.took(
                path.split("/")[3], delivery.method, form.get("Body", ""), self._world.now
            ):
                self._break(1, wrong)

    def _is_wanted(self, delivery: Delivery) -> bool:
        story = self.stories.get(delivery.incident) if delivery.incident is not None else None
        return story is None or story.latest.state is IncidentState.TRIGGERED

    def _may_be_sent(self, delivery: Delivery) -> None:
        now = self._world.now
        if delivery.state not in {DeliveryState.CLAIMED, DeliveryState.SENT} and not delivery.finished:
            self._break(6, f"delivery {delivery.id} was sent without having been claimed")
        story = self.stories.get(delivery.incident) if delivery.incident is not None else None
        if story is None:
            return
        silent = story.silent_since
        if delivery.kind is DeliveryKind.PAGE and silent is not None and now - silent > LEASE_FOR:
            self._break(
                4, f"a page of incident {delivery.incident} left {now - silent} after it was {story.latest.state}"
            )
        if delivery.kind is DeliveryKind.NOTICE:
            self._notice_is_true(delivery, story)

    def _notice_is_true(self, delivery: Delivery, story: IncidentStory) -> None:
        name, latest = delivery.details.get("engineer", ""), story.latest
        if delivery.purpose == NoticePurpose.ACKNOWLEDGED:
            holder = latest.acknowledged_by if latest.held else ""
            if not holder or name != self.names.get(holder, holder):
                self._break(3, f"the customer of {delivery.incident} is told that {name} has it, and {holder!r} has it")
        if delivery.purpose == NoticePurpose.RESOLVED and not story.resolved:
            self._break(3, f"the customer of {delivery.incident} is told that it is resolved, and it never was")

    def _seldom_twice(self, delivery: Delivery, answer: HttpAnswer) -> None:
        found = re.search(rb'"sid": ?"(\w+)"', answer.body)
        # The database may have gone away while it was on its way, and then nobody could record that it went.
        before = self._mishaps() - self._world.database_is_away
        sent = self.sent.setdefault(delivery.id, Sent(self._world.now, before))
        sent.times += 1
        sent.sids += [found[1].decode()] if found else []
        if sent.times > 1 + self._mishaps() - sent.mishaps_before:
            self._break(6, f"the provider took delivery {delivery.id} {sent.times} times, and nothing had gone wrong")

    def _mishaps(self) -> int:
        return self._world.crashes + self.lost_answers + (0 if self._world.undisturbed else 1)

    def _rings_no_more(self, number: int) -> None:
        story = self.stories[number]
        if story.silent_since is None or self._world.now - story.silent_since < RINGS_ON_FOR:
            return
        if not self._world.undisturbed:
            return
        for delivery in list(self.deliveries.values()):
            if delivery.incident != number or delivery.kind is not DeliveryKind.PAGE:
                continue
            if any(map(self._is_wanted, together_with(delivery, self.deliveries))):
                continue
            sent = self.sent.get(delivery.bundle or delivery.id)
            for sid in sent.sids if sent is not None else []:
                calls = (carrier.calls.get(sid) for carrier in self._world.carriers)
                call = next((found for found in calls if found is not None), None)
                if call is not None and call.status in {"queued", "initiated", "ringing"}:
                    self._break(4, f"a page of incident {number} still rings {RINGS_ON_FOR} after it was answered")

    # ------------------------------------------------------------ webhooks

    def asked(self, request: WebhookRequest) -> None:
        """The provider sends a webhook; whether anybody is there to answer it or not, a caller gave what it brings."""
        path, sid = urlsplit(request.url).path, request.params.get("CallSid", "")
        gave = request.params.get("Digits", "hangup") != "hangup" or request.params.get("SpeechResult")
        recorded = request.params.get("RecordingSid") and request.params.get("RecordingDuration") != "0"
        if sid and path.startswith("/voice/") and (gave or recorded):
            self._human_calls.add(sid)

    def answered(self, request: WebhookRequest, answer: HttpAnswer) -> None:
        """The service answered a webhook."""
        self.webhooks += 1
        path = urlsplit(request.url).path
        sid = request.params.get("CallSid", "")
        text = answer.body.decode("utf-8", "replace") if path.startswith("/voice/") and answer.status == 200 else ""
        taken = path == "/voice/incoming" and ("<Record" in text or "<Gather" in text)
        ended = path == "/voice/status" and answer.status == 204 and request.params.get("CallStatus", "") in _ENDED
        if (taken or ended) and sid not in self.calls:
            self._break(1, f"the call {sid} was answered and no incident was committed")
        self._is_true(text)

    def forged(self, answer: HttpAnswer, commits_before: int) -> None:
        """A webhook that nobody signed was answered."""
        if answer.status != 403 or self.commits != commits_before:
            self._break(10, f"a forged webhook was answered {answer.status}, commits {self.commits - commits_before}")

    # ------------------------------------------------------------ people

    def did(self, deed: Deed) -> None:
        """A human did something."""
        self.memory.deeds.append(deed)

    def was_told(self, number: str, heard: Heard) -> None:
        """A human heard or read something."""
        self.memory.told.setdefault(number, []).append(heard)
        self._is_true(heard.words)

    def _is_true(self, words: str) -> None:
        for claim in claims_in(words):
            story = self.stories.get(claim.incident)
            if claim.over:
                true = story is not None and bool(story.resolved)
            else:
                holders = self._holders(story) if story is not None else set()
                true = claim.holder in holders if claim.holder else bool(holders)
            if not true:
                self._break(3, f'said "{claim.words}" and nothing like it was committed')

    def _holders(self, story: IncidentStory) -> set[str]:
        return {self.names.get(who, who) for _, who in story.acknowledged}

    # ------------------------------------------------------------ the log

    def logged(self, event: str, line: str) -> None:
        """A line was logged, as it stands on stderr."""
        for number in self._world.carriers[0].phones:
            if number[1:] in line:
                self._break(11, f"the log names {number} in full: {line}")
        untold = _UNTOLD.search(line) if event == "operators.told" else None
        if untold:
            self._operators_know.add(int(untold[1]))
        if event in _OUR_MISTAKES:
            self._break(1, f"a mistake of ours holds work up: {line}")
        if "traceback" in line and "StoreUnavailableError" not in line:
            self._break(10, f"the service failed inside: {line}")

    # ------------------------------------------------------------ in between, and at the end

    def after_event(self) -> None:
        """Look around, and raise what was broken. Raises BrokenPromiseError."""
        world = self._world
        debugger = [entry for carrier in world.carriers for entry in carrier.debugger]
        for entry in debugger if len(debugger) > self._debugged else ():
            if entry.code in _OUR_TWIML or (entry.code == 11200 and "HTTP 4" in entry.message):
                self._break(10, f"the provider could not use our answer: {entry}")
        self._debugged = len(debugger)
        if self._looked_at is None or world.now - self._looked_at >= _LOOKS_EVERY:
            self._looked_at = world.now
            if world.undisturbed:
                self._nothing_is_stuck()
        if self.broken:
            raise BrokenPromiseError(self.broken[0])

    def _nothing_is_stuck(self) -> None:
        before = self._world.now - OVERDUE_FOR
        for story in self.stories.values():
            incident = story.latest
            if incident.open and incident.due_at is not None and incident.due_at < before:
                self._break(2, f"incident {incident.number} was due at {incident.due_at} and nobody looked")
        for delivery in self.deliveries.values():
            if self._stuck(delivery, before):
                self._break(2, f"delivery {delivery.id} ({delivery.purpose}) is overdue: {delivery.due_at}")

    def _stuck(self, delivery: Delivery, before: datetime) -> bool:
        story = self.stories.get(delivery.incident) if delivery.incident is not None else None
        silent = story is not None and story.latest.state is not IncidentState.TRIGGERED
        if delivery.kind is DeliveryKind.PAGE and silent:
            return False
        if delivery.state is DeliveryState.WAITING and self.handed_over.is_busy(delivery.method, self._world.now):
            return delivery.due_at < before - WAITS_FOR_THE_CARRIER
        if delivery.state is DeliveryState.WAITING:
            return delivery.due_at < before
        return delivery.state is DeliveryState.CLAIMED and (delivery.lease_until or delivery.due_at) < before

    def at_end(self) -> None:
        """What must hold once everybody has answered and all faults are over. Raises BrokenPromiseError."""
        for story in self.stories.values():
            for promise, what in self._endings(story.latest.number).broken(story):
                self._break(promise, what)
        for sid, number in self.calls.items():
            if number not in self.stories:
                self._break(1, f"the call {sid} has no incident")
        for carrier in self._world.carriers:
            for sid in lost_calls(carrier, self.calls):
                self._break(1, f"the call {sid} reached our number and became no incident")
        self._nothing_is_stuck()
        if self.broken:
            raise BrokenPromiseError(self.broken[0])

    def _endings(self, number: int) -> Endings:
        return Endings(
            deliveries=[delivery for delivery in self.deliveries.values() if delivery.incident == number],
            sent=self.sent,
            memory=self.memory,
            names=self.names,
            phones=self._world.carriers[0].phones,
            operators_know=number in self._operators_know,
        )

    def _break(self, promise: int, what: str) -> None:
        world = self._world
        self.broken.append(
            f"Promise {promise} is broken at {world.now:%Y-%m-%d %H:%M:%S} in the world of seed {world.seed}: {what}."
            f"\nSee it again with: {world.replay}"
        )
