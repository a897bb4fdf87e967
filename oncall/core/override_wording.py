"""What engineers and operators read about overrides: the answers to TAKE and WHO, and that a shift has moved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from oncall.core.customer_wording import SMS_LIMIT
from oncall.core.local_time import skipped_before, to_local
from oncall.core.plain_text import clip, gsm, one_line
from oncall.core.taking import HELP

_MOST_NAMES = 2
_MOST_SPANS = 2


@dataclass(frozen=True, slots=True)
class OnDuty:
    """One line of the answer to WHO; names are "" for nobody, times "" where no end is in sight."""

    schedule: str
    name: str
    why: str = ""
    until: str = ""
    next_name: str = ""


def day_and_time(at: datetime, timezone: str) -> str:
    """``Tue 24 Nov 07:00 CET``: whose clock it is stands behind."""
    here = to_local(timezone, at)
    zone = here.strftime("%Z")
    return f"{here:%a} {here.day} {here:%b %H:%M} {zone if zone.isalpha() else timezone}"


def no_time_text(timezone: str, at: datetime) -> str:
    """Why an override that begins and ends at ``at`` lasts no time, where the clocks are set on then; "" elsewhere."""
    skipped = skipped_before(timezone, at)
    if skipped is None:
        return ""
    since, until = (f"{wall:%H:%M}" for wall in skipped)
    why = f"the clocks of {timezone} skip from {since} to {until} on {skipped[1]:%Y-%m-%d}"
    return f"this override lasts no time: {why}, and a time between them means {until}; give it a later end"


def taken_text(*, schedule: str, until: str, instead_of: Sequence[str], others: Sequence[str] = ()) -> str:
    """Who texted TAKE is on call. ``instead_of`` are names; ``others`` the schedules that could have been meant."""
    names = [one_line(name) for name in instead_of]
    shown = " and ".join(names[:_MOST_NAMES]) + (" and others" if names[_MOST_NAMES:] else "")
    whose = f", instead of {shown}" if names else ", when nobody was"
    another = f" For {others[0]}: TAKE {others[0]} 4h." if others else ""
    return clip(gsm(f"You are on call for {schedule} until {until}{whose}.{another}"), SMS_LIMIT)


def have_it_already_text(*, schedule: str, until: str) -> str:
    """Who texted TAKE is on call until then anyway."""
    return clip(gsm(f"You are on call for {schedule} anyway until {until}. Nothing was changed."), SMS_LIMIT)


def take_help_text(schedules: Sequence[str]) -> str:
    """TAKE alone, or followed by what cannot be understood."""
    which = ""
    if len(schedules) > 1:
        which = f" For one of several schedules: TAKE {schedules[-1]} 4h. There are {', '.join(schedules)}."
    return clip(gsm(f"{HELP}.{which} To take an incident: ACK and its number."), SMS_LIMIT)


def which_schedule_text(schedules: Sequence[str]) -> str:
    """TAKE could be about several schedules."""
    return clip(gsm(f"Which schedule? Say so, as in TAKE {schedules[0]} 4h: {', '.join(schedules)}."), SMS_LIMIT)


def unknown_schedule_text(word: str, schedules: Sequence[str]) -> str:
    """No schedule has that name."""
    known = f"There are {', '.join(schedules)}." if schedules else "There are none."
    return clip(gsm(f"There is no schedule {clip(one_line(word), 40)}. {known}"), SMS_LIMIT)


def who_text(on_call: Sequence[OnDuty]) -> str:
    """Who is on call now and next, one schedule a line."""
    return clip(gsm("\n".join(_duty(duty) for duty in on_call)), SMS_LIMIT) or "There are no schedules."


def _duty(duty: OnDuty) -> str:
    why = f"; {one_line(duty.why)}" if duty.why else ""
    until = f" until {duty.until}, then {one_line(duty.next_name) or 'nobody'}" if duty.until else ""
    return f"{duty.schedule}: {one_line(duty.name) or 'nobody'}{until}{why}"


def moved_text(spans: Sequence[tuple[bool, str, str, str]], *, cause: str) -> str:
    """To an engineer whose time on call has changed.

    ``spans``: whether it is theirs now, the schedule, the span in their words, and the other's name, "" for nobody.
    """
    lines = [_moved(*span) for span in spans[:_MOST_SPANS]]
    more = len(spans) - len(lines)
    return clip(gsm(" ".join([*lines, *([f"And {more} more." if more else ""]), f"({one_line(cause)})"])), SMS_LIMIT)


def _moved(gained: bool, schedule: str, span: str, other: str) -> str:
    if gained:
        whose = f", instead of {one_line(other)}" if other else ""
        return f"You are on call for {schedule} {span}{whose}."
    return f"You are not on call for {schedule} {span}: {one_line(other) or 'nobody'} is."
