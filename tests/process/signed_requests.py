"""Webhooks as Twilio sends them: signed, as bytes ready for the wire."""

from dataclasses import dataclass
from itertools import count
from urllib.parse import urlencode, urlsplit

from twilio.request_validator import RequestValidator

ACCOUNT = "AC" + "1" * 32
TOKEN = "benchmark-auth-token"
HOTLINE = "+3225550199"
CUSTOMER = "+3225550100"
_GEOGRAPHY = {
    f"{who}{what}": value
    for who in ("From", "To", "Caller", "Called")
    for what, value in (("City", ""), ("State", ""), ("Zip", ""), ("Country", "BE"))
}


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs for one service; ``public_url`` is what it believes to be called by."""

    public_url: str

    def post(self, path: str, form: dict[str, str]) -> bytes:
        """One whole HTTP request."""
        signature = RequestValidator(TOKEN).compute_signature(self.public_url + path, form)
        body = urlencode(form).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: hotline\r\nUser-Agent: TwilioProxy/1.1\r\nAccept: */*\r\n"
            f"Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
            f"X-Twilio-Signature: {signature}\r\n\r\n"
        )
        return head.encode() + body

    def incoming(self, sid: str, from_number: str = CUSTOMER) -> bytes:
        """The first webhook of a call."""
        return self.post("/voice/incoming", call_form(sid, from_number))

    def problem_recorded(self, sid: str, from_number: str = CUSTOMER) -> bytes:
        """The webhook that ends the recording of the problem: with it, paging waits for nothing more."""
        recording = {"RecordingSid": f"RE{sid[2:]}", "RecordingDuration": "7", "Digits": "#"}
        form = call_form(sid, from_number, "in-progress") | recording
        return self.post("/voice/problem?try=1&lang=en-GB&done=1", form)

    def key(self, page_url: str, sid: str, to: str, key: str) -> bytes:
        """A key pressed on a call of ours, whose address is this."""
        form = call_form(sid, HOTLINE, "in-progress") | {"To": to, "Called": to, "Direction": "outbound-api"}
        return self.post(f"{urlsplit(page_url).path}/keys?loop=1", form | {"Digits": key})

    def text(self, sid: str, from_number: str, body: str) -> bytes:
        """A text to the hotline."""
        form = {"AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", "MessageSid": sid, "SmsSid": sid, "NumMedia": "0"}
        return self.post("/sms/incoming", form | {"From": from_number, "To": HOTLINE, "Body": body, "NumSegments": "1"})


def call_form(sid: str, from_number: str, status: str = "ringing") -> dict[str, str]:
    """What every voice webhook carries."""
    return {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "CallSid": sid,
        "CallStatus": status,
        "Direction": "inbound",
        "From": from_number,
        "Caller": from_number,
        "To": HOTLINE,
        "Called": HOTLINE,
        "StirVerstat": "TN-Validation-Passed-A",
        **_GEOGRAPHY,
    }


_serial = count(1)


def fresh_call_sid() -> str:
    """A call that nobody has heard of."""
    return f"CA{next(_serial):032x}"


def fresh_message_sid() -> str:
    """A text that nobody has heard of."""
    return f"SM{next(_serial):032x}"
