"""Reads TwiML as strictly as the carrier does, or more so: what it would only warn about still shows in the debugger.

Whatever is unknown here is an error, so that a document that the real carrier might not perform fails in a test.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping

from oncall.errors import OncallError
from oncall.sim.verbs import Dial, Gather, Hangup, Pause, Play, Prompt, Record, Redirect, Reject, Reply, Say, Verb
from oncall.sim.webhook import Answer, FetchError

MAX_BYTES = 64 * 1024
# At once, by one verb.
MOST_RUNG = 10
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_CONTENT_TYPES = frozenset({"text/xml", "application/xml", "text/html"})
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_ATTRIBUTES: dict[str, frozenset[str]] = {
    "Say": frozenset({"voice", "loop", "language"}),
    "Play": frozenset({"loop", "digits"}),
    "Pause": frozenset({"length"}),
    "Gather": frozenset(
        [
            "input",
            "action",
            "method",
            "timeout",
            "speechTimeout",
            "maxSpeechTime",
            "profanityFilter",
            "finishOnKey",
            "numDigits",
            "partialResultCallback",
            "partialResultCallbackMethod",
            "language",
            "hints",
            "bargeIn",
            "debug",
            "actionOnEmptyResult",
            "speechModel",
            "enhanced",
        ]
    ),
    "Record": frozenset(
        [
            "action",
            "method",
            "timeout",
            "finishOnKey",
            "maxLength",
            "playBeep",
            "trim",
            "recordingStatusCallback",
            "recordingStatusCallbackMethod",
            "recordingStatusCallbackEvent",
            "transcribe",
            "transcribeCallback",
            "recordingConfigurationId",
        ]
    ),
    "Dial": frozenset({"action", "method", "timeout", "callerId", "sequential"}),
    "Redirect": frozenset({"method"}),
    "Hangup": frozenset(),
    "Reject": frozenset({"reason"}),
    "Message": frozenset({"to", "from", "action", "method", "statusCallback"}),
}


class TwimlError(OncallError):
    """The document cannot be performed; ``code`` is the debugger's."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def read_answer(result: Answer | FetchError) -> tuple[Verb, ...]:
    """The verbs of a webhook's answer; none for 204 and for an empty ``<Response/>``. Raises TwimlError."""
    if isinstance(result, FetchError):
        raise TwimlError(11205, f"no answer: {result}")
    if result.status == 204:
        return ()
    if not 200 <= result.status < 300:
        raise TwimlError(11200, f"HTTP {result.status}")
    if not result.body.strip():
        raise TwimlError(11770, f"HTTP {result.status} with an empty body")
    if len(result.body) > MAX_BYTES:
        raise TwimlError(11750, f"the document has {len(result.body)} bytes, the limit is {MAX_BYTES}")
    if result.content_type.split(";")[0].strip().lower() not in _CONTENT_TYPES:
        raise TwimlError(12300, f"content type {result.content_type!r} is not XML")
    return read_twiml(result.body)


def read_twiml(body: bytes) -> tuple[Verb, ...]:
    """The verbs of a document. Raises TwimlError."""
    if _CONTROL.search(body):
        raise TwimlError(12100, "the document holds a control character, which XML does not allow")
    try:
        root = ET.fromstring(body)  # noqa: S314  our own service wrote it, and it is under 64 kB
    except ET.ParseError as error:
        raise TwimlError(12100, f"the document is not well-formed: {error}") from error
    if root.tag != "Response":
        raise TwimlError(12100, f"the root element is <{root.tag}>, not <Response>")
    if (root.text or "").strip():
        raise TwimlError(12200, "text outside of a verb")
    return tuple(_verb(element) for element in root)


def _verb(element: ET.Element) -> Verb:
    reader = _READERS.get(element.tag)
    if reader is None:
        raise TwimlError(12200, f"<{element.tag}> is not a verb that this carrier performs")
    if unknown := set(element.attrib) - _ATTRIBUTES[element.tag]:
        raise TwimlError(12200, f"<{element.tag}> has no attribute {', '.join(sorted(unknown))}")
    if (element.tail or "").strip():
        raise TwimlError(12200, f"text after <{element.tag}>, outside of a verb")
    try:
        return reader(element, element.attrib)
    except ValueError as error:
        raise TwimlError(12200, f"<{element.tag}> has a bad attribute: {error}") from error


