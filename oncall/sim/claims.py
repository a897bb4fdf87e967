"""What our sentences claim: that somebody has an incident, or that it is over. Read from the words people hear."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_NUMBER = r"((?:\d ?)+)"
_NAME = r"([A-Z]\w+ [A-Z]\w+)"
_YOU_HAVE = re.compile(rf"Acknowledged\. You have incident {_NUMBER}")
_RESOLVED = re.compile(rf"Resolved\. Incident {_NUMBER} is over")
_HAS_IT = re.compile(rf"{_NAME} has (?:your )?(?:incident )?{_NUMBER} since")
_HAS_IT_ALREADY = re.compile(rf"incident number is {_NUMBER}\. {_NAME} has it already")
_ALREADY_BY = re.compile(rf"Incident {_NUMBER} is already acknowledged by {_NAME}")


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence about an incident. ``holder`` is who is said to have it, "" where no name is said.

    ``over`` says that it is claimed to be resolved instead.
    """

    incident: int
    words: str
    holder: str = ""
    over: bool = False


def claims_in(words: str) -> Iterator[Claim]:
    """Every claim in these words."""
    for match in _YOU_HAVE.finditer(words):
        yield Claim(_digits(match[1]), match[0])
    for pattern, name, number in ((_HAS_IT, 1, 2), (_HAS_IT_ALREADY, 2, 1), (_ALREADY_BY, 2, 1)):
        for match in pattern.finditer(words):
            yield Claim(_digits(match[number]), match[0], holder=match[name])
    for match in _RESOLVED.finditer(words):
        yield Claim(_digits(match[1]), match[0], over=True)


def _digits(spoken: str) -> int:
    return int(spoken.replace(" ", ""))
