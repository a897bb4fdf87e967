"""What the engine needs from the world. `system`, `store` and `channels` provide it; tests and `sim` provide fakes."""

from oncall.ports.channels import CalendarAnswer, CalendarSource, Channel, Channels, Message, Receipt, RecordingSource
from oncall.ports.database import ConfigurationSource, Database, UnitOfWork
from oncall.ports.engines import Engines, EngineSign
from oncall.ports.environment import Environment
from oncall.ports.incidents import Calls, Deliveries, Incidents, Recordings, Timeline
from oncall.ports.messages import Alarm, Alarms, Inbox, ReceivedMessage
from oncall.ports.schedules import (
    CalendarFeed,
    CalendarFeeds,
    ImportedCalendar,
    ImportedCalendars,
    KnownShiftsRows,
    Overrides,
    ScheduleVersion,
    ScheduleVersions,
)
from oncall.ports.world import Clock, Ids, Rng, Wake

__all__ = [
    "Alarm",
    "Alarms",
    "CalendarAnswer",
    "CalendarFeed",
    "CalendarFeeds",
    "CalendarSource",
    "Calls",
    "Channel",
    "Channels",
    "Clock",
    "ConfigurationSource",
    "Database",
    "Deliveries",
    "EngineSign",
    "Engines",
    "Environment",
    "Ids",
    "ImportedCalendar",
    "ImportedCalendars",
    "Inbox",
    "Incidents",
    "KnownShiftsRows",
    "Message",
    "Overrides",
    "Receipt",
    "ReceivedMessage",
    "RecordingSource",
    "Recordings",
    "Rng",
    "ScheduleVersion",
    "ScheduleVersions",
    "Timeline",
    "UnitOfWork",
    "Wake",
]