def _text(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def _flag(attributes: Mapping[str, str], name: str, default: bool) -> bool:
    value = attributes.get(name, str(default)).lower()
    if value not in {"true", "false"}:
        raise ValueError(f"{name} is {value!r}, not true or false")
    return value == "true"


def _method(attributes: Mapping[str, str]) -> str:
    method = attributes.get("method", "POST").upper()
    if method not in {"GET", "POST"}:
        raise ValueError(f"method is {method!r}")
    return method


def _timeout(attributes: Mapping[str, str]) -> float:
    value = attributes.get("timeout", "5")
    # "auto" ends on a natural pause; two seconds is what one sounds like.
    return 2.0 if value == "auto" else float(value)


def _say(element: ET.Element, attributes: Mapping[str, str]) -> Say:
    text = _text(element)
    if not text:
        raise TwimlError(13520, "<Say> has no text")
    return Say(text, attributes.get("language", ""), int(attributes.get("loop", "1")))


def _play(element: ET.Element, attributes: Mapping[str, str]) -> Play:
    url = _text(element)
    if not url:
        raise ValueError("no URL (digits are not played by this carrier)")
    return Play(url, int(attributes.get("loop", "1")))


def _pause(_element: ET.Element, attributes: Mapping[str, str]) -> Pause:
    return Pause(float(attributes.get("length", "1")))


def _gather(element: ET.Element, attributes: Mapping[str, str]) -> Gather:
    prompts: list[Prompt] = []
    for child in element:
        verb = _verb(child)
        if not isinstance(verb, Say | Play | Pause):
            raise TwimlError(12200, f"<{child.tag}> cannot stand in <Gather>")
        prompts.append(verb)
    inputs = attributes.get("input", "dtmf").split()
    if not inputs or set(inputs) - {"dtmf", "speech"}:
        raise ValueError(f"input is {attributes.get('input')!r}")
    return Gather(
        prompts=tuple(prompts),
        action=attributes.get("action", ""),
        method=_method(attributes),
        keys="dtmf" in inputs,
        speech="speech" in inputs,
        timeout_seconds=_timeout(attributes),
        num_digits=int(attributes.get("numDigits", "0")),
        finish_on_key=attributes.get("finishOnKey", "#"),
        action_on_empty_result=_flag(attributes, "actionOnEmptyResult", False),
        barge_in=_flag(attributes, "bargeIn", True),
    )


def _record(_element: ET.Element, attributes: Mapping[str, str]) -> Record:
    wanted = _flag(attributes, "transcribe", False)
    callback = attributes.get("transcribeCallback", "")
    if wanted and not callback:
        raise ValueError("transcribe without a transcribeCallback goes nowhere")
    return Record(
        action=attributes.get("action", ""),
        method=_method(attributes),
        timeout_seconds=_timeout(attributes),
        finish_on_key=attributes.get("finishOnKey", "1234567890*#"),
        max_seconds=int(attributes.get("maxLength", "3600")),
        beep=_flag(attributes, "playBeep", True),
        status_callback=attributes.get("recordingStatusCallback", ""),
        status_events=frozenset(attributes.get("recordingStatusCallbackEvent", "completed").split()),
        transcribe_callback=callback,
    )


def _dial(element: ET.Element, attributes: Mapping[str, str]) -> Dial:
    for child in element:
        if child.tag != "Number" or child.attrib or len(child):
            raise TwimlError(12200, f"<{child.tag}> in <Dial> is more than a plain <Number>")
    numbers = tuple(_text(child) for child in element) or (_text(element),)
    if len(numbers) > MOST_RUNG or not all(_E164.fullmatch(number) for number in numbers):
        raise TwimlError(13223, f"<Dial> cannot ring {', '.join(numbers)!r}")
    return Dial(
        numbers=numbers,
        timeout_seconds=float(attributes.get("timeout", "30")),
        caller_id=attributes.get("callerId", ""),
        action=attributes.get("action", ""),
        method=_method(attributes),
        sequential=_flag(attributes, "sequential", False),
    )


def _redirect(element: ET.Element, attributes: Mapping[str, str]) -> Redirect:
    return Redirect(_text(element), _method(attributes))


def _reply(element: ET.Element, _attributes: Mapping[str, str]) -> Reply:
    return Reply("".join(element.itertext()).strip())


_READERS: dict[str, Callable[[ET.Element, Mapping[str, str]], Verb]] = {
    "Say": _say,
    "Play": _play,
    "Pause": _pause,
    "Gather": _gather,
    "Record": _record,
    "Dial": _dial,
    "Redirect": _redirect,
    "Hangup": lambda _element, _attributes: Hangup(),
    "Reject": lambda _element, attributes: Reject(attributes.get("reason", "rejected")),
    "Message": _reply,
}
