"""``python -m oncall`` and the ``oncall`` command: where every foreseen error becomes one sentence on stderr."""

import gc
import sys

import click

from oncall.cli.commands import oncall
from oncall.errors import OncallError


def main() -> None:
    """Run the command. Exits 0 when it did what was asked, 1 when it could not, 2 when it was asked wrongly."""
    gc.freeze()  # what has been loaded stays: to look through it for garbage is a part of what a command takes
    try:
        oncall.main(prog_name="oncall", standalone_mode=True)
    except OncallError as exc:
        click.echo(f"oncall: {exc}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
