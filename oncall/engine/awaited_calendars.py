"""Schedules of which nobody can say yet who is on call, since a calendar that they name was never fetched."""

from oncall.core.configuration import Configuration
from oncall.engine.calendar_contents import sources_by_url
from oncall.engine.fetch_pace import pace_of
from oncall.ports import UnitOfWork


def awaited_schedules(uow: UnitOfWork, configuration: Configuration) -> frozenset[str]:
    """Keys of the schedules that wait for a calendar; empty where every one was fetched, or has failed for too long."""
    named = sources_by_url(configuration)
    if not named:
        return frozenset()
    decided = {
        each.source
        for each in uow.imported_calendars.listing()
        if each.fetched_at is not None or each.failures >= pace_of(each.source).given_up_at_failure
    }
    return frozenset(each.schedule.key for url in named.keys() - decided for each in named[url])
