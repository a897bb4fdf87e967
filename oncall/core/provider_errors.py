"""What the telephone provider's error codes mean: whose fault it is, and plain words for people.

The words follow Twilio's error dictionary. Twilio says that codes change: an unknown one is judged by its
HTTP status, and one that is refused for good is brought before the operators, since a new rule of the
carriers looks like that. The table is printed in docs/reference/provider-errors.md.
"""

from dataclasses import dataclass
from typing import Literal

Blame = Literal["recipient", "setup", "transient"]


@dataclass(frozen=True, slots=True)
class ProviderError:
    """One code.

    ``blame`` says what to do: "recipient" go to the next contact method, "setup" tell the operators,
    "transient" try again.
    """

    code: str
    blame: Blame
    meaning: str


_RECIPIENT = {
    "13223": "the number to call has the wrong format",
    "13224": "the number to call is not valid",
    "13225": "the number to call is barred",
    "13226": "the country of the number to call is not valid",
    "14101": "the number to text is not valid",
    "21201": "no number to call was given",
    "21202": "this is a premium number",
    "21211": "the number is not a valid telephone number",
    "21214": "the number cannot be reached",
    "21216": "the account may not call this number: it is on a block list",
    "21217": "the number is not a valid telephone number",
    "21219": "a trial account only reaches numbers that were verified",
    "21401": "the number is not a valid telephone number",
    "21604": "no number to text was given",
    "21608": "a trial account only reaches numbers that were verified",
    "21610": "they replied STOP to us; only they can undo it, by texting START",
    "21612": "no carrier takes texts from our number to this one",
    "21614": "the number cannot receive texts: it is not a mobile number",
    "21635": "the number cannot receive texts: it is a landline",
    "30004": "they, or their carrier, block texts from us",
    "30005": "the number does not exist, or is switched off for good",
    "30006": "the number cannot receive texts: a landline, or a carrier out of reach",
    "30007": "the carrier took our text for spam",
    "30018": "the carrier does not take texts for this destination",
    "30019": "the text is too large for the carrier",
    "32017": "the carrier blocked the call because of our caller id",
}

_SETUP = {
    "11100": "a URL that we gave is not valid: check ONCALL_PUBLIC_URL",
    "13227": "the account may not call this country: allow it in Twilio's geographic permissions",
    "20001": "the request was not understood: a mistake of ours",
    "20003": "the account SID or the auth token is wrong",
    "20005": "the account is not active",
    "20008": "these are test credentials: they reach nobody",
    "20010": "the account may not use this",
    "20404": "the provider does not know what we asked for: check the account SID and TWILIO_API_URL",
    "20422": "a parameter is not valid: a mistake of ours",
    "21203": "the account may not call this country: allow it in Twilio's geographic permissions",
    "21205": "a URL that we gave is not valid: check ONCALL_PUBLIC_URL",
    "21206": "a request parameter is not valid: a mistake of ours",
    "21207": "a request parameter is not valid: a mistake of ours",
    "21208": "a request parameter is not valid: a mistake of ours",
    "21209": "a status callback URL is not valid: check ONCALL_PUBLIC_URL",
    "21210": "the hotline's number is not one of the account's",
    "21212": "the hotline's number is not a valid caller id",
    "21213": "no number to call from was given: check the hotline's number",
    "21215": "the account may not call this country: allow it in Twilio's geographic permissions",
    "21408": "the account may not text this country: allow it in Twilio's geographic permissions",
    "21602": "the text was empty: a mistake of ours",
    "21603": "no number to text from was given: check the hotline's number",
    "21606": "the hotline's number cannot send texts to this destination",
    "21609": "the status callback URL is not valid: check ONCALL_PUBLIC_URL",
    "21617": "the text is longer than 1600 characters",
    "21619": "the text was empty: a mistake of ours",
    "21658": "the text is too long",
    "21659": "the hotline's number is not one of the account's, or cannot send texts",
    "21660": "the hotline's number belongs to another account",
    "21703": "the messaging service has no sender",
    "30002": "the account is suspended",
    "30010": "the text cost more than the account's limit",
    "30023": "the carrier's daily limit for our registration is used up",
    "30032": "the toll-free number is not verified",
    "30034": "the number is not registered for texts to the United States (A2P 10DLC)",
    "30035": "the number's registration for texts to the United States is not finished",
    "63038": "the account's daily limit of texts is used up",
}

