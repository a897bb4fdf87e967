"""What a worker is given to do."""

from collections.abc import Callable

from oncall.errors import StoreError
from oncall.ports import Environment


def recorded(env: Environment, job: Callable[[], None]) -> None:
    """Do it; what it raises is logged, and goes no further."""
    try:
        job()
    except StoreError as error:
        # The lease runs out and another try finds the row as it was: nothing is lost.
        env.log("job.database_away", problem=str(error))
    except Exception as problem:  # noqa: BLE001 - the edge of a worker: a mistake of ours would vanish in its thread
        env.log("job.failed", problem=repr(problem))
