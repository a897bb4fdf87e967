"""``oncall db``: the database's tables."""

import os

import click

from oncall import bootstrap
from oncall.settings import load_settings


@click.group()
def db() -> None:
    """The database's tables."""


@db.command()
def upgrade() -> None:
    """Bring the tables to this version; does nothing where they are.

    Safe while the previous release is running, and when several machines do it at once.
    """
    bootstrap.upgrade_database(load_settings(os.environ, serving=False))
    click.echo("The database is up to date.", err=True)
