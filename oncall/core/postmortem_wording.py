"""What people are told about a post-mortem: its owner, the managers, and the timeline."""

from datetime import datetime, timedelta

from oncall.core.incident import Incident
from oncall.core.local_time import to_local
from oncall.core.plain_text import clip, one_line
from oncall.core.postmortem import Postmortem, Reminder, Standing
from oncall.core.postmortem_actions import Action
from oncall.core.promise_wording import QuietWords
from oncall.core.wording import number_speech

_NOW_LASTS = timedelta(minutes=15)
_STANDINGS = {
    Standing.OWED: "nothing is written yet",
    Standing.WRITTEN: "it is written, and waits for a review",
    Standing.REVIEWED: "it is reviewed, and waits to be published",
    Standing.PUBLISHED: "it is published",
    Standing.CORRECTED: "it is published; what was written since is not",
    Standing.WAIVED: "none is needed",
}


def standing_words(standing: Standing) -> str:
    """Where it is, in words that begin small."""
    return _STANDINGS[standing]


def reminder_words(
    postmortem: Postmortem,
    incident: Incident,
    stage: Reminder,
    *,
    owner: str,
    timezone: str,
    link: str,
    now: datetime,
) -> QuietWords:
    """What the owner is told, and from the deadline on the managers, when it is ``now``. ``owner`` is a name, "" for
    nobody; ``link`` where it is written, "" where that is not known."""
    number, company = incident.number, one_line(incident.company) or "an unknown company"
    what = f"the post-mortem of incident {number} ({clip(company, 60)})"
    due = f"it is due {_moment(timezone, postmortem.due_at)}" if postmortem.due_at else "it is due once that is over"
    standing = standing_words(postmortem.standing)
    owned = f"{owner} owns it" if owner else "nobody owns it"
    match stage:
        case Reminder.ONE_DAY:
            said = f"Reminder: {what}; {due}, and {standing}."
        case Reminder.DUE:
            waited = postmortem.due_at is not None and now - postmortem.due_at > _NOW_LASTS
            when = f"since {_moment(timezone, postmortem.due_at)}" if waited else "now"
            said = f"Due {when}: {what}, and {standing}."
        case Reminder.LATE:
            said = f"Late: {what} was due {_moment(timezone, postmortem.due_at)}; {owned}, and {standing}."
        case _:
            said = f"{what[0].upper()}{what[1:]} is owed: {postmortem.why}. {owned}; {due}."
    spoken = said.replace(f"incident {number}", f"incident {number_speech(number)}")
    return QuietWords(f"Post-mortem of incident {number}", f"{said} {link}".strip(), spoken)


def action_words(action: Action, link: str) -> QuietWords:
    """The owner of an action is told that it is due."""
    due = f", due {action.due_on:%Y-%m-%d}" if action.due_on else ""
    text = f"To do after incident {action.incident}{due}: {clip(one_line(action.text), 200)}"
    spoken = text.replace(f"incident {action.incident}", f"incident {number_speech(action.incident)}")
    return QuietWords(f"To do after incident {action.incident}", f"{text} {link}".strip(), spoken)


def _moment(timezone: str, at: datetime | None) -> str:
    if at is None:
        return "later"
    here = to_local(timezone, at)
    return f"{here:%a} {here.day} {here:%b %H:%M %Z}"
