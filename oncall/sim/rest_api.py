"""The carrier behind the provider's REST API, as far as the hotline uses it: calls, texts, recordings."""

import socket
from collections.abc import Sequence
from datetime import UTC, datetime
from threading import RLock
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Flask, Request, Response, jsonify, request

from oncall.sim.carrier import Carrier
from oncall.sim.faults import Away
from oncall.sim.incoming_numbers import IncomingNumbers
from oncall.sim.network import API_VERSION
from oncall.sim.refusal import RefusalError, ResponseLostError
from oncall.sim.resources import call_json, message_json, number_json, page_json, recording_json, refusal_json

MAX_PAGE = 1000
_MEDIA_TYPES = {"wav": "audio/x-wav", "mp3": "audio/mpeg", "": "audio/x-wav"}


def create_rest_api(carrier: Carrier, lock: RLock, other_numbers: tuple[str, ...] = ()) -> Blueprint:
    """The routes under /2010-04-01. The carrier is only touched while ``lock`` is held.

    ``other_numbers`` are those that the account has beside the hotline's.
    """
    settings = carrier.settings
    api = Blueprint("rest_api", __name__, url_prefix=f"/{API_VERSION}/Accounts/{settings.account_sid}")

    @api.before_request
    def check_password() -> Response | None:
        if carrier.away is not None:
            return _away(carrier.away)
        given = request.authorization
        if given is None or (given.username, given.password) != (settings.account_sid, settings.auth_token):
            raise RefusalError(20003)
        return None

    @api.errorhandler(RefusalError)
    def refuse(refusal: RefusalError) -> tuple[Response, int]:
        return jsonify(refusal_json(refusal)), refusal.status

    @api.errorhandler(ResponseLostError)
    def lose(_lost: ResponseLostError) -> tuple[str, int]:
        _cut_connection(request)
        return "", 500

    _add_account(api, carrier)
    _add_calls(api, carrier, lock)
    _add_messages(api, carrier, lock)
    _add_recordings(api, carrier, lock)
    _add_numbers(api, IncomingNumbers(carrier, other_numbers), carrier, lock)
    return api


def rest_apis(carriers: Sequence[Carrier]) -> Flask:
    """The APIs of several accounts at one address, for one thread."""
    app = Flask("carrier")
    for number, carrier in enumerate(carriers):
        app.register_blueprint(create_rest_api(carrier, RLock()), name=f"rest_api_{number}")
    return app


def _add_account(api: Blueprint, carrier: Carrier) -> None:
    settings = carrier.settings

    def get_account() -> tuple[Response, int]:
        given = request.authorization
        if given is None or (given.username, given.password) != (settings.account_sid, settings.auth_token):
            refusal = RefusalError(20003)
            return jsonify(refusal_json(refusal)), refusal.status
        named = {"sid": settings.account_sid, "friendly_name": "the local exchange"}
        return jsonify({**named, "status": "active", "type": "Full"}), 200

    # Its path is that of everything below it with a suffix, which no route of a blueprint can have.
    api.record_once(
        lambda state: state.app.add_url_rule(f"{api.url_prefix}.json", f"account {api.url_prefix}", get_account)
    )


def _add_calls(api: Blueprint, carrier: Carrier, lock: RLock) -> None:
    @api.post("/Calls.json")
    def create_call() -> tuple[Response, int]:
        form = request.form
        with lock:
            sid = carrier.create_call(
                to=form.get("To", ""),
                from_=form.get("From", ""),
                url=form.get("Url", ""),
                method=form.get("Method", "POST"),
                twiml=form.get("Twiml", ""),
                status_callback=form.get("StatusCallback", ""),
                # The client repeats the key; people at the command line write one value with spaces.
                status_callback_events=frozenset(" ".join(form.getlist("StatusCallbackEvent")).split()),
                timeout=_number("Timeout", 60),
                machine_detection=form.get("MachineDetection", ""),
                async_amd=form.get("AsyncAmd", ""),
                async_amd_status_callback=form.get("AsyncAmdStatusCallback", ""),
            )
            return jsonify(call_json(carrier.calls[sid])), 201

    @api.get("/Calls.json")
    def list_calls() -> Response:
        with lock:
            calls = carrier.list_calls(
                to=request.args.get("To", ""), from_=request.args.get("From", ""), since=_since("StartTime")
            )
            status = request.args.get("Status", "")
            return _page("calls", [call_json(call) for call in calls if not status or call.status == status])

    @api.get("/Calls/<sid>.json")
    def get_call(sid: str) -> Response:
        with lock:
            return jsonify(call_json(carrier.get_call(sid)))

    @api.post("/Calls/<sid>.json")
    def update_call(sid: str) -> Response:
        with lock:
            return jsonify(call_json(carrier.update_call(sid, request.form.get("Status", ""))))


