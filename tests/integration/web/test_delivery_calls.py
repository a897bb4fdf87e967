"""Our own calls: a page read to an engineer, a notice read to a customer."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from oncall.core.delivery import SHIFT, Delivery, DeliveryKind, DeliveryState
from oncall.core.engineer import ContactMethod
from oncall.core.incident import IncidentState
from oncall.core.promise_clock import Part, Reached
from oncall.core.sla import PromiseStage
from oncall.engine.quiet_words import about_promise
from oncall.web.recording_urls import NOT_READY
from tests.integration.web.conftest import ALICE, HOTLINE, Hotline, said

WAV = b"RIFF....WAVE"


def paged(hotline: Hotline) -> Delivery:
    """Jane has called and said what is wrong; Alice's phone rings."""
    hotline.call("/voice/incoming")
    hotline.call("/voice/name?try=1&lang=en&done=1", RecordingSid="RE1", RecordingDuration="3")
    hotline.call("/voice/problem?try=1&lang=en&done=1", RecordingSid="RE2", RecordingDuration="3")
    hotline.engine_turns()
    return calls(hotline, "alice")[0]


def calls(hotline: Hotline, recipient: str) -> list[Delivery]:
    with hotline.database.read() as uow:
        found = uow.deliveries.of(hotline.incident().number)
    return [d for d in found if d.recipient == recipient and d.method is ContactMethod.CALL]


def answer(hotline: Hotline, delivery: Delivery, step: str = "", **params: str) -> ElementTree.Element:
    url = step if step.startswith("http") else f"/voice/deliveries/{delivery.id}{step}"
    return hotline.call(url, sid=delivery.provider_id, from_number=HOTLINE, **params)


def action(document: ElementTree.Element) -> str:
    gather = document.find("Gather")
    assert gather is not None
    return gather.attrib["action"]


def test_a_page_says_from_whom_plays_their_voice_and_can_be_answered_from_the_first_second(hotline: Hotline) -> None:
    """grafana/oncall PR#5282: keys were ignored while the message was being read."""
    delivery = paged(hotline)
    document = answer(hotline, delivery)
    number = hotline.incident().number
    digits = " ".join(str(number))
    assert said(document).startswith(
        f"Production down, from ACME Shop. Incident {digits}. To acknowledge, press 1 at any"
    )
    assert said(document).endswith("To resolve, press 6, and 6 again. To repeat, press star.")
    gather = document.find("Gather")
    assert gather is not None
    assert [child.tag for child in document] == ["Gather", "Redirect"]
    assert [child.tag for child in gather] == ["Pause", "Say", "Say", "Play", "Play", "Say"]
    assert {element.attrib["language"] for element in document.iter("Say")} == {"en-GB"}
    assert gather.attrib["numDigits"] == "1"


def test_acknowledged_is_said_only_when_it_is_true(hotline: Hotline, monkeypatch: pytest.MonkeyPatch) -> None:
    delivery = paged(hotline)
    keys = action(answer(hotline, delivery))
    hotline.database.away = True
    trouble = answer(hotline, delivery, keys, Digits="1")
    assert "Acknowledged" not in said(trouble)
    hotline.database.away = False
    assert hotline.incident().state is IncidentState.TRIGGERED
    document = answer(hotline, delivery, str(trouble.findtext("Redirect")))
    assert said(document).startswith("Acknowledged. You have incident")
    assert hotline.incident().acknowledged_by == "alice"


def test_a_key_pressed_while_the_database_was_away_counts_once_it_is_stored_though_they_hang_up(
    hotline: Hotline,
) -> None:
    delivery = paged(hotline)
    keys = action(answer(hotline, delivery))
    hotline.database.away = True
    assert "does not count yet" in said(answer(hotline, delivery, keys, Digits="1"))
    hotline.a_second_later()
    hotline.database.away = False
    assert hotline.incident().state is IncidentState.TRIGGERED
    hotline.a_second_later()
    found = hotline.incident()
    assert (found.state, found.acknowledged_by) == (IncidentState.ACKNOWLEDGED, "alice")
    assert found.acknowledged_at == hotline.clock.now()
    assert not hotline.later


