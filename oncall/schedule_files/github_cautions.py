"""What is doubtful about GitHub: names that are none there, and names by which nobody can be told apart."""

import re
from collections.abc import Iterator

from oncall.core.configuration import Configuration
from oncall.schedule_files.schedule_cautions import Finding

_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}\Z")
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,38}\Z")


def github_cautions(configuration: Configuration) -> Iterator[Finding]:
    """All of them. They are no errors: such words were taken before anything was done with them."""
    owners: dict[str, str] = {}
    for key, customer in configuration.customers.items():
        path, name = ("customers", key, "github"), customer.github
        if name and not _REPOSITORY.match(name):
            text = f"`{name}` is not a repository at GitHub, so nothing is heard or told there"
            yield path, f"{text}; write it as its address ends: acme/platform"
        elif name and owners.setdefault(name.lower(), key) != key:
            yield path, f"{name} is the repository of {owners[name.lower()]} too, for whose it is taken; write another"
    people: dict[str, str] = {}
    for key, engineer in configuration.engineers.items():
        path, login = ("engineers", key, "github"), engineer.github
        if login and not _LOGIN.match(login):
            yield path, f"`{login}` is not a login at GitHub, so `{key}` is not known there; write one: alice-m"
        elif login and people.setdefault(login.lower(), key) != key:
            yield path, f"{login} is the login of {people[login.lower()]} too, who is taken for both; write another"
