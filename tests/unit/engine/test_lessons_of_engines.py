"""What has gone wrong in other systems' engines, one test each, named after it: late, lost and doubled pages."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from oncall.core.call import RecordingPart
from oncall.core.delivery import DeliveryState
from oncall.core.incident import Incident, IntakeChannel
from oncall.errors import RecipientError, StoreError, TransientError
from oncall.store import SqlDatabase, open_store
from tests.unit.engine.hotline import ALICE, BOB, CALL, JANE, MINUTE, SECOND, SMS, Night
from tests.unit.engine.test_watching import run

AWAY = TransientError("the provider is away", code="20500")


def stuck(night: Night, monkeypatch: pytest.MonkeyPatch, *, overdue_for: timedelta) -> Incident:
    """An open incident at which nobody looks any more."""
    incident = night.phoned()
    with night.database.begin() as uow:
        uow.incidents.save(replace(incident, due_at=night.clock.at - overdue_for))
    monkeypatch.setattr(night.runtime.engine._tick, "run", lambda _now: 0)
    return incident


@pytest.mark.parametrize("problem", [StoreError("the query took too long"), ZeroDivisionError("a mistake of ours")])
def test_a_watchdog_that_could_not_look_was_taken_for_one_that_found_nothing(
    night: Night, monkeypatch: pytest.MonkeyPatch, problem: Exception
) -> None:
    """grafana/oncall#724: its query took too long, it was switched off, and nobody was alarmed."""

    def cannot_look(_before: object) -> list[int]:
        raise problem

    with night.database.read() as uow:
        monkeypatch.setattr(type(uow.incidents), "stuck", lambda _self, before: cannot_look(before))
    run(night, 150, monkeypatch)
    assert night.beats == 0, "whoever waits for the heartbeat alarms somebody"
    assert any(event == "engine.turn_failed" for event, _ in night.logged)
    monkeypatch.undo()
    run(night, 10, monkeypatch)
    assert night.beats == 1


