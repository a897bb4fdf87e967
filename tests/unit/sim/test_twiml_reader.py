"""The carrier's vocabulary is the vendor's own."""

import inspect

import pytest
from twilio.twiml.voice_response import VoiceResponse

from oncall.sim.twiml_reader import TwimlError, read_twiml

OPTIONAL_VALUES = {
    "loop": "1", "length": "2", "timeout": "3", "numDigits": "1", "maxLength": "9", "input": "dtmf", "method": "POST",
    "bargeIn": "true", "actionOnEmptyResult": "true", "playBeep": "true", "transcribe": "true",
}  # fmt: skip
CONTENT = {"say": ("Say", "Hello"), "play": ("Play", "/a.wav"), "redirect": ("Redirect", "/next")}


def attributes_of(verb):
    for name in inspect.signature(getattr(VoiceResponse, verb)).parameters:
        if name not in {"self", "kwargs", "url", "message"}:
            first, *rest = name.rstrip("_").split("_")
            yield first + "".join(part.title() for part in rest)


@pytest.mark.parametrize("verb", ["say", "play", "pause", "gather", "record", "redirect", "hangup", "reject"])
def test_every_attribute_that_the_vendors_library_writes_is_read_and_no_other(verb):
    tag, content = CONTENT.get(verb, (verb.title(), ""))
    written = " ".join(f'{name}="{OPTIONAL_VALUES.get(name, "x")}"' for name in attributes_of(verb))
    assert len(read_twiml(f"<Response><{tag} {written}>{content}</{tag}></Response>".encode())) == 1
    with pytest.raises(TwimlError, match="has no attribute bogusAttr"):
        read_twiml(f'<Response><{tag} bogusAttr="1">{content}</{tag}></Response>'.encode())
