"""Renders twiml/*.xml; no other module makes TwiML.

Autoescape is on, and every value is cleaned of what XML forbids: no caller's text can break a document or add to it.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from xml.etree import ElementTree

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
    meta,
)
from markupsafe import Markup

from oncall.core.plain_text import clean
from oncall.errors import ConfigurationError, SettingsError

MOST_REMEMBERED = 128
_MOST_CHARACTERS = 64 * 1024  # more than that the provider does not perform
CONTENT_TYPE = "text/xml; charset=utf-8"

_HERE = Path(__file__).resolve().parent
# A wheel carries the templates inside the package; an editable install and a clone have them beside it.
_SHIPPED = (_HERE / "twiml", _HERE.parent / "twiml")


def shipped_templates() -> Path:
    """The folder of the templates that come with this release. Raises SettingsError where there is none."""
    for folder in _SHIPPED:
        if (folder / "page.xml").is_file():
            return folder
    raise SettingsError(f"the TwiML templates are missing: install again, or put them in {_SHIPPED[0]}")


class Twiml:
    """The templates, ready to render. ``folder`` (ONCALL_TWIML_DIR) may replace any of them, and need not hold all.

    Raises SettingsError where one of them cannot be read.
    """

    def __init__(self, folder: Path | None = None) -> None:
        if folder is not None and not folder.is_dir():
            raise SettingsError(f"ONCALL_TWIML_DIR names {folder}, which is no folder")
        self._environment = _environment(folder)
        # Most callers hear the same words, and remembering them takes a tenth of the time of rendering them.
        self._remembered = lru_cache(maxsize=MOST_REMEMBERED)(self._rendered)

    def names(self) -> list[str]:
        """The documents that can be rendered, without their suffix; those that begin with "_" are parts of others."""
        listed = (Path(name) for name in self._environment.list_templates(extensions=["xml"]))
        return sorted(path.stem for path in listed if not path.name.startswith("_"))

    def render(self, name: str, facts: Mapping[str, object] | None = None) -> str:
        """One document. Raises SettingsError where it is not there. Facts are texts, words, numbers, and lists of
        them or of other frozen values."""
        frozen = ((fact, tuple(value) if isinstance(value, list) else value) for fact, value in (facts or {}).items())
        return self._remembered(name, tuple(frozen))

    def _rendered(self, name: str, facts: tuple[tuple[str, object], ...]) -> str:
        try:
            template = self._environment.get_template(f"{name}.xml")
        except TemplateNotFound as exc:
            raise SettingsError(f"there is no TwiML template {exc.name}; see ONCALL_TWIML_DIR") from exc
        return template.render(facts)


@lru_cache(maxsize=8)
def _environment(folder: Path | None) -> Environment:
    """Compiled once a process: a simulated world starts a web in every night that it plays."""
    shipped = FileSystemLoader(shipped_templates())
    environment = Environment(
        loader=ChoiceLoader([FileSystemLoader(folder), shipped]) if folder is not None else shipped,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_cleaned,
        auto_reload=False,
    )
    for name in environment.list_templates(extensions=["xml"]):
        _check(environment, shipped, name)
    return environment


def _check(environment: Environment, shipped: FileSystemLoader, name: str) -> None:
    """A mistake in a template stops the start, not a call at night."""
    try:
        environment.get_template(name)
        asked = _facts_of(environment, environment.loader, name)
    except TemplateSyntaxError as exc:
        raise SettingsError(f"{exc.filename}:{exc.lineno}: {exc.message}; see ONCALL_TWIML_DIR") from exc
    if name.startswith("_"):
        return
    try:
        given = _facts_of(environment, shipped, name)
    except TemplateNotFound as exc:
        raise SettingsError(f"ONCALL_TWIML_DIR holds {name}, which is no template of this release") from exc
    if unknown := sorted(asked - given):
        raise SettingsError(
            f"{name} in ONCALL_TWIML_DIR asks for {', '.join(unknown)}; it is given {', '.join(sorted(given))} only"
        )


def _facts_of(environment: Environment, loader: BaseLoader | None, name: str) -> set[str]:
    assert loader is not None
    source, _, _ = loader.get_source(environment, name)
    return meta.find_undeclared_variables(environment.parse(source, name=name))


def _cleaned(value: object) -> object:
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def dialled_numbers(document: str) -> tuple[str, ...]:
    """The numbers that a document dials, in order. Raises ConfigurationError where it is no TwiML."""
    return tuple((number.text or "").strip() for dial in _read(document).iter("Dial") for number in dial.iter("Number"))


def action_of(document: str) -> str:
    """Where the first verb of a document that has an action sends what was given; "" where none has one.

    Raises ConfigurationError where it is no TwiML.
    """
    return next((verb.attrib["action"] for verb in _read(document) if verb.attrib.get("action")), "")


def _read(document: str) -> ElementTree.Element:
    if len(document) > _MOST_CHARACTERS or "<!DOCTYPE" in document or "<!ENTITY" in document:
        raise ConfigurationError("it is no TwiML document")
    try:
        root = ElementTree.fromstring(document)  # noqa: S314 - small, and without entities, as was just made sure
    except ElementTree.ParseError as exc:
        raise ConfigurationError(f"it is no TwiML document: {exc}") from exc
    if root.tag != "Response":
        raise ConfigurationError(f"it is no TwiML document: it begins with <{root.tag}>")
    return root
