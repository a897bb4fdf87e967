"""``--as``: whoever does what a command does. ``--by`` is the same, for those who have scripts with it."""

from collections.abc import Callable
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def as_engineer(name: str = "engineer", *, default: str = "") -> Decorator:
    """The option, as the parameter ``name``. ``default`` says who it is where it is not given; "" where it must be."""
    known = f"Who: the key in the YAML. Default: {default}." if default else "Who: the key in the YAML."
    return click.option("--as", "--by", name, metavar="ENGINEER", required=not default, help=known)
