"""``oncall incident``: what is open, what happened, and the same answers that an engineer's phone gives."""

import json

import click

from oncall.bootstrap import Runtime
from oncall.cli.acting import as_engineer
from oncall.cli.incident_changes import COMMANDS
from oncall.cli.incident_output import incident_panel, incident_table, timeline_table
from oncall.cli.instants import span_of_time
from oncall.cli.opening import open_runtime, who_types
from oncall.core.incident import Incident, IntakeChannel, Outcome, OutcomeKind, TimelineEntry
from oncall.core.incident_json import incident_json, timeline_json
from oncall.core.sla import Priority
from oncall.core.wording import outcome_text
from oncall.errors import UnknownIncidentError, UsageError

VIA = "command line"
_EVERY = 1_000_000  # a listing for people stops at 500; a program must get them all

_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for a program to read.")
_number = click.argument("number", type=int, metavar="NUMBER")
_words = click.argument("words", nargs=-1, metavar="[TEXT]...")


@click.group()
def incident() -> None:
    """Incidents: list, show, acknowledge, pass, resolve, note, change what they are, and open one by hand."""


for _command in COMMANDS:
    incident.add_command(_command)


@incident.command("list")
@_as_json
@click.option("--all", "everything", is_flag=True, help="Resolved ones too.")
def list_(*, as_json: bool, everything: bool) -> None:
    """List the open incidents, newest first."""
    runtime = open_runtime()
    with runtime.database.read() as uow:
        found = uow.incidents.listing(include_resolved=everything, limit=_EVERY)
    now = runtime.clock.now()
    if as_json:
        _print_json([incident_json(each, now) for each in found])
    elif found:
        click.echo(incident_table(found, now), nl=False)
    else:
        click.echo("There is no incident." if everything else "No incident is open.")


@incident.command()
@_number
@_as_json
def show(number: int, *, as_json: bool) -> None:
    """Show one incident and its timeline."""
    runtime = open_runtime()
    found, timeline = _read(runtime, number)
    now = runtime.clock.now()
    if as_json:
        _print_json({**incident_json(found, now), "timeline": timeline_json(timeline)})
        return
    click.echo(incident_panel(found, now), nl=False)
    click.echo(timeline_table(timeline), nl=False)


@incident.command()
@_number
@as_engineer()
@click.option("--for", "quiet_for", metavar="DURATION", help="Nobody is paged again before then: 90m, 4h. At most 24h.")
def ack(number: int, engineer: str, quiet_for: str | None) -> None:
    """Acknowledge: this engineer has it, and paging stops. Exits 1 where somebody else has it, or it is resolved."""
    runtime = open_runtime()
    if quiet_for is None:
        outcome = runtime.respond.acknowledge(number, engineer=engineer, via=VIA)
    else:
        until = runtime.clock.now() + span_of_time(quiet_for, "--for")
        outcome = runtime.respond.snooze(number, engineer=engineer, until=until, via=VIA)
    _say(outcome, failed=outcome.kind not in (OutcomeKind.ACKNOWLEDGED, OutcomeKind.SNOOZED))


@incident.command("pass")
@_number
@as_engineer()
@click.option("--to", metavar="ENGINEER", help="Whom to page now: a key or a name. Default: the next step.")
def pass_(number: int, engineer: str, to: str | None) -> None:
    """Pass it on: this engineer cannot. Exits 1 where somebody else has it, or it is resolved, or has moved on."""
    respond = open_runtime().respond
    if to is None:
        outcome = respond.pass_on(number, engineer=engineer, via=VIA)
    else:
        outcome = respond.hand_over(number, engineer=engineer, to=to, via=VIA)
    _say(outcome, failed=outcome.kind not in (OutcomeKind.PASSED, OutcomeKind.HANDED_OVER))


@incident.command()
@_number
@_words
@as_engineer()
def resolve(number: int, words: tuple[str, ...], engineer: str) -> None:
    """Resolve: it is over. The customer is told, with TEXT."""
    respond = open_runtime().respond
    note = " ".join(words)
    outcome = respond.resolve(number, engineer=engineer, note=note, via=VIA)
    # Nobody was told the text of a second resolution; a second one without a text asked for what is so.
    _say(outcome, failed=outcome.kind is not OutcomeKind.RESOLVED and bool(note))


@incident.command()
@_number
@_words
@as_engineer(default="$USER, as it stands")
def note(number: int, words: tuple[str, ...], engineer: str | None) -> None:
    """Add TEXT to the timeline, for the team only."""
    if not words:
        raise click.UsageError("say what to note: oncall incident note NUMBER TEXT")
    respond = open_runtime().respond
    by = respond.engineer(engineer).name if engineer else who_types()
    _say(respond.note(number, by=by, note=" ".join(words), via=VIA))


@incident.command("open")
@_words
@click.option("--number", "caller_number", default="", metavar="+E164", help="Whom to tell, and to call back.")
@click.option("--customer", default="", help="Whose incident it is: the key in the YAML.")
@click.option(
    "--priority",
    type=click.Choice([each.value for each in Priority]),
    default=Priority.PRODUCTION_DOWN.value,
    show_default=True,
    help="How bad it is.",
)
@_as_json
def open_(words: tuple[str, ...], caller_number: str, customer: str, priority: str, *, as_json: bool) -> None:
    """Open an incident by hand, with TEXT as its summary. Where production is down, the engineer on call is paged at
    once."""
    if not words:
        raise click.UsageError("say what is wrong: oncall incident open TEXT")
    runtime = open_runtime()
    opened = runtime.intake.open_by_hand(
        summary=" ".join(words),
        by=who_types(),
        channel=IntakeChannel.OPERATOR,
        caller_number=caller_number,
        customer=customer,
        priority=Priority(priority),
    )
    if as_json:
        _print_json(incident_json(opened, runtime.clock.now()))
    else:
        what = "Nobody is paged for it" if opened.quiet else "Whoever is on call is paged now, if an engine is running"
        click.echo(f"Incident {opened.number} is open. {what}.")


def _read(runtime: Runtime, number: int) -> tuple[Incident, list[TimelineEntry]]:
    with runtime.database.read() as uow:
        found = uow.incidents.get(number)
        timeline = uow.timeline.of(number) if found is not None else []
    if found is None:
        raise UnknownIncidentError(f"there is no incident {number}; `oncall incident list --all` names them all")
    return found, timeline


def _say(outcome: Outcome, *, failed: bool = False) -> None:
    if failed:
        raise UsageError(outcome_text(outcome))
    click.echo(outcome_text(outcome))


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
