"""What the issues say in which the actions of a post-mortem live, and how we know them when they come back."""

import re

from oncall.core.github_markdown import escaped
from oncall.core.plain_text import clip, one_line, without_numbers
from oncall.core.postmortem_actions import Action

POST_MORTEM = "post-mortem"  # the label
_MARK = re.compile(r"<!-- on-call-action:(\d{1,18}):([0-9a-f]{16}) -->")
_LONGEST_TITLE = 200


def action_marker(action: Action) -> str:
    """What nobody sees and we find again."""
    return f"<!-- on-call-action:{action.incident}:{action.key} -->"


def marked_action(text: str) -> tuple[int, str] | None:
    """The incident and the key of the action whose marker is in this text, None where there is none."""
    found = _MARK.search(text)
    return (int(found[1]), found[2]) if found else None


def action_title(action: Action) -> str:
    """A title is no Markdown, and pings nobody."""
    return clip(without_numbers(one_line(action.text.replace("`", "'"))), _LONGEST_TITLE)


def action_body(action: Action, *, owner: str, link: str) -> str:
    """What it is for, whose, and by when. ``owner`` is a name, "" for nobody; ``link`` leads to the post-mortem."""
    parts = [f"**{escaped(one_line(action.text))}**"]
    facts = [f"An action of the post-mortem of incident {action.incident}."]
    if owner:
        facts.append(f"Owner: {escaped(one_line(owner))}.")
    if action.due_on is not None:
        facts.append(f"Due: {action.due_on}.")
    parts += [" ".join(facts), "It is done, for us, once this issue is closed."]
    if link:
        parts.append(link)
    return "\n\n".join(parts)


def dropped_comment(action: Action) -> str:
    """Why its issue is closed although nobody has done it."""
    return (
        f"This is no longer part of the post-mortem of incident {action.incident}, and is closed without being done."
        " Whoever opens it again takes it up again."
    )


def is_that_issue(link: str, url: str) -> bool:
    """Whether an action's link is this issue's address; GitHub's names are the same in capitals."""
    return bool(link) and link.lower() == url.lower()
