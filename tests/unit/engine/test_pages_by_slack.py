"""Pages by direct message in Slack: a button acknowledges them, and what Slack refuses goes on by the next rule."""

import pytest

from oncall.core.delivery import DeliveryState
from oncall.core.incident import IncidentState
from oncall.core.slack_blocks import Action
from oncall.sim.slack import Shown
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import ALICE, MINUTE
from tests.unit.engine.slack import ALICE_THERE, BOB_THERE, WITH_SLACK, SlackNight

BY_SLACK = WITH_SLACK.replace(
    f"slack: {ALICE_THERE}}}", f"slack: {ALICE_THERE}, notify: [{{by: slack}}, {{by: call, after: 2m}}]}}"
)


def direct(night: SlackNight, user: str = ALICE_THERE) -> list[Shown]:
    return night.there.in_channel(user)


@pytest.fixture
def night(database: SqlDatabase) -> SlackNight:
    return SlackNight(database, yaml=BY_SLACK)


def test_a_page_by_slack_names_the_incident_and_no_number_and_its_button_acknowledges(night: SlackNight) -> None:
    number = night.paged().number
    [page] = direct(night)
    assert f"{number} Production down" in page.words and "470111111" not in page.words
    [delivery] = night.pages(number)[:1]
    assert delivery.state is DeliveryState.DELIVERED
    assert night.incident(number).state is IncidentState.TRIGGERED
    night.post(night.people.clicks(ALICE_THERE, page, Action.PAGE))
    assert night.incident(number).acknowledged_by == "alice"
    assert "Acknowledged" in night.there.answers[-1][1]
    night.later(5 * MINUTE)
    assert night.calls.to(ALICE) == []


def test_whoever_presses_it_has_it_and_a_stranger_has_not(night: SlackNight) -> None:
    number = night.paged().number
    [page] = direct(night)
    night.post(night.people.clicks("U0STRANGER", page, Action.PAGE))
    assert night.incident(number).state is IncidentState.TRIGGERED
    night.post(night.people.clicks(BOB_THERE, page, Action.PAGE))
    assert night.incident(number).acknowledged_by == "bob"


@pytest.mark.parametrize("refusal", ["user_not_found", "channel_not_found", "account_inactive"])
def test_what_slack_refuses_is_followed_by_the_next_rule_at_once(night: SlackNight, refusal: str) -> None:
    night.there.refusals["chat.postMessage"] = [refusal] * 3
    night.paged()
    night.turn()
    assert night.calls.to(ALICE)


def test_an_operator_is_told_by_slack_without_a_button(database: SqlDatabase) -> None:
    yaml = WITH_SLACK.replace("email: dana@example.com}", "slack: U0DANA, notify: [{by: slack}]}")
    night = SlackNight(database, yaml=yaml)
    night.there.users.add("U0DANA")
    with database.begin() as uow:
        night.runtime.operators.tell(uow, "audit", "The hotline is stuck.", night.clock.at)
    night.turn()
    [told] = direct(night, "U0DANA")
    assert "The hotline is stuck." in told.words
    assert [block["type"] for block in told.blocks] == ["section"]
