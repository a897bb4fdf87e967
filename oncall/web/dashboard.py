"""The dashboard: who is on call, what is open, and one incident with everything that is known of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from io import BytesIO
from typing import TypeVar

from flask import Blueprint, abort, flash, redirect, render_template, request, send_file, session, url_for
from flask.typing import ResponseReturnValue

from oncall.core.configuration import Configuration
from oncall.core.drill import result_sentence
from oncall.core.incident import Incident, Outcome, RequestType
from oncall.core.promise_wording import clock_line, resolution_line
from oncall.core.schedule import Schedule, Shift, next_shift, on_call
from oncall.core.sla import Priority
from oncall.core.wording import outcome_text, priority_name, type_name
from oncall.errors import UnknownIncidentError, UsageError
from oncall.web import times
from oncall.web.auth import guard_people
from oncall.web.recording_urls import audio, not_ready
from oncall.web.runtime import now, runtime

VIA = "dashboard"
MOST_RECENT = 25
LONGEST_NOTE = 1000

_W = TypeVar("_W", bound=StrEnum)

blueprint = Blueprint("dashboard", __name__)
guard_people(blueprint)


@dataclass(frozen=True, slots=True)
class _Duty:
    """One line of the on-call table; names are "" for nobody."""

    schedule: str
    zone: str
    name: str
    phone: str
    shift: Shift
    next_name: str
    next_at: str


@blueprint.get("/")
def index() -> str:
    """Everything at a glance."""
    configuration = runtime().configuration.current()
    with runtime().database.read() as uow:
        open_ones = uow.incidents.listing(include_resolved=False)
        recent = [i for i in uow.incidents.listing(include_resolved=True, limit=MOST_RECENT) if not i.open]
    return render_template(
        "dashboard.html",
        hotline=configuration.hotline,
        duties=[_duty(schedule, configuration) for schedule in configuration.schedules.values()],
        open_ones=sorted(open_ones, key=lambda found: found.urgency),
        recent=recent,
        last_drill=_last_drill(),
        **_about(configuration),
    )


@blueprint.get("/incidents/<int:number>")
def incident(number: int) -> str:
    """One incident."""
    with runtime().database.read() as uow:
        found = uow.incidents.get(number)
        if found is None:
            abort(404, f"There is no incident {number}.")
        timeline = uow.timeline.of(number)
        deliveries = uow.deliveries.of(number)
        recordings = uow.recordings.of(number)
        links = uow.links.of(number)
    configuration = runtime().configuration.current()
    return render_template(
        "incident.html",
        incident=found,
        timeline=timeline,
        deliveries=deliveries,
        recordings=recordings,
        links=links,
        chosen=session.get("engineer", ""),
        **_about(configuration),
    )


@blueprint.get("/incidents/<int:number>/recordings/<sid>")
def recording(number: int, sid: str) -> ResponseReturnValue:
    """What the caller said, for the player on the page."""
    with runtime().database.read() as uow:
        if sid not in {kept.sid for kept in uow.recordings.of(number)}:
            abort(404, f"Incident {number} has no recording {sid}.")
    content, content_type = audio(sid) or (not_ready(), "audio/wav")
    return send_file(BytesIO(content), mimetype=content_type, conditional=True)


@blueprint.post("/incidents/<int:number>/acknowledge")
def acknowledge(number: int) -> ResponseReturnValue:
    """Somebody has it."""
    return _answer(number, lambda: runtime().respond.acknowledge(number, engineer=_engineer(), via=VIA))


@blueprint.post("/incidents/<int:number>/snooze")
def snooze(number: int) -> ResponseReturnValue:
    """Somebody has it, and is left in peace for so many minutes."""
    return _answer(
        number, lambda: runtime().respond.snooze(number, engineer=_engineer(), until=now() + _quiet_for(), via=VIA)
    )


@blueprint.post("/incidents/<int:number>/pass")
def pass_on(number: int) -> ResponseReturnValue:
    """Somebody cannot: the engineer whom they name is paged, or the next step."""
    to = request.form.get("to", "")
    if not to:
        return _answer(number, lambda: runtime().respond.pass_on(number, engineer=_engineer(), via=VIA))
    return _answer(number, lambda: runtime().respond.hand_over(number, engineer=_engineer(), to=to, via=VIA))


@blueprint.post("/incidents/<int:number>/resolve")
def resolve(number: int) -> ResponseReturnValue:
    """It is over."""
    return _answer(number, lambda: runtime().respond.resolve(number, engineer=_engineer(), note=_note(), via=VIA))


@blueprint.post("/incidents/<int:number>/update")
def update(number: int) -> ResponseReturnValue:
    """News for the customer."""
    return _answer(
        number, lambda: runtime().respond.update(number, engineer=_engineer(), note=_required_note(), via=VIA)
    )


@blueprint.post("/incidents/<int:number>/note")
def note(number: int) -> ResponseReturnValue:
    """A fact for the team."""
    return _answer(number, lambda: runtime().respond.note(number, by=_name(), note=_required_note(), via=VIA))


@blueprint.post("/incidents/<int:number>/reopen")
def reopen(number: int) -> ResponseReturnValue:
    """It was not over."""
    return _answer(number, lambda: runtime().respond.reopen(number, by=_name(), via=VIA))


@blueprint.post("/incidents/<int:number>/priority")
def change_priority(number: int) -> ResponseReturnValue:
    """It is worse, or not so bad."""
    return _answer(
        number,
        lambda: runtime().prioritising.change(number, priority=_chosen("priority", Priority), by=_engineer(), via=VIA),
    )


@blueprint.post("/incidents/<int:number>/down")
def production_down(number: int) -> ResponseReturnValue:
    """It came by another way than the telephone, and production is down: whoever is on call is paged at once."""
    down = Priority.PRODUCTION_DOWN
    return _answer(number, lambda: runtime().prioritising.change(number, priority=down, by=_engineer(), via=VIA))


@blueprint.post("/incidents/<int:number>/type")
def change_type(number: int) -> ResponseReturnValue:
    """What kind of request it is."""
    return _answer(
        number,
        lambda: runtime().prioritising.change_type(
            number, request_type=_chosen("type", RequestType), by=_engineer(), via=VIA
        ),
    )


@blueprint.post("/incidents/<int:number>/wait")
def wait(number: int) -> ResponseReturnValue:
    """It waits for the customer."""
    return _answer(number, lambda: runtime().prioritising.wait_for_customer(number, by=_engineer(), via=VIA))


@blueprint.post("/incidents/<int:number>/wait-over")
def wait_over(number: int) -> ResponseReturnValue:
    """It does not wait any more."""
    return _answer(number, lambda: runtime().prioritising.end_waiting(number, by=_engineer(), via=VIA))


@blueprint.post("/incidents/<int:number>/major")
def major(number: int) -> ResponseReturnValue:
    """It was a major downtime; or not, after all."""
    is_major = request.form.get("major", "yes") == "yes"
    return _answer(number, lambda: runtime().prioritising.mark_major(number, major=is_major, by=_engineer(), via=VIA))


def _answer(number: int, act: Callable[[], Outcome]) -> ResponseReturnValue:
    """What became of a click is said once it is true, on the page that the browser is sent back to."""
    try:
        flash(outcome_text(act()))
    except UnknownIncidentError as error:
        abort(404, str(error))
    except UsageError as error:
        flash(str(error), "problem")
    return redirect(url_for("dashboard.incident", number=number), 303)


def _engineer() -> str:
    key = request.form.get("engineer", "")
    if key not in runtime().configuration.current().engineers:
        raise UsageError("Choose who you are first.")
    session["engineer"] = key
    return key


def _chosen(field: str, words: type[_W]) -> _W:
    """One of these words, as the form names it. Raises UsageError."""
    written = request.form.get(field, "")
    if written not in {word.value for word in words}:
        raise UsageError(f"Choose a {field} first.")
    return words(written)


def _name() -> str:
    return runtime().configuration.current().engineers[_engineer()].name


def _note() -> str:
    return request.form.get("note", "").strip()[:LONGEST_NOTE]


def _quiet_for() -> timedelta:
    written = request.form.get("quiet_for", "")
    if not (written.isascii() and written.isdigit() and len(written) <= 4):
        raise UsageError("Choose how long it is to be quiet.")
    return timedelta(minutes=int(written))


def _required_note() -> str:
    written = _note()
    if not written:
        raise UsageError("Nothing was sent: write what there is to say.")
    return written


def _about(configuration: Configuration) -> dict[str, object]:
    """What every page of the dashboard needs."""
    zone = configuration.business_hours.timezone
    names = {key: engineer.name for key, engineer in configuration.engineers.items()}

    def state(incident: Incident) -> str:
        return "screened" if incident.resolution == "screened" else incident.state.value

    return {
        "now": now(),
        "zone": zone,
        "names": names,
        "company": configuration.hotline.company,
        "local": lambda at: times.local(at, zone),
        "to_the_second": lambda at: times.to_the_second(at, zone),
        "ago": lambda at: times.ago(at, now()),
        "utc": times.utc,
        "state_of": state,
        "priority_name": priority_name,
        "type_name": type_name,
        "priorities": list(Priority),
        "types": list(RequestType),
        "clock_line": lambda incident: clock_line(incident, now()),
        "resolution_line": lambda incident: resolution_line(incident, now()),
    }


def _last_drill() -> str:
    """How the last drill went, and when; "" before the first."""
    result, failed = runtime().drills.latest(), runtime().planned_drills.failed_call()
    if failed is not None and (result is None or failed.raised_at > result.began_at):
        return f"Last drill: {times.ago(failed.raised_at, now())} ago. {failed.text.rstrip('.')}"
    if result is None:
        return ""
    return f"Last drill: {times.ago(result.began_at, now())} ago, {result_sentence(result)}"


def _duty(schedule: Schedule, configuration: Configuration) -> _Duty:
    shift, following = on_call(schedule, now()), next_shift(schedule, now())
    engineer = configuration.engineers.get(shift.engineer or "")
    after = configuration.engineers.get((following.engineer or "") if following else "")
    return _Duty(
        schedule=schedule.key,
        zone=schedule.timezone,
        name=engineer.name if engineer else "",
        phone=engineer.phone if engineer else "",
        shift=shift,
        next_name=after.name if after else "",
        next_at=times.local(following.starts_at, schedule.timezone) if following else "",
    )
