"""Whether a customer heard what became of their incident."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from oncall.sim.people import Heard
from oncall.sim.remembered import IncidentStory

OVERTAKES_WITHIN = timedelta(seconds=60)
# A line that was busy is called again after some minutes.
OVERTAKES_A_BUSY_LINE_WITHIN = timedelta(minutes=5)


def untold(
    story: IncidentStory, heard: Sequence[Heard], names: Mapping[str, str], *, was_busy: bool = False
) -> Iterator[str]:
    """What the customer of this incident was never told, among all that their telephone said.

    ``was_busy``: their line was, when they were to be told who has it.
    """
    told = [one for one in heard if str(story.latest.number) in one.words.replace(" ", "")]
    if not told:
        yield "it was received"
    for at, who in story.acknowledged[-1:]:
        name = names.get(who, who)
        # Resolved a moment later: the news that it is over overtakes the news of who had it.
        within = OVERTAKES_A_BUSY_LINE_WITHIN if was_busy else OVERTAKES_WITHIN
        overtaken = bool(story.resolved) and story.resolved[-1] - at < within
        knows = overtaken or any(name in one.words and one.at >= at for one in told)
        # Whoever had it and acknowledged again after a silence is no news.
        knew = [names.get(other, other) for _, other in story.acknowledged].count(name) > 1
        if not knows and not knew:
            yield f"{name} has it"
    if story.resolved and not any(one.at >= story.resolved[-1] for one in told):
        yield "it is resolved"
