"""What most commands begin with: the running whole over the service's database, and who types."""

import logging
import os

from oncall import bootstrap, logs
from oncall.bootstrap import Runtime
from oncall.errors import StoreError, StoreUnavailableError
from oncall.settings import load_settings


def open_runtime() -> Runtime:
    """The running whole over the database that the environment names; no account is needed.

    Raises StoreError where it is away, or not this release's.
    """
    # What the engine logs is no answer to whoever typed the command.
    logs.configure(logging.ERROR)
    runtime = bootstrap.build(load_settings(os.environ, serving=False))
    try:
        current = runtime.database.schema_is_current()
    except StoreUnavailableError as error:
        hint = "is DATABASE_URL the service's? `oncall db upgrade` makes a new one"
        raise StoreUnavailableError(f"{error}; {hint}") from error
    if not current:
        raise StoreError("the database's tables are not this release's: run `oncall db upgrade`")
    return runtime


def who_types() -> str:
    """A name for what is done at the command line."""
    return os.environ.get("USER", "").strip() or "somebody"
