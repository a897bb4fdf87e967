"""The page with the phones: one long poll for everything that changes, one POST for everything that is done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Condition, RLock
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, request, send_from_directory
from werkzeug.wrappers import Response as BaseResponse

from oncall.errors import UsageError
from oncall.sim.browser_phone import BrowserPhone, PhoneEntry
from oncall.sim.carrier import Carrier
from oncall.sim.faults import Away

POLL_SECONDS = 20.0
# A form on a foreign page cannot set a header, so it cannot dial.
GUARD_HEADER = "X-Phones"


@dataclass(slots=True)
class Switchbox:
    """All phones of the page, and the number of their last change.

    ``duty`` says what the owner of a number is on call for, or "". ``second`` is another account, with the same phones;
    where there is one, the page can take the first one away.
    """

    carrier: Carrier
    lock: RLock
    phones: dict[str, BrowserPhone]
    dashboard_url: str
    duty: Callable[[str], str]
    second: Carrier | None = None
    changed: Condition = field(init=False)
    version: int = 1

    def __post_init__(self) -> None:
        self.changed = Condition(self.lock)
        self.carrier.on_change(self.note_change)
        if self.second is not None:
            self.second.on_change(self.note_change)

    def note_change(self) -> None:
        """Wake the pages."""
        with self.changed:
            self.version += 1
            self.changed.notify_all()

    def state_after(self, version: int) -> dict[str, Any]:
        """Everything, as soon as it is newer than this version, or after a while all the same."""
        with self.changed:
            self.changed.wait_for(lambda: self.version != version, timeout=POLL_SECONDS)
            return {
                "version": self.version,
                "hotline": self.carrier.hotline.number,
                "dashboard": self.dashboard_url,
                "second": self.second.hotline.number if self.second else "",
                "away": self.carrier.away is not None,
                "phones": [{**phone.state(), "duty": self.duty(number)} for number, phone in self.phones.items()],
            }


def no_duty(_number: str) -> str:
    """Nobody is known to be on call."""
    return ""


def create_switchbox(
    carrier: Carrier,
    lock: RLock,
    entries: Sequence[PhoneEntry],
    dashboard_url: str,
    duty: Callable[[str], str] = no_duty,
    second: Carrier | None = None,
) -> Switchbox:
    """Give each of these numbers a phone in the browser."""
    phones = {entry.number: BrowserPhone(entry, carrier) for entry in entries}
    for number, phone in phones.items():
        carrier.phone(number, phone)
    return Switchbox(carrier, lock, phones, dashboard_url, duty, second)


def create_phones_api(box: Switchbox) -> Blueprint:
    """The routes under /phones."""
    api = Blueprint("phones", __name__, url_prefix="/phones")

    @api.before_request
    def check_origin() -> tuple[Response, int] | None:
        if request.method == "POST" and GUARD_HEADER not in request.headers:
            return jsonify(error=f"The header {GUARD_HEADER} is missing."), 403
        return None

    @api.errorhandler(UsageError)
    def explain(error: UsageError) -> tuple[Response, int]:
        return jsonify(error=str(error)), 400

    @api.get("")
    def add_slash() -> BaseResponse:
        return redirect("/phones/")

    @api.get("/")
    def page() -> Response:
        return send_from_directory(str(api.root_path) + "/phones", "index.html", max_age=0)

    @api.get("/<any('phones.css','phones.js','sound.js','handset.js','recorder.js'):name>")
    def asset(name: str) -> Response:
        return send_from_directory(str(api.root_path) + "/phones", name, max_age=0)

    @api.get("/state")
    def state() -> Response:
        return jsonify(box.state_after(request.args.get("after", 0, type=int)))

    @api.get("/<number>/media/<sid>/<int:prompt>")
    def media(number: str, sid: str, prompt: int) -> tuple[bytes, int, dict[str, str]]:
        audio, content_type = _phone(box, number).media.get(prompt, (b"", ""))
        return (audio, 200, {"Content-Type": content_type}) if audio else (b"", 404, {})

    _add_actions(api, box)
    _add_provider_switch(api, box)
    return api


def _add_actions(api: Blueprint, box: Switchbox) -> None:
    @api.post("/<number>/<any(dial, answer, decline, hangup):action>")
    def act(number: str, action: str) -> tuple[str, int]:
        with box.lock:
            phone = _phone(box, number)
            call = phone.call()
            if action == "dial":
                phone.dial()
            elif call is not None:
                {"answer": call.answer, "decline": call.decline, "hangup": call.hang_up}[action]()
        return "", 204

    @api.post("/<number>/keys")
    def press(number: str) -> tuple[str, int]:
        with box.lock:
            _phone(box, number).press(_field("keys"))
        box.note_change()
        return "", 204

    @api.post("/<number>/say")
    def say(number: str) -> tuple[str, int]:
        with box.lock:
            _phone(box, number).say(_field("text").strip())
        box.note_change()
        return "", 204

    @api.post("/<number>/heard")
    def hear(number: str) -> tuple[str, int]:
        with box.lock:
            _phone(box, number).hear(int(_field("prompt")))
        return "", 204

    @api.post("/<number>/recording")
    def record(number: str) -> tuple[str, int]:
        audio = request.files["audio"].read() if "audio" in request.files else b""
        with box.lock:
            _phone(box, number).finish_recording(
                audio=audio,
                text=request.form.get("text", "").strip(),
                key=request.form.get("key", ""),
                hang_up=request.form.get("hangup", "") == "1",
            )
        return "", 204

    @api.post("/<number>/sms")
    def text(number: str) -> tuple[str, int]:
        body = _field("body").strip()
        if not body:
            raise UsageError("Write something first.")
        with box.lock:
            box.carrier.texts(_phone(box, number).entry.number, body)
        return "", 204


def _add_provider_switch(api: Blueprint, box: Switchbox) -> None:
    @api.post("/provider-one/away")
    def take_away() -> tuple[str, int]:
        if box.second is None:
            raise UsageError("There is no second provider here that could stand in.")
        with box.lock:
            # Its answers come at once and are of no use, as those of a gateway in front of an API that is down.
            box.carrier.away = Away.HTML if _field("away") == "1" else None
        box.note_change()
        return "", 204


def _phone(box: Switchbox, number: str) -> BrowserPhone:
    if number not in box.phones:
        raise UsageError(f"There is no phone {number} on this page.")
    return box.phones[number]


def _field(name: str) -> str:
    return request.form.get(name, "")
