"""What is doubtful about Slack: ids that are none, and ids by which nobody can be told apart."""

import re
from collections.abc import Iterator

from oncall.core.configuration import Configuration
from oncall.schedule_files.schedule_cautions import Finding

_CHANNEL = re.compile(r"[CG][A-Z0-9]{2,20}\Z")
_USER = re.compile(r"[UW][A-Z0-9]{1,20}\Z")


def slack_cautions(configuration: Configuration) -> Iterator[Finding]:
    """All of them. They are no errors: such words were taken before anything was done with them."""
    team = configuration.hotline.slack
    owners = {team: "the team"} if team else {}
    for key, customer in configuration.customers.items():
        path, channel = ("customers", key, "slack"), customer.slack
        if channel and not _CHANNEL.match(channel):
            yield path, f"`{channel}` is not the id of a Slack channel, so nothing is heard there; write C0123ACME"
        elif channel and owners.setdefault(channel, key) != key:
            yield path, f"{channel} is the Slack channel of {owners[channel]} too, for whose it is taken; write another"
    people: dict[str, str] = {}
    for key, engineer in configuration.engineers.items():
        path, user = ("engineers", key, "slack"), engineer.slack
        if user and not _USER.match(user):
            text = f"`{user}` is not a member's id at Slack, so `{key}` is not known there"
            yield path, f"{text}; write one: U0123ALICE"
        elif user and people.setdefault(user, key) != key:
            yield path, f"{user} is {people[user]} at Slack too, who is taken for both; write another"
