"""Calendars to subscribe to: the feeds themselves, which need no login, and the page where addresses are given out."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from oncall.calendars import calendar_rotations, is_fetched
from oncall.core.calendar_rotation import pagerduty_schedule
from oncall.core.configuration import Configuration
from oncall.errors import UsageError
from oncall.ports import CalendarFeed, ImportedCalendar
from oncall.web import times
from oncall.web.auth import guard_people
from oncall.web.runtime import now, runtime

feeds = Blueprint("calendar_feeds", __name__)
blueprint = Blueprint("calendar_addresses", __name__)
guard_people(blueprint)


@dataclass(frozen=True, slots=True)
class _Row:
    """Whose calendar it is; ``url`` "" where there is no address yet."""

    key: str
    name: str
    url: str
    since: str

    @property
    def subscribe(self) -> str:
        """What a telephone opens in its calendar program."""
        return f"webcal{self.url[self.url.index(':') :]}" if self.url else ""


@dataclass(frozen=True, slots=True)
class _Followed:
    """A calendar of others that a rotation is read from."""

    rotation: str
    host: str
    fetched: str
    problem: str
    doubts: list[str]


@feeds.get("/calendars/<token>.ics")
def feed(token: str) -> ResponseReturnValue:
    """The calendar, 304 where the subscriber has it already, or 404 that says nothing."""
    found = runtime().calendar_addresses.answer(token, alarms=request.args.get("alarms") != "no")
    if found is None:
        return Response("", 404, content_type="text/plain; charset=utf-8")
    content, etag = found
    response = Response(content, content_type="text/calendar; charset=utf-8")
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Disposition"] = 'inline; filename="on-call.ics"'
    response.set_etag(etag)
    return response.make_conditional(request)


@blueprint.get("/calendars")
def addresses() -> str:
    """Every address, to be copied into a calendar program, and how the calendars of others are doing."""
    configuration = runtime().configuration.current()
    with runtime().database.read() as uow:
        kept = uow.calendar_feeds.listing()
        imported = {each.source: each for each in uow.imported_calendars.listing()}
    zone = configuration.business_hours.timezone
    by_engineer = {each.engineer: each for each in kept if each.engineer}
    by_schedule = {each.schedule: each for each in kept if each.schedule}
    gone = [each for each in kept if each.engineer not in configuration.engineers and not each.schedule]
    gone += [each for each in kept if each.schedule not in configuration.schedules and not each.engineer]
    return render_template(
        "calendars.html",
        engineers=[_row(key, each.name, by_engineer.get(key), zone) for key, each in configuration.engineers.items()],
        schedules=[_row(key, key, by_schedule.get(key), zone) for key in configuration.schedules],
        gone=[_row(each.engineer or each.schedule, "", each, zone) for each in gone],
        followed=_followed(configuration, imported, zone),
        company=configuration.hotline.company,
        zone=zone,
        now=now(),
        utc=times.utc,
    )


@blueprint.post("/calendars/make")
def make() -> ResponseReturnValue:
    """An address for an engineer or a schedule."""
    try:
        runtime().calendar_addresses.make(request.form.get("name", ""))
        flash("The address is below. Whoever knows it sees the shifts: give it only to whom it is for.")
    except UsageError as error:
        flash(str(error), "problem")
    return redirect(url_for("calendar_addresses.addresses"), 303)


@blueprint.post("/calendars/revoke")
def revoke() -> ResponseReturnValue:
    """The address leads nowhere from now on."""
    if runtime().calendar_addresses.revoke(request.form.get("name", "")):
        flash("Revoked: that address shows nothing any more. Make a new one when you need it.")
    else:
        flash("There was no address to revoke.", "problem")
    return redirect(url_for("calendar_addresses.addresses"), 303)


def _row(key: str, name: str, address: CalendarFeed | None, zone: str) -> _Row:
    if address is None:
        return _Row(key, name, "", "")
    return _Row(key, name, runtime().calendar_addresses.url(address), times.local(address.created_at, zone))


def _followed(configuration: Configuration, imported: dict[str, ImportedCalendar], zone: str) -> list[_Followed]:
    found = []
    for source in calendar_rotations(configuration):
        rotation = f"{source.rotation.name} of {source.schedule.key}"
        kept = imported.get(source.name)
        if not is_fetched(source.name):
            found.append(_Followed(rotation, source.name, "", "", []))
        elif kept is None:
            found.append(_Followed(rotation, _host(source.name), "", "It has not been fetched yet.", []))
        else:
            fetched, doubts = times.local(kept.fetched_at, zone), kept.doubts.splitlines()
            found.append(_Followed(rotation, _host(source.name), fetched, kept.problem, doubts))
    return found


def _host(url: str) -> str:
    return "PagerDuty" if pagerduty_schedule(url) else urlsplit(url).hostname or "?"
