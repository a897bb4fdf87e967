"""Who is on call, in the team's channel: a line at each handoff, and the topic. Whichever engine is first says it."""

from datetime import datetime

from oncall.core.configuration import Configuration
from oncall.core.inbound import InboundEvent, Platform
from oncall.core.schedule import Schedule, Shift, on_call
from oncall.core.slack_words import duty_text
from oncall.engine.slack_outbox import SlackOutbox
from oncall.errors import ConfigurationError
from oncall.ports import Alarm, Environment, UnitOfWork


class SlackDuty:
    """``look`` is a chore: called often, and does something seldom."""

    def __init__(self, env: Environment, outbox: SlackOutbox) -> None:
        self._env = env
        self._outbox = outbox
        self._known: dict[str, str] = {}

    def look(self) -> None:
        """Tell of every schedule that has passed to somebody else since it was told of last. Raises StoreError."""
        try:
            configuration = self._env.configuration.current()
        except ConfigurationError:  # nothing is published yet
            return
        team = configuration.hotline.slack
        if not team:
            return
        now = self._env.clock.now()
        shifts = {key: on_call(schedule, now) for key, schedule in configuration.schedules.items()}
        answers = {key: f"{team} {_fingerprint(shift)}" for key, shift in shifts.items()}
        changed = [key for key, answer in answers.items() if self._known.get(key) != answer]
        if not changed:
            return
        with self._env.database.begin() as uow:
            told = [key for key in changed if self._is_mine(uow, key, answers[key], now)]
            for key in told:
                line = _line(configuration, configuration.schedules[key], shifts[key])
                self._outbox.post(uow, team, line, now)
            if told:
                self._outbox.topic(uow, team, now)
        self._known.update(answers)

    def _is_mine(self, uow: UnitOfWork, schedule: str, answer: str, now: datetime) -> bool:
        """Whether it is told by us: not where it was told, and not where another engine is telling it."""
        last = uow.alarms.get(_key(schedule))
        before = last.text if last is not None else ""
        if before == answer:
            return False
        # Of two engines that come here at once only one can store this.
        mark = f"{Platform.SLACK}:duty:{schedule}:{before}>{answer}:{int(now.timestamp()) // 600}"
        effect = "told of a handoff"
        event = InboundEvent(mark, Platform.SLACK, "duty", "", "", now, None, finished_at=now, effect=effect)
        if not uow.inbound_events.add(event):
            return False
        uow.alarms.put(Alarm(_key(schedule), now, answer))
        return True


def _key(schedule: str) -> str:
    return f"slack duty:{schedule}"


def _fingerprint(shift: Shift) -> str:
    """What makes it another answer: who, and until when."""
    return f"{shift.engineer or ''} {shift.ends_at.isoformat() if shift.ends_at else ''}"


def _line(configuration: Configuration, schedule: Schedule, shift: Shift) -> str:
    return f"{duty_text(configuration, schedule, shift)}."
