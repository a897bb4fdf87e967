"""``oncall schedule``: check the schedules folder, publish it, and say who is on call."""

import click

from oncall.cli.schedule_check import check
from oncall.cli.schedule_diff import diff
from oncall.cli.schedule_export import export
from oncall.cli.schedule_import import import_
from oncall.cli.schedule_publish import publish
from oncall.cli.schedule_schema import schema
from oncall.cli.schedule_show import show
from oncall.cli.schedule_versions import versions
from oncall.cli.schedule_who import who


@click.group()
def schedule() -> None:
    """Who is on call when: the folder of YAML, and what of it is in force."""


for command in (check, diff, publish, versions, who, show, export, import_, schema):
    schedule.add_command(command)