@pytest.mark.parametrize("pressed", ["6", "*", "9", ""])
def test_a_key_that_answers_nothing_is_not_kept(hotline: Hotline, pressed: str) -> None:
    delivery = paged(hotline)
    keys = action(answer(hotline, delivery))
    hotline.database.away = True
    answer(hotline, delivery, keys, Digits=pressed)
    hotline.database.away = False
    hotline.a_second_later()
    assert hotline.incident().state is IncidentState.TRIGGERED


def test_a_key_pressed_twice_by_a_doubled_webhook_says_the_same(hotline: Hotline) -> None:
    delivery = paged(hotline)
    keys = action(answer(hotline, delivery))
    first, second = (answer(hotline, delivery, keys, Digits="1") for _ in range(2))
    assert said(first) == said(second)


def test_the_second_engineer_hears_who_was_first(hotline: Hotline) -> None:
    delivery = paged(hotline)
    keys = action(answer(hotline, delivery))
    hotline.runtime.respond.acknowledge(hotline.incident().number, engineer="bob", via="dashboard")
    assert "is already acknowledged by Bob Peeters." in said(answer(hotline, delivery, keys, Digits="1"))
    assert "is already acknowledged by Bob Peeters. There is nothing to do." in said(answer(hotline, delivery))
    assert hotline.incident().acknowledged_by == "bob"


def test_where_several_are_wanted_whoever_acknowledged_hears_so_and_is_not_asked_again(hotline: Hotline) -> None:
    delivery = paged(hotline)
    with hotline.database.begin() as uow:
        incident = uow.incidents.get(hotline.incident().number, lock=True)
        assert incident is not None
        uow.incidents.save(replace(incident, policy=replace(incident.policy, acknowledgements=2)))
    keys = action(answer(hotline, delivery))
    words = said(answer(hotline, delivery, keys, Digits="1"))
    assert words.startswith("Acknowledged. You have incident")
    assert "One more engineer is being paged." in words
    hotline.engine_turns()
    assert calls(hotline, "bob")
    assert hotline.incident().progress == "1 of 2"
    assert "already. There is nothing to do." in said(answer(hotline, delivery))


def test_passing_pages_the_next_engineer(hotline: Hotline) -> None:
    delivery = paged(hotline)
    assert "Passed on." in said(answer(hotline, delivery, action(answer(hotline, delivery)), Digits="3"))
    hotline.engine_turns()
    assert calls(hotline, "bob")


def test_resolving_takes_two_sixes(hotline: Hotline) -> None:
    delivery = paged(hotline)
    document = answer(hotline, delivery, action(answer(hotline, delivery)), Digits="6")
    assert "press 6 again" in said(document)
    assert hotline.incident().state is IncidentState.TRIGGERED
    confirmed = action(document)
    document = answer(hotline, delivery, confirmed, Digits="6")
    assert said(document).startswith("Resolved.")
    assert hotline.incident().state is IncidentState.RESOLVED
    assert said(answer(hotline, delivery, confirmed, Digits="6")) == said(document), "a duplicate is answered the same"


def test_one_six_and_silence_resolves_nothing_and_reads_the_page_again(hotline: Hotline) -> None:
    delivery = paged(hotline)
    document = answer(hotline, delivery, action(answer(hotline, delivery)), Digits="6")
    document = answer(hotline, delivery, str(document.findtext("Redirect")))
    assert "Production down" in said(document)
    assert hotline.incident().state is IncidentState.TRIGGERED


def test_a_six_and_then_a_one_acknowledges(hotline: Hotline) -> None:
    delivery = paged(hotline)
    document = answer(hotline, delivery, action(answer(hotline, delivery)), Digits="6")
    assert "Acknowledged." in said(answer(hotline, delivery, action(document), Digits="1"))


def test_star_repeats_as_often_as_asked(hotline: Hotline) -> None:
    delivery = paged(hotline)
    document = answer(hotline, delivery)
    for _ in range(6):
        document = answer(hotline, delivery, action(document), Digits="*")
        assert said(document).startswith("Production down")


