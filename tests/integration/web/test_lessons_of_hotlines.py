"""What has gone wrong in other hotlines' web addresses and documents, one test each, named after it."""

from collections.abc import Iterator
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from werkzeug.exceptions import HTTPException

from oncall.channels.building import build_channels, only
from oncall.channels.twilio import TwilioAccount
from oncall.core.accounted import Accounted
from oncall.core.delivery import DeliveryKind
from oncall.core.engineer import ContactMethod
from oncall.ports import Message
from tests.integration.channels.conftest import Half, RealClock
from tests.integration.channels.fake_twilio import created, running_fake_twilio
from tests.integration.web.conftest import ACCOUNT, ALICE, PUBLIC_URL, STRANGER, TOKEN, Hotline, said

URL_ATTRIBUTES = ("action", "recordingStatusCallback", "transcribeCallback", "statusCallback")


def posted_to(document: ElementTree.Element) -> Iterator[str]:
    """Every address in the document to which the provider posts."""
    for element in document.iter():
        yield from (element.attrib[name] for name in URL_ATTRIBUTES if name in element.attrib)
        if element.tag == "Redirect":
            yield element.text or ""


def told_to_the_provider() -> Iterator[str]:
    """Every address that comes with a call or a text of ours."""
    with running_fake_twilio() as fake:
        clock = RealClock()
        account = TwilioAccount(ACCOUNT, TOKEN, fake.url, from_number=lambda: "+3225550199", clock=clock)
        hotline = Hotline(publish="no", TWILIO_API_URL=fake.url)
        channels = build_channels(
            hotline.settings,
            only(account, clock),
            clock,
            Half(),
            lambda *_, **__: None,
            recorded=lambda _message, _since: ("", Accounted()),
        )
        for method in (ContactMethod.CALL, ContactMethod.SMS):
            fake.will(created("CA1"))
            page = Message("0" * 32, DeliveryKind.PAGE, ALICE, "1042 the words of a page", "1042", detect_machine=True)
            channels[method].send(page)
        hotline.database.close()
        for request in fake.requests:
            yield from (value for values in request.form.values() for value in values if value.startswith("http"))


def documents(hotline: Hotline) -> Iterator[ElementTree.Element]:
    """What a stranger hears from the first ring to the end, and what an engineer hears then."""
    document = hotline.call("/voice/incoming", from_number=STRANGER)
    for answer in ({"Digits": "1"}, {"RecordingSid": "RE1"}, {"RecordingSid": "RE2"}):
        yield document
        there = next(e.attrib["action"] for e in document.iter() if e.tag in ("Gather", "Record"))
        document = hotline.call(there, from_number=STRANGER, RecordingDuration="4", **answer)
    yield document
    hotline.engine_turns()
    with hotline.database.read() as uow:
        page = next(p for p in uow.deliveries.of(hotline.incident().number) if p.method is ContactMethod.CALL)
    document = hotline.call(f"/voice/deliveries/{page.id}", sid=page.provider_id)
    yield document
    gather = document.find("Gather")
    assert gather is not None
    yield hotline.call(gather.attrib["action"], sid=page.provider_id, Digits="6")
    yield hotline.call(gather.attrib["action"], sid=page.provider_id, Digits="1")


def leads_nowhere(hotline: Hotline, url: str) -> bool:
    """Whether a POST to it would be 404 or 405."""
    try:
        hotline.app.url_map.bind(urlsplit(PUBLIC_URL).netloc).match(urlsplit(url).path, method="POST")
    except HTTPException:
        return True
    return False


def test_engineers_heard_that_an_application_error_has_occurred(hotline: Hotline) -> None:
    """linkedin/iris#363, grafana/oncall#312: what the provider was told to ask was served by nobody (404)."""
    urls = [url for document in documents(hotline) for url in posted_to(document)] + list(told_to_the_provider())
    assert len(urls) > 15
    assert {url for url in urls if leads_nowhere(hotline, url)} == set()
    assert leads_nowhere(hotline, f"{PUBLIC_URL}/voice/nobody"), "a wrong one would be noticed"


def test_the_words_of_a_page_went_through_somebody_elses_host(hotline: Hotline) -> None:
    """Grafana OnCall, twilioapp/phone_provider.py: http://twimlets.com/echo?Twiml=… had the alert's text in a URL."""
    urls = [url for document in documents(hotline) for url in posted_to(document)] + list(told_to_the_provider())
    assert {f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in urls} == {PUBLIC_URL}
    assert not [url for url in urls if "words" in url or "1042" in url]


@pytest.mark.parametrize("caller", [STRANGER, "+3225550100"])
def test_five_seconds_of_silence_made_callers_hang_up(hotline: Hotline, caller: str) -> None:
    """bmlt-enabled/yap#321: a pause came before the first words."""
    document = hotline.call("/voice/incoming", from_number=caller)
    spoken = [element.tag for element in document.iter() if element.tag in ("Say", "Play", "Pause", "Record")]
    assert spoken[0] == "Say"
    assert "Pause" not in spoken
    assert said(document)


def test_a_key_was_ignored_while_the_message_was_being_read(hotline: Hotline) -> None:
    """grafana/oncall PR#5282: whatever is spoken in a page stands inside the Gather."""
    *_, page, confirm, _end = documents(hotline)
    for document in (page, confirm):
        gather = document.find("Gather")
        assert gather is not None
        assert [element.tag for element in document if element.tag in ("Say", "Play")] == []
        assert gather.findall("Say")
