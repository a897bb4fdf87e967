"""One question tells when each kind of work is next, as the questions about each kind do."""

from dataclasses import replace

import pytest

from oncall.core.carrier_pace import Pace
from oncall.core.delivery import DeliveryState
from oncall.core.engineer import ContactMethod
from oncall.core.inbound import InboundEvent, Platform
from oncall.core.incident import IncidentState
from oncall.core.partner_event import PartnerEvent
from oncall.ports import NextDue, PartnerAnswer
from oncall.store import SqlDatabase, open_store
from tests.integration.store.samples import MINUTE, NOW, SECOND, a_page, a_recording, opened, queued


def test_an_empty_hotline_has_nothing_to_do(database: SqlDatabase) -> None:
    with database.read() as work:
        assert work.agenda.next_due(NOW) == NextDue()
        assert work.agenda.next_due(NOW).first_at is None


def test_each_kind_of_work_is_named_with_its_own_time(database: SqlDatabase) -> None:
    number = opened(database, due_at=NOW + 9 * MINUTE).number
    opened(database, due_at=NOW, state=IncidentState.RESOLVED)
    rings = a_page(number, state=DeliveryState.SENT, provider_id="CA1", sent_at=NOW, ask_at=NOW + 3 * MINUTE)
    stops = a_page(
        number, state=DeliveryState.SENT, provider_id="CA2", cancel_wanted=True, lease_until=NOW + 2 * MINUTE
    )
    queued(database, a_page(number, due_at=NOW + MINUTE), rings, stops)
    with database.begin() as work:
        work.recordings.add(replace(a_recording(number, "RE1"), fetch_at=NOW + 4 * MINUTE))
    with database.read() as work:
        found = work.agenda.next_due(NOW)
        assert found == NextDue(
            incident_at=NOW + 9 * MINUTE,
            send_at=NOW + MINUTE,
            stop_at=NOW + 2 * MINUTE,
            ask_at=NOW + 3 * MINUTE,
            recording_at=NOW + 4 * MINUTE,
        )
        assert found.first_at == NOW + MINUTE
        assert found.incident_at == work.incidents.next_due_at()
        assert found.ask_at == work.deliveries.next_ask_at()
        assert found.recording_at == work.recordings.next_due_at()


def test_what_waits_for_the_carrier_is_not_due_before_its_turn(database: SqlDatabase) -> None:
    pace = {ContactMethod.CALL: Pace(1.0)}
    number = opened(database).number
    queued(database, a_page(number), a_page(number, recipient="bob", address="+32470000002"))
    with database.begin() as work:
        assert work.agenda.next_due(NOW, pace).send_at == NOW
        work.deliveries.claim_due(NOW, worker="w", lease_until=NOW + MINUTE, limit=9, paces=pace)
    with database.read() as work:
        assert work.agenda.next_due(NOW, pace).send_at == NOW + SECOND


@pytest.mark.postgres
def test_incidents_that_somebody_else_has_are_left_to_them(postgres_database: SqlDatabase, postgres_url: str) -> None:
    first, second = opened(postgres_database).number, opened(postgres_database).number
    other = open_store(postgres_url)
    with postgres_database.begin() as work:
        assert work.incidents.get(first, lock=True)
        with other.begin() as elsewhere:
            assert list(elsewhere.incidents.lock_free([second, first, 77])) == [second]
    with other.begin() as elsewhere:
        assert list(elsewhere.incidents.lock_free([second, first])) == [first, second]
    other.close()


def test_what_came_in_and_what_partners_are_to_be_told_is_named_too(database: SqlDatabase) -> None:
    number = opened(database, due_at=NOW + 9 * MINUTE).number
    told = PartnerEvent("e1", "github", number, "comment", "", "{}", NOW, NOW + 2 * MINUTE)
    waits = replace(told, id="e2", due_at=None)
    came = InboundEvent("github:d1", Platform.GITHUB, "issues.opened", "7#1", "{}", NOW, NOW + 3 * MINUTE)
    asked = PartnerAnswer("a1", "acknowledge", "k", number, NOW, NOW, "P1", "Bob", "", False, NOW + 4 * MINUTE)
    with database.begin() as work:
        work.partner_events.add([told, waits, replace(told, id="e3", due_at=NOW + 5 * MINUTE)])
        work.partner_events.add([replace(told, id="e4", partner="webhook:gone", due_at=NOW)])
        work.inbound_events.add(came)
        work.partner_answers.add(asked)
    with database.read() as work:
        found = work.agenda.next_due(NOW, partners=["pagerduty", "github"])
        assert found.partners == {"github": NOW + 2 * MINUTE}
        assert (found.inbound_at, found.answer_at) == (NOW + 3 * MINUTE, NOW + 4 * MINUTE)
        assert work.partner_events.next_due_at("github") == NOW + 2 * MINUTE
