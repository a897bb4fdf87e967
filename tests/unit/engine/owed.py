"""A night after which a post-mortem is owed: who owes it, and who was reminded."""

from datetime import UTC, datetime, timedelta

from oncall.core.postmortem import Postmortem
from oncall.core.postmortem_actions import Action, ActionState
from oncall.ports import UnitOfWork
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import MINUTE, YAML, Night

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


RULES = "postmortems: {after: 1h, due_within: 3d}\n"


MAIL = YAML.replace("name: Jane Doe, phone", "name: Jane Doe, email: jane@acme.example, phone")


TEXT = "## Causes\n\nThe disk was full.\n\n## Actions\n\n- [ ] Alert at 80% — bob — 2026-12-01\n- [x] Free the disk\n"


def ticking(night: Night, by: timedelta, step: timedelta = timedelta(minutes=20)) -> None:
    until = night.clock.at + by
    while night.clock.at < until:
        night.clock.at = min(night.clock.at + step, until)
        night.turn()
        night.turn()  # what a chore has enqueued goes with the next


def down(night: Night, at: datetime = MONDAY, lasting: timedelta = 2 * HOUR) -> int:
    """Jane phones, Alice has it, and it is over after so long."""
    night.clock.at = at
    number = night.paged().number
    night.runtime.respond.acknowledge(number, engineer="alice", via="SMS")
    if lasting:
        ticking(night, lasting)
        night.runtime.respond.resolve(number, engineer="alice", note="The disk is larger now", via="SMS")
        ticking(night, MINUTE, MINUTE)
    return number


def with_rules(database: SqlDatabase, yaml: str = YAML, rules: str = RULES, **more: str) -> Night:
    return Night(database, yaml=yaml + rules, **more)


def owed(night: Night, number: int) -> Postmortem:
    with night.database.read() as uow:
        found = uow.postmortems.get(number)
    assert found is not None
    return found


def reminders(night: Night) -> list[tuple[datetime, str]]:
    """When whom was told of post-mortems: by text to a phone, or by email."""
    with night.database.read() as uow:
        found = [uow.deliveries.get(message.delivery_id) for message in (*night.texts.sent, *night.mails.sent)]
    told = [one for one in found if one is not None and "post-mortem" in one.details.get("text", "").lower()]
    return sorted({(one.created_at, one.recipient) for one in told})


def kept(night: Night, number: int) -> Postmortem | None:
    with night.database.read() as uow:
        return uow.postmortems.get(number)


def marked(night: Night, number: int, *, major: bool = True) -> None:
    night.runtime.prioritising.mark_major(number, by="bob", via="dashboard", major=major)
    ticking(night, MINUTE, MINUTE)


def morning_after(night: Night) -> list[str]:
    """What was texted of post-mortems once the night was over."""
    sent = len(night.texts.sent)
    morning = night.clock.at.replace(hour=7, minute=0)
    night.clock.at = morning if morning > night.clock.at else morning + DAY
    night.turn()
    night.turn()
    return [each.text for each in night.texts.sent[sent:] if "post-mortem" in each.text.lower()]


class Issues:
    """Where actions live besides; remembers which it was asked to open."""

    def __init__(self) -> None:
        self.opened: list[Action] = []
        self.changed: list[ActionState] = []

    def open_issue(self, uow: UnitOfWork, postmortem: Postmortem, action: Action, now: datetime) -> None:
        self.opened.append(action)

    def state_changed(self, uow: UnitOfWork, action: Action, now: datetime) -> None:
        self.changed.append(action.state)