_TRANSIENT = {
    "12400": "the provider had an error",
    "14107": "too many texts at once",
    "20409": "the provider is still working on an earlier request for the same thing",
    "20429": "too many requests at once",
    "20500": "the provider had an error",
    "20503": "the provider is overloaded",
    "21611": "too many texts are waiting at our number",
    "22001": "too many calls are waiting",
    "22005": "the call waited too long",
    "30001": "the text waited too long",
    "30003": "the handset is switched off or out of reach",
    "30008": "the carrier did not say why",
    "30009": "a part of the text was lost",
    "30017": "the carrier's network is congested",
    "30022": "texts went faster than our registration allows",
    "30410": "the provider beneath ours timed out",
}

# Nothing has to be done about it: what was to be hung up has ended already.
CALL_HAS_ENDED = "21220"
NO_SUCH_CALL = "20404"

# Refused for the pair of our number and theirs, or by our account: from another number it may well arrive.
_OF_THE_PAIR = frozenset({"21216", "21219", "21608", "21610", "21612", "30004", "30007", "30018", "32017"})
OPTED_OUT = "21610"
# What was asked for is at fault, or one country is not allowed: the provider itself is well.
_OF_THE_REQUEST = frozenset(
    {
        "11100", "13227", "20001", "20422", "21203", "21205", "21206", "21207", "21208", "21209", "21215", "21408",
        "21602", "21606", "21609", "21617", "21619", "21658", "30032", "30034", "30035",
    }
)  # fmt: skip

_GROUPS: tuple[tuple[Blame, dict[str, str]], ...] = (
    ("recipient", _RECIPIENT),
    ("setup", _SETUP),
    ("transient", _TRANSIENT),
)
_TABLE: dict[str, ProviderError] = {
    code: ProviderError(code, blame, text) for blame, texts in _GROUPS for code, text in texts.items()
}

PROVIDER_ERRORS: tuple[ProviderError, ...] = tuple(sorted(_TABLE.values(), key=lambda error: error.code))

# Request Timeout, Conflict, Too Early, Too Many Requests
_PASSING_STATUSES = frozenset({408, 409, 425, 429})


def meaning(code: str) -> str:
    """The code in plain words; "" without a code; for an unknown one, the page that explains it."""
    if not _given(code):
        return ""
    known = _TABLE.get(code)
    return known.meaning if known else f"not known to us; see https://www.twilio.com/docs/api/errors/{code}"


def classify_callback_error(code: str) -> Blame:
    """Whose fault the ErrorCode of a status callback is; without a code, nobody's: "transient"."""
    if not _given(code):
        return "transient"
    known = _TABLE.get(code)
    return known.blame if known else "setup"


def classify_refusal(code: str, http_status: int) -> Blame:
    """Whose fault a refused request is: by its code where we know it, else by its HTTP status."""
    known = _TABLE.get(code)
    if known:
        return known.blame
    return "transient" if http_status >= 500 or http_status in _PASSING_STATUSES else "setup"


def another_provider_may_reach(code: str) -> bool:
    """Whether a number that was refused with this code may be reached through another account, from another number."""
    return code in _OF_THE_PAIR


def speaks_against_the_provider(code: str) -> bool:
    """Whether a refusal with this code says that the provider, or our account there, is ill altogether."""
    return code not in _OF_THE_REQUEST


def _given(code: str) -> bool:
    return bool(code) and code.isdecimal() and code.isascii() and int(code) > 0
