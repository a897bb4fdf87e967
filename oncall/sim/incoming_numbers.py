"""The numbers that the account has, as the provider's API lists and sets them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import md5

from oncall.sim.carrier import Carrier, HotlineNumber
from oncall.sim.refusal import RefusalError

_URL = re.compile(r"https?://[^\s/]+\S*")
_METHODS = frozenset({"GET", "POST"})
# The API's words for what the carrier itself uses of a number.
_USED = {
    "voice_url": "voice_url",
    "status_callback": "status_url",
    "sms_url": "sms_url",
    "voice_fallback_url": "voice_fallback_url",
    "voice_fallback_method": "voice_fallback_method",
    "sms_fallback_url": "sms_fallback_url",
    "sms_fallback_method": "sms_fallback_method",
}
_EMPTY = {
    "voice_url": "",
    "voice_method": "POST",
    "voice_fallback_url": "",
    "voice_fallback_method": "POST",
    "voice_application_sid": "",
    "status_callback": "",
    "status_callback_method": "POST",
    "sms_url": "",
    "sms_method": "POST",
    "sms_fallback_url": "",
    "sms_fallback_method": "POST",
    "sms_application_sid": "",
    "trunk_sid": "",
}


@dataclass(slots=True)
class IncomingNumber:
    """One number; ``settings`` are the provider's words for what it does with it."""

    sid: str
    number: str
    settings: dict[str, str]


class IncomingNumbers:
    """The hotline's number, and ``others`` that the account has beside it."""

    def __init__(self, carrier: Carrier, others: tuple[str, ...] = ()) -> None:
        self._carrier = carrier
        self._kept: dict[str, IncomingNumber] = {}
        for number in (carrier.hotline.number, *others):
            sid = "PN" + md5(number.encode(), usedforsecurity=False).hexdigest()
            self._kept[sid] = IncomingNumber(sid, number, dict(_EMPTY))

    def listing(self, phone_number: str = "") -> list[IncomingNumber]:
        """Those whose number contains this one; all of them where it is ""."""
        wanted = phone_number.replace("*", "")
        return [self._current(one) for one in self._kept.values() if wanted in one.number]

    def get(self, sid: str) -> IncomingNumber:
        """One number. Raises RefusalError(20404)."""
        if sid not in self._kept:
            raise RefusalError(20404, sid)
        return self._current(self._kept[sid])

    def update(self, sid: str, wanted: Mapping[str, str]) -> IncomingNumber:
        """Set these (the provider's words). Raises RefusalError where one of them cannot be."""
        kept = self.get(sid)
        known = {name: value for name, value in wanted.items() if name in _EMPTY}
        for name, value in known.items():
            _check(name, value)
        kept.settings.update(known)
        if kept.number == self._carrier.hotline.number:
            used = {_USED[name]: value for name, value in known.items() if name in _USED}
            self._carrier.hotline = replace(self._carrier.hotline, **used)
        return kept

    def _current(self, one: IncomingNumber) -> IncomingNumber:
        if one.number == self._carrier.hotline.number:
            hotline: HotlineNumber = self._carrier.hotline
            one.settings.update({word: getattr(hotline, ours) for word, ours in _USED.items()})
        return one


def _check(name: str, value: str) -> None:
    if name.endswith("_method") and value not in _METHODS:
        raise RefusalError(20001, f"{name} {value!r} is neither GET nor POST")
    if (name.endswith("_url") or name == "status_callback") and value and not _URL.fullmatch(value):
        raise RefusalError(21609 if name == "status_callback" else 21502, f"{name} {value!r}")
