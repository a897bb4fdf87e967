"""What one call or text says of several incidents."""

from collections.abc import Sequence

from oncall.core.customer_wording import SMS_LIMIT
from oncall.core.incident import Incident, Outcome
from oncall.core.plain_text import clip, gsm, one_line
from oncall.core.voice_menu import PageKey, page_menu, spoken_option
from oncall.core.wording import number_speech, outcome_speech, outcome_text, page_speech

# Resolving matters unheard, all at once, is nothing to do half asleep: it has no key here.
ANSWERS_FOR_ALL = frozenset({PageKey.ACKNOWLEDGE, PageKey.PASS})
_LEAST_CALLER = 12
_END = "Reply ACK ALL or ACK with one number"


def bundle_sms(incidents: Sequence[Incident]) -> str:
    """A page about several incidents: every number, callers as far as there is room, and how to answer."""
    begin = _begin(incidents)
    numbers = sum(len(str(incident.number)) for incident in incidents) + 2 * (len(incidents) - 1)
    room = SMS_LIMIT - len(begin) - len(_END) - 2 - numbers
    share = room // len(incidents) - 1
    return f"{begin}{', '.join(_line(incident, share) for incident in incidents)}. {_END}"


def bundle_sms_parts(incidents: Sequence[Incident]) -> tuple[str, ...]:
    """What such a page holds, in this order and to its end, whatever comes to be known of the callers."""
    first, *others = [str(incident.number) for incident in incidents]
    return f"{_begin(incidents)}{first}", *(f", {number}" for number in others), _END


def _begin(incidents: Sequence[Incident]) -> str:
    return f"{len(incidents)} incidents: "


def _line(incident: Incident, share: int) -> str:
    if share < _LEAST_CALLER:
        return str(incident.number)
    company, name = one_line(incident.company), one_line(incident.caller_name)
    caller = " ".join(part for part in (company, name, incident.caller_number) if part) or "unknown caller"
    return f"{incident.number} {clip(gsm(caller), share)}"


def bundle_speech(incidents: Sequence[Incident], code: str = "") -> list[str]:
    """How the call begins: how many, which, the key that matters, and then each.

    ``code`` is the digit that acknowledges this call, "" where it is the usual key.
    """
    numbers = ", ".join(number_speech(incident.number) for incident in incidents)
    acknowledge = f"To acknowledge all, press {page_menu(code)[0].spoken_key} at any time."
    return [f"{len(incidents)} incidents: {numbers}.", acknowledge, *(page_speech(incident) for incident in incidents)]


def bundle_menu(code: str = "") -> str:
    """The keys that answer for all of them."""
    spoken = [spoken_option(option) for option in page_menu(code) if option.key in ANSWERS_FOR_ALL | {PageKey.REPEAT}]
    return " ".join(spoken).replace("To acknowledge,", "To acknowledge all,").replace("To pass", "To pass all")


def bundle_outcome_speech(outcomes: Sequence[Outcome]) -> str:
    """What became of an answer for several, each by its number; that there is nothing to do where it answered none."""
    if not outcomes:
        return "Somebody has all of these incidents by now. There is nothing to do. Goodbye."
    spoken = [outcome_speech(outcome).removesuffix(" Goodbye.") for outcome in outcomes]
    return " ".join([*spoken, "Goodbye."])


def bundle_outcome_text(outcomes: Sequence[Outcome]) -> str:
    """The same as a text: whole sentences where they fit, or else the numbers of each kind of outcome."""
    whole = " ".join(outcome_text(outcome) for outcome in outcomes)
    if len(whole) <= SMS_LIMIT:
        return whole
    by_kind: dict[str, list[str]] = {}
    for outcome in outcomes:
        by_kind.setdefault(outcome.kind.value.replace("_", " ").capitalize(), []).append(str(outcome.incident.number))
    return clip(gsm(" ".join(f"{kind}: {', '.join(numbers)}." for kind, numbers in by_kind.items())), SMS_LIMIT)