def test_silence_hears_the_page_three_times_and_has_acknowledged_nothing(hotline: Hotline) -> None:
    delivery = paged(hotline)
    document, heard = answer(hotline, delivery), 0
    while document.find("Gather") is not None:
        document, heard = answer(hotline, delivery, str(document.findtext("Redirect"))), heard + 1
    assert heard == 3
    assert "not acknowledged" in said(document)
    assert hotline.incident().state is IncidentState.TRIGGERED


@pytest.mark.parametrize("digit", ["2", "4", "0", "#"])
def test_a_key_that_does_nothing_is_said_to_and_then_gives_up(hotline: Hotline, digit: str) -> None:
    delivery = paged(hotline)
    document, pressed = answer(hotline, delivery), 0
    while document.find("Gather") is not None:
        document, pressed = answer(hotline, delivery, action(document), Digits=digit), pressed + 1
        assert said(document).startswith("That key does nothing. Production down") or pressed == 3
    assert hotline.incident().state is IncidentState.TRIGGERED


def test_a_call_about_nothing_we_know_is_answered_politely(hotline: Hotline) -> None:
    hotline.call("/voice/incoming")
    assert "not known any more" in said(hotline.call("/voice/deliveries/nonsense", sid="CA9"))
    assert "not known any more" in said(hotline.call("/voice/deliveries/nonsense/keys", sid="CA9", Digits="1"))


def test_what_a_caller_said_cannot_break_the_document(hotline: Hotline) -> None:
    delivery = paged(hotline)
    with hotline.database.begin() as uow:
        incident = uow.incidents.get(hotline.incident().number, lock=True)
        assert incident is not None
        uow.incidents.save(replace(incident, caller_name="<Dial>+1900</Dial>\x00\x0b & Co"))
    document = answer(hotline, delivery)
    assert document.find(".//Dial") is None
    assert "from <Dial>+1900</Dial> & Co of ACME Shop." in said(document)


def test_status_callbacks_of_a_page_are_recorded(hotline: Hotline) -> None:
    delivery = paged(hotline)
    ended = hotline.post(
        f"/voice/deliveries/{delivery.id}/status", CallSid=delivery.provider_id, CallStatus="busy", To=ALICE
    )
    assert ended.status_code == 204
    assert calls(hotline, "alice")[0].state is DeliveryState.FAILED
    for path in ("/voice/deliveries/none/status", "/sms/deliveries/none/status"):
        assert hotline.post(path, CallSid="x", MessageSid="x").status_code == 204
    hotline.database.away = True
    assert hotline.post(f"/voice/deliveries/{delivery.id}/status", CallSid="x", CallStatus="busy").status_code == 503


def test_a_notice_by_call_says_how_it_stands_when_it_is_answered(hotline: Hotline) -> None:
    delivery = paged(hotline)
    number = hotline.incident().number
    with hotline.database.begin() as uow:
        notice = next(d for d in uow.deliveries.of(number) if d.kind is DeliveryKind.NOTICE)
        spoken = replace(notice, id="spoken", method=ContactMethod.CALL, provider_id="CA77", chain="c")
        uow.deliveries.add([spoken])
    answer(hotline, delivery, action(answer(hotline, delivery)), Digits="1")
    assert "Alice Martin" in said(answer(hotline, spoken))
    hotline.runtime.respond.resolve(number, engineer="alice", note="", via="test")
    assert "Alice Martin" not in said(answer(hotline, spoken))
    hotline.runtime.respond.reopen(number, by="Jane", via="test")
    again = said(answer(hotline, spoken))
    assert "Bonjour, ici Example Hosting. Nous avons votre demande." in again


