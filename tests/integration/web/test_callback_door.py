"""A flood of status callbacks gets no further than the door, and calls come in beside it."""

from collections.abc import Iterable
from io import BytesIO
from typing import Any

import pytest

from oncall.core.delivery import Delivery, DeliveryKind, DeliveryState
from oncall.core.engineer import ContactMethod
from oncall.web.callback_door import MOST_AT_ONCE, CallbackDoor
from tests.integration.web.conftest import JANE, Hotline


@pytest.fixture
def door(hotline: Hotline) -> CallbackDoor:
    found = hotline.app.wsgi_app
    assert isinstance(found, CallbackDoor)
    return found


@pytest.fixture
def gone_on(door: CallbackDoor, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of the requests that the views have seen."""
    seen: list[str] = []
    inside = door._inside

    def watched(environ: Any, start_response: Any) -> Iterable[bytes]:
        seen.append(environ["PATH_INFO"])
        return inside(environ, start_response)

    monkeypatch.setattr(door, "_inside", watched)
    return seen


@pytest.fixture
def page(hotline: Hotline) -> Delivery:
    """A call to Alice that rings."""
    hotline.call("/voice/incoming")
    hotline.call("/voice/problem?try=1", RecordingSid="RE1", RecordingDuration="5")
    hotline.engine_turns()
    return current(hotline)


def current(hotline: Hotline) -> Delivery:
    with hotline.database.read() as uow:
        pages = uow.deliveries.of(hotline.incident().number)
    return next(one for one in pages if one.kind is DeliveryKind.PAGE and one.method is ContactMethod.CALL)


def said(hotline: Hotline, page: Delivery, status: str, **more: str) -> int:
    path = f"/voice/deliveries/{page.id}/status"
    return hotline.post(path, CallSid=page.provider_id, CallStatus=status, **more).status_code


def test_news_goes_on_and_is_recorded(hotline: Hotline, page: Delivery, gone_on: list[str]) -> None:
    assert said(hotline, page, "ringing") == 204
    assert gone_on == [f"/voice/deliveries/{page.id}/status"]
    assert current(hotline).provider_status == "ringing"
    assert said(hotline, page, "busy") == 204
    assert current(hotline).state is DeliveryState.FAILED
    assert len(gone_on) == 2


def test_what_was_said_before_gets_no_further(hotline: Hotline, page: Delivery, gone_on: list[str]) -> None:
    said(hotline, page, "ringing")
    gone_on.clear()
    before = current(hotline)
    for status in ("ringing", "queued", "moonlight", ""):
        assert said(hotline, page, status) == 204
    assert hotline.post("/sms/deliveries/none/status", MessageSid="SM1", MessageStatus="delivered").status_code == 204
    assert gone_on == []
    assert current(hotline) == before


def test_a_forged_one_is_refused_at_the_door_and_logged(hotline: Hotline, page: Delivery, gone_on: list[str]) -> None:
    for token in ("guessed", ""):
        forged = hotline.post(f"/voice/deliveries/{page.id}/status", token=token, CallStatus="completed")
        assert (forged.status_code, forged.text) == (403, "Forbidden\n")
    assert gone_on == []
    refused = [fields for event, fields in hotline.logged if event == "webhook.refused"]
    assert [fields["path"] for fields in refused] == [f"/voice/deliveries/{page.id}/status"] * 2
    assert current(hotline).state is DeliveryState.SENT


def test_whoever_comes_while_too_many_wait_is_told_to_come_again_and_calls_come_in(
    hotline: Hotline, page: Delivery, door: CallbackDoor
) -> None:
    for _ in range(MOST_AT_ONCE):
        assert door._places.acquire(blocking=False)
    crowded = hotline.post(f"/voice/deliveries/{page.id}/status", CallSid=page.provider_id, CallStatus="busy")
    assert (crowded.status_code, crowded.headers["Retry-After"]) == (503, "1")
    assert current(hotline).state is DeliveryState.SENT
    hotline.call("/voice/incoming", sid="CA2", from_number=JANE)
    assert hotline.incidents() == 2
    for _ in range(MOST_AT_ONCE):
        door._places.release()
    with hotline.database.read() as uow:
        assert uow.deliveries.get(page.id) == page
    assert hotline.post(f"/voice/deliveries/{page.id}/status", CallSid="x", CallStatus="busy").status_code == 204


def test_nobody_keeps_a_place_not_even_where_the_view_fails(
    hotline: Hotline, page: Delivery, door: CallbackDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_environ: Any, _start_response: Any) -> Iterable[bytes]:
        raise ValueError("a mistake of ours")

    monkeypatch.setattr(door, "_inside", fails)
    for _ in range(MOST_AT_ONCE + 1):
        with pytest.raises(ValueError, match="a mistake of ours"):
            said(hotline, page, "busy")
    monkeypatch.undo()
    assert said(hotline, page, "busy") == 204


def test_while_the_database_is_away_the_provider_is_asked_to_say_it_again(hotline: Hotline, page: Delivery) -> None:
    hotline.database.away = True
    assert said(hotline, page, "busy") == 503
    hotline.database.away = False
    assert said(hotline, page, "busy") == 204
    assert current(hotline).state is DeliveryState.FAILED


def test_a_body_that_comes_slowly_keeps_nobody_waiting(hotline: Hotline, door: CallbackDoor) -> None:
    class Slow(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            assert not door._turn.locked()
            assert door._places._value == MOST_AT_ONCE  # type: ignore[attr-defined]
            taken.append(size)
            return super().read(size)

    taken: list[int | None] = []
    answered = hotline.client.post(
        "/voice/deliveries/d1/status", input_stream=Slow(b"CallSid=CA1"), headers={"Content-Length": "11"}
    )
    assert answered.status_code == 403
    assert taken == [11]
