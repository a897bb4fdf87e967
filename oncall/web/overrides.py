"""The page of overrides: who takes whose shift, entered, seen and taken back without an edit of the schedules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytz
from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from oncall.core.configuration import Configuration
from oncall.core.entered_override import EnteredOverride, left_out_because
from oncall.core.local_time import to_utc, to_wall
from oncall.core.override import Override
from oncall.engine.overrides import Doer, OverrideChange
from oncall.errors import UsageError
from oncall.web import times
from oncall.web.auth import guard_people
from oncall.web.runtime import now, runtime

VIA = "dashboard"
HISTORY_FOR = timedelta(days=30)
_FIELD = "%Y-%m-%dT%H:%M"

blueprint = Blueprint("overrides", __name__)
guard_people(blueprint)


@dataclass(frozen=True, slots=True)
class _Line:
    """One override as the page shows it; ``id`` 0 for one of the schedules folder, which is removed there."""

    id: int
    schedule: str
    engineer: str
    instead_of: str
    span: str
    state: str
    origin: str
    reason: str
    problem: str = ""


@blueprint.get("/overrides")
def index() -> str:
    """The form, what is present and coming, and what became of others."""
    return _page(request.args)


def _page(given: Mapping[str, str]) -> str:
    published = runtime().configuration.published()
    with runtime().database.read() as uow:
        active = uow.overrides.active(now())
        history = uow.overrides.history(now() - HISTORY_FOR)
    zone = published.business_hours.timezone
    here = to_wall(zone, now())
    return render_template(
        "overrides.html",
        company=published.hotline.company,
        now=now(),
        utc=times.utc,
        zone=zone,
        zones=_zones(published),
        names=_names(published),
        schedules=list(published.schedules),
        chosen=session.get("engineer", ""),
        given=given,
        begins=here.strftime(_FIELD),
        lines=[_entered(each, published) for each in active] + _written(published),
        past=[_past(each, published) for each in history if not each.active or each.ends_at <= now()],
    )


@blueprint.post("/overrides")
def add() -> ResponseReturnValue:
    """Enter one."""
    form = request.form

    def enter() -> OverrideChange:
        zone = form.get("zone", "")
        return runtime().overrides.add(
            schedule=form.get("schedule", ""),
            engineer=form.get("takes", ""),
            instead_of=form.get("instead_of", ""),
            starts_at=_instant(zone, "from"),
            ends_at=_instant(zone, "until"),
            reason=form.get("reason", ""),
            doer=_doer(),
        )

    try:
        change = enter()
    except UsageError as error:
        _refused(error)
        return _page(form), 422  # what was written names people: it stays in the form, and out of every address
    return _done(change)


@blueprint.post("/overrides/<int:number>/remove")
def remove(number: int) -> ResponseReturnValue:
    """Take one back."""
    try:
        change = runtime().overrides.remove(number, doer=_doer())
    except UsageError as error:
        _refused(error)
        return redirect(url_for("overrides.index"), 303)
    return _done(change)


def _done(change: OverrideChange) -> ResponseReturnValue:
    """What became of a click is said once it is true."""
    flash(_said(change))
    return redirect(url_for("overrides.index"), 303)


def _refused(error: UsageError) -> None:
    sentence = str(error)
    flash(f"{sentence[:1].upper()}{sentence[1:].rstrip('.')}.", "problem")


def _said(change: OverrideChange) -> str:
    published, found = runtime().configuration.published(), change.override
    names = _names(published)
    line = _entered(found, published)
    told = [names.get(key, key) for key in _concerned(change)]
    moved = f" Told, because shifts move: {', '.join(told)}." if told else ""
    if change.removed:
        return f"Removed: {line.engineer} in {line.schedule}, {line.span}.{moved}"
    return f"{line.engineer} is on call for {line.schedule}, {line.span}.{moved}"


def _concerned(change: OverrideChange) -> list[str]:
    found = {key for moved in change.moved for key in (moved.was, moved.is_now) if key}
    return sorted(found - {change.doer.engineer})


def _doer() -> Doer:
    key = request.form.get("engineer", "")
    engineer = runtime().configuration.published().engineers.get(key)
    if engineer is None:
        raise UsageError("choose who you are first")
    session["engineer"] = key
    return Doer(engineer.name, VIA, key)


def _instant(zone: str, field: str) -> datetime:
    written = request.form.get(field, "")
    if zone not in pytz.all_timezones_set:
        raise UsageError("choose the time zone in which the times are meant")
    try:
        wall = datetime.fromisoformat(written)
        return to_utc(zone, wall.replace(tzinfo=None))
    except (ValueError, OverflowError) as error:
        raise UsageError(f"the time `{field}` is missing, or is no time; give a day and a time") from error


def _zones(published: Configuration) -> list[str]:
    """Those in which somebody here may think, the dashboard's own first."""
    found = [published.business_hours.timezone]
    found += [schedule.timezone for schedule in published.schedules.values()]
    found += [engineer.timezone for engineer in published.engineers.values() if engineer.timezone]
    return list(dict.fromkeys(found))


def _names(published: Configuration) -> dict[str, str]:
    return {key: engineer.name for key, engineer in published.engineers.items()}


def _written(published: Configuration) -> list[_Line]:
    return [
        _line(0, key, each, published, origin="schedules folder")
        for key, schedule in published.schedules.items()
        for each in schedule.overrides
        if each.ends_at > now()
    ]


def _entered(each: EnteredOverride, published: Configuration) -> _Line:
    problem = left_out_because(each, published)
    return _line(each.id, each.schedule, each.as_override(), published, origin=each.origin, problem=problem)


def _past(each: EnteredOverride, published: Configuration) -> _Line:
    state = "over"
    if each.removed_at is not None:
        zone = published.business_hours.timezone
        state = f"removed by {each.removed_by} by {each.removed_channel}, {times.local(each.removed_at, zone)}"
    elif each.published_in is not None:
        state = f"in the schedules folder since version {each.published_in}"
    return _line(each.id, each.schedule, each.as_override(), published, origin=each.origin, state=state)


def _line(
    number: int,
    schedule: str,
    override: Override,
    published: Configuration,
    *,
    origin: str,
    state: str = "",
    problem: str = "",
) -> _Line:
    known, names = published.schedules.get(schedule), _names(published)
    zone = known.timezone if known else published.business_hours.timezone
    by_time = "present" if override.starts_at <= now() else "coming"
    return _Line(
        id=number,
        schedule=schedule,
        engineer=names.get(override.engineer, override.engineer),
        instead_of=names.get(override.instead_of, override.instead_of),
        span=times.span(override.starts_at, override.ends_at, zone),
        state=state or ("left out" if problem else by_time),
        origin=origin,
        reason=override.reason,
        problem=problem,
    )