def test_the_watchdog_looked_at_the_last_two_days_only(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    """Grafana OnCall, check_escalation_finished_task: what has been stuck for longer was never found again."""
    incident = stuck(night, monkeypatch, overdue_for=timedelta(days=40))
    assert night.runtime.audit.check(night.clock.at) == [
        f"Incident {incident.number} is open and its next action is overdue or missing."
    ]


def test_the_watchdog_came_by_every_thirteen_minutes(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    """Grafana OnCall, check_escalation_finished_task: up to eighteen minutes until a dead escalation was noticed."""
    night.turn()
    stuck(night, monkeypatch, overdue_for=31 * SECOND)
    for _ in range(6):
        night.clock.at += SECOND
        night.turn()
    assert "overdue or missing" in night.operators_read()


def test_a_dead_escalation_was_started_again_once_and_then_never(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    """Grafana OnCall, AUDITED_ALERT_GROUP_MAX_RETRIES=1: ours is tried every half minute for as long as it is open."""
    looks = set()

    def broken(uow: object, incidents: object, now: datetime) -> None:
        looks.add(now)
        raise ZeroDivisionError("a mistake of ours")

    incident = night.phoned()
    monkeypatch.setattr(night.runtime.engine._tick, "_take_turns", broken)
    night.later(21 * MINUTE)
    assert len(looks) == 41
    monkeypatch.undo()
    night.later(MINUTE)
    assert night.pages(incident.number)


class KilledError(Exception):
    """The process dies here."""


class AsleepWhenItComes:
    """A wake that never comes: what happens while the engine sleeps is only found when it looks by itself."""

    def __init__(self, night: Night, comes: Callable[[], None]) -> None:
        self._night, self._comes, self.slept = night, comes, False

    def wait(self, timeout_seconds: float) -> bool:
        if not self.slept:
            self._comes()
        self.slept = True
        self._night.clock.sleep(timeout_seconds)
        return False

    def close(self) -> None:
        return None


def test_a_crash_between_the_commit_and_the_publishing_of_the_timer_lost_the_escalation(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Grafana OnCall, escalate_alert_group: its timer is in the broker. Ours is in the row; waking is a courtesy."""

    def killed(_folder: object) -> None:
        raise KilledError

    def phones() -> None:
        night.phoned()
        monkeypatch.setattr("oncall.store.database.call_engines", killed)
        with suppress(KilledError):  # PostgreSQL tells of it with the commit itself, and nothing can come between
            night.runtime.intake.caller_finished("CA-jane")

    wake = AsleepWhenItComes(night, phones)
    monkeypatch.setattr(night.runtime.engine, "_open_wake", lambda: wake)
    night.turn()
    began = night.clock.at
    night.runtime.engine.run(lambda: bool(night.calls.sent) or night.clock.at > began + MINUTE)
    assert wake.slept
    assert night.calls.to(ALICE)
    assert night.clock.at - began <= 2 * SECOND


def test_the_first_page_waited_for_the_next_cycle(night: Night) -> None:
    """linkedin/iris looks every 60 s, GoAlert every 5 s, Grafana OnCall waits 10 s before it begins."""
    night.turn()
    night.clock.at += SECOND / 100
    night.paged()
    assert [message.to for message in night.calls.sent] == [ALICE]


def test_an_outage_of_every_way_out_lost_the_page_until_the_process_was_restarted(night: Night) -> None:
    """linkedin/iris, fetch_and_send_message: the id of a message that failed stayed among those being sent."""
    for channel in (night.calls, night.texts, night.mails):
        channel.always = AWAY
    incident = night.paged()
    night.later(2 * MINUTE)
    refused = {page.id for page in night.pages(incident.number) if page.state is DeliveryState.WAITING}
    assert refused
    for channel in (night.calls, night.texts, night.mails):
        channel.always = None
        channel.sent.clear()
    night.later(MINUTE)
    sent = {message.delivery_id for channel in (night.calls, night.texts) for message in channel.sent}
    assert refused <= sent, "the same rows go, in the same process"


def test_what_failed_for_now_was_tried_again_at_once_and_then_given_up(night: Night) -> None:
    """linkedin/iris, MAX_MESSAGE_RETRIES = 2: both within the same moment."""
    asked: list[object] = []
    night.texts.before = lambda message: asked.append(night.clock.at) if message.to == ALICE else None
    night.texts.always = AWAY
    night.paged()
    night.later(4 * MINUTE)
    waits = [after - before for before, after in pairwise(asked)]  # type: ignore[operator]
    assert waits[:5] == [5 * SECOND, 10 * SECOND, 20 * SECOND, 40 * SECOND, MINUTE]


def test_a_message_that_failed_once_was_never_sent(night: Night) -> None:
    """linkedin/oncall, mark_message_as_unsent: active=0, sent=0."""
    night.calls.raises = [AWAY]
    incident = night.paged()
    first = night.calls.sent[0].delivery_id
    night.later(6 * SECOND)
    assert [message.delivery_id for message in night.calls.sent].count(first) == 2
    assert next(page for page in night.pages(incident.number) if page.id == first).state is DeliveryState.SENT


def test_a_call_that_failed_was_logged_as_made(night: Night) -> None:
    """ustream/openduty, twilio_call.py: the error was printed, and the call counted as a success."""
    night.calls.always = RecipientError("not a number", code="21211")
    incident = night.paged()
    calls = [page for page in night.pages(incident.number) if page.method is CALL]
    assert {page.state for page in calls} == {DeliveryState.FAILED}
    assert all(page.sent_at is None for page in calls)
    assert "Call to Alice Martin failed: not a number [21211]" in night.timeline(incident.number)
    assert "Call to Alice Martin sent" not in night.timeline(incident.number)
    assert not [event for event, fields in night.logged if event == "delivery.sent" and fields["method"] == "call"]


def test_when_the_leader_was_gone_nobody_sent(database: SqlDatabase) -> None:
    """linkedin/iris: one sender is the leader. Any engine of ours goes on where another left off."""
    first, second = Night(database, prefix="a"), Night(database, prefix="b")
    incident = first.paged()
    second.clock.at = first.clock.at
    second.later(5 * MINUTE)
    assert second.calls.to(BOB)
    assert not first.calls.to(BOB)
    pages = [page for page in second.pages(incident.number) if page.sent_at is not None]
    sent = [message.delivery_id for night in (first, second) for c in (night.calls, night.texts) for message in c.sent]
    assert {page.id for page in pages} <= set(sent)
    assert len(sent) == len(set(sent))


def test_nothing_showed_that_a_page_was_late(night: Night) -> None:
    """target/goalert#2699, #1083, #1599: neither delay nor what was pending stood in the log, or a raw id did."""
    night.texts.raises = [AWAY]
    incident = night.paged()
    told = night.timeline(incident.number)
    assert "SMS to Alice Martin did not go yet: the provider is away [20500]" in told
    night.later(6 * SECOND)
    told = night.timeline(incident.number)
    assert "SMS to Alice Martin sent" in told
    ids = {one.id for one in night.deliveries(incident.number)} | {m.delivery_id for m in night.texts.sent}
    assert not [one for one in ids if one in told]


def test_what_the_provider_had_taken_was_sent_again(night: Night) -> None:
    """target/goalert#1599: after a passing failure the message went back among those that wait."""
    incident = night.paged()
    text = night.page(incident.number, SMS)
    for status in ("sent", "undelivered"):
        night.said(text, status, "30008" if status == "undelivered" else "")
    night.later(4 * MINUTE)
    assert [message.delivery_id for message in night.texts.sent].count(text.id) == 1


@pytest.mark.parametrize("code", ["30007", "30034"])
def test_a_carrier_that_took_a_text_for_spam_left_the_customer_in_the_dark(night: Night, code: str) -> None:
    """grafana/oncall#2243, PR#2317: texts with links or numbers are filtered. The customer is phoned."""
    incident = night.paged()
    notice = next(one for one in night.deliveries(incident.number) if one.address == JANE)
    night.said(notice, "undelivered", code)
    night.turn()
    assert len(night.calls.to(JANE)) == 1
    assert code in night.timeline(incident.number)


def test_whoever_was_paged_directly_could_not_stop_it(night: Night) -> None:
    """grafana/oncall#4761: opened by hand and handed to one engineer, it ends like any other."""
    opened = night.runtime.intake.open_by_hand(
        summary="the shop is white", by="dana", channel=IntakeChannel.OPERATOR, caller_number=JANE
    )
    night.turn()
    night.runtime.respond.hand_over(opened.number, engineer="alice", to="bob", via="SMS")
    night.turn()
    assert night.calls.to(BOB)
    night.runtime.respond.acknowledge(opened.number, engineer="bob", via="SMS")
    night.turn()
    sent = len(night.calls.sent), len(night.texts.to(BOB))
    night.later(29 * MINUTE)
    assert (len(night.calls.sent), len(night.texts.to(BOB))) == sent
    assert not [page for page in night.pages(opened.number) if page.state is DeliveryState.WAITING]


@pytest.mark.parametrize(
    "work",
    [
        "_recordings.claim",
        "_calendars.next_due_at",
        "_asking.claim",
        "_partners.first_of",
        "_audit.check_and_tell",
    ],
)
def test_one_kind_of_work_that_raised_held_up_all_pages(monkeypatch: pytest.MonkeyPatch, work: str) -> None:
    """linkedin/iris, sender.main: where one of its steps raised, the whole cycle was skipped, again and again."""
    night = Night(open_store("sqlite://"))
    part, method = work.split(".")
    monkeypatch.setattr(getattr(night.runtime.engine, part), method, lambda *_: 1 // 0)
    night.phoned()
    night.runtime.intake.recording_arrived(
        call_sid="CA-jane", recording_sid="RE1", part=RecordingPart.PROBLEM, duration_seconds=4
    )
    run(night, 200, monkeypatch)
    assert len(night.calls.to(ALICE)) == 2, "and the second call within three minutes goes too"
    assert night.texts.to(ALICE)
    assert any(event == "engine.turn_failed" for event, _ in night.logged)
    night.database.close()