def _add_messages(api: Blueprint, carrier: Carrier, lock: RLock) -> None:
    @api.post("/Messages.json")
    def create_message() -> tuple[Response, int]:
        form = request.form
        with lock:
            sid = carrier.create_message(
                to=form.get("To", ""),
                from_=form.get("From", ""),
                body=form.get("Body", ""),
                status_callback=form.get("StatusCallback", ""),
                validity_period=int(_number("ValidityPeriod", 36000)),
            )
            return jsonify(message_json(carrier.messages[sid])), 201

    @api.get("/Messages.json")
    def list_messages() -> Response:
        with lock:
            messages = carrier.list_messages(
                to=request.args.get("To", ""), from_=request.args.get("From", ""), since=_since("DateSent")
            )
            return _page("messages", [message_json(message) for message in messages])

    @api.get("/Messages/<sid>.json")
    def get_message(sid: str) -> Response:
        with lock:
            return jsonify(message_json(carrier.get_message(sid)))

    @api.post("/Messages/<sid>.json")
    def redact_message(sid: str) -> Response:
        if request.form.get("Body") != "":
            raise RefusalError(20001, "only an empty Body can be set")
        with lock:
            return jsonify(message_json(carrier.redact_message(sid)))


def _add_recordings(api: Blueprint, carrier: Carrier, lock: RLock) -> None:
    @api.get("/Recordings.json")
    def list_recordings() -> Response:
        with lock:
            found = carrier.network.recordings.all()[::-1]
            call_sid = request.args.get("CallSid", "")
            since = _since("DateCreated")
            wanted = [
                one
                for one in found
                if (not call_sid or one.call_sid == call_sid) and (since is None or one.created_at >= since)
            ]
            return _page("recordings", [recording_json(one, carrier.settings) for one in wanted])

    @api.get("/Recordings/<name>")
    def get_recording(name: str) -> Response:
        sid, _, suffix = name.partition(".")
        with lock:
            if suffix == "json":
                return jsonify(recording_json(carrier.get_recording(sid), carrier.settings))
            # Our recordings are WAV; asking for .mp3 gets the same bytes, as no encoder is needed for a fake.
            return Response(carrier.recording_media(sid), content_type=_MEDIA_TYPES.get(suffix, "audio/x-wav"))

    @api.delete("/Recordings/<sid>.json")
    def delete_recording(sid: str) -> tuple[str, int]:
        with lock:
            carrier.delete_recording(sid)
        return "", 204


def _add_numbers(api: Blueprint, numbers: IncomingNumbers, carrier: Carrier, lock: RLock) -> None:
    @api.get("/IncomingPhoneNumbers.json")
    def list_numbers() -> Response:
        with lock:
            carrier.admit_read()
            found = numbers.listing(request.args.get("PhoneNumber", ""))
            return _page("incoming_phone_numbers", [number_json(one, carrier.settings) for one in found])

    @api.get("/IncomingPhoneNumbers/<sid>.json")
    def get_number(sid: str) -> Response:
        with lock:
            carrier.admit_read()
            return jsonify(number_json(numbers.get(sid), carrier.settings))

    @api.post("/IncomingPhoneNumbers/<sid>.json")
    def update_number(sid: str) -> Response:
        with lock:
            carrier.admit_read()
            wanted = {_underscored(name): value for name, value in request.form.items()}
            return jsonify(number_json(numbers.update(sid, wanted), carrier.settings))


def _underscored(name: str) -> str:
    """``VoiceUrl`` as the answers write it: ``voice_url``."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def _page(key: str, items: list[dict[str, Any]]) -> Response:
    try:
        page, size = int(request.args.get("Page", "0")), int(request.args.get("PageSize", "50"))
    except ValueError as error:
        raise RefusalError(20001, "Page and PageSize are numbers") from error
    size = min(max(size, 1), MAX_PAGE)
    query = urlencode([(k, v) for k, v in request.args.items(multi=True) if k not in {"Page", "PageSize"}])
    return jsonify(page_json(key, items, path=request.path, query=query, page=max(page, 0), page_size=size))


def _number(name: str, default: float) -> float:
    value = request.form.get(name, "")
    try:
        return float(value) if value else default
    except ValueError as error:
        raise RefusalError(20001, f"{name} {value!r} is not a number") from error


def _since(name: str) -> datetime | None:
    """The first instant that ``StartTime>=…`` or ``DateSent>=…`` lets in; None where nothing was asked."""
    later = request.args.get(f"{name}>", "")
    exact = request.args.get(name, "")
    value = later or exact
    if not value:
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError as error:
        raise RefusalError(20001, f"{name} {value!r} is not a date") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _away(how: Away) -> Response:
    """What comes in the place of the API, which does nothing. Raises ResponseLostError where that is nothing."""
    if how is Away.HANGS:
        raise ResponseLostError("")
    return Response("<html>Welcome</html>", content_type="text/html") if how is Away.HTML else jsonify([])


def _cut_connection(lost: Request) -> None:
    """Close without an answer, as a network does; under a server that does not show its socket it becomes a 500."""
    connection = lost.environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        connection.shutdown(socket.SHUT_RDWR)
