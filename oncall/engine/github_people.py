"""Who somebody at GitHub is to us: ourselves, an engineer, or somebody of the customer's."""

from datetime import datetime

from oncall.core.engineer import Engineer
from oncall.core.github import VIA, User
from oncall.core.github_wording import came_from_github, marked_number
from oncall.core.incident import Incident, IncidentState, OutcomeKind, TimelineKind
from oncall.engine.late_words import ENDS_WHAT_WAS_BEFORE
from oncall.engine.respond import Respond
from oncall.ports import Environment, UnitOfWork


class GitHubPeople:
    """``login`` is ours, "" until GitHub has told it; whoever asks GitHub puts it here."""

    def __init__(self, env: Environment, respond: Respond) -> None:
        self._env = env
        self._respond = respond
        self.login = ""

    def is_ours(self, user: User, text: str = "") -> bool:
        """Whether it is our own doing that comes back. ``text`` is what was written, "" for nothing.

        Anybody can copy our marker: it counts only while we do not know who we are.
        """
        if self.login:
            return user.login.lower() == self.login.lower()
        return bool(text) and marked_number(text) is not None

    def engineer(self, user: User) -> Engineer | None:
        """The engineer whose ``github:`` this is; None for anybody else, and for a program."""
        login = user.login.lower()
        found = (each for each in self._env.configuration.current().engineers.values() if each.github.lower() == login)
        return next(found, None) if user.human and login else None

    def name(self, user: User) -> str:
        """What the timeline calls somebody: an engineer by name, anybody else by login."""
        engineer = self.engineer(user)
        return engineer.name if engineer else user.login or "somebody"

    def acknowledge(self, uow: UnitOfWork, incident: Incident, engineer: Engineer, at: datetime | None) -> str:
        """This engineer did something at GitHub, then: they have it. What became of it, in a word.

        What comes late, and was done before others had it, passed it on, opened it again or raised it, acknowledges
        nothing.
        """
        if incident.state is not IncidentState.TRIGGERED:
            return "open no more" if not incident.open else "acknowledged already"
        # Where several are wanted, the first of them makes nobody too late.
        ends = ENDS_WHAT_WAS_BEFORE - ({TimelineKind.ACKNOWLEDGED} if incident.acknowledgements else set())
        if at is None or _before(uow, incident, at, ends) or raised_elsewhere_since(uow, incident, at):
            return "too late to acknowledge"
        outcome = self._respond.acknowledge(incident.number, engineer=engineer.key, via=VIA, uow=uow)
        return outcome.kind.value if outcome.kind is not OutcomeKind.ACKNOWLEDGED else f"acknowledged by {engineer.key}"


def before_reopening(uow: UnitOfWork, incident: Incident, at: datetime) -> bool:
    """Whether it was opened again elsewhere after that: what was done before, and comes late, was about the time
    before. What was done at GitHub is heard of in its order, if late."""
    reopened = [each for each in uow.timeline.of(incident.number) if each.kind is TimelineKind.REOPENED]
    return any(at < each.at.replace(microsecond=0) for each in reopened if not came_from_github(each))


def raised_elsewhere_since(uow: UnitOfWork, incident: Incident, at: datetime) -> bool:
    """Whether its promise runs anew since then, and not for what was done at GitHub: of that we may hear long after."""
    begins_at = incident.promised_at
    if begins_at is None or begins_at == incident.opened_at or at >= begins_at.replace(microsecond=0):
        return False
    began = [each for each in uow.timeline.of(incident.number) if each.at == begins_at]
    return not any(each.text.partition(":")[0].endswith(f" by {VIA}") for each in began)


def _before(uow: UnitOfWork, incident: Incident, at: datetime, kinds: frozenset[TimelineKind]) -> bool:
    changed_at = [each.at for each in uow.timeline.of(incident.number) if each.kind in kinds]
    # GitHub's instants are whole seconds.
    return bool(changed_at) and at < max(changed_at).replace(microsecond=0)
