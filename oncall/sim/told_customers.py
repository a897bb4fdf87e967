"""Whether a customer heard what became of their incident."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from oncall.sim.people import Heard
from oncall.sim.remembered import IncidentStory

OVERTAKES_WITHIN = timedelta(seconds=60)


def untold(story: IncidentStory, heard: Sequence[Heard], names: Mapping[str, str]) -> Iterator[str]:
    """What the customer of this incident was never told, among all that their telephone said."""
    told = [one for one in heard if str(story.latest.number) in one.words.replace(" ", "")]
    if not told:
        yield "it was received"
    for at, who in story.acknowledged[-1:]:
        name = names.get(who, who)
        # Resolved a moment later: the news that it is over overtakes the news of who had it.
        overtaken = bool(story.resolved) and story.resolved[-1] - at < OVERTAKES_WITHIN
        knows = overtaken or any(name in one.words and one.at >= at for one in told)
        # Whoever had it and acknowledged again after a silence is no news.
        knew = [names.get(other, other) for _, other in story.acknowledged].count(name) > 1
        if not knows and not knew:
            yield f"{name} has it"
    if story.resolved and not any(one.at >= story.resolved[-1] for one in told):
        yield "it is resolved"
