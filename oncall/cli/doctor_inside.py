"""What `oncall doctor` looks at in our own house: database, schedules, engines, clocks, audit."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from oncall.bootstrap import Runtime
from oncall.core.finding import Finding, clock_finding, fail, ok, warn
from oncall.errors import ConfigurationError, StoreUnavailableError
from oncall.ports import Clock, EngineSign
from oncall.schedule_files import fingerprint, read_folder

# Engines say that they work every five seconds.
WATCHED_FOR = timedelta(seconds=7)
_LOOKS_EVERY_SECONDS = 0.2

Seen = dict[str, tuple[EngineSign, datetime]]


def look_inside(runtime: Runtime, folder: Path) -> Iterator[Finding]:
    """One finding for each thing; the later ones need the earlier, so it ends where the database is away."""
    try:
        runtime.database.ping()
        if not runtime.database.schema_is_current():
            yield fail("database", "its tables are not this release's", "run: oncall db upgrade")
            return
    except StoreUnavailableError as error:
        yield fail("database", f"{error}", "is it running, and is DATABASE_URL the service's?")
        return
    yield ok("database", "it answers, and its tables are this release's")
    yield from _schedules(runtime, folder)
    yield from _clocks_and_engines(runtime)
    yield from audit_findings(runtime)


def audit_findings(runtime: Runtime) -> Iterator[Finding]:
    """What the audit says, asked from this process. Raises StoreError."""
    problems = runtime.audit.check(runtime.clock.now())
    yield from (fail("audit", problem, "see `audit` in the runbook; phone whoever is on call") for problem in problems)
    if not problems:
        yield ok("audit", "every open incident has a next action, and nothing is overdue")


def _schedules(runtime: Runtime, folder: Path) -> Iterator[Finding]:
    try:
        configuration = runtime.configuration.current()
    except ConfigurationError as error:
        yield fail("schedules", f"{error}", "run: oncall schedule publish")
        return
    yield _published(runtime, folder)
    if not configuration.hotline.operators:
        yield warn("operators", "nobody is told when the service needs help", "name somebody under hotline.operators")


def _published(runtime: Runtime, folder: Path) -> Finding:
    version = f"version {runtime.configuration.version()} is in force"
    with runtime.database.read() as uow:
        from_folder = uow.schedule_versions.latest_from_folder()
    try:
        files = read_folder(folder)
    except ConfigurationError:
        return ok("schedules", f"{version}; there is no folder {folder} here to compare it with")
    if from_folder is None or fingerprint(files) != from_folder.fingerprint:
        return warn("schedules", f"{version}; the folder {folder} differs from it", "run: oncall schedule diff")
    return ok("schedules", f"{version}, as in the folder {folder}")


def _clocks_and_engines(runtime: Runtime) -> Iterator[Finding]:
    ahead_by = server_ahead_by(runtime.clock, runtime.database.server_now)
    if ahead_by is not None:
        yield clock_finding("clock of the database", "the database server's clock", ahead_by)
    yield from engine_findings(*watched(runtime.clock, lambda: _signs(runtime)))


def _signs(runtime: Runtime) -> list[EngineSign]:
    with runtime.database.read() as uow:
        return uow.engines.listing()


def server_ahead_by(clock: Clock, server_now: Callable[[], datetime | None]) -> timedelta | None:
    """By how much the server's clock is ahead of ours, taken half-way between question and answer; None without one."""
    asked_at = clock.now()
    theirs = server_now()
    if theirs is None:
        return None
    return theirs - (asked_at + (clock.now() - asked_at) / 2)


def watched(clock: Clock, look: Callable[[], list[EngineSign]]) -> tuple[list[EngineSign], Seen]:
    """The engines that there were, and those that said something while we watched, with when that was by our clock.

    Only so an engine whose clock is wrong can be told from one that is dead. Ends when all have spoken.
    """
    there = {sign.id: sign for sign in look()}
    until = clock.now() + WATCHED_FOR
    seen: Seen = {}
    while there.keys() - seen.keys() and clock.now() < until:
        clock.sleep(_LOOKS_EVERY_SECONDS)
        for sign in look():
            if sign.id not in seen and (sign.id not in there or sign.last_tick_at != there[sign.id].last_tick_at):
                there.setdefault(sign.id, sign)
                seen[sign.id] = sign, clock.now()
    return list(there.values()), seen


def engine_findings(there: list[EngineSign], seen: Seen) -> Iterator[Finding]:
    """What the engines' signs mean."""
    if not seen:
        last = max((sign.last_tick_at for sign in there), default=None)
        was = "none was ever seen" if last is None else f"the last was seen at {last:%Y-%m-%d %H:%M:%S} UTC"
        yield fail("engines", f"no engine works; {was}", "start `oncall engine`, or `oncall run`")
        return
    signs = [sign for sign, _ in seen.values()]
    where = ", ".join(sorted(f"{sign.host} ({sign.pid})" for sign in signs))
    yield ok("engines", f"{len(signs)} work: {where}")
    releases = sorted({sign.release for sign in signs})
    if len(releases) > 1:
        yield warn("releases", f"engines of releases {', '.join(releases)} work together", "finish the upgrade")
    yield from _engine_clocks(seen)


def _engine_clocks(seen: Seen) -> Iterator[Finding]:
    ahead = {}
    for sign, heard_at in seen.values():
        name = f"{sign.host} ({sign.pid})"
        ahead[name] = sign.last_tick_at - heard_at
        yield clock_finding("clock of an engine", f"the clock of {name}", ahead[name])
    first, last = min(ahead, key=ahead.__getitem__), max(ahead, key=ahead.__getitem__)
    if len(ahead) > 1:
        spread = clock_finding("clocks of the engines", f"the clock of {last}", ahead[last] - ahead[first])
        text = f"the clock of {last} is {(ahead[last] - ahead[first]).total_seconds():.1f} s ahead of {first}'s"
        yield Finding(spread.check, spread.outcome, text, spread.do)
