"""What we write into issues, in the customer's language, and how we know our own words when they come back."""

import re
from collections.abc import Sequence

from oncall.core.customer_wording import phrase
from oncall.core.github import VIA
from oncall.core.github_markdown import escaped, quoted
from oncall.core.incident import NO_NOTE, Incident, IntakeChannel, TimelineEntry, TimelineKind
from oncall.core.languages import Language, choose_language
from oncall.core.languages.phrases import Phrase
from oncall.core.plain_text import clip, one_line, without_numbers

TRANSCRIPT = "Transcript of the caller's "
_MARK = re.compile(r"<!-- on-call:(\d{1,18})(?: [0-9A-Za-z-]{1,64})? -->")
_LONGEST_TITLE = 120
_LONGEST_NOTE = 6000
_CHANNELS = {
    IntakeChannel.PHONE: "phone",
    IntakeChannel.SMS: "SMS",
    IntakeChannel.SLACK: "Slack",
    IntakeChannel.OPERATOR: "phone",
}
_SPEECH = {Language.FRENCH: "téléphone", Language.DUTCH: "telefoon", Language.GERMAN: "Telefon"}


def marker(number: int, event_id: str = "") -> str:
    """What nobody sees and we find again: in an issue that we opened, and with the event's id in a comment."""
    return f"<!-- on-call:{number}{' ' if event_id else ''}{event_id} -->"


def marked_number(text: str) -> int | None:
    """The incident whose marker is in this text, None where there is none."""
    found = _MARK.search(text)
    return int(found.group(1)) if found else None


def issue_title(incident: Incident, language: str) -> str:
    """Its first words where somebody wrote or said some. A title is no Markdown, and pings nobody."""
    spoken = choose_language(incident.language, language)
    title = phrase(Phrase.ISSUE_TITLE, spoken, {"number": str(incident.number)})
    words = without_numbers(one_line(incident.summary.replace("`", "'")))
    return f"{title}: {clip(words, _LONGEST_TITLE)}" if words else title


def issue_body(
    incident: Incident, facts: Sequence[TimelineEntry], language: str, *, tracking_url: str, hotline: str
) -> str:
    """What an issue says that we open for something that came in elsewhere."""
    spoken = choose_language(incident.language, language)
    channel = _CHANNELS.get(incident.channel, incident.channel.value)
    if channel == "phone":
        channel = _SPEECH.get(spoken, channel)
    facts_of = {"number": str(incident.number), "channel": channel}
    parts = [f"**{escaped(hotline)}** — {phrase(Phrase.ISSUE_OPENED, spoken, facts_of)}"]
    said = transcripts(facts)
    if said:
        parts += [phrase(Phrase.ISSUE_SAID, spoken), *(quoted(clip(each, _LONGEST_NOTE)) for each in said)]
    elif incident.summary:
        parts.append(quoted(clip(incident.summary, _LONGEST_NOTE)))
    if tracking_url:
        parts.append(phrase(Phrase.TRACKING_TEXT, spoken, {"tracking_url": tracking_url}))
    return "\n\n".join(parts)


def transcripts(facts: Sequence[TimelineEntry]) -> list[str]:
    """What the caller said, as far as it was written down, in order."""
    texts = [fact.text for fact in facts if fact.kind is TimelineKind.RECORDING and fact.text.startswith(TRANSCRIPT)]
    return [text.partition(": ")[2] for text in texts]


def transcript_comment(said: str, incident: Incident, language: str) -> str:
    """A transcript that came after the issue was opened."""
    heading = phrase(Phrase.ISSUE_SAID, choose_language(incident.language, language))
    return f"{heading}\n\n{quoted(clip(said, _LONGEST_NOTE))}"


def received_comment(incident: Incident, language: str, *, tracking_url: str, phone: str) -> str:
    """We have it; and what to do where it cannot wait."""
    spoken = choose_language(incident.language, language)
    parts = [phrase(Phrase.ISSUE_RECEIVED, spoken, {"number": str(incident.number)})]
    if tracking_url:
        parts.append(phrase(Phrase.TRACKING_TEXT, spoken, {"tracking_url": tracking_url}))
    return " ".join(parts) + "\n\n" + phrase(Phrase.ISSUE_PHONE, spoken, {"phone": phone})


def phone_comment(incident: Incident, language: str, *, phone: str) -> str:
    """Production down does not belong into an issue, where nobody is called for it."""
    return f"**{phrase(Phrase.ISSUE_PHONE, choose_language(incident.language, language), {'phone': phone})}**"


def acknowledged_comment(engineer: str, incident: Incident, language: str) -> str:
    """Who has it."""
    spoken = choose_language(incident.language, language)
    return escaped(phrase(Phrase.PUBLIC_ACKNOWLEDGED, spoken, {"engineer": engineer}))


def update_comment(fact: TimelineEntry) -> str:
    """News, with whose they are."""
    by = fact.text.partition(" by ")[0]
    return f"**{escaped(one_line(by))}**: {escaped(clip(fact.public_text, _LONGEST_NOTE), links=True)}"


def resolved_comment(fact: TimelineEntry, incident: Incident, language: str) -> str:
    """It is over, with the note."""
    note = "" if fact.public_text == NO_NOTE else escaped(clip(fact.public_text, _LONGEST_NOTE), links=True)
    # The phrase puts everything on one line, as a note by SMS is.
    said = phrase(Phrase.PUBLIC_RESOLVED, choose_language(incident.language, language), {"note": ""})
    return f"{said}\n\n{note}" if note else said


def reopened_comment(incident: Incident, language: str) -> str:
    """It was not over."""
    return phrase(Phrase.ISSUE_REOPENED, choose_language(incident.language, language), {"number": str(incident.number)})


def over_comment(incident: Incident, language: str) -> str:
    """To whoever writes on after the end: what they can do where it is none."""
    return phrase(Phrase.ISSUE_OVER, choose_language(incident.language, language), {"number": str(incident.number)})


def came_from_github(fact: TimelineEntry) -> bool:
    """Whether a fact was done at GitHub: it is not told there again."""
    note = "" if fact.public_text in ("", NO_NOTE) else f": {fact.public_text}"
    match fact.kind:
        case TimelineKind.UPDATE:
            return fact.text.endswith(f" by {VIA}{note}")
        case TimelineKind.RESOLVED:
            return fact.text.endswith(f" resolved it by {VIA}{note}")
        case TimelineKind.REOPENED:
            return fact.text.endswith(f", by {VIA}")
        case _:
            return False
