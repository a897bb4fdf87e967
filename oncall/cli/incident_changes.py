"""``oncall incident priority|type|wait|major``: what an incident is, and what its clock does."""

from collections.abc import Callable

import click

from oncall.bootstrap import Runtime
from oncall.cli.acting import as_engineer
from oncall.cli.opening import open_runtime
from oncall.core.incident import Outcome, OutcomeKind, RequestType
from oncall.core.sla import Priority
from oncall.core.wording import outcome_text
from oncall.errors import UsageError

VIA = "command line"

_number = click.argument("number", type=int, metavar="NUMBER")


@click.command()
@_number
@click.argument("priority", type=click.Choice([each.value for each in Priority]))
@as_engineer()
def priority(number: int, priority: str, engineer: str) -> None:
    """Change the priority. The clock moves; production down pages at once, what is not any more stops paging."""
    _change(
        engineer, lambda runtime: runtime.prioritising.change(number, priority=Priority(priority), by=engineer, via=VIA)
    )


@click.command("type")
@_number
@click.argument("request_type", metavar="TYPE", type=click.Choice([each.value for each in RequestType]))
@as_engineer()
def type_(number: int, request_type: str, engineer: str) -> None:
    """Say what kind of request it is, also of one that is over."""
    _change(
        engineer,
        lambda runtime: runtime.prioritising.change_type(
            number, request_type=RequestType(request_type), by=engineer, via=VIA
        ),
    )


@click.command()
@_number
@click.option(
    "--until-reply", "over", flag_value=False, default=False, type=bool, help="Until they answer. The default."
)
@click.option("--over", "over", flag_value=True, type=bool, help="They are not waited for any more.")
@as_engineer()
def wait(number: int, *, over: bool, engineer: str) -> None:
    """Wait for the customer: the clock of the resolution stands still until they answer, or until --over."""

    def act(runtime: Runtime) -> Outcome:
        change = runtime.prioritising.end_waiting if over else runtime.prioritising.wait_for_customer
        return change(number, by=engineer, via=VIA)

    _change(engineer, act)


@click.command()
@_number
@click.option("--not", "is_not", is_flag=True, help="It was none, after all.")
@as_engineer()
def major(number: int, *, is_not: bool, engineer: str) -> None:
    """Mark it as major downtime, also one that is over."""
    _change(engineer, lambda runtime: runtime.prioritising.mark_major(number, major=not is_not, by=engineer, via=VIA))


COMMANDS: tuple[click.Command, ...] = (priority, type_, wait, major)


def _change(engineer: str, act: Callable[[Runtime], Outcome]) -> None:
    """Raises UsageError for an unknown engineer, and where the incident is over."""
    runtime = open_runtime()
    runtime.respond.engineer(engineer)
    outcome = act(runtime)
    if outcome.kind is OutcomeKind.ALREADY_RESOLVED:
        raise UsageError(outcome_text(outcome))
    click.echo(outcome_text(outcome))
