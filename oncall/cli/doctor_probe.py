"""`oncall doctor --probe`: the audit from outside, independent of every engine, for cron, Nagios and the like."""

import os
from collections.abc import Iterator, Mapping

from oncall.bootstrap import Runtime
from oncall.channels.own_address import ask_ourselves
from oncall.cli.doctor_inside import audit_findings
from oncall.core.finding import Finding, fail, ok, warn
from oncall.core.liveness import SILENT_AFTER, since_last_tick
from oncall.engine.provider_news import is_well
from oncall.errors import ChannelError, ConfigurationError, StoreError, UsageError
from oncall.settings import Settings

_DO = "see the runbook; phone whoever is on call where anybody waits"


def probe(settings: Settings, runtime: Runtime, environ: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """What our public address says of itself, and what the rows say: whichever this machine can ask.

    Raises UsageError where it can ask neither.
    """
    asks_rows = bool(environ.get("DATABASE_URL") or environ.get("DATABASE_URL_FILE"))
    if not asks_rows and not settings.public_url:
        raise UsageError("there is nothing to probe: set ONCALL_PUBLIC_URL, or DATABASE_URL, or both")
    if settings.public_url:
        yield _ready(settings)
    if asks_rows:
        yield from _rows(runtime)


def _ready(settings: Settings) -> Finding:
    try:
        is_ready, text = ask_ourselves(f"{settings.public_url}/readyz")
    except ChannelError as error:
        return fail("readyz", f"{error}", _DO)
    said = " ".join(text.split())[:300]
    return ok("readyz", said) if is_ready and text.startswith("ok") else fail("readyz", said or "no answer", _DO)


def _rows(runtime: Runtime) -> Iterator[Finding]:
    try:
        yield from audit_findings(runtime)
        yield from _providers(runtime)
        with runtime.database.read() as uow:
            ticks = [sign.last_tick_at for sign in uow.engines.listing(limit=1)]
    except StoreError as error:
        yield fail("database", f"{error}", _DO)
        return
    silent_for = since_last_tick(ticks, runtime.clock.now())
    if silent_for is None:
        yield fail("engines", "no engine was ever seen", "start `oncall engine`, or `oncall run`")
    elif silent_for > SILENT_AFTER:
        ago = f"{silent_for.total_seconds():.0f} s ago"
        yield fail("engines", f"no engine works: the last tick was {ago}", "start `oncall engine`, or `oncall run`")
    else:
        yield ok("engines", f"last tick {silent_for.total_seconds():.0f} s ago")


def _providers(runtime: Runtime) -> Iterator[Finding]:
    """How the telephone providers of the schedules stand, as the engines found; nothing before any are published.

    Raises StoreError.
    """
    try:
        names = [each.name for each in runtime.configuration.current().providers_in_order()]
    except ConfigurationError:
        return
    with runtime.database.read() as uow:
        well = [name for name in names if is_well(uow, name)]
    ill = [name for name in names if name not in well]
    found = f"{', '.join(ill)} {'is' if len(ill) == 1 else 'are'} found ill"
    if not ill:
        yield ok("telephone", f"not found ill: {', '.join(well)}")
    elif well:
        yield warn("telephone", f"{found}; {well[0]} is asked first", "see `provider:` in the runbook")
    else:
        yield fail("telephone", f"no call and no text goes out: {found}", _DO)
