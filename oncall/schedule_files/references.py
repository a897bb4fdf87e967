"""Names that point to each other, numbers that must be told apart, and names that must differ."""

from collections.abc import Iterator

from oncall.core.postmortem import ACKNOWLEDGED_BY
from oncall.core.provider import PRIMARY, variable_prefix
from oncall.phone_numbers import callable_number
from oncall.schedule_files.complaints import Path, dotted
from oncall.schedule_files.meeting_models import unknown_attendee
from oncall.schedule_files.problem import Place, Problem
from oncall.schedule_files.tree import Mapping, Node, Sequence, Value
from oncall.schedule_files.values import did_you_mean

_ANY = "*"
_ENGINEERS = ("engineers",)
_POLICIES = ("escalation_policies",)

# Where names stand, what they name, and under which top keys those are defined.
_POINTERS: tuple[tuple[Path, str, tuple[str, ...]], ...] = (
    (("hotline", "escalation_policy"), "escalation policy", _POLICIES),
    (("hotline", "operators", _ANY), "engineer", _ENGINEERS),
    (("hotline", "managers", _ANY), "engineer", _ENGINEERS),
    (("schedules", _ANY, "rotations", _ANY, "engineers", _ANY), "engineer", _ENGINEERS),
    (("schedules", _ANY, "rotations", _ANY, "engineers", _ANY, "engineer"), "engineer", _ENGINEERS),
    (("schedules", _ANY, "overrides", _ANY, "engineer"), "engineer", _ENGINEERS),
    (("schedules", _ANY, "overrides", _ANY, "instead_of"), "engineer", _ENGINEERS),
    (("escalation_policies", _ANY, "steps", _ANY, "page", _ANY), "schedule or engineer", ("schedules", "engineers")),
    (("drills", _ANY, "engineer"), "engineer", _ENGINEERS),
    (("drills", _ANY, "schedule"), "schedule", ("schedules",)),
    (("meetings", _ANY, "customer"), "customer", ("customers",)),
    (("priorities", _ANY, "escalation_policy"), "escalation policy", _POLICIES),
    (("customers", _ANY, "priorities", _ANY, "escalation_policy"), "escalation policy", _POLICIES),
)


def check(document: Mapping) -> list[Problem]:
    """Every name that is unknown, ambiguous or used twice, and every number that does not tell who it is."""
    return [
        *_unknown_names(document),
        *_names_with_two_meanings(document),
        *_rotations_named_twice(document),
        *_shared_phones(document),
        *_own_number(document),
        *_providers(document),
        *_owner_of_postmortems(document),
        *_attendees(document),
    ]


def find(node: Node, pattern: Path, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Everything in the tree whose path fits the pattern, in which * is any name and any item."""
    if not pattern:
        yield path, node
        return
    step, rest = pattern[0], pattern[1:]
    if isinstance(node, Mapping):
        for key, inner in node.entries.items():
            if step in (_ANY, key):
                yield from find(inner, rest, (*path, key))
    elif isinstance(node, Sequence) and step == _ANY:
        for index, inner in enumerate(node.items):
            yield from find(inner, rest, (*path, index))


def _texts(document: Mapping, pattern: Path) -> Iterator[tuple[Path, Place, str]]:
    for path, node in find(document, pattern):
        if isinstance(node, Value) and isinstance(node.value, str):
            yield path, node.place, node.value


def _defined(document: Mapping, top_keys: tuple[str, ...]) -> list[str]:
    sections = (document.entries.get(key) for key in top_keys)
    return [name for section in sections if isinstance(section, Mapping) for name in section.entries]


def _unknown_names(document: Mapping) -> Iterator[Problem]:
    for pattern, kind, top_keys in _POINTERS:
        known = _defined(document, top_keys)
        names = set(known)
        for path, place, name in _texts(document, pattern):
            if name not in names:
                hint = did_you_mean(name, known)
                yield Problem(place, f"{dotted(path)}: there is no {kind} `{name}`; {hint}")


def _names_with_two_meanings(document: Mapping) -> Iterator[Problem]:
    schedules = document.entries.get("schedules")
    engineers = set(_defined(document, _ENGINEERS))
    if isinstance(schedules, Mapping):
        for name, place in schedules.keys.items():
            if name in engineers:
                yield Problem(place, f"`{name}` is an engineer too, and a step could mean either; rename one of them")


def _rotations_named_twice(document: Mapping) -> Iterator[Problem]:
    seen: dict[tuple[object, str], Place] = {}
    for path, place, name in _texts(document, ("schedules", _ANY, "rotations", _ANY, "name")):
        first = seen.setdefault((path[1], name), place)
        if first is not place:
            yield Problem(place, f"rotation `{name}` is defined twice, first in {first}; rename one of them")


def _shared_phones(document: Mapping) -> Iterator[Problem]:
    """Two engineers with one phone: nobody could tell whose answer a text is."""
    seen: dict[str, tuple[object, Place]] = {}
    for path, place, written in _texts(document, ("engineers", _ANY, "phone")):
        number = callable_number(written)
        owner, _ = seen.setdefault(number, (path[1], place)) if number else (path[1], place)
        if owner != path[1]:
            message = f"is {owner}'s phone too, and an answer by text must tell who it is from; each needs their own"
            yield Problem(place, f"{dotted(path)}: {message}")


def _own_number(document: Mapping) -> Iterator[Problem]:
    patterns = (("hotline", "number"), ("providers", _ANY, "number"))
    own = {callable_number(written) for pattern in patterns for _, _, written in _texts(document, pattern)} - {""}
    for path, place, written in _texts(document, ("engineers", _ANY, "phone")):
        if callable_number(written) in own:
            yield Problem(place, f"{dotted(path)}: this is the hotline's own number; write the engineer's")


def _owner_of_postmortems(document: Mapping) -> Iterator[Problem]:
    known = _defined(document, _ENGINEERS)
    for path, place, name in _texts(document, ("postmortems", "owner")):
        if name != ACKNOWLEDGED_BY and name not in known:
            hint = did_you_mean(name, [*known, ACKNOWLEDGED_BY])
            yield Problem(place, f"{dotted(path)}: there is no engineer `{name}`; {hint}")


def _attendees(document: Mapping) -> Iterator[Problem]:
    known = _defined(document, _ENGINEERS)
    for path, place, name in _texts(document, ("meetings", _ANY, "who", _ANY)):
        if "@" not in name and name not in known:
            yield Problem(place, f"{dotted(path)}: {unknown_attendee(name, known)}")


def _providers(document: Mapping) -> Iterator[Problem]:
    """Accounts whose credentials the environment could not name, or that have no number to call from."""
    section = document.entries.get("providers")
    if not isinstance(section, Mapping):
        return
    seen: dict[str, str] = {}
    for name, node in section.entries.items():
        place = section.keys[name]
        if not name.isascii():
            yield Problem(place, f"`{name}` names environment variables; write it with the letters a to z, and digits")
        other = seen.setdefault(variable_prefix(name), name)
        if other != name:
            variables = f"{variable_prefix(name)}ACCOUNT_SID and so on"
            yield Problem(place, f"`{name}` and `{other}` would share the variables {variables}; rename one of them")
        if not isinstance(node, Mapping):
            continue
        number = node.entries.get("number")
        if name != PRIMARY and (number is None or (isinstance(number, Value) and number.value is None)):
            message = 'needs the number that it calls from; add it, such as `number: "+3225550188"`'
            yield Problem(place, f"providers.{name}: {message}")
