"""Slack's markup: reading it as people do, and words of people's made safe to repeat there."""

import re

from oncall.core.plain_text import clean, clip

_MARK = re.compile(r"<([^<>\n]{1,3000})>")
_KEYWORD = re.compile(r"\s*(?:@help\b|help:|<!subteam\^[A-Z0-9]+\|@?help>)[\s,:]*", re.IGNORECASE)
_LEADING_MENTIONS = re.compile(r"\s*(?:<@[A-Z0-9]+(?:\|[^<>]*)?>[\s,:]*)+")
_MOST_READ = 20_000
_CUT = " … (cut; the rest is in Slack)"


def asks_for_help(text: str) -> bool:
    """Whether a message begins with the keyword: ``@help`` or ``help:``."""
    return _KEYWORD.match(text[:200]) is not None


def plain(text: str) -> str:
    """Slack's markup as people read it, without a mention or keyword in front; cleaned, at most 20,000 characters."""
    words = _LEADING_MENTIONS.sub("", text[:_MOST_READ], count=1) if _LEADING_MENTIONS.match(text) else text
    keyword = _KEYWORD.match(words[:200])
    rest = words[keyword.end() :] if keyword else words
    read = _MARK.sub(_read_mark, rest[:_MOST_READ])
    return clean(read.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")).strip()


def shortened(text: str, limit: int) -> str:
    """What `plain` reads of it; where that is longer than ``limit``, cut to it with a mark that says so."""
    words = plain(text)
    return words if len(words) <= limit else f"{words[: limit - len(_CUT)].rstrip()}{_CUT}"


def _read_mark(match: re.Match[str]) -> str:
    inner, _, label = match[1].partition("|")
    match inner[:1]:
        case "@":
            return f"@{label or inner[1:]}"
        case "#":
            return f"#{label or inner[1:]}"
        case "!":
            return label or f"@{inner[1:].partition('^')[0]}"
    return f"{label} ({inner})" if inner and label not in ("", inner) else inner or label


def escaped(text: str) -> str:
    """Words that Slack shows as they are: nothing in them is a link, a mention or a call to the channel."""
    return clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def neutral(text: str, limit: int) -> str:
    """Escaped and clipped, and with nothing that Slack would print bold, struck out or as code."""
    # A look-alike each: the marks themselves cannot be escaped.
    return escaped(clip(clean(text), limit)).translate(_LOOK_ALIKES)


_LOOK_ALIKES = str.maketrans({"*": "\u2217", "_": "\uff3f", "~": "\u223c", "`": "\u02cb"})
