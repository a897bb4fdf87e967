"""A text that may have gone is found at the provider although what it says has changed meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import cast

import pytest

from oncall.channels.sms import SmsChannel
from oncall.channels.twilio import Sent, TwilioAccount
from oncall.core.delivery import Delivery, DeliveryState
from oncall.core.sla import Priority
from oncall.engine.dispatch import LEASE_FOR
from oncall.errors import OutcomeUnknownError, StoreUnavailableError
from oncall.ports import Receipt
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import ALICE, JANE, MINUTE, SECOND, SMS, YAML, HandClock, Night, NoChance
from tests.unit.engine.promised import HOUR, always_urgent, opened, ticking


@dataclass
class Account:
    """Takes every text, and lists it; the next ``unheard`` answers get lost on their way back."""

    clock: HandClock
    unheard: int = 0
    taken: list[tuple[str, Sent]] = field(default_factory=list)
    serial: Iterator[int] = field(default_factory=lambda: count(1))

    def create_message(self, to: str, *, body: str, status_callback: str, valid_for_seconds: int) -> Receipt:
        sent = Sent(f"SM{next(self.serial)}", "sent", self.clock.now(), body)
        self.taken.insert(0, (to, sent))
        if self.unheard:
            self.unheard -= 1
            raise OutcomeUnknownError("no answer in ten seconds")
        return Receipt(sent.sid, "queued")

    def messages_to(self, number: str) -> list[Sent]:
        return [sent for to, sent in self.taken if to == number]

    def to(self, number: str, since: datetime) -> list[str]:
        return [sent.body for sent in self.messages_to(number) if sent.created_at and sent.created_at >= since]


def with_account(night: Night) -> Account:
    account = Account(night.clock)
    real = SmsChannel(cast(TwilioAccount, account), "https://x.example", night.clock, NoChance(), lambda *_, **__: None)
    night.texts.send, night.texts.find = real.send, real.find  # type: ignore[method-assign]
    return account


@contextmanager
def dies_before_recording(night: Night, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def dies(*_args: object) -> None:
        raise StoreUnavailableError("the process is dead")

    with monkeypatch.context() as dying:
        dying.setattr(night.runtime.engine._dispatch._receipts, "record", dies)
        yield


def more_comes_to_be_known(night: Night, number: int) -> None:
    with night.database.begin() as uow:
        incident = uow.incidents.get(number, lock=True)
        assert incident is not None
        uow.incidents.save(replace(incident, company="ACME Shop", caller_name="Jane Doe", summary="the shop is down"))


def text_page(night: Night, number: int) -> Delivery:
    return next(page for page in night.pages(number) if page.method is SMS)


def test_a_page_that_may_have_gone_is_known_although_its_caller_and_the_problem_came_in_since(night: Night) -> None:
    account = with_account(night)
    incident = night.phoned(number="+32470333333")
    account.unheard = 9
    night.runtime.intake.caller_finished("CA-jane")
    night.turn()
    account.unheard = 0
    began = night.clock.at
    more_comes_to_be_known(night, incident.number)
    night.later(30 * SECOND)
    assert len(account.to(ALICE, began)) == 1
    assert text_page(night, incident.number).state is DeliveryState.SENT


def test_a_page_whose_worker_died_is_known_although_the_company_s_name_was_changed_since(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = with_account(night)
    began = night.clock.at
    with dies_before_recording(night, monkeypatch):
        incident = night.paged()
    assert "Example Hosting" in account.to(ALICE, began)[0]
    night.publish({"all.yaml": YAML.replace("company: Example Hosting", "company: Another Hosting")})
    night.later(LEASE_FOR + SECOND)
    assert len(account.to(ALICE, began)) == 1
    assert text_page(night, incident.number).provider_id


def test_a_page_that_never_went_is_sent_although_others_to_the_same_telephone_did(night: Night) -> None:
    account = with_account(night)
    night.paged()
    began = night.clock.at
    other = night.phoned(sid="CA-other", number="+32470333333")
    night.runtime.intake.caller_finished("CA-other")
    night.texts.send, before = _never_goes, night.texts.send  # type: ignore[method-assign]
    night.turn()
    night.texts.send = before  # type: ignore[method-assign]
    night.later(10 * SECOND)
    assert [body.split()[0] for body in account.to(ALICE, began)] == [str(other.number), str(other.number - 1)]


def _never_goes(*_args: object) -> Receipt:
    raise OutcomeUnknownError("no answer in ten seconds")


def test_a_quiet_text_of_the_same_incident_is_not_taken_for_its_page(database: SqlDatabase) -> None:
    night = Night(database)
    account = with_account(night)
    incident = night.phoned()
    number = incident.number
    quiet = f"{number} ACME Shop, Production down: half of the promise is over. Nobody has it yet. Reply ACK {number}"
    account.taken.append((ALICE, Sent("SM99", "sent", night.clock.now(), quiet)))
    night.texts.send, before = _never_goes, night.texts.send  # type: ignore[method-assign]
    night.runtime.intake.caller_finished("CA-jane")
    night.turn()
    night.texts.send = before  # type: ignore[method-assign]
    night.later(10 * SECOND)
    assert text_page(night, number).provider_id == "SM1"


def test_several_incidents_in_one_text_are_known_although_their_callers_came_to_be_known(database: SqlDatabase) -> None:
    night = Night(database, per_second=1)
    account = with_account(night)
    numbers = []
    for caller in "abc":
        numbers.append(night.phoned(sid=f"CA-{caller}", number=f"+3247033333{ord(caller) % 10}").number)
        night.runtime.intake.caller_finished(f"CA-{caller}")
        night.turn()
    account.unheard = 1
    night.later(SECOND)
    for number in numbers[1:]:
        more_comes_to_be_known(night, number)
    night.later(30 * SECOND)
    together = [body for body in account.to(ALICE, night.clock.at - 2 * MINUTE) if body.startswith("2 incidents")]
    assert len(together) == 1
    assert {text_page(night, number).provider_id for number in numbers[1:]} == {"SM2"}


@pytest.mark.parametrize("dies", [True, False], ids=["its worker died", "no answer came"])
def test_a_quiet_text_whose_words_change_with_the_time_is_looked_up_as_it_was_handed_over(
    database: SqlDatabase, monkeypatch: pytest.MonkeyPatch, dies: bool
) -> None:
    night = always_urgent(database, "8h")
    account = with_account(night)
    number = opened(night, Priority.URGENT)
    began = night.clock.at
    if dies:
        with dies_before_recording(night, monkeypatch):
            ticking(night, 4 * HOUR + SECOND, 10 * MINUTE)
    else:
        account.unheard = 1
        ticking(night, 4 * HOUR + SECOND, 10 * MINUTE)
    assert len([body for body in account.to(ALICE, began) if str(number) in body]) == 1
    with night.database.begin() as uow:
        incident = uow.incidents.get(number, lock=True)
        assert incident is not None
        uow.incidents.save(replace(incident, company="ACME Shop International"))
    night.later(LEASE_FOR + MINUTE)
    assert len([body for body in account.to(ALICE, began) if str(number) in body]) == 1


def test_what_a_customer_was_told_is_never_taken_for_something_else_that_they_are_to_hear(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = with_account(night)
    with dies_before_recording(night, monkeypatch):
        incident = night.paged()
        night.runtime.respond.acknowledge(incident.number, engineer="alice", via="SMS")
    night.later(LEASE_FOR + MINUTE)
    told = [sent.body for sent in account.messages_to(JANE)]
    assert any("Alice Martin" in body for body in told)
    assert len(told) == 2
