"""Times as people read them: in a zone of theirs, with the zone said."""

from datetime import datetime

import pytz


def local(at: datetime | None, zone: str) -> str:
    """``Mon 2 Mar 03:12 CET``; "" for None."""
    if at is None:
        return ""
    here = at.astimezone(pytz.timezone(zone))
    return f"{here:%a} {here.day} {here:%b %H:%M %Z}"


def to_the_second(at: datetime, zone: str) -> str:
    """``Mon 2 Mar 03:12:41 CET``: in a timeline the seconds are what one looks for."""
    here = at.astimezone(pytz.timezone(zone))
    return f"{here:%a} {here.day} {here:%b %H:%M:%S %Z}"


def span(since: datetime, until: datetime, zone: str) -> str:
    """``Mon 2 Mar 03:12 – 07:12 CET``; both days, and both offsets, where they differ."""
    begins, ends = (at.astimezone(pytz.timezone(zone)) for at in (since, until))
    if begins.date() == ends.date() and begins.utcoffset() == ends.utcoffset():
        return f"{begins:%a} {begins.day} {begins:%b %H:%M} – {ends:%H:%M %Z}"
    return f"{local(since, zone)} – {local(until, zone)}"


def clock(at: datetime, zone: str) -> str:
    """``03:12 CET``."""
    return f"{at.astimezone(pytz.timezone(zone)):%H:%M %Z}"


def day(at: datetime, zone: str) -> str:
    """``2026-03-02``, which at night is not the day in UTC."""
    return f"{at.astimezone(pytz.timezone(zone)):%Y-%m-%d}"


def utc(at: datetime) -> str:
    """``2026-03-02 02:12 UTC``."""
    return f"{at.astimezone(pytz.utc):%Y-%m-%d %H:%M UTC}"


def ago(at: datetime, now: datetime) -> str:
    """How long since, in the largest unit that fits."""
    seconds = max(int((now - at).total_seconds()), 0)
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
