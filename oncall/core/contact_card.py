"""The hotline as a contact for telephones: a vCard of version 3.0, which the oldest of them read too (RFC 2426)."""

from collections.abc import Sequence

from oncall.core.plain_text import one_line

CONTENT_TYPE = "text/vcard"
FILE_NAME = "on-call.vcf"
_LONGEST_LINE = 75  # octets, without the line break
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_NOTE = "On-call pages come from here. Let this contact through Do Not Disturb."


def contact_card(company: str, numbers: Sequence[str]) -> str:
    """The card, with line breaks as in mail. ``numbers`` (E.164) are those that we call from, the usual one first."""
    name = _escaped(contact_name(company))
    lines = [
        "BEGIN:VCARD",
        "VERSION:3.0",
        f"UID:on-call-hotline-{numbers[0].removeprefix('+')}",
        f"N:{name};;;;",
        f"FN:{name}",
        f"ORG:{_escaped(one_line(company))}",
        *(f"TEL;TYPE={'WORK,VOICE,PREF' if i == 0 else 'WORK,VOICE'}:{number}" for i, number in enumerate(numbers)),
        f"NOTE:{_escaped(_NOTE)}",
        "END:VCARD",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def contact_name(company: str) -> str:
    """How the telephone shows who calls."""
    return f"{one_line(company)} on call"


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)


def _folded(line: str) -> str:
    """A long line goes on after a break and a space; never within a character."""
    pieces, piece, room = [], "", _LONGEST_LINE
    for character in line:
        if len((piece + character).encode()) > room:
            pieces.append(piece)
            piece, room = "", _LONGEST_LINE - 1
        piece += character
    return "\r\n ".join([*pieces, piece])
