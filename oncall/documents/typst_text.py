"""Words in typst markup. They stand there as string literals, in which nothing is markup: that is the whole defence."""

from oncall.core.plain_text import clean


def code(text: str) -> str:
    """The text as a string literal of typst's code: ``"…"``."""
    kept = clean(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{kept}"'.replace("\n", "\\n").replace("\t", "\\t")


def words(text: str) -> str:
    """The text as a piece of typst's markup; "" for nothing."""
    return f"#{code(text)};" if text else ""
