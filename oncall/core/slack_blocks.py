"""How an incident looks in Slack: blocks as values, within Slack's limits.

All texts in blocks are of the kind that Slack shows as it is, so that nothing that people wrote is markup there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from oncall.core.incident import Incident, IncidentState, IntakeChannel, RequestType, Resolution
from oncall.core.local_time import to_local
from oncall.core.plain_text import clean, clip, one_line, without_numbers
from oncall.core.sla import Priority
from oncall.core.slack_text import neutral
from oncall.core.wording import priority_name

Block = dict[str, Any]

_LONGEST_TEXT = 3000
_LONGEST_HEADER = 150
_LONGEST_FIELD = 2000
_LONGEST_UPDATE = 1000
_LONGEST_BUTTON = 75
_LONGEST_FALLBACK = 300


class Action:
    """What the buttons and menus of our messages are called in the clicks that come back."""

    ACKNOWLEDGE = "oncall-ack"
    TAKE = "oncall-take"
    RESOLVE = "oncall-resolve"
    UPDATE = "oncall-update"
    REOPEN = "oncall-reopen"
    DOWN = "oncall-down"
    PRIORITY = "oncall-priority"
    TYPE = "oncall-type"
    PAGE = "oncall-page"
    OPEN = "oncall-open"


_TYPES: dict[RequestType, str] = {
    RequestType.PROBLEM: "Problem, troubleshooting",
    RequestType.ADD_REMOVE_USER: "Add or remove a user",
    RequestType.CHANGE_REQUEST: "Change request",
    RequestType.GUIDANCE: "Guidance and usage",
    RequestType.ON_CALL: "On-call",
    RequestType.OTHER: "Other",
}
_CHANNELS: dict[IntakeChannel, str] = {
    IntakeChannel.PHONE: "by phone",
    IntakeChannel.SMS: "by SMS",
    IntakeChannel.GITHUB: "on GitHub",
    IntakeChannel.SLACK: "on Slack",
    IntakeChannel.OPERATOR: "by hand",
}
_HINT_FOR_CUSTOMERS = (
    "Write in this thread to add to it. What an engineer answers here is told to you by every channel."
    " Engineers: `resolve: …` resolves it with a note, `note: …` stays within the team's timeline."
)
_HINT_FOR_THE_TEAM = (
    "What you write in this thread is a note for the team. `update: …` tells the customer, `resolve: …` resolves it"
    " with a note, `pass` pages the next engineer."
)


@dataclass(frozen=True, slots=True)
class View:
    """How an incident is shown: ``holder`` is the name of whoever has it, "" for nobody; times are of ``timezone``.

    ``link`` leads engineers to the incident, "" for nowhere. ``for_team`` says in whose channel it is shown.
    """

    holder: str = ""
    timezone: str = "UTC"
    link: str = ""
    for_team: bool = False


def plain_text(text: str, limit: int = _LONGEST_TEXT) -> Block:
    """A text that is shown as it is; never empty, which Slack refuses."""
    return {"type": "plain_text", "text": clip(clean(text).strip(), limit) or "-", "emoji": False}


def section(text: str) -> Block:
    """A paragraph."""
    return {"type": "section", "text": plain_text(text)}


def fallback(text: str) -> str:
    """What notifications show, where no blocks are."""
    return neutral(one_line(text), _LONGEST_FALLBACK)


def headline(incident: Incident) -> str:
    """Number, priority and customer."""
    company = clip(without_numbers(one_line(incident.company)), 60) or "unknown company"
    return f"{incident.number} · {priority_name(incident.priority)} · {company}"


def incident_blocks(incident: Incident, view: View) -> list[Block]:
    """The message that shows how an incident stands, with the buttons for what can be done."""
    blocks: list[Block] = [{"type": "header", "text": plain_text(headline(incident), _LONGEST_HEADER)}]
    if incident.summary.strip():
        blocks.append(section(without_numbers(incident.summary)))
    blocks.append({"type": "section", "fields": [plain_text(each, _LONGEST_FIELD) for each in _facts(incident, view)]})
    actions = _actions(incident, view)
    if actions:
        blocks.append({"type": "actions", "elements": actions})
    if incident.open:
        blocks.append(_update_field(incident))
    hint = _HINT_FOR_THE_TEAM if view.for_team else _HINT_FOR_CUSTOMERS
    if incident.open:
        blocks.append({"type": "context", "elements": [plain_text(hint)]})
    return blocks


def page_blocks(text: str, delivery: str) -> list[Block]:
    """A page to one engineer, with the button that acknowledges it."""
    button = _button(Action.PAGE, "Acknowledge", delivery, style="primary")
    return [section(text), {"type": "actions", "elements": [button]}]


def state_text(incident: Incident, view: View) -> str:
    """Who has it, or how it ended."""
    match incident.state:
        case IncidentState.RESOLVED if incident.resolution is Resolution.SCREENED:
            return "screened: nobody spoke"
        case IncidentState.RESOLVED:
            return f"resolved {_time(incident.resolved_at, view)}"
        case _ if incident.held:
            more = f" ({incident.progress})" if incident.more_wanted else ""
            return f"{one_line(view.holder) or 'an engineer'} has it{more}"
        case _:
            return "nobody has it yet"


def _facts(incident: Incident, view: View) -> list[str]:
    facts = [
        f"State: {state_text(incident, view)}",
        f"Type: {_TYPES[incident.request_type]}",
        f"Opened: {_time(incident.opened_at, view)} {_CHANNELS[incident.channel]}",
    ]
    if incident.respond_by is not None and incident.responded_at is None and incident.open:
        facts.append(f"An answer is promised by: {_time(incident.respond_by, view)}")
    if view.for_team and incident.caller_name:
        facts.append(f"Caller: {clip(without_numbers(one_line(incident.caller_name)), 80)}")
    return facts


def _time(at: datetime | None, view: View) -> str:
    return f"{to_local(view.timezone, at):%a %d %b %H:%M %Z}" if at is not None else ""


def _actions(incident: Incident, view: View) -> list[Block]:
    number = str(incident.number)
    found: list[Block] = []
    if incident.open:
        if not incident.held or incident.more_wanted:
            found.append(_button(Action.ACKNOWLEDGE, "Acknowledge", number, style="primary"))
        else:
            found.append(_button(Action.TAKE, "Take it over", number))
        found.append(_button(Action.RESOLVE, "Resolve", number, confirm="Is it over? The customer is told so."))
        found += _changes(incident, number)
    elif incident.resolution is not Resolution.SCREENED:
        found.append(_button(Action.REOPEN, "Not solved", number, confirm="Open it again, and page our engineer?"))
    if view.link:
        found.append({**_button(Action.OPEN, "Open", number), "url": view.link})
    return found


def _changes(incident: Incident, number: str) -> list[Block]:
    priorities = [(each.value, priority_name(each)) for each in Priority if each is not Priority.PRODUCTION_DOWN]
    found = []
    if incident.priority is not Priority.PRODUCTION_DOWN:
        sure = "Raise it to production down? The engineer on call is paged at once."
        found.append(_button(Action.DOWN, "Production down", number, style="danger", confirm=sure))
    found.append(_menu(Action.PRIORITY, "Priority", number, priorities, incident.priority.value))
    kinds = [(each.value, name) for each, name in _TYPES.items()]
    found.append(_menu(Action.TYPE, "Type", number, kinds, incident.request_type.value))
    return found


def _update_field(incident: Incident) -> Block:
    """A line to write in, which is sent by the enter key: no window has to be opened within Slack's three seconds."""
    return {
        "type": "input",
        # Another name at every change: a field of the same name would keep what was sent.
        "block_id": f"{Action.UPDATE}:{incident.number}:{incident.version}",
        "dispatch_action": True,
        "optional": True,
        "label": plain_text("Update for the customer, by an engineer", _LONGEST_BUTTON),
        "element": {
            "type": "plain_text_input",
            "action_id": Action.UPDATE,
            "max_length": _LONGEST_UPDATE,
            "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]},
        },
    }


def _button(action: str, text: str, value: str, *, style: str = "", confirm: str = "") -> Block:
    button: Block = {
        "type": "button",
        "action_id": action,
        "text": plain_text(text, _LONGEST_BUTTON),
        "value": value,
    }
    if style:
        button["style"] = style
    if confirm:
        button["confirm"] = {
            "title": plain_text("Are you sure?", 100),
            "text": plain_text(confirm, 300),
            "confirm": plain_text("Yes", 30),
            "deny": plain_text("No", 30),
        }
    return button


def _menu(action: str, text: str, number: str, options: Sequence[tuple[str, str]], chosen: str) -> Block:
    listed = {key: {"text": plain_text(name, _LONGEST_BUTTON), "value": f"{number}:{key}"} for key, name in options}
    menu: Block = {
        "type": "static_select",
        "action_id": action,
        "placeholder": plain_text(text, 150),
        "options": list(listed.values()),
    }
    if chosen in listed:
        menu["initial_option"] = listed[chosen]
    return menu
