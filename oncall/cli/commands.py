"""The `oncall` command: the words it knows."""

import click

import oncall as package
from oncall.cli.calendar import calendar
from oncall.cli.db import db
from oncall.cli.demo import demo
from oncall.cli.doctor import doctor
from oncall.cli.drill import drill
from oncall.cli.engine import engine
from oncall.cli.fallback import fallback
from oncall.cli.incident import incident
from oncall.cli.meeting import meeting
from oncall.cli.override import override
from oncall.cli.postmortem import postmortem
from oncall.cli.report import report
from oncall.cli.run import run
from oncall.cli.schedule import schedule
from oncall.cli.simulate import simulate
from oncall.cli.twilio import twilio


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package.__version__, prog_name="oncall")
def oncall() -> None:
    """The on-call hotline: customers phone one number, and an engineer is paged until one answers."""


for command in (
    calendar,
    db,
    demo,
    doctor,
    drill,
    engine,
    fallback,
    incident,
    meeting,
    override,
    postmortem,
    report,
    run,
    schedule,
    simulate,
    twilio,
):
    oncall.add_command(command)
