"""The composition root: `build` puts the running whole together, real parts or fakes."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from oncall import __version__
from oncall.channels.building import (
    build_calendars,
    build_channels,
    build_drill_caller,
    build_github,
    build_hosted,
    build_pagerduty,
    build_provider_logs,
    build_providers,
    build_recordings,
    build_slack_api,
    build_users,
    build_webhooks,
    mail_sender,
)
from oncall.channels.heartbeat import Heartbeat
from oncall.channels.operators_webhook import OperatorsWebhook
from oncall.channels.providers import OpenAccount, Providers
from oncall.channels.sending_process import SendingProcess
from oncall.channels.told_here import ToldHere
from oncall.core.configuration import Configuration
from oncall.core.engineer import ContactMethod
from oncall.core.inbound import Platform
from oncall.core.partner_event import PAGERDUTY
from oncall.engine.aftermath import Aftermath
from oncall.engine.asking import Asking
from oncall.engine.audit import Audit
from oncall.engine.bundles import BundleAnswers, recorded_in
from oncall.engine.calendar_feeds import CalendarAddresses
from oncall.engine.calendars import CalendarKeeper
from oncall.engine.callbacks import Callbacks
from oncall.engine.customer_texts import CustomerTexts
from oncall.engine.database_watch import DatabaseWatch
from oncall.engine.dispatch import Dispatch
from oncall.engine.distress import Distress, NobodyElse, Told
from oncall.engine.drills import Drills
from oncall.engine.engineer_texts import EngineerTexts
from oncall.engine.fallback_watch import FallbackWatch
from oncall.engine.github_connection import GitHubConnection
from oncall.engine.inbound import Handler, Inbound
from oncall.engine.intake import Intake
from oncall.engine.loop import Engine
from oncall.engine.meetings import Meetings
from oncall.engine.moved_shifts import MovedShifts
from oncall.engine.notices import Notices
from oncall.engine.operators import Operators
from oncall.engine.overrides import Overrides
from oncall.engine.paces import TurnsElsewhere
from oncall.engine.pagerduty_answers import PagerDutyAnswers
from oncall.engine.partner_forgetting import PartnerForgetting
from oncall.engine.partner_sending import WEBHOOK, PartnerSending
from oncall.engine.partners import Partners
from oncall.engine.planned_drills import PlannedDrills
from oncall.engine.postmortem_watch import PostmortemWatch
from oncall.engine.postmortems import ActionIssues, Postmortems
from oncall.engine.prioritising import Prioritising
from oncall.engine.promise_watch import PromiseWatch
from oncall.engine.provider_news import ProviderNews
from oncall.engine.quiet_notices import QuietNotices
from oncall.engine.quiet_words import QuietWording
from oncall.engine.receipts import Receipts
from oncall.engine.reconcile import Reconcile
from oncall.engine.recordings import RecordingKeeper
from oncall.engine.respond import Respond
from oncall.engine.schedule_source import PublishedConfiguration
from oncall.engine.schedule_texts import ScheduleTexts
from oncall.engine.shift_notices import ShiftNotices
from oncall.engine.shift_texts import ShiftTexts
from oncall.engine.sign_of_life import SignOfLife
from oncall.engine.slack import build_slack
from oncall.engine.slack_door import SlackDoor
from oncall.engine.texts import Texts
from oncall.engine.tick import Tick
from oncall.engine.unheard import Again, Unheard
from oncall.engine.welcome import Welcome
from oncall.engine.workers import Inline, Threads, Workers
from oncall.logs import log
from oncall.ports import (
    CalendarSource,
    Channels,
    Clock,
    DrillCaller,
    Environment,
    GitHub,
    Ids,
    PartnerSender,
    PartnerUsers,
    ProviderLogs,
    RecordingSource,
    Rng,
    SlackApi,
)
from oncall.schedule_files import load
from oncall.settings import Settings
from oncall.store import SqlDatabase, open_store, upgrade
from oncall.support.postmortems import PostmortemTexts
from oncall.support.reports import Reports
from oncall.support.status_meetings import StatusMeetings
from oncall.system import SystemClock, SystemIds, SystemRng, call_after, host_name, in_background

# It is run, never imported: a process of its own, with a floor of its own.
_SENDING_PROCESS = (sys.executable, "-m", "oncall.cli.sending_process")
ENGINE_THREADS = 32  # each may hold a connection to the database, and so may the loop: see `store.postgres`
_SENDING_LINES = ENGINE_THREADS  # what finds none free would go from the engine itself, which has enough to do then


@dataclass(frozen=True, slots=True)
class Fakes:
    """What a test or a simulation puts in the place of the real parts; None keeps the real one."""

    clock: Clock | None = None
    ids: Ids | None = None
    rng: Rng | None = None
    database: SqlDatabase | None = None
    channels: Channels | None = None
    open_account: OpenAccount | None = None
    recordings: RecordingSource | None = None
    calendars: CalendarSource | None = None
    provider_logs: ProviderLogs | None = None  # None beside fake channels: there are no such lists
    partners: Mapping[str, PartnerSender] | None = None
    users: PartnerUsers | None = None
    inbound: Mapping[Platform, Handler] | None = None
    github: GitHub | None = None  # None beside fake partners: there is no GitHub
    slack: SlackApi | None = None  # None beside fake partners: it is not connected
    workers: Workers | None = None
    heartbeat: Callable[[], None] | None = None
    operators_webhook: Callable[[str], None] | None = None
    log: Callable[..., None] | None = None
    load: Callable[[Mapping[str, str]], Configuration] | None = None
    again: Again | None = None
    hosted: Callable[[str], str] | None = None
    told: Told | None = None  # None beside a fake database: no other process has it
    mail_sender: str | None = None
    action_issues: ActionIssues | None = None
    drill_caller: DrillCaller | None = None


@dataclass(frozen=True, slots=True)
class Runtime:
    """The running whole. `web` calls ``intake``, ``respond``, ``overrides``, ``texts``, ``deliveries``, ``recordings``.

    ``unheard`` keeps what the web could not store; ``database_watch`` is for a process without an engine. ``warm`` pays
    the provider library's slow first call before a page has to leave quickly; ``sending`` is closed by whoever ran an
    engine, once that has stopped. ``provider_of`` names the telephone provider of an account's SID, "" for none.
    """

    settings: Settings
    clock: Clock
    ids: Ids
    database: SqlDatabase
    configuration: PublishedConfiguration
    unheard: Unheard
    database_watch: DatabaseWatch
    intake: Intake
    respond: Respond
    prioritising: Prioritising
    bundle_answers: BundleAnswers
    overrides: Overrides
    texts: Texts
    deliveries: Callbacks
    pagerduty: PagerDutyAnswers
    inbound: Inbound
    slack: SlackDoor
    recordings: RecordingKeeper
    audit: Audit
    operators: Operators
    engine: Engine
    calendars: CalendarSource
    calendar_addresses: CalendarAddresses
    drills: Drills
    planned_drills: PlannedDrills
    log: Callable[..., None]
    warm: Callable[[], None]
    provider_of: Callable[[str], str]
    provider_news: ProviderNews
    quiet_words: QuietWording
    reports: Reports
    postmortems: Postmortems
    postmortem_texts: PostmortemTexts
    status_meetings: StatusMeetings
    sending: SendingProcess


def build(settings: Settings, fakes: Fakes | None = None, *, engine_threads: int = ENGINE_THREADS) -> Runtime:
    """Everything, wired. It opens the database but starts nothing."""
    fakes = fakes or Fakes()
    clock, ids, rng = fakes.clock or SystemClock(), fakes.ids or SystemIds(), fakes.rng or SystemRng()
    logger = fakes.log or log
    database = fakes.database or open_database(settings)
    loads = fakes.load or load
    beside = fakes.workers.submit if fakes.workers else in_background
    configuration = PublishedConfiguration(database, clock, loads, logger, beside)

    sending = SendingProcess(_SENDING_PROCESS, lines=_SENDING_LINES, clock=clock, log=logger, beside=in_background)
    providers = build_providers(settings, clock, configuration.current, sending, fakes.open_account)
    channels = fakes.channels
    if channels is None:
        counts = Inline().submit if fakes.workers else in_background
        recorded, turns = recorded_in(database), TurnsElsewhere(database, configuration, clock, logger, counts)
        channels = build_channels(settings, providers, clock, rng, logger, recorded=recorded, elsewhere=turns.take)
    env = Environment(
        clock=clock,
        ids=ids,
        rng=rng,
        database=database,
        configuration=configuration,
        public_url=settings.public_url,
        email_connected=ContactMethod.EMAIL in channels,
        provider_in_use=lambda: providers.in_order()[0],
        log=logger,
    )
    workers = fakes.workers or Threads(engine_threads)
    post = fakes.operators_webhook
    if post is None and settings.operators_webhook_url:
        post = OperatorsWebhook(settings.operators_webhook_url)
    told = fakes.told or (NobodyElse() if fakes.database else ToldHere(settings.database_url, logger))
    outside = _Outside(
        channels=channels,
        recordings=fakes.recordings or build_recordings(providers),
        calendars=fakes.calendars or build_calendars(settings, clock),
        workers=workers,
        beside=beside,
        heartbeat=fakes.heartbeat or (Heartbeat(settings.heartbeat_url, logger) if settings.heartbeat_url else None),
        providers=providers,
        sending=sending,
        warm=providers.warm if fakes.channels is None else _nothing_to_warm,
        again=fakes.again or call_after,
        partners=_senders(settings, clock) if fakes.partners is None else fakes.partners,
        users=fakes.users or build_users(settings),
        inbound=fakes.inbound or {},
        github=fakes.github or (build_github(settings, clock) if fakes.partners is None else None),
        slack=fakes.slack or (build_slack_api(settings) if fakes.partners is None else None),
        issues=fakes.action_issues,
        drill_caller=fakes.drill_caller or build_drill_caller(settings, clock),
        distress=Distress(env, mail=channels.get(ContactMethod.EMAIL), post=post, workers=workers, told=told),
    )
    runtime = _wire(settings, env, database, configuration, outside, loads)
    logs = fakes.provider_logs or (build_provider_logs(providers) if fakes.channels is None else None)
    if logs is not None:
        reconcile = Reconcile(env, logs, runtime.intake, runtime.texts, runtime.operators)
        runtime.engine.also(reconcile.run)
    runtime.engine.also(PostmortemWatch(env, QuietNotices(env), runtime.operators).look)
    sender = fakes.mail_sender if fakes.mail_sender is not None else mail_sender(settings)
    runtime.engine.also(Meetings(env, runtime.operators, runtime.status_meetings.agenda, organiser=sender).look)
    runtime.engine.also(runtime.drills.look)
    runtime.engine.also(runtime.planned_drills.look, at_end=runtime.planned_drills.end)
    runtime.engine.also(PartnerForgetting(env).look)
    runtime.engine.also(FallbackWatch(env, runtime.operators, fakes.hosted or build_hosted(clock)).look)
    return runtime


@dataclass(frozen=True, slots=True)
class _Outside:
    """What is beyond our own rows: the ways out, what others keep, and what runs beside the engine's thread."""

    channels: Channels
    recordings: RecordingSource
    calendars: CalendarSource
    workers: Workers
    beside: Callable[[Callable[[], None]], None]
    heartbeat: Callable[[], None] | None
    providers: Providers
    warm: Callable[[], None]
    sending: SendingProcess
    again: Again
    partners: Mapping[str, PartnerSender]
    users: PartnerUsers | None
    inbound: Mapping[Platform, Handler]
    github: GitHub | None
    slack: SlackApi | None
    issues: ActionIssues | None
    drill_caller: DrillCaller
    distress: Distress


