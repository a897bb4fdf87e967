"""Notices about shifts as deliveries: worded when they are decided, by the engineer's own rules."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from oncall.core.backup import backup_of, is_paged
from oncall.core.configuration import Configuration
from oncall.core.delivery import SHIFT, Delivery, DeliveryKind, Urgency
from oncall.core.engineer import ContactMethod, Engineer, ShiftPurpose
from oncall.core.moved_shift import MovedShift
from oncall.core.plain_text import one_line
from oncall.core.schedule import shifts
from oncall.core.shift_changes import OwnShift, ShiftChange, end_of
from oncall.core.shift_notices import ShiftNotice, contact_methods
from oncall.core.shift_wording import Change, ShiftWords, Span, changes_words, day_before_words, handoff_words
from oncall.ports import Environment, UnitOfWork

_HANDOFF_IS_NEWS_FOR = timedelta(hours=1)


class ShiftTexts:
    """Enqueues in the transaction that stores what the engineer knows; no call where anything else reaches them."""

    def __init__(self, env: Environment) -> None:
        self._env = env

    def enqueue(
        self,
        uow: UnitOfWork,
        configuration: Configuration,
        engineer: Engineer,
        notices: Sequence[ShiftNotice],
        now: datetime,
    ) -> None:
        """Enqueue these, worded by this configuration; nothing where the engineer has no contact method."""
        methods = contact_methods(engineer, email_connected=self._env.email_connected)
        for notice in notices if methods else ():
            words = self._words(uow, configuration, engineer, notice, now)
            first = notice.shift or _concerned(notice.changes)[0]
            about = (notice.purpose, notice.schedule, first.starts_at, _news_until(notice, now))
            uow.deliveries.add([self._delivery(engineer, methods[0], about, words, now)])
            uow.wake_engine()

    def by_the_next_method(self, uow: UnitOfWork, failed: Delivery, now: datetime) -> None:
        """It failed for good: on to what else reaches the engineer, while it is worth saying."""
        engineer = self._env.configuration.current().engineers.get(failed.recipient)
        left: Sequence[ContactMethod] = ()
        if engineer is not None:
            methods = contact_methods(engineer, email_connected=self._env.email_connected)
            left = methods[methods.index(failed.method) + 1 :] if failed.method in methods else ()
        if engineer is None or not left or is_over(failed, now):
            self._env.log("shift.untold", engineer=failed.recipient, delivery=failed.id, problem=failed.error)
            return
        following = Delivery(
            id=self._env.ids.new(),
            kind=failed.kind,
            purpose=failed.purpose,
            incident=None,
            recipient=failed.recipient,
            method=left[0],
            address=engineer.address(left[0]),
            created_at=now,
            due_at=now,
            chain=failed.chain,
            position=failed.position + 1,
            urgency=failed.urgency,
            details=failed.details,
        )
        uow.deliveries.add([following])
        uow.wake_engine()

    def enqueue_moved(
        self,
        uow: UnitOfWork,
        engineer: Engineer,
        method: ContactMethod,
        moved: Sequence[MovedShift],
        text: str,
        now: datetime,
    ) -> None:
        """Enqueue what an override moved, in the words of whoever decided it."""
        words = ShiftWords("Shift moved", one_line(text), "")
        first, until = moved[0], max(each.ends_at for each in moved)
        about = (ShiftPurpose.CHANGES, first.schedule, first.starts_at, until)
        uow.deliveries.add([self._delivery(engineer, method, about, words, now)])
        uow.wake_engine()

    def _delivery(
        self,
        engineer: Engineer,
        method: ContactMethod,
        about: tuple[ShiftPurpose, str, datetime, datetime],
        words: ShiftWords,
        now: datetime,
    ) -> Delivery:
        """``about``: what, of which schedule, from when, and until when it is worth saying."""
        purpose, schedule, starts_at, until = about
        return Delivery(
            id=self._env.ids.new(),
            kind=DeliveryKind.OPERATOR,
            purpose=SHIFT,
            incident=None,
            recipient=engineer.key,
            method=method,
            address=engineer.address(method),
            created_at=now,
            due_at=now,
            chain=self._env.ids.new(),
            urgency=Urgency.NOTICE,
            details={
                "engineer": engineer.name,
                "about": purpose.value,
                "schedule": schedule,
                "starts_at": starts_at.isoformat(),
                "until": until.isoformat(),
                "subject": words.subject,
                "text": words.text,
                "speech": words.speech,
            },
        )

    def _words(
        self,
        uow: UnitOfWork,
        configuration: Configuration,
        engineer: Engineer,
        notice: ShiftNotice,
        now: datetime,
    ) -> ShiftWords:
        name, schedule = notice.schedule, configuration.schedules.get(notice.schedule)
        timezone = engineer.timezone or (schedule.timezone if schedule else "UTC")
        if notice.shift is None or schedule is None:
            changed = [_change(each, configuration, notice.compared_until) for each in notice.changes]
            return changes_words(name, changed, timezone, now)
        ends_at = end_of(schedule, engineer.key, notice.shift.starts_at)
        if notice.purpose is ShiftPurpose.DAY_BEFORE:
            return day_before_words(name, (notice.shift.starts_at, ends_at), timezone, now)
        backup = backup_of(configuration, name, engineer.key, now)
        return handoff_words(
            name,
            ends_at,
            backup=(backup.name if backup else "") if is_paged(configuration, name) else None,
            incidents=_open_incidents(uow, name),
            timezone=timezone,
            now=now,
        )


def is_over(delivery: Delivery, now: datetime) -> bool:
    """Whether a notice about shifts that has waited tells of what is over."""
    until = delivery.details.get("until", "")
    return delivery.about_shifts and bool(until) and datetime.fromisoformat(until) <= now


def _news_until(notice: ShiftNotice, now: datetime) -> datetime:
    if notice.shift is None:
        return max(shift.ends_at for shift in _concerned(notice.changes))
    if notice.purpose is ShiftPurpose.DAY_BEFORE:
        return notice.shift.starts_at
    return min(notice.shift.ends_at, now + _HANDOFF_IS_NEWS_FOR)


def _concerned(changes: Sequence[ShiftChange]) -> list[OwnShift]:
    return [shift for change in changes for shift in (*change.before, *change.after)]


def _change(change: ShiftChange, configuration: Configuration, compared_until: datetime | None) -> Change:
    before, after = ([_span(shift, compared_until) for shift in side] for side in (change.before, change.after))
    return Change(before, after, () if change.after else _holders(change, configuration))


def _span(shift: OwnShift, compared_until: datetime | None) -> Span:
    return shift.starts_at, None if shift.ends_at == compared_until else shift.ends_at


def _holders(change: ShiftChange, configuration: Configuration) -> list[str]:
    """The names of whoever has what was taken away, each once."""
    schedule = configuration.schedules.get(change.schedule)
    if schedule is None:
        return []
    pieces = [piece for gone in change.before for piece in shifts(schedule, gone.starts_at, gone.ends_at)]
    keys = dict.fromkeys(piece.engineer for piece in pieces if piece.engineer is not None)
    return [configuration.engineers[key].name if key in configuration.engineers else key for key in keys]


def _open_incidents(uow: UnitOfWork, schedule: str) -> list[int]:
    """Numbers of the open incidents whose policy pages this schedule, newest first."""
    found = uow.incidents.listing(include_resolved=False)
    return [incident.number for incident in found if any(schedule in step.page for step in incident.policy.steps)]
