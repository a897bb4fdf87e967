"""Calendars as others write them."""

from datetime import UTC, datetime

BEGIN, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


def event(*lines: str, uid: str = "1") -> str:
    return "\r\n".join(("BEGIN:VEVENT", f"UID:{uid}", *lines, "END:VEVENT"))


def calendar(*events: str, head: str = "") -> str:
    return "\r\n".join(filter(None, ("BEGIN:VCALENDAR", "VERSION:2.0", head, *events, "END:VCALENDAR", "")))


def shift(summary: str, starts: str, ends: str, *more: str, uid: str = "1") -> str:
    """One event; times as 20260105T090000Z, or as dates."""
    kind = ";VALUE=DATE" if len(starts) == 8 else ""
    return event(f"SUMMARY:{summary}", f"DTSTART{kind}:{starts}", f"DTEND{kind}:{ends}", *more, uid=uid)
