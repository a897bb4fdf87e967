"""People who take part in status meetings, and whom no invitation can reach."""

from collections.abc import Iterator

from oncall.core.configuration import Configuration
from oncall.schedule_files.schedule_cautions import Finding


def meeting_cautions(configuration: Configuration) -> Iterator[Finding]:
    """One for each engineer who has no address, where they are named."""
    for key, meeting in configuration.meetings.items():
        for index, who in enumerate(meeting.who):
            engineer = configuration.engineers.get(who)
            if engineer is not None and not engineer.email:
                message = f"`{who}` has no email, so no invitation reaches them; add one to the engineer"
                yield ("meetings", key, "who", index), message
