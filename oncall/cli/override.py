"""``oncall override``: who takes whose shift, without an edit of the schedules folder."""

import json
from datetime import UTC, datetime

import click

from oncall.bootstrap import Runtime
from oncall.cli.instants import NUMBER, instant, span_of_time
from oncall.cli.opening import open_runtime, who_types
from oncall.cli.override_output import folder_json, override_json, override_table
from oncall.core.local_time import to_local, to_utc, to_wall
from oncall.engine.overrides import Doer, OverrideChange

VIA = "command line"
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_EVERY = 1_000_000

_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for a program to read.")


@click.group()
def override() -> None:
    """Overrides beside the published schedules: add, list, remove."""


@override.command()
@click.argument("schedule")
@click.argument("engineer")
@click.option("--from", "since", metavar="TIME", help="From then, in the schedule's own time. Default: now.")
@click.option("--until", metavar="TIME", help="Until then, in the schedule's own time.")
@click.option("--for", "lasting", metavar="DURATION", help="So long instead: 90m, 4h, 1d, 1w; at least 1m.")
@click.option("--instead-of", metavar="ENGINEER", default="", help="Only where this engineer would be on call.")
@click.option("--reason", default="", help="Why, for whoever looks.")
@_as_json
def add(
    schedule: str,
    engineer: str,
    since: str | None,
    until: str | None,
    lasting: str | None,
    instead_of: str,
    reason: str,
    *,
    as_json: bool,
) -> None:
    """Put ENGINEER on call in SCHEDULE for a while; those whose shifts move are told."""
    if (until is None) == (lasting is None):
        raise click.UsageError("say how long: either --until TIME or --for DURATION")
    runtime = open_runtime()
    known = runtime.configuration.published().schedules.get(schedule)
    zone = known.timezone if known else "UTC"
    # From now on, to the minute: nobody minds, and everybody can read it.
    starts_at = instant(zone, since, "--from") if since else runtime.clock.now().replace(second=0, microsecond=0)
    ends_at = instant(zone, until, "--until") if until else _end(zone, starts_at, lasting or "")
    change = runtime.overrides.add(
        schedule=schedule,
        engineer=engineer,
        starts_at=starts_at,
        ends_at=ends_at,
        doer=Doer(who_types(), VIA),
        reason=reason,
        instead_of=instead_of,
    )
    _say(runtime, change, as_json=as_json)


def _end(zone: str, starts_at: datetime, lasting: str) -> datetime:
    span = span_of_time(lasting, "--for")
    if lasting[-1] in "dw":  # the same time some days later, also where the clocks change in between
        return to_utc(zone, to_wall(zone, starts_at) + span)
    return starts_at + span


@override.command("list")
@_as_json
@click.option("--all", "everything", is_flag=True, help="Those that are over, removed or published too.")
def list_(*, as_json: bool, everything: bool) -> None:
    """List present and coming overrides: those that were entered, and those of the schedules folder."""
    runtime = open_runtime()
    published, now = runtime.configuration.published(), runtime.clock.now()
    with runtime.database.read() as uow:
        found = uow.overrides.history(_EVER, _EVERY)[::-1] if everything else uow.overrides.active(now)
    written = [
        (key, each)
        for key, schedule in published.schedules.items()
        for each in schedule.overrides
        if everything or each.ends_at > now
    ]
    if as_json:
        entered = [override_json(each, published, now) for each in found]
        _print_json(entered + [folder_json(key, each, now) for key, each in written])
    elif found or written:
        click.echo(override_table(found, written, published, now), nl=False)
    else:
        click.echo("There is no override." if everything else "No override is present or coming.")


@override.command()
@click.argument("number", type=NUMBER, metavar="ID")
@_as_json
def remove(number: int, *, as_json: bool) -> None:
    """Take back an override that was entered; those whose shifts move are told."""
    runtime = open_runtime()
    change = runtime.overrides.remove(number, doer=Doer(who_types(), VIA))
    _say(runtime, change, as_json=as_json)


def _say(runtime: Runtime, change: OverrideChange, *, as_json: bool) -> None:
    published, found = runtime.configuration.published(), change.override
    if as_json:
        _print_json(override_json(found, published, runtime.clock.now()))
        return
    known = published.schedules.get(found.schedule)
    zone = known.timezone if known else "UTC"
    since, until = (to_local(zone, at).strftime("%a %Y-%m-%d %H:%M %Z") for at in (found.starts_at, found.ends_at))
    said = "is removed" if change.removed else "is in force"
    click.echo(f"Override {found.id} {said}: {found.engineer} in {found.schedule} from {since} until {until}.")
    told = sorted({key for moved in change.moved for key in (moved.was, moved.is_now) if key})
    click.echo(f"Told, because shifts move: {', '.join(told)}." if told else "Nobody's shift moves by it.")


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
