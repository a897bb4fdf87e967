"""TwiML: only words that the provider knows, in the places where it knows them."""

import inspect
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from oncall.core.languages import Language
from oncall.core.plain_text import clean
from oncall.core.wording import Spoken
from oncall.errors import SettingsError
from oncall.twiml import Twiml, shipped_templates

TWIML = Twiml()
NASTY = "Jane <Hangup/> & \"Co\" 'x' ]]> \x00\x0b\ud800 ünïcode 🔥"
SAID = [Spoken(NASTY, Language.FRENCH)]
FACTS: dict[str, object] = {
    "language": Language.DUTCH,
    "prompts": SAID,
    "things": SAID,
    "opening": SAID,
    "menu": SAID,
    "recordings": ["https://hotline.example/voice/recordings/RE1?sig=a&b=c"],
    "action": "https://hotline.example/voice/x?try=1&lang=en",
    "otherwise": "https://hotline.example/voice/x?try=2&lang=en",
    "again": "https://hotline.example/voice/x?trouble=1",
    "recording_status": "https://hotline.example/voice/recording-status?part=name",
    "transcript": "https://hotline.example/voice/transcript",
    "pause_seconds": 5,
    "printed": "Printed at 2026-01-05 09:00 UTC",
    "numbers": ["+32470000001", "+32470000002"],
    "caller_id": "+3225550199",
    "between": SAID,
    "otherwise_said": SAID,
    "text": NASTY,
}


def vocabulary(parent: type[Any]) -> dict[str, set[str]]:
    """What the provider's own library lets stand in this element, with its attributes."""
    verbs = {}
    for name, method in inspect.getmembers(parent, inspect.isfunction):
        if name.startswith("_") or name in ("to_xml", "append", "add_child", "nest"):
            continue
        parameters = [p for p in inspect.signature(method).parameters if p not in ("self", "kwargs")]
        verbs[name.capitalize()] = {
            first + "".join(word.capitalize() for word in rest)
            for first, *rest in (parameter.split("_") for parameter in parameters)
        }
    return verbs


VOICE, MESSAGING = vocabulary(VoiceResponse), vocabulary(MessagingResponse)
INSIDE = {"Gather": vocabulary(Gather), "Dial": vocabulary(Dial)}


def check(element: ElementTree.Element, allowed: dict[str, set[str]]) -> None:
    for child in element:
        assert child.tag in allowed, f"<{child.tag}> may not stand in <{element.tag}>"
        assert set(child.attrib) <= allowed[child.tag], (child.tag, child.attrib)
        check(child, INSIDE.get(child.tag, {}))


@pytest.mark.parametrize("name", TWIML.names())
def test_every_template_speaks_the_provider_s_language(name: str) -> None:
    document = TWIML.render(name, FACTS)
    assert document.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<Response')
    assert len(document.encode()) < 64 * 1024
    root = ElementTree.fromstring(document)
    assert root.tag == "Response"
    check(root, MESSAGING if name == "message" else VOICE)


@pytest.mark.parametrize("name", TWIML.names())
def test_nothing_is_ever_reached_after_a_verb_that_ends_the_document(name: str) -> None:
    tags = [child.tag for child in ElementTree.fromstring(TWIML.render(name, FACTS))]
    assert all(tag not in ("Hangup", "Redirect") for tag in tags[:-1])


@pytest.mark.parametrize(
    "name", ["page", "screening", "name", "problem", "thanks", "outcome", "notice", "trouble", "fallback"]
)
def test_every_sentence_names_the_language_of_its_words(name: str) -> None:
    root = ElementTree.fromstring(TWIML.render(name, FACTS))
    assert {say.attrib["language"] for say in root.iter("Say")} == {"fr-FR"}
    assert all(say.text == clean(NASTY) for say in root.iter("Say"))


@settings(max_examples=50)
@given(st.text())
def test_no_text_can_break_a_document_or_add_to_it(text: str) -> None:
    root = ElementTree.fromstring(TWIML.render("message", {"text": text}))
    message = root.find("Message")
    assert message is not None
    assert (message.text or "") == clean(text)
    assert len(list(root.iter())) == 2


def test_a_fact_that_a_template_needs_is_never_silently_left_out() -> None:
    with pytest.raises(Exception, match="prompts"):
        TWIML.render("thanks", {})


def test_an_operator_s_folder_replaces_single_templates(tmp_path: Path) -> None:
    (tmp_path / "empty.xml").write_text("<Response><Hangup/></Response>")
    own = Twiml(tmp_path)
    assert own.render("empty") == "<Response><Hangup/></Response>"
    assert own.render("message", {"text": "x"}) == TWIML.render("message", {"text": "x"})


def test_a_mistake_in_an_operator_s_template_stops_the_start_and_is_named(tmp_path: Path) -> None:
    (tmp_path / "page.xml").write_text("<Response>\n{% if %}\n</Response>")
    with pytest.raises(SettingsError, match=r"page\.xml:2: .*ONCALL_TWIML_DIR"):
        Twiml(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("page.xml", "<Response>{{ nosuch }}</Response>", r"page\.xml .* asks for nosuch"),
        ("paeg.xml", "<Response/>", r"holds paeg\.xml, which is no template"),
    ],
)
def test_a_template_that_could_not_be_filled_or_is_never_used_stops_the_start(
    tmp_path: Path, name: str, content: str, complaint: str
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(SettingsError, match=complaint):
        Twiml(tmp_path)


def test_a_folder_of_templates_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"ONCALL_TWIML_DIR names .*nosuch, which is no folder"):
        Twiml(tmp_path / "nosuch")


def test_a_template_that_is_not_there_is_named() -> None:
    with pytest.raises(SettingsError, match=r"nonsense\.xml"):
        TWIML.render("nonsense")


def test_the_templates_are_found_beside_the_package() -> None:
    assert (shipped_templates() / "_say.xml").is_file()


def test_what_was_said_to_one_caller_is_said_only_where_the_facts_are_the_same() -> None:
    hello, bonjour = Spoken("Hello", Language.ENGLISH), Spoken("Bonjour", Language.FRENCH)
    first = TWIML.render("outcome", {"things": [hello]})
    assert TWIML.render("outcome", {"things": [hello]}) == first
    assert "Bonjour" in TWIML.render("outcome", {"things": [bonjour]})
    assert TWIML.render("outcome", {"things": [hello, bonjour]}) not in (first, TWIML.render("outcome", {"things": []}))
