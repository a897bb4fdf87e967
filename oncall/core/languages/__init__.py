"""Everything that customers hear and read, once per language. Engineers are spoken to in English."""

from collections.abc import Mapping
from enum import StrEnum

from oncall.core.languages import de, en, fr, nl
from oncall.core.languages.phrases import Phrase


class Language(StrEnum):
    """A language we speak; the value is what TwiML calls it, so that the voice fits the text."""

    ENGLISH = "en-GB"
    FRENCH = "fr-FR"
    DUTCH = "nl-NL"
    GERMAN = "de-DE"

    @property
    def code(self) -> str:
        """Two letters, as in a page's ``lang`` or a URL."""
        return self.value[:2]


CATALOGUES: Mapping[Language, Mapping[Phrase, str]] = {
    Language.ENGLISH: en.TEXTS,
    Language.FRENCH: fr.TEXTS,
    Language.DUTCH: nl.TEXTS,
    Language.GERMAN: de.TEXTS,
}


def choose_language(*wishes: str) -> Language:
    """The first of these (``fr``, ``nl-BE``, ``en_US``) that we speak; English where there is none."""
    for wish in wishes:
        for language in Language:
            if wish[:2].lower() == language.code and wish[2:3] in ("", "-", "_"):
                return language
    return Language.ENGLISH
