"""``oncall schedule schema``: the format for editors."""

import json

import click

from oncall import schedule_files


@click.command()
def schema() -> None:
    """Print the JSON Schema of a file in the schedules folder, for editors to complete and check by."""
    click.echo(json.dumps(schedule_files.json_schema(), indent=2, ensure_ascii=False))
