"""The composition root: `build` puts the running whole together, real parts or fakes."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from oncall import __version__
from oncall.calendars import Source, calendar_rotations, is_url, parsed
from oncall.channels import build_account, build_calendars, build_channels, build_email, build_recordings
from oncall.channels.heartbeat import Heartbeat
from oncall.channels.operators_webhook import OperatorsWebhook
from oncall.channels.twilio import TwilioAccount
from oncall.core.configuration import Configuration
from oncall.core.engineer import ContactMethod
from oncall.engine.aftermath import Aftermath
from oncall.engine.audit import Audit
from oncall.engine.calendar_feeds import CalendarAddresses
from oncall.engine.calendars import CalendarKeeper
from oncall.engine.callbacks import Callbacks
from oncall.engine.customer_texts import CustomerTexts
from oncall.engine.dispatch import Dispatch
from oncall.engine.distress import Distress
from oncall.engine.engineer_texts import EngineerTexts
from oncall.engine.intake import Intake
from oncall.engine.loop import Engine
from oncall.engine.moved_shifts import MovedShifts
from oncall.engine.notices import Notices
from oncall.engine.operators import Operators
from oncall.engine.overrides import Overrides
from oncall.engine.recordings import RecordingKeeper
from oncall.engine.respond import Respond
from oncall.engine.schedule_source import PublishedConfiguration
from oncall.engine.schedule_texts import ScheduleTexts
from oncall.engine.shift_notices import ShiftNotices
from oncall.engine.shift_texts import ShiftTexts
from oncall.engine.sign_of_life import SignOfLife
from oncall.engine.texts import Texts
from oncall.engine.tick import Tick
from oncall.engine.unheard import Again, Unheard
from oncall.engine.workers import Threads, Workers
from oncall.errors import CalendarError, ChannelError
from oncall.logs import log
from oncall.ports import CalendarSource, Channels, Clock, Environment, Ids, RecordingSource, Rng
from oncall.schedule_files import load
from oncall.settings import Settings
from oncall.store import SqlDatabase, open_store, upgrade
from oncall.system import SystemClock, SystemIds, SystemRng, call_after, host_name


@dataclass(frozen=True, slots=True)
class Fakes:
    """What a test or a simulation puts in the place of the real parts; None keeps the real one."""

    clock: Clock | None = None
    ids: Ids | None = None
    rng: Rng | None = None
    database: SqlDatabase | None = None
    channels: Channels | None = None
    recordings: RecordingSource | None = None
    calendars: CalendarSource | None = None
    workers: Workers | None = None
    heartbeat: Callable[[], None] | None = None
    operators_webhook: Callable[[str], None] | None = None
    log: Callable[..., None] | None = None
    load: Callable[[Mapping[str, str]], Configuration] | None = None
    again: Again | None = None


@dataclass(frozen=True, slots=True)
class Runtime:
    """The running whole. `web` calls ``intake``, ``respond``, ``overrides``, ``texts``, ``deliveries``, ``recordings``.

    ``unheard`` keeps what the web could not store. ``warm`` pays the provider library's slow first call before a page
    has to leave quickly.
    """

    settings: Settings
    clock: Clock
    ids: Ids
    database: SqlDatabase
    configuration: PublishedConfiguration
    unheard: Unheard
    intake: Intake
    respond: Respond
    overrides: Overrides
    texts: Texts
    deliveries: Callbacks
    recordings: RecordingKeeper
    audit: Audit
    operators: Operators
    engine: Engine
    calendar_addresses: CalendarAddresses
    log: Callable[..., None]
    warm: Callable[[], None]


def build(settings: Settings, fakes: Fakes | None = None, *, engine_threads: int = 16) -> Runtime:
    """Everything, wired. It opens the database but starts nothing."""
    fakes = fakes or Fakes()
    clock, ids, rng = fakes.clock or SystemClock(), fakes.ids or SystemIds(), fakes.rng or SystemRng()
    logger = fakes.log or log
    database = fakes.database or open_database(settings)
    configuration = PublishedConfiguration(database, clock, fakes.load or load, logger)

    def from_number() -> str:
        return configuration.current().hotline.number

    account = build_account(settings, clock, from_number)
    channels = fakes.channels
    if channels is None:
        channels = build_channels(settings, clock, rng, from_number, logger, account=account)
    env = Environment(
        clock=clock,
        ids=ids,
        rng=rng,
        database=database,
        configuration=configuration,
        public_url=settings.public_url,
        email_connected=ContactMethod.EMAIL in channels,
        log=logger,
    )
    source = fakes.recordings or build_recordings(account)
    heartbeat = fakes.heartbeat or (Heartbeat(settings.heartbeat_url, logger) if settings.heartbeat_url else None)
    workers = fakes.workers or Threads(engine_threads)
    post = fakes.operators_webhook
    if post is None and settings.operators_webhook_url:
        post = OperatorsWebhook(settings.operators_webhook_url)
    distress = Distress(env, mail=channels.get(ContactMethod.EMAIL), post=post, workers=workers)
    warm = account.warm if fakes.channels is None else _nothing_to_warm
    calendars = fakes.calendars or build_calendars(clock)
    unheard = Unheard(env, fakes.again or call_after)
    return _wire(
        settings, env, database, configuration, channels, source, calendars, workers, heartbeat, warm, unheard, distress
    )


def _wire(
    settings: Settings,
    env: Environment,
    database: SqlDatabase,
    configuration: PublishedConfiguration,
    channels: Channels,
    source: RecordingSource,
    calendars: CalendarSource,
    workers: Workers,
    heartbeat: Callable[[], None] | None,
    warm: Callable[[], None],
    unheard: Unheard,
    distress: Distress,
) -> Runtime:
    operators, notices, shift_texts = Operators(env), Notices(env), ShiftTexts(env)
    aftermath = Aftermath(env, operators, shift_texts)
    respond = Respond(env, notices)
    intake = Intake(env, respond, notices, unheard)
    overrides = Overrides(env, MovedShifts(env, shift_texts).tell)
    engineer_texts = EngineerTexts(env, respond, ScheduleTexts(env, overrides))
    recordings = RecordingKeeper(env, source)
    audit = Audit(env, operators)
    worker = f"{os.getpid()}-{env.ids.new()[:8]}"
    engine = Engine(
        env,
        tick=Tick(env, notices, operators),
        dispatch=Dispatch(env, channels, aftermath, operators, worker=worker, distress=distress),
        recordings=recordings,
        calendars=CalendarKeeper(env, calendars, operators),
        audit=audit,
        distress=distress,
        sign_of_life=SignOfLife(env, engine=worker, host=host_name(), pid=os.getpid(), release=__version__),
        shift_notices=ShiftNotices(env, shift_texts),
        workers=workers,
        heartbeat=heartbeat,
        wake=database.wake,
    )
    return Runtime(
        settings=settings,
        clock=env.clock,
        ids=env.ids,
        database=database,
        configuration=configuration,
        unheard=unheard,
        intake=intake,
        respond=respond,
        overrides=overrides,
        texts=Texts(env, engineer_texts, CustomerTexts(env, intake, respond)),
        deliveries=Callbacks(env, aftermath, operators),
        recordings=recordings,
        audit=audit,
        operators=operators,
        engine=engine,
        calendar_addresses=CalendarAddresses(env),
        log=env.log,
        warm=warm,
    )


def _nothing_to_warm() -> None:
    """Fakes are warm."""


@dataclass(frozen=True, slots=True)
class Outside:
    """What can be asked outside without sending anything, for `oncall doctor`."""

    account: TwilioAccount
    mail_reached: Callable[[], None]


def build_outside(settings: Settings) -> Outside:
    """The providers, to be asked whether they know us. ``mail_reached`` raises SettingsError for a wrong SMTP_URL."""
    clock = SystemClock()
    account = build_account(settings, clock, lambda: "")
    return Outside(account, lambda: build_email(settings, clock, SystemRng()).reach())


def open_database(settings: Settings) -> SqlDatabase:
    """The rows that DATABASE_URL names."""
    return open_store(settings.database_url)


def fetch_calendars(configuration: Configuration) -> tuple[dict[str, str], list[tuple[Source, str]]]:
    """The calendars that its rotations name by a URL, fetched now, by URL; and why one could not be had."""
    fetcher = build_calendars(SystemClock())
    texts: dict[str, str] = {}
    problems: list[tuple[Source, str]] = []
    for source in calendar_rotations(configuration):
        if is_url(source.name) and source.name not in texts:
            try:
                answer = fetcher.fetch(source.name, etag="", last_modified="")
                if answer is not None:
                    parsed(answer.text)
                    texts[source.name] = answer.text
            except (ChannelError, CalendarError) as error:
                problems.append((source, f"{error}"))
    return texts, problems


def upgrade_database(settings: Settings) -> None:
    """Bring the tables up to this release; safe to run twice, and from two processes at once."""
    upgrade(settings.database_url)
