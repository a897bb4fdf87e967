"""Whether a customer heard what became of their incident."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from oncall.sim.people import Heard
from oncall.sim.remembered import IncidentStory

OVERTAKES_WITHIN = timedelta(seconds=60)
# A line that was busy is called again after some minutes.
OVERTAKES_A_BUSY_LINE_WITHIN = timedelta(minutes=5)
# That a call was answered while our web was away, and said nothing, the provider may tell only when it is asked for the
# fourth time.
OVERTAKES_A_CALL_IN_VAIN_WITHIN = timedelta(minutes=16)


def untold(
    story: IncidentStory,
    heard: Sequence[Heard],
    names: Mapping[str, str],
    *,
    overtakes_within: timedelta = OVERTAKES_WITHIN,
) -> Iterator[str]:
    """What the customer of this incident was never told, among all that their telephone said.

    ``overtakes_within``: how soon after it the news that it is over may take the place of the news of who has it.
    """
    told = [one for one in heard if str(story.latest.number) in one.words.replace(" ", "")]
    if not told:
        yield "it was received"
    for at, who in story.acknowledged[-1:]:
        name = names.get(who, who)
        overtaken = bool(story.resolved) and story.resolved[-1] - at < overtakes_within
        knows = overtaken or any(name in one.words and one.at >= at for one in told)
        # Whoever had it and acknowledged again after a silence is no news.
        knew = [names.get(other, other) for _, other in story.acknowledged].count(name) > 1
        if not knows and not knew:
            yield f"{name} has it"
    if story.resolved and not any(one.at >= story.resolved[-1] for one in told):
        yield "it is resolved"
