"""A status meeting → an invitation that calendar programs answer (RFC 5546), with the rules of its zone in it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytz
from icalendar import Calendar, Event, Timezone, vCalAddress, vRecur, vText

from oncall import __version__

# How far the rules of the zone are written out: programs go on by their own.
_ZONE_FOR = timedelta(days=10 * 366)


@dataclass(frozen=True, slots=True)
class Invitation:
    """One meeting that comes round. ``starts`` is the naive local begin of the first, ``rule`` as in RFC 5545.

    ``organiser`` is the name and the address, ``attendees`` are names (or "") by address. ``sequence`` grows with every
    change; ``changed_at`` dates it.
    """

    uid: str
    sequence: int
    summary: str
    description: str
    where: str
    timezone: str
    starts: datetime
    lasts_for: timedelta
    rule: str
    organiser: tuple[str, str]
    attendees: tuple[tuple[str, str], ...]
    changed_at: datetime


def request(invitation: Invitation) -> str:
    """The calendar that invites, or says what has changed."""
    return _calendar(invitation, "REQUEST", "CONFIRMED")


def cancel(invitation: Invitation) -> str:
    """The calendar that takes every meeting of the invitation back."""
    return _calendar(invitation, "CANCEL", "CANCELLED")


def _calendar(invitation: Invitation, method: str, status: str) -> str:
    calendar = Calendar()
    calendar.add("prodid", f"-//oncall-hotline//{__version__}//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    calendar.add_component(_event(invitation, status))
    for zone in calendar.get_missing_tzids():
        calendar.subcomponents.insert(0, _rules(zone, invitation.starts.date()))
    written: bytes = calendar.to_ical()
    return written.decode()


def _rules(zone: str, first: date) -> Timezone:
    """The rules by which we reckon ourselves: those of the machine, which the library takes, may be older ones."""
    with pytz.open_resource(zone) as compiled:  # type: ignore[attr-defined]  # its types leave it out
        read = ZoneInfo.from_file(compiled, key=zone)
    return Timezone.from_tzinfo(read, zone, first_date=first.replace(month=1, day=1), last_date=first + _ZONE_FOR)


def _event(invitation: Invitation, status: str) -> Event:
    zone = pytz.timezone(invitation.timezone)
    begins = zone.localize(invitation.starts)
    ends = zone.localize(invitation.starts + invitation.lasts_for)
    event = Event()
    event.add("uid", invitation.uid)
    event.add("sequence", invitation.sequence)
    event.add("dtstamp", invitation.changed_at.astimezone(pytz.utc).replace(microsecond=0))
    event.add("dtstart", begins)
    event.add("dtend", ends)
    event.add("rrule", vRecur.from_ical(invitation.rule))
    event.add("summary", invitation.summary)
    event.add("description", invitation.description)
    if invitation.where:
        event.add("location", invitation.where)
    event.add("status", status)
    event.add("transp", "OPAQUE")
    event.add("organizer", _person(*invitation.organiser), encode=False)
    for name, address in invitation.attendees:
        person = _person(name, address)
        person.params["ROLE"] = vText("REQ-PARTICIPANT")
        person.params["PARTSTAT"] = vText("NEEDS-ACTION")
        person.params["RSVP"] = vText("TRUE")
        event.add("attendee", person, encode=False)
    return event


def _person(name: str, address: str) -> vCalAddress:
    person = vCalAddress(f"mailto:{address}")
    if name:
        person.params["CN"] = vText(name)
    return person
