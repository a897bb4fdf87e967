"""Calls, texts and recordings as the provider's REST API writes them in JSON."""

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from oncall.sim.incoming_numbers import IncomingNumber
from oncall.sim.live_call import LiveCall
from oncall.sim.live_message import LiveMessage, segments
from oncall.sim.network import API_VERSION, CarrierSettings
from oncall.sim.recordings import StoredRecording
from oncall.sim.refusal import RefusalError

Json = dict[str, Any]


def call_json(call: LiveCall) -> Json:
    """One call. What has not happened is null; a call that was not dialled yet has no start time."""
    account = call.network.settings.account_sid
    over = call.times.ended_at is not None
    return {
        "sid": call.sid,
        "account_sid": account,
        "api_version": API_VERSION,
        "parent_call_sid": None,
        "to": call.order.to,
        "to_formatted": call.order.to,
        "from": call.order.from_,
        "from_formatted": call.order.from_,
        "phone_number_sid": None,
        # The REST API has no word for a call that was initiated and does not ring yet.
        "status": "queued" if call.status == "initiated" else call.status,
        "direction": call.order.direction,
        "date_created": _date(call.times.created_at),
        "date_updated": _date(call.times.ended_at or call.times.answered_at or call.times.created_at),
        "start_time": _date(call.times.dialled_at),
        "end_time": _date(call.times.ended_at),
        "duration": str(call.duration_seconds) if over else None,
        "price": None,
        "price_unit": "USD",
        "answered_by": call.answered_by.removesuffix("_start") or None,
        "forwarded_from": call.order.forwarded_from or None,
        "caller_name": None,
        "group_sid": None,
        "queue_time": str(_queue_milliseconds(call)),
        "trunk_sid": None,
        "uri": f"/{API_VERSION}/Accounts/{account}/Calls/{call.sid}.json",
        "subresource_uris": {},
    }


def message_json(message: LiveMessage) -> Json:
    """One text."""
    account = message.network.settings.account_sid
    return {
        "sid": message.sid,
        "account_sid": account,
        "api_version": API_VERSION,
        "to": message.to,
        "from": message.from_,
        "body": message.body,
        "status": message.status,
        "direction": message.direction,
        "num_segments": str(segments(message.body)),
        "num_media": "0",
        "date_created": _date(message.created_at),
        "date_updated": _date(message.updated_at or message.created_at),
        "date_sent": _date(message.created_at if message.direction == "inbound" else message.sent_at),
        "error_code": message.error_code or None,
        "error_message": None,
        "messaging_service_sid": None,
        "price": None,
        "price_unit": "USD",
        "uri": f"/{API_VERSION}/Accounts/{account}/Messages/{message.sid}.json",
        "subresource_uris": {},
    }


def recording_json(recording: StoredRecording, settings: CarrierSettings) -> Json:
    """One recording."""
    uri = f"/{API_VERSION}/Accounts/{settings.account_sid}/Recordings/{recording.sid}"
    return {
        "sid": recording.sid,
        "account_sid": settings.account_sid,
        "api_version": API_VERSION,
        "call_sid": recording.call_sid,
        "conference_sid": None,
        "status": "completed",
        "channels": 1,
        "source": "RecordVerb",
        "duration": str(recording.duration_seconds),
        "date_created": _date(recording.created_at),
        "date_updated": _date(recording.created_at),
        "start_time": _date(recording.created_at),
        "price": None,
        "price_unit": "USD",
        "error_code": None,
        "encryption_details": None,
        "media_url": settings.api_url + uri,
        "uri": f"{uri}.json",
        "subresource_uris": {},
    }


def number_json(number: IncomingNumber, settings: CarrierSettings) -> Json:
    """One number of the account."""
    return {
        "sid": number.sid,
        "account_sid": settings.account_sid,
        "api_version": API_VERSION,
        "phone_number": number.number,
        "friendly_name": number.number,
        "capabilities": {"voice": True, "sms": True, "mms": False, "fax": False},
        "beta": False,
        "origin": "twilio",
        "status": "in-use",
        "voice_caller_id_lookup": False,
        "voice_receive_mode": "voice",
        "emergency_status": "Inactive",
        **{name: value or None if name.endswith("_sid") else value for name, value in number.settings.items()},
        "uri": f"/{API_VERSION}/Accounts/{settings.account_sid}/IncomingPhoneNumbers/{number.sid}.json",
    }


def page_json(key: str, items: Sequence[Json], *, path: str, query: str, page: int, page_size: int) -> Json:
    """One page of a list, with the filters of ``query``; ``next_page_uri`` is null on the last."""
    start = page * page_size
    shown = items[start : start + page_size]

    def uri(number: int) -> str:
        return f"{path}?Page={number}&PageSize={page_size}&{query}".rstrip("&")

    return {
        key: list(shown),
        "page": page,
        "page_size": page_size,
        "start": start,
        "end": start + len(shown) - 1,
        "uri": uri(page),
        "first_page_uri": uri(0),
        "previous_page_uri": uri(page - 1) if page else None,
        "next_page_uri": uri(page + 1) if start + page_size < len(items) else None,
    }


def refusal_json(refusal: RefusalError) -> Json:
    """What the API answers when it refuses."""
    return {
        "code": refusal.code,
        "message": str(refusal),
        "more_info": f"https://www.twilio.com/docs/errors/{refusal.code}",
        "status": refusal.status,
    }


def _date(at: datetime | None) -> str | None:
    return None if at is None else format_datetime(at)


def _queue_milliseconds(call: LiveCall) -> int:
    if call.times.dialled_at is None:
        return 0
    return int((call.times.dialled_at - call.times.created_at).total_seconds() * 1000)
