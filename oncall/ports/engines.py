"""The engine processes as rows: each says every few seconds that it still works."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class EngineSign:
    """What one engine process said of itself last.

    ``last_tick_at`` is when, by its own clock. ``audit`` is what its audit found then, a line each; "" where all is
    well. Rows decide nothing: no engine waits for another, and none leads.
    """

    id: str
    host: str
    pid: int
    release: str
    started_at: datetime
    last_tick_at: datetime
    audit: str = ""


class Engines(Protocol):
    """The engines that were seen in the last day, and the one that was seen last whenever that was."""

    def put(self, sign: EngineSign) -> None:
        """Keep it, in the place of this engine's earlier one."""
        ...

    def listing(self, limit: int = 100) -> list[EngineSign]:
        """The freshest first; empty where no engine ever ran."""
        ...

    def forget(self, before: datetime) -> None:
        """Remove what was last said before this instant."""
        ...
