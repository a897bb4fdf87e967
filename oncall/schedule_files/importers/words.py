"""Names of others as names of ours: keys, and text that fits on one line."""

import re
import unicodedata

_LONGEST_KEY = 48
_LONGEST_TEXT = 200


def one_line(text: str) -> str:
    """The text without line breaks and whatever cannot be printed, cut where it is too long; maybe empty."""
    kept = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(kept.split())[:_LONGEST_TEXT].strip()


class Keys:
    """Makes keys, each once: the same names in the same order make the same keys."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def make(self, *wishes: str, otherwise: str) -> str:
        """A key after the first wish that has any letter or digit; a number is added where it is taken."""
        slug = next((slug for wish in wishes if (slug := _slug(wish))), otherwise)
        key, number = slug, 2
        while key in self._taken:
            key, number = f"{slug}-{number}", number + 1
        self._taken.add(key)
        return key


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_KEY].strip("-")
