"""Where a call is: everything a voice webhook needs is in its URL and parameters, so a duplicate gets the same answer.

When something goes wrong, what the caller gave is carried on to the next try in the URL. Our URLs keep to letters,
digits and ``_.-`` (signatures over anything else depend on who decodes it), so keys are spelt out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlencode

from flask import request

from oncall.core.drill import DRILL_CALL
from oncall.core.languages import Language, choose_language
from oncall.core.plain_text import clean
from oncall.errors import OncallError, RefusedWebhookError
from oncall.web.runtime import runtime

_ENDED = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
_KEYS = frozenset("0123456789*#")
_SPELT = str.maketrans({"*": "s", "#": "h"})
_UNSPELT = str.maketrans({"s": "*", "h": "#"})
_MOST_KEYS = 40
MOST_TRIES = 99


@dataclass(frozen=True, slots=True)
class CallState:
    """One voice webhook, read. ``keys`` is "" for silence; ``recording`` is "" where nothing was recorded.

    ``drill``: nobody phoned, it is for practice.
    """

    sid: str
    from_number: str
    to_number: str
    keys: str
    spoke: bool
    recording: str
    recorded_seconds: int
    ended: bool
    drill: bool


def call_state() -> CallState:
    """The webhook that is being answered. Raises RefusedWebhookError where it is about no call."""
    # Plain dicts: a form of Flask's makes and raises an error for every field that is not there.
    form, args = request.form.to_dict(), request.args.to_dict()
    sid = clean(form.get("CallSid", ""))
    if not sid:
        raise RefusedWebhookError("about no call: CallSid is missing")
    digits = form.get("Digits", "")
    status = form.get("CallStatus", "")
    recording, seconds = _recording(form, args)
    return CallState(
        sid=sid,
        from_number=clean(form.get("From", "")),
        to_number=clean(form.get("To", "")),
        keys=_keys(digits or args.get("keys", "").translate(_UNSPELT)),
        spoke=bool(form.get("SpeechResult", "").strip()) or "spoke" in args,
        recording=recording,
        recorded_seconds=seconds,
        ended=digits == "hangup" or status in _ENDED,
        # An app that calls us through the provider may add fields of its own, and they are signed with the rest; the
        # call's id is the provider's, so that no real call can pass for practice.
        drill="Drill" in form and sid.startswith(DRILL_CALL),
    )


def _keys(pressed: str) -> str:
    return pressed[:_MOST_KEYS] if set(pressed) <= _KEYS else ""


def _recording(form: Mapping[str, str], args: Mapping[str, str]) -> tuple[str, int]:
    sid = form.get("RecordingSid", "") or args.get("recording", "")
    seconds = form.get("RecordingDuration", "") or args.get("seconds", "")
    if not sid.isalnum() or not sid.isascii() or seconds == "0":
        return "", 0
    return sid, whole_number(seconds, 0)


def counted(name: str, default: int = 1) -> int:
    """A number of this URL, such as which try it is."""
    return min(whole_number(request.args.get(name, ""), default), MOST_TRIES)


def whole_number(text: str, default: int) -> int:
    """The number that a field holds; ``default`` where it is none, or larger than any that is meant."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else default


def language() -> Language:
    """The caller's language: this URL's, or else the hotline's."""
    asked = request.args.get("lang", "")
    if asked:
        return choose_language(asked)
    try:
        return choose_language(runtime().configuration.current().hotline.language)
    except OncallError:
        # Said while the database is away: any language is better than silence.
        return Language.ENGLISH


def our_url(path: str, **query: str | int) -> str:
    """One of our own URLs, as the provider is to call it; ``query`` values are letters and digits."""
    return _written(runtime().settings.public_url, path, tuple(query.items()))


# Every prompt names the steps that follow it, and there are few.
@lru_cache(maxsize=256)
def _written(public_url: str, path: str, query: tuple[tuple[str, str | int], ...]) -> str:
    return f"{public_url}{path}?{urlencode(query)}" if query else f"{public_url}{path}"


def same_step_again(**more: str | int) -> str:
    """This very URL, with what the caller gave carried along."""
    query: dict[str, str | int] = {name: request.args[name] for name in request.args}
    state = call_state()
    if state.keys:
        query["keys"] = state.keys.translate(_SPELT)
    if state.spoke:
        query["spoke"] = 1
    if state.recording:
        query |= {"recording": state.recording, "seconds": state.recorded_seconds}
    return our_url(request.path, **(query | more))
