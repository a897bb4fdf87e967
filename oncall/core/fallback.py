"""The fallback: whom a document rings that is hosted elsewhere and answers while this service does not.

It knows no time, so it rings whoever was on call when it was printed, then whoever follows them, and is right until the
next handoff.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from oncall.core.configuration import Configuration
from oncall.core.engineer import Engineer
from oncall.core.schedule import next_shift, on_call
from oncall.core.sla import Priority

# Each rings for twenty seconds or more: nobody stays on the line for longer.
MOST_RUNG = 8


@dataclass(frozen=True, slots=True)
class Roster:
    """``engineers`` are rung in this order. ``right_until`` is the next handoff, None where none is in sight."""

    engineers: tuple[Engineer, ...]
    right_until: datetime | None

    @property
    def numbers(self) -> tuple[str, ...]:
        """Their telephones, in this order."""
        return tuple(engineer.phone for engineer in self.engineers)


def fallback_roster(configuration: Configuration, now: datetime) -> Roster:
    """Whom to ring, step by step of the policy for production down; nobody where nobody is on call, or follows."""
    named = [name for step in configuration.policy_of(Priority.PRODUCTION_DOWN).steps for name in step.page]
    present: list[str] = []
    following: list[str] = []
    ends: list[datetime] = []
    for name in dict.fromkeys(named):
        schedule = configuration.schedules.get(name)
        if schedule is None:
            present.append(name)
            continue
        shift, after = on_call(schedule, now), next_shift(schedule, now)
        present += [shift.engineer] if shift.engineer else []
        following += [after.engineer] if after is not None and after.engineer else []
        ends += [shift.ends_at] if shift.ends_at is not None else []
    known = (configuration.engineers.get(key) for key in dict.fromkeys([*present, *following]))
    rung = tuple(engineer for engineer in known if engineer is not None)[:MOST_RUNG]
    return Roster(rung, min(ends, default=None))


def what_is_outdated(roster: Roster, hosted: Sequence[str], configuration: Configuration) -> str:
    """How the numbers of a hosted fallback differ from whom it should ring, in words; "" where they do not."""
    if tuple(hosted) == roster.numbers:
        return ""
    names = {engineer.phone: engineer.name for engineer in configuration.engineers.values()}
    missing = [engineer.name for engineer in roster.engineers if engineer.phone not in hosted]
    too_many = [names.get(number, "a number that is nobody's") for number in hosted if number not in roster.numbers]
    said = []
    if missing:
        said.append(f"does not ring {', '.join(missing)}")
    if too_many:
        said.append(f"rings {', '.join(too_many)}")
    if not said:
        order = ", then ".join(engineer.name for engineer in roster.engineers)
        said.append(f"rings them in another order than {order}")
    return " and ".join(said)
