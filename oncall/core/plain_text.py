"""Text from strangers, made safe to repeat; and the GSM alphabet, in which an SMS costs least.

One character outside that alphabet halves the size of every segment.
"""

import re
import unicodedata

# The basic alphabet only: characters of its extension count twice.
ALPHABET: frozenset[str] = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")  # an escape and a character each
_IN_ONE = 160

_SUBSTITUTES: dict[str, str] = {
    "‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "^": "'", "`": "'",
    "–": "-", "—": "-", "•": "-", "~": "-", "…": "...", "[": "(", "]": ")", "{": "(", "}": ")", "\\": "/", "|": "/",
    "œ": "oe", "Œ": "OE", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "þ": "th", "Þ": "Th",
    "€": "EUR", "\t": " ", "\u00a0": " ",
}  # fmt: skip

_KEPT_CONTROLS = "\n\t"
_DROPPED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Cn", "Co"})
_JOINERS = "\u200c\u200d"  # part of how some scripts and emoji are spelt


# As we write numbers (+32470000001), and as URLs do (%2B32470000001).
_NUMBER = re.compile(r"(\+|%2B)\d{3,11}(?=\d{4}(?!\d))")
# As people write their own country's numbers: 0470 11 11 11. The first of February, 01/02/2026, is none.
_LOCAL_NUMBER = re.compile(
    r"(?<![\w.,:/-])(?!\d{1,2}([./-])\d{1,2}\1\d{2,4}(?![\d./-]))(?:\+|0)[\d(][\d ./()-]{5,16}\d(?!\w)"
)


def clean(text: str) -> str:
    """The text without characters that XML forbids, terminals obey, or that turn the reading round."""
    if text.isascii() and text.isprintable():
        return text  # as nearly everything is, and the look at each character takes a while
    return "".join(
        ch
        for ch in text.replace("\r\n", "\n").replace("\r", "\n")
        if ch in _KEPT_CONTROLS or ch in _JOINERS or unicodedata.category(ch) not in _DROPPED_CATEGORIES
    )


def one_line(text: str) -> str:
    """Cleaned, on one line, single spaces."""
    return " ".join(clean(text).split())


def gsm(text: str) -> str:
    """The text in the GSM alphabet: accents go where they must; what has no likeness becomes "?" or nothing."""
    composed = unicodedata.normalize("NFC", text)
    # Most texts need nothing, and each page is looked at several times.
    return composed if ALPHABET.issuperset(composed) else "".join(_likeness(ch) for ch in composed)


def segments(text: str) -> int:
    """How many segments a text takes: what carriers count, and pass on one by one.

    Of the GSM alphabet 160 characters fit in one, 153 in each of several; of any other text 70 and 67 units of UTF-16
    (3GPP TS 23.038, 6.2; TS 23.040, 9.2.3.24.1: six octets of each of several say which of them it is). No character
    is divided.
    """
    if len(text) <= _IN_ONE and ALPHABET.issuperset(text):
        return 1
    if all(ch in ALPHABET or ch in _EXTENSION for ch in text):
        widths, alone, of_several = [2 if ch in _EXTENSION else 1 for ch in text], _IN_ONE, 153
    else:
        widths, alone, of_several = [2 if ord(ch) > 0xFFFF else 1 for ch in text], 70, 67
    if sum(widths) <= alone:
        return 1
    count, left = 0, 0
    for width in widths:
        if width > left:
            count, left = count + 1, of_several
        left -= width
    return count


def mask_numbers(text: str) -> str:
    """The text with every E.164 number cut down to its last four digits: ``+…0001``."""
    return _NUMBER.sub(r"\1…", text)


def without_numbers(text: str) -> str:
    """The text without telephone numbers, however they are written: of those that are no E.164 only the last two
    digits."""
    return _LOCAL_NUMBER.sub(lambda match: f"…{match[0][-2:]}", mask_numbers(text))


def clip(text: str, limit: int) -> str:
    """The text, cut to so many characters with "..." where it is longer."""
    if len(text) <= limit:
        return text
    return f"{text[: max(limit - 3, 0)].rstrip()}..."[: max(limit, 0)]


def _likeness(ch: str) -> str:
    if ch in ALPHABET:
        return ch
    if ch in _SUBSTITUTES:
        return _SUBSTITUTES[ch]
    plain = "".join(c for c in unicodedata.normalize("NFKD", ch) if not unicodedata.combining(c))
    if plain and plain != ch and all(c in ALPHABET for c in plain):
        return plain
    return "" if unicodedata.category(ch)[0] in "CMS" else "?"
