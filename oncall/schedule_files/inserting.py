"""Where in a YAML text new overrides go: found by the parser's places, put in without touching anything else."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

Item = tuple[str, str]
"""The YAML of one override, and a comment that may stand behind it."""


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    text: str


def insert_overrides(text: str, items: Mapping[str, Sequence[Item]]) -> str:
    """The text with these (schedule → items) behind the overrides of each schedule that it defines."""
    root = YAML(typ="safe", pure=True).compose(text)
    edits: list[_Edit] = []
    for key, schedule in _schedules(root):
        if key in items and isinstance(schedule, MappingNode):
            edits += _edits(text, schedule, items[key])
    for edit in sorted(edits, key=lambda each: each.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def _schedules(root: Node | None) -> Iterator[tuple[str, Node]]:
    for key, section in _entries(root):
        if key.value == "schedules":
            for name, schedule in _entries(section):
                yield name.value, schedule


def _entries(node: Node | None) -> list[tuple[Any, Any]]:
    return list(node.value) if isinstance(node, MappingNode) else []


def _edits(text: str, schedule: MappingNode, items: Sequence[Item]) -> list[_Edit]:
    found = next(((key, value) for key, value in schedule.value if key.value == "overrides"), None)
    in_flow = ", ".join(item for item, _ in items)
    if found is None:
        if schedule.flow_style:
            end = _last_end(text, schedule.value[-1][1])
            return [_Edit(end, end, f", overrides: [{in_flow}]")]
        column = schedule.start_mark.column
        return [_below(text, _last_end(text, schedule.value[-1][1]), column + 2, items, f"{' ' * column}overrides:")]
    key, value = found
    if isinstance(value, SequenceNode):
        return _into_list(text, schedule, key, value, items)
    if value.start_mark.index != value.end_mark.index:  # null, written out
        return [_Edit(value.start_mark.index, value.end_mark.index, f"[{in_flow}]")]
    if schedule.flow_style:
        colon = text.index(":", key.end_mark.index) + 1
        return [_Edit(colon, colon, f" [{in_flow}]")]
    return [_below(text, key.end_mark.index, key.start_mark.column + 2, items)]


def _into_list(
    text: str, schedule: MappingNode, key: ScalarNode, value: SequenceNode, items: Sequence[Item]
) -> list[_Edit]:
    start, end = value.start_mark.index, value.end_mark.index
    if not value.flow_style:
        return [_below(text, _last_end(text, value.value[-1]), value.start_mark.column, items)]
    in_flow = ", ".join(item for item, _ in items)
    if value.value:
        last = _last_end(text, value.value[-1])
        return [_Edit(last, last, f", {in_flow}")]
    if schedule.flow_style or text[start:end].strip("[ ]"):
        return [_Edit(start + 1, start + 1, in_flow)]
    # An empty list of its own becomes one item a line.
    start = len(text[:start].rstrip(" "))
    return [_Edit(start, end, ""), _below(text, end, key.start_mark.column + 2, items)]


def _below(text: str, after: int, column: int, items: Sequence[Item], heading: str = "") -> _Edit:
    """New lines below the line in which ``after`` is."""
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = [f"{' ' * column}- {item}  # {comment}" for item, comment in items]
    written = newline.join([*([heading] if heading else []), *lines])
    end = text.find("\n", after)
    if end < 0:
        return _Edit(len(text), len(text), newline + written)
    return _Edit(end + 1, end + 1, written + newline)


def _last_end(text: str, node: Node) -> int:
    """Where the last thing that is written in this node ends, comments and blank lines behind it left out."""
    if isinstance(node, (MappingNode, SequenceNode)) and node.value and not node.flow_style:
        last = node.value[-1]
        if isinstance(last, tuple):
            key, value = last
            empty = value.start_mark.index == value.end_mark.index
            return int(key.end_mark.index) if empty else _last_end(text, value)
        return _last_end(text, last)
    end = int(node.end_mark.index)
    return len(text[:end].rstrip()) if isinstance(node, ScalarNode) and node.style in ("|", ">") else end
