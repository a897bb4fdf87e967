"""Drills: begun by hand, or by `planned_drills`, and stopped where a real incident needs the same engineer."""

from collections.abc import Iterable
from datetime import datetime

from oncall.core.configuration import Configuration
from oncall.core.delivery import silenced
from oncall.core.drill import (
    DRILL_CALL,
    DrillResult,
    as_drill,
    drill_ended,
    drill_result,
    policy_for_one,
    result_sentence,
)
from oncall.core.engineer import Engineer
from oncall.core.incident import Incident, IncidentState, IntakeChannel, RequestType, TimelineEntry, TimelineKind
from oncall.core.sla import Priority
from oncall.engine.partners import Partners
from oncall.errors import UsageError
from oncall.ports import DrillCaller, Environment, UnitOfWork

_LATEST = 5


class Drills:
    """``look`` is a chore of the engine; the others begin a drill, or tell how one goes."""

    def __init__(self, env: Environment, partners: Partners, caller: DrillCaller) -> None:
        self._env = env
        self._partners = partners
        self._caller = caller

    def begin(self, engineer: str, *, by: str) -> Incident:
        """Page this engineer (key) for practice, at once. Raises UsageError where that cannot be, or must not be."""
        with self._env.database.begin() as uow:
            return self.begin_in(uow, engineer, by=by)

    def begin_in(self, uow: UnitOfWork, engineer: str, *, by: str) -> Incident:
        """The same, in the transaction of what causes it."""
        return self._begin(uow, self._reachable(engineer), by)

    def new_call(self) -> str:
        """The id of a call for practice that is to be made."""
        return DRILL_CALL + self._env.ids.new()

    def call(self, sid: str = "") -> int:
        """Call the hotline for practice, the whole path from a caller on; the number of the drill that it became.
        ``sid`` is from `new_call`, "" for one of its own.

        Not inside a transaction: it takes up to two minutes, and comes in as calls do. Raises TransientError where the
        service does not answer as it should, and UsageError where what answers is not the service of this database.
        """
        sid = sid or self.new_call()
        self._caller.call(sid, self._env.configuration.current().hotline.number)
        with self._env.database.read() as uow:
            call = uow.calls.get(sid)
        if call is None:
            raise UsageError(
                f"{self._env.public_url} took the call, but this database holds none of it: is DATABASE_URL the"
                " service's, and did the service reach it?"
            )
        self._env.log("drill.called", incident=call.incident)
        return call.incident

    def refuse_while_needed(self) -> None:
        """Raises UsageError while anything is open for which people are paged: a drill of the whole path pages whoever
        is on call."""
        with self._env.database.read() as uow:
            needed = self.open_one(uow)
        if needed is not None:
            raise UsageError(_busy("The hotline", needed))

    def open_one(self, uow: UnitOfWork) -> Incident | None:
        """An open incident or drill for which people are paged, the newest; None where there is none.

        What pages nobody, an issue about a regular matter, may stay open for weeks and is in nobody's way.
        """
        return next((each for each in uow.incidents.listing(include_resolved=False) if each.policy.steps), None)

    def busy_with(self, uow: UnitOfWork, engineer: Engineer) -> Incident | None:
        """An open incident about which they were paged, or a drill in which they may be; None where there is none."""
        return _real_one(uow, [engineer.key]) or _drill_of(uow, engineer)

    def result(self, number: int) -> DrillResult:
        """How this drill goes, or went. Raises UsageError where there is none of that number."""
        with self._env.database.read() as uow:
            incident = uow.incidents.get(number)
            deliveries = uow.deliveries.of(number)
        if incident is None or not incident.drill:
            raise UsageError(f"there is no drill {number}")
        return drill_result(incident, deliveries, _names(self._env.configuration.current()))

    def latest(self) -> DrillResult | None:
        """How the last drill went, or goes; None before the first."""
        with self._env.database.read() as uow:
            found = uow.incidents.latest_drills(1)
            deliveries = uow.deliveries.of(found[0].number) if found else []
        return drill_result(found[0], deliveries, _names(self._env.configuration.current())) if found else None

    def look(self) -> None:
        """Stop a drill where its engineer is paged for real. Raises StoreError."""
        now = self._env.clock.now()
        with self._env.database.read() as uow:
            going_on = [each for each in uow.incidents.latest_drills(_LATEST) if each.open]
            needed = [each.number for each in going_on if _real_one(uow, uow.deliveries.paged_engineers(each.number))]
        for number in needed:
            with self._env.database.begin() as uow:
                incident = uow.incidents.get(number, lock=True)
                if incident is not None and incident.open:
                    end_drill(self._env, self._partners, uow, incident, now, "a real incident came in")

    def _begin(self, uow: UnitOfWork, engineer: Engineer, by: str) -> Incident:
        busy = self.busy_with(uow, engineer)
        if busy is not None:
            raise UsageError(_busy(engineer.name, busy))
        now, configuration = self._env.clock.now(), self._env.configuration.current()
        incident = uow.incidents.open(
            as_drill(
                Incident(
                    number=0,
                    state=IncidentState.TRIGGERED,
                    priority=Priority.PRODUCTION_DOWN,
                    request_type=RequestType.OTHER,
                    channel=IntakeChannel.OPERATOR,
                    opened_at=now,
                    policy=policy_for_one(engineer.key),
                    token=self._env.ids.secret(),
                    due_at=now,
                    language=configuration.hotline.language,
                )
            )
        )
        text = f"Drill: {engineer.name} is paged for practice, begun by {by}"
        uow.timeline.add(incident.number, [TimelineEntry(now, TimelineKind.OPENED, text)])
        uow.wake_engine()
        self._env.log("drill.begun", incident=incident.number, engineer=engineer.key)
        return incident

    def _reachable(self, key: str) -> Engineer:
        engineers = self._env.configuration.current().engineers
        engineer = engineers.get(key)
        if engineer is None:
            raise UsageError(f"there is no engineer `{key}`; there are {', '.join(engineers)}")
        if not any(engineer.address(rule.by) for rule in engineer.notify):
            raise UsageError(
                f"{engineer.name} has no notification rule that could reach them; give them one in the YAML"
            )
        return engineer


