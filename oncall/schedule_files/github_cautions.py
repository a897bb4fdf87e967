"""What is doubtful about GitHub: names that are none there, and names by which nobody can be told apart."""

import re
from collections.abc import Iterator

from oncall.core.configuration import Configuration
from oncall.schedule_files.names_elsewhere import Naming, doubtful_names
from oncall.schedule_files.schedule_cautions import Finding

_REPOSITORIES = Naming(
    "customers",
    "github",
    re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}\Z"),
    lambda name, _: (
        f"`{name}` is not a repository at GitHub, so nothing is heard or told there;"
        " write it as its address ends: acme/platform"
    ),
    lambda name, other: f"{name} is the repository of {other} too, for whose it is taken; write another",
)
_LOGINS = Naming(
    "engineers",
    "github",
    re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,38}\Z"),
    lambda name, key: f"`{name}` is not a login at GitHub, so `{key}` is not known there; write one: alice-m",
    lambda name, other: f"{name} is the login of {other} too, who is taken for both; write another",
)


def github_cautions(configuration: Configuration) -> Iterator[Finding]:
    """All of them. They are no errors: such words were taken before anything was done with them."""
    yield from doubtful_names(_REPOSITORIES, ((key, each.github) for key, each in configuration.customers.items()))
    yield from doubtful_names(_LOGINS, ((key, each.github) for key, each in configuration.engineers.items()))
