"""``oncall engine``: the process that pages. Any number may run on any number of machines."""

import functools
import os
import signal
import sys
from collections.abc import Callable

import click

from oncall import bootstrap, logs
from oncall.bootstrap import Runtime
from oncall.settings import Settings, load_settings


@click.command()
def engine() -> None:
    """Page, follow up and tell the customer, until SIGTERM; what is being sent then is finished first."""
    logs.configure()
    work_until_told(load_settings(os.environ, serving=True), lambda: False)


def work_until_told(
    settings: Settings, orphaned: Callable[[], bool], chore: Callable[[Runtime], None] | None = None
) -> None:
    """Run an engine in this process until SIGTERM or SIGINT, or until ``orphaned()``; it does the chore as well."""
    told: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _frame: told.append(received))
    runtime = bootstrap.build(settings)
    if chore is not None:
        runtime.engine.also(functools.partial(chore, runtime))
    logs.log("engine.started")
    is_finished = False
    try:
        is_finished = runtime.engine.run(lambda: bool(told) or orphaned())
    finally:
        runtime.sending.close(at_once=not is_finished)
    logs.log("engine.stopped")
    if not is_finished:
        # Leaving as usual waits for every thread: whoever stopped us would lose patience and kill.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
