"""What a model refused, as a place in a file and a sentence with the fix."""

from functools import cache
from typing import Any

from pydantic_core import ErrorDetails

from oncall.schedule_files.models import CALENDAR_SHAPE, MEMBER_SHAPE, PAGERDUTY_SHAPE, SHAPES
from oncall.schedule_files.problem import Place, Problem
from oncall.schedule_files.schema import document_schema
from oncall.schedule_files.tree import Mapping, Node, Sequence
from oncall.schedule_files.values import did_you_mean

Path = tuple[int | str, ...]

_EXAMPLES = {
    "company": "company: Example Hosting",
    "number": 'number: "+3225550199"',
    "phone": 'phone: "+32470000001"',
    "name": "name: Alice Martin",
    "timezone": "timezone: Europe/Brussels",
    "starts": "starts: 2026-01-05 09:00",
    "shift": "shift: 1w",
    "from": "from: 2026-12-24 09:00",
    "until": "until: 2026-12-26 09:00",
    "by": "by: sms",
    "wait": "wait: 5m",
}


def problem(error: ErrorDetails, document: Mapping) -> Problem:
    """The problem behind one of pydantic's errors."""
    with_shapes = error["loc"]
    path = tuple(step for step in with_shapes if step not in SHAPES)
    match error["type"]:
        case "missing":
            key = str(path[-1])
            message = f"`{key}` is missing; add it, such as `{_EXAMPLES.get(key, key + ': …')}`"
            return Problem(place_of(document, path[:-1]), _in(path[:-1], message))
        case "extra_forbidden":
            hint = did_you_mean(str(path[-1]), list(_known_keys(with_shapes[:-1])))
            return Problem(place_of(document, path), _in(path[:-1], f"unknown key `{path[-1]}`; {hint}"))
        case "between_keys":
            path = (*path, error["ctx"]["key"])
            return Problem(value_place_of(document, path), _in(path, error["ctx"]["message"]))
        case "string_pattern_mismatch":
            fix = "a name has 1 to 64 letters, digits, and the signs . _ -, without spaces"
            path = path[:-1] if path[-1] == "[key]" else path
            return Problem(place_of(document, path), _in(path, f"`{error['input']}` is not a name; {fix}"))
        case _:
            return Problem(value_place_of(document, path), _in(path, _sentence(error)))


def _sentence(error: ErrorDetails) -> str:
    match error["type"]:
        case "value_error":
            return str(error["ctx"]["error"])
        case "literal_error":
            return f"`{error['input']}` is unknown here; write one of {error['ctx']['expected']}"
        case "string_type":
            return "this is not text; put it in quotes" if error["input"] is not None else "this is empty; write text"
        case "list_type":
            return "this must be a list; write [one, two], or one item a line, each after a dash"
        case "too_short":
            return "this list is empty; add at least one item"
        case "model_type" | "model_attributes_type" | "dict_type":
            return "this must hold keys and values; write them indented underneath"
        case _:
            return f"{error['msg'][:1].lower()}{error['msg'][1:]}; write another value"


def _in(path: Path, message: str) -> str:
    return f"{dotted(path)}: {message}" if path else message


def dotted(path: Path) -> str:
    """A path as people write it: ``schedules.production.rotations[0]``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def place_of(node: Node, path: Path) -> Place:
    """Where the thing at a path begins: its name, or the item of a list; as near as the file goes."""
    return _walk(node, path)[0]


def value_place_of(node: Node, path: Path) -> Place:
    """Where the value at a path stands; as near as the file goes."""
    return _walk(node, path)[1]


def _walk(node: Node, path: Path) -> tuple[Place, Place]:
    """The places of the name and of the value of the last step that exists."""
    name = node.place
    for step in path:
        if isinstance(node, Mapping) and isinstance(step, str) and step in node.entries:
            name, node = node.keys[step], node.entries[step]
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            name = node.place
    return name, node.place


@cache
def _document_schema() -> dict[str, Any]:
    return document_schema()


def _known_keys(path: Path) -> dict[str, Any]:
    """The keys that the format knows at a path; none where it knows nothing of it."""
    definitions = _document_schema().get("$defs", {})
    schema: dict[str, Any] = _document_schema()
    for step in path:
        schema = _shape(schema, str(step)) if step in SHAPES else _inner(schema, step)
        schema = next((option for option in schema.get("anyOf", [schema]) if option.get("type") != "null"), schema)
        if "$ref" in schema:
            schema = definitions[schema["$ref"].rpartition("/")[2]]
    return dict(schema.get("properties", {}))


def _shape(schema: dict[str, Any], step: str) -> dict[str, Any]:
    """One of the two shapes that a value may have, the plainer being the first."""
    found: dict[str, Any] = schema["oneOf"][1 if step in (MEMBER_SHAPE, CALENDAR_SHAPE, PAGERDUTY_SHAPE) else 0]
    return found


def _inner(schema: dict[str, Any], step: int | str) -> dict[str, Any]:
    if isinstance(step, int):
        found = schema.get("items", {})
    else:
        patterns = iter(schema.get("patternProperties", {}).values())
        found = schema.get("properties", {}).get(step) or next(patterns, schema.get("additionalProperties", {}))
    return found if isinstance(found, dict) else {}
