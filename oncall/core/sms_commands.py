"""The words that a text to the hotline may begin with. No text is ever an error: what is not a word is text.

Carriers keep STOP, END, CANCEL, QUIT, YES, HELP and INFO for themselves: none may become a word of ours.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class SmsWord(StrEnum):
    """What a text asks for."""

    ACK = "ACK"
    PASS = "PASS"  # noqa: S105
    RESOLVE = "RESOLVE"
    UPDATE = "UPDATE"
    STATUS = "STATUS"
    WHO = "WHO"
    TAKE = "TAKE"
    COMMANDS = "COMMANDS"
    REOPEN = "REOPEN"
    DOWN = "DOWN"


ENGINEER_WORDS: frozenset[SmsWord] = frozenset(
    {
        SmsWord.ACK,
        SmsWord.PASS,
        SmsWord.RESOLVE,
        SmsWord.UPDATE,
        SmsWord.STATUS,
        SmsWord.WHO,
        SmsWord.TAKE,
        SmsWord.COMMANDS,
    }
)
CUSTOMER_WORDS: frozenset[SmsWord] = frozenset({SmsWord.STATUS, SmsWord.REOPEN, SmsWord.DOWN})

# What follows these is about a schedule: its figures are no incident's number.
_ABOUT_SCHEDULES = frozenset({SmsWord.WHO, SmsWord.TAKE})

# What half-asleep thumbs and eager keyboards make of the words.
_SPELLINGS: dict[str, SmsWord] = {
    **{word.value: word for word in SmsWord},
    "ACKNOWLEDGE": SmsWord.ACK,
    "ACKNOWLEDGED": SmsWord.ACK,
    "ACKED": SmsWord.ACK,
    "RESOLVED": SmsWord.RESOLVE,
    "REOPENED": SmsWord.REOPEN,
    "COMMAND": SmsWord.COMMANDS,
}

_WORD_FIRST = re.compile(r"[\W_]*(?P<word>[^\W\d_]+)(?:[\W_]*?(?P<number>\d{1,9})(?![\w]))?")
_NUMBER_FIRST = re.compile(r"[\W_]*(?P<number>\d{1,9})[\W_]+(?P<word>[^\W\d_]+)(?!\w)")
_EDGES = " \t\r\n:;,.-–—#"


@dataclass(frozen=True, slots=True)
class SmsCommand:
    """A text, read. ``word`` is None where it begins with none of ours, and ``text`` is then all of it.

    ``number`` is the incident's, None where none was given; ``text`` is what follows both. WHO and TAKE have none.
    """

    word: SmsWord | None
    number: int | None
    text: str


def parse(body: str) -> SmsCommand:
    """What a text asks for."""
    plain = unicodedata.normalize("NFKC", body)
    for pattern in (_WORD_FIRST, _NUMBER_FIRST):
        match = pattern.match(plain)
        word = _SPELLINGS.get(match["word"].upper()) if match else None
        if match and word in _ABOUT_SCHEDULES:
            before = match["number"] if pattern is _NUMBER_FIRST else ""
            return SmsCommand(word, None, f"{before} {plain[match.end('word') :]}".strip(_EDGES))
        if match and word:
            number = int(match["number"]) if match["number"] else None
            return SmsCommand(word, number, plain[match.end() :].strip(_EDGES))
    return SmsCommand(None, None, body.strip())
