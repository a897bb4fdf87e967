"""Pages through PagerDuty: alerts of their own, answered there by whom we know, and ended with the paging."""

import pytest

from oncall.core.delivery import DeliveryState
from oncall.core.incident import IncidentState
from oncall.core.pagerduty import Said
from oncall.errors import OutcomeUnknownError
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import MINUTE, YAML
from tests.unit.engine.partners import HOUR, Connected

BY_PAGERDUTY = YAML.replace(
    'alice: {name: Alice Martin, phone: "+32470000001"}',
    'alice: {name: Alice Martin, phone: "+32470000001", pagerduty: PALICE, notify: [{by: pagerduty}]}',
)


def test_a_page_through_pagerduty_is_final_and_no_acknowledgement(database: SqlDatabase) -> None:
    night = Connected(database, yaml=BY_PAGERDUTY)
    number = night.paged().number
    [page] = night.pages(number)
    assert [message.to for message in night.alerts.sent] == ["PALICE"]
    assert page.state is DeliveryState.DELIVERED
    assert night.incident(number).state is IncidentState.TRIGGERED
    night.later(5 * MINUTE)
    assert [each.recipient for each in night.pages(number)][-1] == "bob"


@pytest.mark.parametrize("how", ["acknowledged", "resolved"])
def test_alerts_that_paged_somebody_end_with_the_paging(database: SqlDatabase, how: str) -> None:
    night = Connected(database, yaml=BY_PAGERDUTY)
    number = night.paged().number
    [page] = night.pages(number)
    respond = night.runtime.respond
    if how == "acknowledged":
        respond.acknowledge(number, engineer="bob", via="SMS")
    else:
        respond.resolve(number, engineer="bob", note="", via="SMS")
    respond.note(number, by="Bob", note="done", via="SMS")
    night.later(MINUTE)
    assert night.pagerduty_heard().count(("resolve", page.id)) == 1


def test_whoever_acknowledges_the_alert_that_paged_them_has_the_incident(database: SqlDatabase) -> None:
    night = Connected(database, yaml=BY_PAGERDUTY)
    number = night.paged().number
    [page] = night.pages(number)
    said = Said("01E", "incident.acknowledged", night.clock.at, page.id, "PALICE", "Alice")
    assert night.runtime.pagerduty.received(said) == "acknowledged by alice"
    assert night.incident(number).acknowledged_by == "alice"
    night.turn()
    assert ("acknowledge", str(number)) in night.pagerduty_heard()


class Users:
    def __init__(self) -> None:
        self.away = True

    def email_of(self, user_id: str) -> str:
        if self.away:
            raise OutcomeUnknownError("PagerDuty is away")
        return f"{user_id}@example.com".lower()


def test_a_user_who_cannot_be_looked_up_now_is_looked_up_later(database: SqlDatabase) -> None:
    users = Users()
    night = Connected(database, users=users)
    number = night.paged().number
    said = Said("01E", "incident.acknowledged", night.clock.at, str(number), "DANA", "Dana")
    assert night.runtime.pagerduty.received(said) == ""
    assert night.runtime.pagerduty.received(said) == "known already"
    night.turn()
    assert night.incident(number).state is IncidentState.TRIGGERED
    users.away = False
    night.later(MINUTE)
    assert night.incident(number).acknowledged_by == "dana"


def test_a_user_who_can_never_be_looked_up_is_somebody_whom_we_do_not_know(database: SqlDatabase) -> None:
    night = Connected(database, users=Users())
    number = night.paged().number
    night.runtime.pagerduty.received(Said("01E", "incident.resolved", night.clock.at, str(number), "DANA", "Dana"))
    night.later(2 * HOUR)
    assert night.incident(number).open
    assert "Dana resolved it at PagerDuty, and is no engineer whom we know" in night.timeline(number)


@pytest.mark.parametrize("how", ["acknowledged", "resolved", "left alone", "in the way"])
def test_alerts_of_a_drill_end_with_the_drill(database: SqlDatabase, how: str) -> None:
    night = Connected(database, yaml=BY_PAGERDUTY)
    number = night.runtime.drills.begin("alice", by="dana").number
    night.turn()
    [page] = night.pages(number)
    assert page.state is DeliveryState.DELIVERED
    if how == "acknowledged":
        night.runtime.respond.acknowledge(number, engineer="alice", via="SMS")
    elif how == "resolved":
        night.runtime.respond.resolve(number, engineer="alice", note="", via="SMS")
    elif how == "in the way":
        night.paged()
    night.later(11 * MINUTE)
    assert night.incident(number).state is IncidentState.RESOLVED
    assert [heard for heard in night.pagerduty_heard() if heard[1] in (page.id, str(number))] == [("resolve", page.id)]


# ---------------------------------------------------------------- what is forgotten