def test_a_call_about_a_promise_says_so_only_while_nobody_has_answered(hotline: Hotline) -> None:
    page = paged(hotline)
    incident = hotline.incident()
    assert incident.respond_by is not None
    half = Reached(Part.RESPONSE, PromiseStage.HALF, incident.opened_at + timedelta(minutes=15))
    told = Delivery(
        id="told",
        kind=DeliveryKind.OPERATOR,
        purpose=SHIFT,
        incident=None,
        recipient="alice",
        method=ContactMethod.CALL,
        address=ALICE,
        created_at=incident.opened_at,
        due_at=incident.opened_at,
        provider_id="CA78",
        chain="t",
        details={**about_promise(incident, half, incident.respond_by), "speech": "what it was when it was decided"},
    )
    with hotline.database.begin() as uow:
        uow.deliveries.add([told])
    spoken = said(answer(hotline, told))
    assert "half of the time promised for a response is over" in spoken and "decided" not in spoken
    answer(hotline, page, action(answer(hotline, page)), Digits="1")
    assert "is settled by now" in said(answer(hotline, told))


def test_a_notice_of_a_resolution_that_was_reopened_is_not_spoken(hotline: Hotline) -> None:
    paged(hotline)
    number = hotline.incident().number
    hotline.runtime.respond.resolve(number, engineer="alice", note="", via="test")
    with hotline.database.begin() as uow:
        notice = next(d for d in uow.deliveries.of(number) if d.purpose == "resolved")
        spoken = replace(notice, id="spoken", method=ContactMethod.CALL, provider_id="CA77", chain="c")
        uow.deliveries.add([spoken])
    resolved = said(answer(hotline, spoken))
    hotline.runtime.respond.reopen(number, by="Jane", via="test")
    reopened = said(answer(hotline, spoken))
    assert "Bonjour, ici Example Hosting." in reopened
    assert reopened != resolved


def test_a_notice_by_call_speaks_the_customer_s_language_and_no_link(hotline: Hotline) -> None:
    paged(hotline)
    with hotline.database.begin() as uow:
        notice = next(d for d in uow.deliveries.of(hotline.incident().number) if d.kind is DeliveryKind.NOTICE)
        spoken = replace(notice, id="spoken", method=ContactMethod.CALL, provider_id="CA77", chain="c")
        uow.deliveries.add([spoken])
    document = answer(hotline, spoken)
    assert said(document).count("Bonjour, ici Example Hosting. Nous avons votre demande.") == 1
    assert {element.attrib["language"] for element in document.iter("Say")} == {"fr-FR"}
    assert "http" not in said(document)


def test_a_notice_counts_as_told_once_its_call_asks_for_the_second_time(hotline: Hotline) -> None:
    paged(hotline)
    with hotline.database.begin() as uow:
        notice = next(d for d in uow.deliveries.of(hotline.incident().number) if d.kind is DeliveryKind.NOTICE)
        told, cut = (
            replace(notice, id=name, method=ContactMethod.CALL, provider_id=f"CA{name}", chain=name)
            for name in ("told", "cut")
        )
        uow.deliveries.add([told, cut])
    answer(hotline, cut)
    second = answer(hotline, told, str(answer(hotline, told).findtext("Redirect")))
    assert second.find("Redirect") is None
    assert said(second)
    for delivery in (told, cut):
        hotline.post(f"/voice/deliveries/{delivery.id}/status", CallSid=delivery.provider_id, CallStatus="completed")
    with hotline.database.read() as uow:
        states = [uow.deliveries.get(name) for name in ("told", "cut")]
    assert [delivery.state for delivery in states if delivery] == [DeliveryState.DELIVERED, DeliveryState.FAILED]


def test_a_recording_is_played_from_a_signed_url_that_expires(hotline: Hotline) -> None:
    delivery = paged(hotline)
    url = urlsplit(str(answer(hotline, delivery).findtext("Gather/Play")))
    path = f"{url.path}?{url.query}"
    assert url.path == "/voice/recordings/RE1"
    early = hotline.client.get(path)
    assert early.data == NOT_READY.read_bytes()
    assert early.data.startswith(b"RIFF")
    hotline.line.recordings["RE1"] = WAV
    ready = hotline.client.get(path)
    assert (ready.data, ready.mimetype) == (WAV, "audio/wav")
    assert hotline.client.get(f"/voice/recordings/RE2?{url.query}").status_code == 403
    assert hotline.client.get(url.path).status_code == 403
    assert hotline.client.get(f"{url.path}?sig=WzEsMl0.x").status_code == 403
    hotline.clock.at += timedelta(hours=3)
    assert hotline.client.get(path).status_code == 403
