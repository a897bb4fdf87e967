"""What the engine needs from the world. `system`, `store` and `channels` provide it; tests and `sim` provide fakes."""

from oncall.ports.agenda import Agenda, NextDue
from oncall.ports.channels import (
    Attachment,
    CalendarAnswer,
    CalendarSource,
    Channel,
    Channels,
    DrillCaller,
    Message,
    ProviderNews,
    ProviderStatus,
    Receipt,
    RecordingSource,
)
from oncall.ports.database import ConfigurationSource, Database, UnitOfWork
from oncall.ports.engines import Engines, EngineSign
from oncall.ports.environment import Environment
from oncall.ports.github import GitHub, GitHubRepositories, Listed, OpenedIssue
from oncall.ports.inbound import InboundEvents, Links
from oncall.ports.incidents import Calls, Deliveries, DrillTurns, Incidents, Recordings, Standings, Timeline
from oncall.ports.meetings import MailedFile, MailedFiles, Meetings
from oncall.ports.messages import Alarm, Alarms, Inbox, ReceivedMessage
from oncall.ports.partners import PartnerAnswer, PartnerAnswers, PartnerEvents, PartnerSender, PartnerUsers
from oncall.ports.postmortems import Postmortems
from oncall.ports.provider_log import (
    LoggedCall,
    LoggedRecording,
    LoggedText,
    LogMark,
    LogMarks,
    ProviderLog,
    ProviderLogs,
)
from oncall.ports.reporting import Reporting
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
from oncall.ports.slack import SlackApi
from oncall.ports.welcomed import WelcomedRows
from oncall.ports.world import Clock, Ids, Rng, Wake

__all__ = [
    "Agenda",
    "Alarm",
    "Alarms",
    "Attachment",
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
    "DrillCaller",
    "DrillTurns",
    "EngineSign",
    "Engines",
    "Environment",
    "GitHub",
    "GitHubRepositories",
    "Ids",
    "ImportedCalendar",
    "ImportedCalendars",
    "InboundEvents",
    "Inbox",
    "Incidents",
    "KnownShiftsRows",
    "Links",
    "Listed",
    "LogMark",
    "LogMarks",
    "LoggedCall",
    "LoggedRecording",
    "LoggedText",
    "MailedFile",
    "MailedFiles",
    "Meetings",
    "Message",
    "NextDue",
    "OpenedIssue",
    "Overrides",
    "PartnerAnswer",
    "PartnerAnswers",
    "PartnerEvents",
    "PartnerSender",
    "PartnerUsers",
    "Postmortems",
    "ProviderLog",
    "ProviderLogs",
    "ProviderNews",
    "ProviderStatus",
    "Receipt",
    "ReceivedMessage",
    "RecordingSource",
    "Recordings",
    "Reporting",
    "Rng",
    "ScheduleVersion",
    "ScheduleVersions",
    "SlackApi",
    "Standings",
    "Timeline",
    "UnitOfWork",
    "Wake",
    "WelcomedRows",
]
