"""The independent look at promise 2: every open incident has a next action in the future.

It asks the rows, not the engine's own bookkeeping, and the heartbeat goes out only while it finds nothing.
"""

from datetime import datetime, timedelta

from oncall.engine.operators import Operators
from oncall.engine.paces import paces_of_all
from oncall.ports import Environment, UnitOfWork

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
            waiting_since = uow.deliveries.next_due_at()
            nobody_sends = waiting_since is not None and waiting_since < before and self._could_go(uow, lately)
            stops = uow.deliveries.cancellation_backlog(before)
        problems = [f"Incident {number} is open and its next action is overdue or missing." for number in stuck]
        if nobody_sends:
            problems.append(f"A delivery has been due since {waiting_since:%Y-%m-%d %H:%M:%S} UTC and nobody sends it.")
        if stops:
            problems.append(f"{stops} calls should have been stopped and have not been.")
        return problems

    def _could_go(self, uow: UnitOfWork, lately: datetime) -> bool:
        """Whether something waits for no carrier. It waits rightly as long as turns are taken of any account: which one
        an engine uses is known to that engine only."""
        times = [uow.deliveries.next_due_at(lately, paces) for paces in paces_of_all(self._env)]
        return all(at is not None and at <= lately for at in times)

    def check_and_tell(self, now: datetime) -> list[str]:
        """What `check` found, told to the operators."""
        problems = self.check(now)
        if problems:
            with self._env.database.begin() as uow:
                self._operators.tell(uow, "audit", "The hotline needs help. " + " ".join(problems), now)
        return problems
