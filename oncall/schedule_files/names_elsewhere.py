"""What GitHub and Slack call a place or a person, as the YAML has it: a name that is none there, or that two share."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from oncall.schedule_files.schedule_cautions import Finding

Words = Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class Naming:
    """The values of one ``field`` of a ``section``. ``is_none`` says that a name is none, of a name and the key that
    has it; ``is_shared`` that a name is another's too, of the name and that other."""

    section: str
    field: str
    shape: re.Pattern[str]
    is_none: Words
    is_shared: Words


def doubtful_names(
    naming: Naming, named: Iterable[tuple[str, str]], owner: tuple[str, str] = ("", "")
) -> Iterator[Finding]:
    """Of these pairs of key and name, "" for no name. ``owner``: a name that is taken already, and by whom."""
    owners = dict([owner])
    for key, name in named:
        path, folded = (naming.section, key, naming.field), name.lower()
        if name and not naming.shape.match(name):
            yield path, naming.is_none(name, key)
        elif name and owners.setdefault(folded, key) != key:
            yield path, naming.is_shared(name, owners[folded])
