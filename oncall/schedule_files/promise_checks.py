"""Promises that could never be counted: business hours that do not open, and times that they do not hold."""

from collections.abc import Iterator
from datetime import date, timedelta

from oncall.core.business_hours import BusinessHours
from oncall.core.configuration import Configuration
from oncall.core.sla import Promise, SlaClock
from oncall.schedule_files.complaints import Path, value_place_of
from oncall.schedule_files.problem import Problem
from oncall.schedule_files.tree import Mapping

# Of a promise that takes longer nobody can say today when it ends: nobody knows the closing days of those years.
_MOST_WEEKS = 52
_YEARS = range(1970, 2200)
_DAY = timedelta(days=1)


def check(configuration: Configuration, document: Mapping) -> list[Problem]:
    """A problem for each; the names and values have been read."""
    return [*_never_open(configuration.business_hours, document), *_too_long(configuration, document)]


def _never_open(hours: BusinessHours, document: Mapping) -> Iterator[Problem]:
    for year in _YEARS:
        days = (date.fromordinal(day) for day in range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()))
        if not any(hours.is_business_day(day) for day in days):
            place = value_place_of(document, ("business_hours", "closed" if hours.closed else "days"))
            yield Problem(
                place, f"business_hours: no day of {year} is a business day; open on more days, or close less"
            )
            return


def _too_long(configuration: Configuration, document: Mapping) -> Iterator[Problem]:
    most_for = _a_week_of(configuration.business_hours) * _MOST_WEEKS
    for path, promise in _promises(configuration):
        times = {
            "respond_within": promise.respond_within_for,
            "resolve_within": promise.resolve_within.time_for if promise.resolve_within else None,
        }
        for key, time_for in times.items():
            if promise.clock is SlaClock.BUSINESS_HOURS and time_for is not None and time_for > most_for:
                message = f"business hours hold {most_for // timedelta(hours=1)} hours in a year; promise less"
                yield Problem(value_place_of(document, (*path, key)), f"{'.'.join(map(str, path))}.{key}: {message}")


def _promises(configuration: Configuration) -> Iterator[tuple[Path, Promise]]:
    for priority, promise in configuration.promises.items():
        yield ("priorities", priority.value), promise
    for key, customer in configuration.customers.items():
        for priority, promise in customer.promises.items():
            yield ("customers", key, "priorities", priority.value), promise


def _a_week_of(hours: BusinessHours) -> timedelta:
    opens, closes = (timedelta(hours=each.hour, minutes=each.minute) for each in (hours.opens, hours.closes))
    return ((closes or _DAY) - opens) * len(hours.days)