def _senders(settings: Settings, clock: Clock) -> dict[str, PartnerSender]:
    pagerduty = build_pagerduty(settings)
    return {WEBHOOK: build_webhooks(settings, clock)} | ({PAGERDUTY: pagerduty} if pagerduty else {})


def _wire(
    settings: Settings,
    env: Environment,
    database: SqlDatabase,
    configuration: PublishedConfiguration,
    outside: _Outside,
    loads: Callable[[Mapping[str, str]], Configuration],
) -> Runtime:
    unheard = Unheard(env, outside.again)
    operators, notices, shift_texts = Operators(env), Notices(env), ShiftTexts(env)
    provider_news = ProviderNews(env, operators)
    outside.providers.report_to(provider_news)
    aftermath = Aftermath(env, operators, shift_texts)
    github, slack = GitHubConnection(env, outside.github), build_slack(env, outside.slack, operators)
    followers = (*github.followers(), *slack.followers)
    partners = Partners(env, pagerduty=PAGERDUTY in outside.partners, followers=followers)
    respond = Respond(env, notices, partners)
    intake = Intake(env, respond, notices, unheard, partners)
    pagerduty = PagerDutyAnswers(env, respond, partners, operators, outside.users, settings.pagerduty_service_id)
    quiet, prioritising = QuietNotices(env), Prioritising(env, partners)
    people = github.people(respond)
    postmortems = Postmortems(env, notices, partners, outside.issues or github.action_issues())
    handlers = {
        Platform.GITHUB: github.handler(intake, respond, partners, operators, people, prioritising, postmortems),
        Platform.SLACK: slack.handler(intake, respond, partners, prioritising),
    }
    inbound = Inbound(env, {**handlers, **outside.inbound}, operators)
    overrides = Overrides(env, MovedShifts(env, shift_texts).tell)
    engineer_texts = EngineerTexts(env, respond, ScheduleTexts(env, overrides))
    recordings = RecordingKeeper(env, outside.recordings)
    audit, callbacks = Audit(env, operators), Callbacks(env, aftermath, operators)
    receipts = Receipts(env, aftermath, outside.workers)
    worker = f"{os.getpid()}-{env.ids.new()[:8]}"
    dispatch = Dispatch(env, outside.channels, aftermath, operators, receipts, worker=worker, distress=outside.distress)
    engine = Engine(
        env,
        tick=Tick(env, notices, operators, partners, quiet),
        dispatch=dispatch,
        asking=Asking(env, outside.channels, callbacks),
        recordings=recordings,
        calendars=CalendarKeeper(env, outside.calendars, operators),
        partners=PartnerSending(env, {**outside.partners, **github.senders(postmortems), **slack.senders}, operators),
        pagerduty=pagerduty,
        inbound=inbound,
        audit=audit,
        distress=outside.distress,
        sign_of_life=SignOfLife(env, engine=worker, host=host_name(), pid=os.getpid(), release=__version__),
        shift_notices=ShiftNotices(env, shift_texts, loads),
        welcome=Welcome(env),
        workers=outside.workers,
        heartbeat=outside.heartbeat,
        wake=database.wake,
    )
    drills = Drills(env, partners, outside.drill_caller)
    reports = Reports(env.database, env.configuration, env.clock)
    engine.also(PromiseWatch(env, quiet, operators, partners).look)
    sweep = github.sweep(inbound, people, operators, postmortems)
    if sweep is not None:
        engine.also(sweep.look)
    for chore in slack.chores():
        engine.also(chore)
    return Runtime(
        settings=settings,
        clock=env.clock,
        ids=env.ids,
        database=database,
        configuration=configuration,
        unheard=unheard,
        database_watch=DatabaseWatch(env, outside.distress, outside.again),
        intake=intake,
        respond=respond,
        prioritising=prioritising,
        bundle_answers=BundleAnswers(env.database, respond),
        overrides=overrides,
        texts=Texts(env, engineer_texts, CustomerTexts(env, intake, respond, prioritising, partners)),
        deliveries=callbacks,
        pagerduty=pagerduty,
        inbound=inbound,
        slack=SlackDoor(env, inbound),
        recordings=recordings,
        audit=audit,
        operators=operators,
        engine=engine,
        calendars=outside.calendars,
        calendar_addresses=CalendarAddresses(env),
        drills=drills,
        planned_drills=PlannedDrills(env, drills, operators, outside.beside),
        log=env.log,
        warm=outside.warm,
        sending=outside.sending,
        provider_of=outside.providers.name_of,
        provider_news=provider_news,
        quiet_words=QuietWording(env),
        reports=reports,
        postmortems=postmortems,
        postmortem_texts=PostmortemTexts(env.database, env.configuration),
        status_meetings=StatusMeetings(env.database, env.configuration, reports),
    )


def _nothing_to_warm() -> None:
    """Fakes are warm."""


def open_database(settings: Settings) -> SqlDatabase:
    """The rows that DATABASE_URL names."""
    return open_store(settings.database_url, now=SystemClock().now)


def upgrade_database(settings: Settings) -> None:
    """Bring the tables up to this release; safe to run twice, and from two processes at once."""
    upgrade(settings.database_url)
