"""A flood of callbacks that change nothing writes nothing."""

import pytest

from oncall.core.delivery import DeliveryState
from tests.unit.engine.hotline import Night


@pytest.fixture
def writes(night: Night, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows with every transaction that may write."""
    begun: list[str] = []
    begin = night.database.begin

    def counted():
        begun.append("begin")
        return begin()

    monkeypatch.setattr(night.database, "begin", counted)
    return begun


def test_callbacks_of_unknown_deliveries_write_nothing(night: Night, writes: list[str]) -> None:
    for number in range(50):
        night.runtime.deliveries.provider_said(delivery_id=f"x{number}", provider_id="CA9", status="completed")
    assert not writes
    assert len([event for event, _ in night.logged if event == "callback.unknown_delivery"]) == 50


@pytest.mark.parametrize("status", ["moonlight", "", "DELIVERED", "0", "partially_delivered", "[]", "\x00"])
def test_statuses_that_do_not_exist_write_nothing_and_are_logged(night: Night, writes: list[str], status: str) -> None:
    page = night.page(night.paged().number)
    writes.clear()
    night.said(page, status)
    assert not writes
    assert night.page(page.incident or 0).state is DeliveryState.SENT
    assert ("callback.unknown_status", status) in [(event, fields.get("status")) for event, fields in night.logged]


def test_duplicates_and_late_statuses_write_nothing(night: Night, writes: list[str]) -> None:
    page = night.page(night.paged().number)
    night.said(page, "ringing")
    writes.clear()
    for status in ("ringing", "initiated", "queued") * 20:
        night.said(page, status)
    assert not writes
    night.said(page, "busy")
    writes.clear()
    for status in ("busy", "ringing", "failed") * 20:
        night.said(page, status)
    assert not writes


def test_another_calls_status_under_our_delivery_writes_nothing(night: Night, writes: list[str]) -> None:
    page = night.page(night.paged().number)
    writes.clear()
    night.runtime.deliveries.provider_said(delivery_id=page.id, provider_id="CAother", status="completed")
    assert not writes
