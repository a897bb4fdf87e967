"""Other people's words in our comments: as they wrote them, and as nothing else.

A comment of ours that repeats somebody's words must set no links, ping nobody and refer to nothing. Backslashes do not
stop GitHub from seeing a name behind an @, or a number behind a #: what it must not see is taken apart invisibly.
"""

import re

from oncall.core.plain_text import clean, without_numbers

_APART = "\u200b"
_URL = re.compile(r"https?://[^\s<>\"'`\\]{1,500}")
_SPECIAL = re.compile(r"([\\`*_\[\]|~$])")
_BEGINS_A_BLOCK = re.compile(r"^([-+=:#])", re.MULTILINE)
_NUMBERED = re.compile(r"^(\d{1,9})([.)])", re.MULTILINE)
_INDENTED = re.compile(r"^[ \t]+", re.MULTILINE)
_REFERS = re.compile(r"([@#]|\b[gG][hH]-(?=\d))")
_ADDRESS = re.compile(r"\b(https?:|www\.|ftp:)", re.IGNORECASE)


def escaped(text: str, *, links: bool = False) -> str:
    """The text as GitHub shows it letter for letter. ``links``: its addresses may be followed: it is our own people's.

    Telephone numbers are cut down to their last digits.
    """
    plain = without_numbers(clean(text))
    if not links:
        return _escaped(_ADDRESS.sub(_taken_apart, plain))
    parts = []
    end = 0
    for url in _URL.finditer(plain):
        parts += [_escaped(plain[end : url.start()]), url.group().replace("@", "%40")]
        end = url.end()
    return "".join([*parts, _escaped(plain[end:])])


def quoted(text: str) -> str:
    """The text, escaped, as a quotation."""
    return "\n".join(f"> {line}".rstrip() for line in escaped(text).split("\n"))


def without_hidden(text: str) -> str:
    """The text without what HTML hides, such as the hints of a template."""
    parts = []
    rest = text
    while True:
        shown, opens, hidden = rest.partition("<!--")
        parts.append(shown)
        _, closes, following = hidden.partition("-->")
        if not opens or not closes:
            # What is never closed hides nothing of what somebody may have meant to say.
            return "".join([*parts, hidden]).strip()
        rest = following


def _escaped(text: str) -> str:
    text = _INDENTED.sub("", text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = _SPECIAL.sub(r"\\\1", text)
    text = _NUMBERED.sub(r"\1\\\2", text)
    text = _BEGINS_A_BLOCK.sub(r"\\\1", text)
    return _REFERS.sub(rf"\1{_APART}", text)


def _taken_apart(match: re.Match[str]) -> str:
    return match.group(1) + _APART
