"""Production is down, somebody writes into an issue: they get the number to phone, and our people decide."""

from datetime import datetime, timedelta

from oncall.core.github import VIA
from oncall.core.incident import Incident, TimelineEntry, TimelineKind
from oncall.core.sla import Priority
from oncall.engine.github_follower import GitHubFollower
from oncall.engine.operators import Operators
from oncall.ports import Alarm, Environment, UnitOfWork

_FOR_EVER = timedelta(days=36_500)


class WrongChannel:
    """Without ``follower`` nobody can be answered at GitHub."""

    def __init__(self, env: Environment, operators: Operators, follower: GitHubFollower | None) -> None:
        self._env = env
        self._operators = operators
        self._follower = follower

    def tell(self, uow: UnitOfWork, incident: Incident, place: str, now: datetime) -> bool:
        """Answer and tell the team, once for each incident; False where that was done, or it is production down."""
        cause = f"github says down:{incident.number}"
        if incident.priority is Priority.PRODUCTION_DOWN or uow.alarms.get(cause) is not None:
            return False
        if self._follower is not None:
            self._follower.wrong_channel(uow, incident, now)
        page = f", or on {self._env.public_url}/incidents/{incident.number}" if self._env.public_url else ""
        text = f"Incident {incident.number} ({incident.company}, {place} at {VIA}) says that production is down,"
        text += f" and pages nobody for it: if it is, oncall incident priority {incident.number} production_down{page}"
        fact = f"It says that production is down, by {VIA}: they were given our number, and an engineer decides"
        uow.timeline.add(incident.number, [TimelineEntry(now, TimelineKind.OPERATORS, fact)])
        if not self._operators.tell(uow, f"github says down:{incident.number}", text, now, quiet_for=_FOR_EVER):
            # Remembered also where nobody is named to be told.
            uow.alarms.put(Alarm(cause, now, text))
        return True
