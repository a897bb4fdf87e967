"""Texts of the folder → one configuration, or every problem that they have."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import ValidationError

from oncall.core.configuration import Configuration
from oncall.schedule_files import building, calendar_files, complaints, promise_checks, references, tree
from oncall.schedule_files.folder import CALENDAR
from oncall.schedule_files.models import Document
from oncall.schedule_files.problem import Place, Problem, ScheduleFilesError


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration, the tree that knows where each part of it was written, and the calendars beside it by name."""

    configuration: Configuration
    document: tree.Mapping
    calendars: Mapping[str, str] = field(default_factory=dict)


def load(files: Mapping[str, str]) -> Configuration:
    """The configuration that these files (names → texts) say. Raises ScheduleFilesError with every problem."""
    return read(files).configuration


def read(files: Mapping[str, str]) -> Loaded:
    """The same, with places. Raises ScheduleFilesError with every problem."""
    calendars = {name: text for name, text in files.items() if name.endswith(CALENDAR)}
    parsed = {name: tree.parse(name, files[name]) for name in sorted(files) if name not in calendars}
    problems = [problem for _, found in parsed.values() for problem in found]
    roots = [root for root, _ in parsed.values() if root is not None]
    unreadable = len(roots) < len(parsed)
    document, twice = _one_document(roots)
    problems += twice
    model = _validate(document, problems, unreadable=unreadable)
    if not unreadable:  # names defined in a file that cannot be read would look unknown
        problems += references.check(document)
    problems += calendar_files.check(document, calendars)
    if problems or model is None:
        raise ScheduleFilesError(problems)
    configuration = building.configuration(model)
    if problems := promise_checks.check(configuration, document):
        raise ScheduleFilesError(problems)
    return Loaded(configuration, document, calendars)


def _validate(document: tree.Mapping, problems: list[Problem], *, unreadable: bool) -> Document | None:
    """The document as a model; None where it is not one, and then what is wrong is added to ``problems``."""
    try:
        return Document.model_validate(tree.plain(document))
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            if not (unreadable and detail["type"] == "missing" and len(detail["loc"]) == 1):
                problems.append(complaints.problem(detail, document))
        return None


def _one_document(roots: list[tree.Mapping]) -> tuple[tree.Mapping, list[Problem]]:
    """All files as one: what stands under the same top key is put together, and no name may come twice."""
    whole = tree.Mapping(next((root.place for root in roots), Place("schedules folder")))
    problems: list[Problem] = []
    for root in roots:
        for key, section in root.entries.items():
            if key not in whole.entries:
                whole.keys[key] = root.keys[key]
                whole.entries[key] = _copy(section)
            else:
                problems += _join(key, whole, root.keys[key], section)
    return whole, problems


def _copy(node: tree.Node) -> tree.Node:
    if isinstance(node, tree.Mapping):
        return tree.Mapping(node.place, dict(node.entries), dict(node.keys))
    return node


def _join(key: str, whole: tree.Mapping, place: Place, section: tree.Node) -> list[Problem]:
    joined = whole.entries[key]
    if isinstance(section, tree.Value) and section.value is None:
        return []
    if isinstance(joined, tree.Value) and joined.value is None:
        whole.entries[key] = _copy(section)
        return []
    if not isinstance(joined, tree.Mapping) or not isinstance(section, tree.Mapping):
        return [Problem(place, f"`{key}` is defined twice, first in {whole.keys[key]}; remove one")]
    problems = []
    for name, node in section.entries.items():
        if name in joined.entries:
            message = f"{key}.{name} is defined twice, first in {joined.keys[name]}; rename or remove one"
            problems.append(Problem(section.keys[name], message))
        else:
            joined.entries[name] = node
            joined.keys[name] = section.keys[name]
    return problems
