"""Whether the database answers, asked by a process without an engine: a web that runs alone on its machine.

An engine notices by its turns. A web notices by requests only, and where the database is away nobody may be phoning.
"""

from oncall.engine.distress import Distress
from oncall.engine.unheard import Again
from oncall.errors import ConfigurationError, StoreError, StoreUnavailableError
from oncall.ports import Environment

FIRST_AFTER_SECONDS = 1.0
EVERY_SECONDS = 5.0


class DatabaseWatch:
    """``again`` calls a function after so many seconds, in a thread of its own."""

    def __init__(self, env: Environment, distress: Distress, again: Again) -> None:
        self._env = env
        self._distress = distress
        self._again = again

    def begin(self) -> None:
        """Look from now on, as long as this process lives."""
        self._again(FIRST_AFTER_SECONDS, self._look)

    def _look(self) -> None:
        try:
            self._env.database.ping()
            # So that the operators' addresses are known here before the database goes away.
            self._env.configuration.refresh()
        except StoreUnavailableError as error:
            self._env.log("web.database_away", problem=str(error))
            self._distress.database_away(str(error))
        except (StoreError, ConfigurationError) as error:
            self._env.log("web.not_refreshed", problem=str(error))
            self._distress.database_back()
        else:
            self._distress.database_back()
        finally:
            self._again(EVERY_SECONDS, self._look)
