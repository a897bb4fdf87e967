"""Handing over: an engineer who cannot passes an incident on to a colleague whom they name."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from unicodedata import combining, normalize

from oncall.core.change import Change
from oncall.core.engineer import Engineer
from oncall.core.incident import Incident, IncidentState, OutcomeKind, TimelineEntry, TimelineKind
from oncall.core.pass_on import left_to_others, refused
from oncall.errors import UsageError

_FILLERS = frozenset({"to", "it", "on", "over", "please", "pls"})
_LISTED = 12


def named_engineer(text: str, engineers: Iterable[Engineer]) -> Engineer:
    """Whom "bob", "to Bob" or "Bob Peeters please" means: a key, a full name, or a first name that only one has.

    Raises UsageError, which lists who could be meant.
    """
    everybody = tuple(engineers)
    wanted = _words(text)
    wanted = " ".join(word for word in wanted.split() if word not in _FILLERS) or wanted
    for spelt in (_key, _full_name, _first_name):
        found = [engineer for engineer in everybody if spelt(engineer) == wanted]
        if len(found) == 1:
            return found[0]
        if found:
            several = "; ".join(f"{engineer.key} ({engineer.name})" for engineer in found[:_LISTED])
            raise UsageError(f"Nothing has changed: several are called that. Say which: {several}.")
    known = ", ".join(engineer.key for engineer in everybody[:_LISTED])
    more = ", ..." if len(everybody) > _LISTED else ""
    raise UsageError(f"Nothing has changed: no engineer is called that. PASS alone pages the next step. {known}{more}.")


def hand_over(incident: Incident, engineer: Engineer, to: Engineer, *, via: str, holder: str, now: datetime) -> Change:
    """The engineer cannot, and names who is paged now, alone; after the current step's wait the list goes on.

    Whoever has it loses it only by this, and then paging goes on until somebody acknowledges. It may be late, with
    paging a step further: a name is news all the same. Asked for twice it changes nothing the second time. Raises
    UsageError where nobody would be paged by it.
    """
    if (nothing_to_pass := refused(incident, engineer, holder)) is not None:
        return nothing_to_pass
    if to.key == engineer.key:
        raise UsageError("Nothing has changed: you cannot hand it over to yourself.")
    if not to.notify:
        raise UsageError(f"Nothing has changed: {to.name} has no notification rule, so no page would go.")
    if incident.is_with(to.key):
        raise UsageError(f"Nothing has changed: {to.name} has acknowledged it already.")
    if incident.state is IncidentState.TRIGGERED and engineer.key in incident.passed_by:
        again = to.key in incident.handed_to
        kind = OutcomeKind.HANDED_OVER if again else OutcomeKind.ALREADY_PASSED
        return Change(kind, incident, by=to.name if again else "", changed=False)
    entry = TimelineEntry(now, TimelineKind.PASSED, f"{engineer.name} handed it to {to.name} by {via}")
    passed = left_to_others(incident, engineer, now)
    changed = replace(
        passed,
        passed_by=tuple(key for key in passed.passed_by if key != to.key),
        handed_to=(*(key for key in passed.handed_to if key != to.key), to.key),
    )
    return Change(OutcomeKind.HANDED_OVER, changed, by=to.name, timeline=(entry,))


def _key(engineer: Engineer) -> str:
    return _words(engineer.key)


def _full_name(engineer: Engineer) -> str:
    return _words(engineer.name)


def _first_name(engineer: Engineer) -> str:
    return _words(engineer.name).partition(" ")[0]


def _words(text: str) -> str:
    """Without case, accents and punctuation: as a thumb types a name."""
    plain = "".join(each for each in normalize("NFKD", text) if not combining(each))
    return " ".join(word.strip(".,;:!?\"'@()") for word in plain.casefold().split()).strip()
