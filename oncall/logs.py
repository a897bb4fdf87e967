"""What the processes say on stderr: one line an event, ``key=value``, with every phone number masked to its last four.

So is the secret in the address of a calendar feed. Masking is done on the finished line, so that nothing that is
logged by anybody, libraries included, gets past it.
"""

import logging
import re
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from oncall.core.plain_text import mask_numbers

# Whoever knows the address of a feed sees the shifts.
_FEED = re.compile(r"(/calendars/)[^/\s?\"']+?(?=\.ics)")
_KEYS_FIRST = ["timestamp", "level", "event"]
_render = structlog.processors.LogfmtRenderer(key_order=_KEYS_FIRST, drop_missing=True, bool_as_flag=False)


def _as_line(logger: WrappedLogger, name: str, event: EventDict) -> str:
    # LogfmtRenderer refuses keys with spaces; a log line must never be the thing that fails.
    if not all(map(str.isidentifier, event)):
        event = {"_".join(str(key).split()): value for key, value in event.items()}
    return _FEED.sub(r"\1…", mask_numbers(_render(logger, name, event)))


_SHARED: list[Processor] = [
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]


class _Stderr(logging.Handler):
    """Writes each line to what is stderr at that moment, in one piece: processes share it."""

    def emit(self, record: logging.LogRecord) -> None:
        sys.stderr.write(self.format(record) + "\n")


class _Lines:
    """Our own events go straight to stderr: the way through logging costs as much as a row in the database."""

    def write(self, line: str) -> None:
        sys.stderr.write(line + "\n")

    info = warning = write


class _Events:
    """What our own events go to; until ``configure`` was called, as structlog has it."""

    def __init__(self) -> None:
        self.logger = structlog.get_logger()


_events = _Events()


def configure(level: int = logging.INFO) -> None:
    """Send our events, and what libraries log, to stderr. Once a process, before anything is logged."""
    structlog.configure(
        processors=[*_SHARED, _as_line],
        logger_factory=_Lines,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    # The one before keeps the level with which it was used first.
    _events.logger = structlog.get_logger()
    handler = _Stderr()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _as_line],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)


def log(event: str, **fields: object) -> None:
    """Say that something happened, and to what; a field named ``error`` or ``problem`` makes it a warning."""
    if "error" in fields or "problem" in fields:
        _events.logger.warning(event, **fields)
    else:
        _events.logger.info(event, **fields)
