"""A web that runs alone tells the operators that its database is away, as an engine would."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from oncall.engine.database_watch import DatabaseWatch
from oncall.engine.distress import Distress
from oncall.engine.workers import Inline
from oncall.errors import StoreUnavailableError, TransientError
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import MINUTE, SECOND, Night


def away(*_args: object, **_more: object) -> object:
    raise StoreUnavailableError("the database db is away (no route to host): try again")


class OneMachine:
    """`Told`, in memory."""

    def __init__(self) -> None:
        self.taken: dict[str, datetime] = {}

    def take(self, what: str, now: datetime, quiet_for: timedelta) -> bool:
        if what in self.taken and now - self.taken[what] < quiet_for:
            return False
        self.taken[what] = now
        return True

    def give_back(self, what: str) -> None:
        del self.taken[what]


class Webs:
    """Web processes on one machine, that look at the database as time goes by."""

    def __init__(self, night: Night, how_many: int = 1) -> None:
        self.night = night
        self.posts: list[str] = []
        self.reaches_nobody = False
        self.machine = OneMachine()
        self.waiting: list[tuple[datetime, Callable[[], None]]] = []
        for _ in range(how_many):
            distress = Distress(
                night.runtime.intake._env, mail=night.mails, post=self.post, workers=Inline(), told=self.machine
            )
            DatabaseWatch(night.runtime.intake._env, distress, self.again).begin()

    def post(self, text: str) -> None:
        if self.reaches_nobody:
            raise TransientError("nobody there")
        self.posts.append(text)

    def again(self, seconds: float, do: Callable[[], None]) -> None:
        self.waiting.append((self.night.clock.at + timedelta(seconds=seconds), do))

    def later(self, by: timedelta) -> None:
        until = self.night.clock.at + by
        while due := [each for each in self.waiting if each[0] <= until]:
            first = min(due, key=lambda each: each[0])
            self.waiting.remove(first)
            self.night.clock.at = first[0]
            first[1]()
        self.night.clock.at = until

    def mails(self) -> list[str]:
        return [mail.text for mail in self.night.mails.sent if mail.to == "dana@example.com"]


@pytest.fixture
def database_goes_away(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    def go() -> None:
        for name in ("begin", "read", "ping"):
            monkeypatch.setattr(SqlDatabase, name, away)

    return go


def test_after_a_minute_without_a_database_a_web_tells_by_email_and_webhook(
    night: Night, database_goes_away: Callable[[], None]
) -> None:
    webs = Webs(night)
    webs.later(MINUTE)
    database_goes_away()
    webs.later(MINUTE - SECOND)
    assert webs.posts == []
    webs.later(10 * SECOND)
    assert len(webs.posts) == len(webs.mails()) == 1
    assert "On-call hotline of Example Hosting: The hotline's database has been away" in webs.posts[0]
    assert "no route to host" in webs.mails()[0]


def test_several_webs_on_one_machine_tell_once(night: Night, database_goes_away: Callable[[], None]) -> None:
    webs = Webs(night, how_many=4)
    webs.later(MINUTE)
    database_goes_away()
    webs.later(14 * MINUTE)
    assert len(webs.posts) == len(webs.mails()) == 1
    webs.later(3 * MINUTE)
    assert len(webs.posts) == len(webs.mails()) == 2


def test_a_restart_of_the_database_is_not_told_of(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    webs = Webs(night)
    for _ in range(3):
        webs.later(MINUTE)
        with monkeypatch.context() as while_away:
            while_away.setattr(SqlDatabase, "ping", away)
            webs.later(50 * SECOND)
    assert webs.posts == []


def test_what_one_web_cannot_tell_is_told_as_soon_as_anybody_can(
    night: Night, database_goes_away: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    webs = Webs(night, how_many=2)
    webs.later(MINUTE)
    database_goes_away()
    with monkeypatch.context() as mail_is_away:
        mail_is_away.setattr(night.mails, "send", unreached)
        webs.reaches_nobody = True
        webs.later(3 * MINUTE)
        webs.reaches_nobody = False
    assert webs.posts == []
    webs.later(2 * MINUTE)
    assert len(webs.posts) == len(webs.mails()) == 1


def unreached(*_args: object) -> object:
    raise TransientError("nobody there")
