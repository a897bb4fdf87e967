"""The team's figures of the running month for /metrics: added up at most once a minute, however often it is asked."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from prometheus_client.core import Metric

from oncall.core.report_team import TeamReport
from oncall.errors import ConfigurationError
from oncall.web.metrics import of_month

COUNTS_FOR = timedelta(minutes=1)


class MonthSoFar:
    """Keeps what was added up; others are given the older numbers while one adds up anew."""

    def __init__(self, this_month: Callable[[], TeamReport]) -> None:
        self._this_month = this_month
        self._adding = threading.Lock()
        self._kept: Sequence[Metric] = ()
        self._at: datetime | None = None

    def metrics(self, now: datetime) -> Sequence[Metric]:
        """The metrics; none before anything is published. Raises StoreUnavailableError."""
        is_old = self._at is None or not timedelta(0) <= now - self._at < COUNTS_FOR
        if is_old and self._adding.acquire(blocking=False):
            try:
                self._kept, self._at = list(of_month(self._this_month())), now
            except ConfigurationError:
                self._kept = ()
            finally:
                self._adding.release()
        return self._kept
