"""What a partner is told need not be about an incident; it is forgotten like the rest."""

from datetime import UTC, datetime, timedelta

from oncall.core.partner_event import Ending, PartnerEvent, ended
from oncall.store import SqlDatabase

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def event(name: str) -> PartnerEvent:
    return PartnerEvent(name, "slack", None, "post", "", '{"line":"Alice has it"}', NOW, NOW)


def test_an_event_about_no_incident_is_claimed_ended_and_forgotten(database: SqlDatabase) -> None:
    with database.begin() as uow:
        uow.partner_events.add([event("a"), event("b")])
    with database.begin() as uow:
        claimed = uow.partner_events.claim_due("slack", NOW, again_at=NOW + DAY, limit=5)
        assert [(each.id, each.incident) for each in claimed] == [("a", None), ("b", None)]
        for each in claimed:
            uow.partner_events.save(ended(each, Ending.SENT, NOW))
    with database.begin() as uow:
        assert uow.partner_events.forget(NOW, limit=10) == 0
        assert uow.partner_events.forget(NOW + DAY, limit=1) == 1
        assert uow.partner_events.forget(NOW + DAY, limit=10) == 1
