"""What is doubtful about Slack: ids that are none, and ids by which nobody can be told apart."""

import re
from collections.abc import Iterator

from oncall.core.configuration import Configuration
from oncall.schedule_files.names_elsewhere import Naming, doubtful_names
from oncall.schedule_files.schedule_cautions import Finding

_CHANNELS = Naming(
    "customers",
    "slack",
    re.compile(r"[CG][A-Z0-9]{2,20}\Z"),
    lambda name, _: f"`{name}` is not the id of a Slack channel, so nothing is heard there; write C0123ACME",
    lambda name, other: f"{name} is the Slack channel of {other} too, for whose it is taken; write another",
)
_MEMBERS = Naming(
    "engineers",
    "slack",
    re.compile(r"[UW][A-Z0-9]{1,20}\Z"),
    lambda name, key: f"`{name}` is not a member's id at Slack, so `{key}` is not known there; write one: U0123ALICE",
    lambda name, other: f"{name} is {other} at Slack too, who is taken for both; write another",
)


def slack_cautions(configuration: Configuration) -> Iterator[Finding]:
    """All of them. They are no errors: such words were taken before anything was done with them."""
    team = (configuration.hotline.slack.lower(), "the team")
    yield from doubtful_names(_CHANNELS, ((key, each.slack) for key, each in configuration.customers.items()), team)
    yield from doubtful_names(_MEMBERS, ((key, each.slack) for key, each in configuration.engineers.items()))
