"""``oncall doctor``: looks at everything that a page needs, and says what to do."""

import json
import logging
import os
import sys
from collections.abc import Iterable

import click

from oncall import bootstrap, logs, outside
from oncall.bootstrap import Runtime
from oncall.cli.doctor_inside import look_inside
from oncall.cli.doctor_outside import look_outside
from oncall.cli.doctor_probe import probe
from oncall.core.configuration import Configuration
from oncall.core.finding import Finding, Outcome, fail, failed, ok
from oncall.errors import ConfigurationError, SettingsError, StoreError, StoreUnavailableError
from oncall.settings import Settings, load_settings

_CORRECT = "correct it: docs/reference/settings.md lists every variable"
_COLOURS = {Outcome.OK: "green", Outcome.WARN: "yellow", Outcome.FAIL: "red"}


@click.command()
@click.option("--probe", "probes", is_flag=True, help="Only ask whether pages go out: for cron and Nagios; fast.")
@click.option("--json", "as_json", is_flag=True, help="A list of objects: check, outcome, text, do.")
def doctor(*, probes: bool, as_json: bool) -> None:
    """Look at settings, database, engines, clocks, providers and addresses; exits 1 where anything fails.

    It sends nothing and changes nothing. It watches the engines for some seconds, to compare their clocks.
    """
    # What the audit logs is no answer to whoever typed the command.
    logs.configure(logging.ERROR)
    settings, findings = _settings(serving=not probes)
    if settings is not None:
        findings += list(_looked_at(settings, probes=probes))
    _show(findings, as_json=as_json)
    if failed(findings):
        sys.exit(1)


def _settings(*, serving: bool) -> tuple[Settings | None, list[Finding]]:
    """The settings; where the service could not start with them, what there is of them, and why."""
    try:
        settings = load_settings(os.environ, serving=serving)
    except SettingsError as error:
        findings = [fail("settings", f"{error}", _CORRECT)]
    else:
        return settings, [ok("settings", "all are understood")] if serving else []
    try:
        return load_settings(os.environ, serving=False), findings
    except SettingsError:
        return None, findings


def _looked_at(settings: Settings, *, probes: bool) -> Iterable[Finding]:
    try:
        runtime = bootstrap.build(settings)
    except SettingsError as error:
        yield fail("settings", f"{error}", _CORRECT)
        return
    try:
        if probes:
            yield from probe(settings, runtime)
            return
        yield from look_inside(runtime, settings.schedules_dir)
        configuration = _in_force(runtime)
    except StoreError as error:
        yield fail("database", f"{error}", "is it running, and is DATABASE_URL the service's?")
        configuration = None
    finally:
        runtime.database.close()
    yield from look_outside(settings, outside.build_outside(settings), configuration)


def _in_force(runtime: Runtime) -> Configuration | None:
    """What the service goes by; None where the look inside has said already why there is nothing. Raises StoreError."""
    try:
        return runtime.configuration.current()
    except (ConfigurationError, StoreUnavailableError):
        return None


def _show(findings: list[Finding], *, as_json: bool) -> None:
    if as_json:
        rows = [{"check": f.check, "outcome": f.outcome.value, "text": f.text, "do": f.do} for f in findings]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for finding in findings:
        mark = click.style(f"{finding.outcome.value:<4}", fg=_COLOURS[finding.outcome])
        click.echo(f"{mark}  {finding.check}: {finding.text}")
        if finding.do:
            click.echo(f"      → {finding.do}")
