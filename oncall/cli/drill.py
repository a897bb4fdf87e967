"""``oncall drill``: page somebody for practice, marked as such everywhere."""

import json
from contextlib import closing

import click

from oncall.bootstrap import Runtime
from oncall.cli.account_settings import account_settings
from oncall.cli.instants import z
from oncall.cli.opening import open_runtime, who_types
from oncall.core.drill import GIVEN_UP_AFTER, DrillResult, result_sentence, seconds

_LOOK_EVERY_SECONDS = 1.0
_MINUTES = int(GIVEN_UP_AFTER.total_seconds() // 60)


@click.command()
@click.argument("engineer", required=False)
@click.option("--call", "whole_path", is_flag=True, help="The whole path from a call on; pages whoever is on call.")
@click.option("--wait", is_flag=True, help=f"Wait for the result, at most {_MINUTES} minutes; exit 1 without one.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for a program to read.")
def drill(engineer: str | None, *, whole_path: bool, wait: bool, as_json: bool) -> None:
    """Page ENGINEER (the key in the YAML) for practice; or, with --call, whoever is on call, through a call.

    It is spoken and written as a drill, tells no customer, is left out of reports, and ends by itself.
    """
    if bool(engineer) == whole_path:
        raise click.UsageError("name an engineer, or choose --call")
    runtime = open_runtime()
    with closing(runtime.database):
        result = _held(runtime, engineer or "", wait=wait, as_json=as_json)
    if as_json:
        click.echo(json.dumps(_result_json(result), indent=2, ensure_ascii=False))
    elif wait:
        click.echo(_told(result))
    if wait and result.acknowledged_after is None:
        raise click.exceptions.Exit(1)


def _held(runtime: Runtime, engineer: str, *, wait: bool, as_json: bool) -> DrillResult:
    number = runtime.drills.begin(engineer, by=who_types()).number if engineer else _call(runtime)
    if not as_json:
        click.echo(f"Drill {number} has begun; `oncall incident show {number}` tells how it goes.", err=wait)
    return _waited(runtime, number) if wait else runtime.drills.result(number)


def _call(runtime: Runtime) -> int:
    account_settings()  # names whatever is missing, before anything goes out
    runtime.drills.refuse_while_needed()
    return runtime.drills.call()


def _waited(runtime: Runtime, number: int) -> DrillResult:
    # A moment longer than the engine takes to give up: without an engine nothing would ever end it.
    give_up_at = runtime.clock.now() + GIVEN_UP_AFTER + GIVEN_UP_AFTER / 10
    while True:
        result = runtime.drills.result(number)
        if result.over or runtime.clock.now() >= give_up_at:
            return result
        runtime.clock.sleep(_LOOK_EVERY_SECONDS)


def _told(result: DrillResult) -> str:
    if result.first_page_after is None:
        return f"Drill {result.incident}: no page left. Is an engine running?"
    paged = f"paged {', '.join(result.paged)} after {seconds(result.first_page_after)} s"
    reached = "delivered" if result.delivered else "not known to be delivered"
    return f"Drill {result.incident}: {paged}, {reached}; {result_sentence(result)}."


def _result_json(result: DrillResult) -> dict[str, object]:
    first, acknowledged = result.first_page_after, result.acknowledged_after
    return {
        "incident": result.incident,
        "began_at": z(result.began_at),
        "over": result.over,
        "paged": list(result.paged),
        "first_page_seconds": None if first is None else first.total_seconds(),
        "delivered": result.delivered,
        "acknowledged_by": result.acknowledged_by or None,
        "acknowledged_seconds": None if acknowledged is None else acknowledged.total_seconds(),
    }