def end_drill(
    env: Environment, partners: Partners, uow: UnitOfWork, incident: Incident, now: datetime, why: str = ""
) -> None:
    """Resolve a drill that was read with ``lock``, silence what still rings, and say how it went."""
    stored = uow.incidents.save(drill_ended(incident, now))
    names = _names(env.configuration.current())
    result = result_sentence(drill_result(stored, uow.deliveries.of(stored.number), names))
    text = f"The drill is over: {why or result}"
    uow.timeline.add(stored.number, [TimelineEntry(now, TimelineKind.RESOLVED, text)])
    for page in uow.deliveries.unfinished_pages(stored.number, lock=True):
        uow.deliveries.save(silenced(page, now))
    partners.drill_over(uow, stored, now)
    uow.wake_engine()
    env.log("drill.over", incident=stored.number, result=why or result)


def _busy(whom: str, incident: Incident) -> str:
    what = f"drill {incident.number} goes on" if incident.drill else f"incident {incident.number} is open"
    return f"{whom} is needed: {what}, and a drill beside it would confuse. Try again when it is over."


def _real_one(uow: UnitOfWork, engineers: Iterable[str]) -> Incident | None:
    """An open incident, no drill, about which one of them was paged; None where there is none."""
    numbers = [number for key in engineers for number in uow.deliveries.paged_incidents(key)]
    return next((each for each in uow.incidents.get_many(numbers).values() if not each.drill), None)


def _drill_of(uow: UnitOfWork, engineer: Engineer) -> Incident | None:
    step = policy_for_one(engineer.key).steps
    going_on = [each for each in uow.incidents.latest_drills(_LATEST) if each.open]
    return next((each for each in going_on if each.policy.key != "drill" or each.policy.steps == step), None)


def _names(configuration: Configuration) -> dict[str, str]:
    return {key: engineer.name for key, engineer in configuration.engineers.items()}
