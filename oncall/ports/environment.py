"""What every part of the engine is given."""

from collections.abc import Callable
from dataclasses import dataclass, field

from oncall.core.provider import PRIMARY
from oncall.ports.database import ConfigurationSource, Database
from oncall.ports.world import Clock, Ids, Rng


@dataclass(frozen=True, slots=True)
class Environment:
    """What every part of the engine is given: time, ids, chance, rows, and the configuration in force.

    ``public_url`` is where customers find their tracking page; ``email_connected`` whether there is an email channel.
    ``provider_in_use`` names the telephone provider that would be asked first now, as far as this process knows.
    """

    clock: Clock
    ids: Ids
    rng: Rng
    database: Database
    configuration: ConfigurationSource
    public_url: str = ""
    email_connected: bool = False
    provider_in_use: Callable[[], str] = field(default=lambda: PRIMARY)
    log: Callable[..., None] = field(default=lambda *_args, **_fields: None)
