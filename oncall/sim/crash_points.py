"""Every place at which a process of a simulated world can die: around each commit and each request to the provider.

Count them in a run that lives, then let run after run die at one of them: same seed, same places up to there.
"""

from collections import Counter
from collections.abc import Iterable

from oncall.core.delivery import Delivery
from oncall.sim.watched_database import Commit


class CrashPoints:
    """Called with the name of each place that is passed; says whether to die there. ``dies_at`` None lives."""

    def __init__(self, dies_at: int | None = None) -> None:
        self.passed: list[str] = []
        self._dies_at = dies_at

    def __call__(self, place: str) -> bool:
        """Whether this is the place."""
        self.passed.append(place)
        return len(self.passed) - 1 == self._dies_at


def described(commit: Commit) -> str:
    """What a transaction stores, in a few words."""
    parts = [
        *(f"leaves {incident.number or 'a new incident'} {incident.state}" for incident in commit.incidents),
        *_counted("enqueues", commit.added),
        *_counted("claims", commit.claimed),
        *_counted("records", commit.saved),
        *(f"keeps the call {call.sid}" for call in commit.calls),
        *(f'writes "{entry.text}"' for _, entry in commit.timeline),
    ]
    return "; ".join(parts) or "stores nothing that is watched"


def _counted(verb: str, deliveries: Iterable[Delivery]) -> list[str]:
    kinds = Counter(f"{each.kind} by {each.method}, {each.state}" for each in deliveries)
    return [f"{verb} {how_many} {kind}" for kind, how_many in kinds.items()]
