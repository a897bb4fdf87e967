"""The independent look at promise 2: every open incident has a next action in the future.

It asks the rows, not the engine's own bookkeeping, and the heartbeat goes out only while it finds nothing.
"""

from datetime import datetime, timedelta

from oncall.engine.operators import Operators
from oncall.engine.paces import paces_in_force
from oncall.ports import Environment

GRACE_FOR = timedelta(seconds=30)
TURNS_ARE_TAKEN_WITHIN = timedelta(seconds=5)


class Audit:
    """``check`` lists what is wrong; ``check_and_tell`` tells the operators too."""

    def __init__(self, env: Environment, operators: Operators) -> None:
        self._env = env
        self._operators = operators

    def check(self, now: datetime) -> list[str]:
        """One sentence for each thing that is wrong; an empty list when all is well."""
        problems = self.stuck(now)
        if unreadable := self._env.configuration.problem():
            problems.append(f"{unreadable} An older version serves.")
        return problems

    def stuck(self, now: datetime) -> list[str]:
        """One sentence for each thing that should have been done and has not been."""
        before, lately = now - GRACE_FOR, now - TURNS_ARE_TAKEN_WITHIN
        with self._env.database.read() as uow:
            stuck = uow.incidents.stuck(before)
            # What waits for the carrier's pace waits rightly, as long as its turns are taken.
            could_go_at = uow.deliveries.next_due_at(lately, paces_in_force(self._env))
            waiting_since = uow.deliveries.next_due_at()
            stops = uow.deliveries.cancellation_backlog(before)
        problems = [f"Incident {number} is open and its next action is overdue or missing." for number in stuck]
        if waiting_since is not None and waiting_since < before and could_go_at is not None and could_go_at <= lately:
            problems.append(f"A delivery has been due since {waiting_since:%Y-%m-%d %H:%M:%S} UTC and nobody sends it.")
        if stops:
            problems.append(f"{stops} calls should have been stopped and have not been.")
        return problems

    def check_and_tell(self, now: datetime) -> list[str]:
        """What `check` found, told to the operators."""
        problems = self.check(now)
        if problems:
            with self._env.database.begin() as uow:
                self._operators.tell(uow, "audit", "The hotline needs help. " + " ".join(problems), now)
        return problems
