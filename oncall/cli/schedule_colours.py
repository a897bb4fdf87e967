"""The colour of each engineer, the same in the terminal and on the page."""

from collections.abc import Iterable

# Light enough for black ink, and apart from each other and from the red of gaps, for the colour-blind too.
PAPERS = ("#8ecae6", "#ffd166", "#95d5b2", "#cdb4db", "#f4a261", "#b8c0ff", "#d4e09b", "#e0aaff", "#a8dadc", "#d5bdaf")


def papers_of(engineers: Iterable[str]) -> dict[str, str]:
    """A colour for each, the same for the same engineers in the same order."""
    return {key: PAPERS[number % len(PAPERS)] for number, key in enumerate(dict.fromkeys(engineers))}
