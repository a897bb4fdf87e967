"""Calls in doubt to one telephone look alike in the provider's list: none is taken for another that never went."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import cast

import pytest

from oncall.channels.twilio import Sent, TwilioAccount
from oncall.channels.voice import VoiceChannel
from oncall.errors import OutcomeUnknownError, TransientError
from oncall.ports import Receipt
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import ALICE, CALL, MINUTE, SECOND, YAML, HandClock, Night, NoChance


@dataclass
class Account:
    """``loses`` says of each call to Alice whether it is taken, and whether the answer comes: "taken", "lost answer",
    "lost" or "refused"; from then on all are taken. Its list cannot be read before ``listed_from``."""

    clock: HandClock
    loses: list[str] = field(default_factory=list)
    taken: list[tuple[str, Sent]] = field(default_factory=list)
    serial: Iterator[int] = field(default_factory=lambda: count(1))
    listed_from: datetime | None = None

    def create_call(
        self, to: str, *, url: str, status_callback: str, ring_seconds: int, machine_callback: str = ""
    ) -> Receipt:
        what = self.loses.pop(0) if self.loses and to == ALICE else "taken"
        if what == "lost":
            raise OutcomeUnknownError("no answer in ten seconds")
        if what == "refused":
            raise TransientError("away")
        sent = Sent(f"CA{next(self.serial)}", "ringing", self.clock.now(), url)
        self.taken.insert(0, (to, sent))
        if what == "lost answer":
            raise OutcomeUnknownError("no answer in ten seconds")
        return Receipt(sent.sid, "queued")

    def calls_to(self, number: str) -> list[Sent]:
        if self.listed_from is not None and self.clock.now() < self.listed_from:
            raise TransientError("away")
        return [sent for to, sent in self.taken if to == number]


@pytest.fixture
def night(database: SqlDatabase) -> Night:
    """Alice is called once for each incident, and nothing else goes to her."""
    phone = 'phone: "+32470000001"'
    return Night(database, yaml=YAML.replace(phone, f"{phone}, notify: [{{by: call, after: 0s}}]"))


def with_account(night: Night, *loses: str) -> Account:
    account = Account(night.clock, list(loses))
    real = VoiceChannel(
        cast(TwilioAccount, account), "https://x.example", night.clock, NoChance(), lambda *_, **__: None
    )
    night.calls.send, night.calls.find = real.send, real.find  # type: ignore[method-assign]
    return account


def two_at_once(night: Night) -> list[int]:
    numbers = [night.phoned(sid=f"CA-{n}", number=f"+3247033333{n}").number for n in range(2)]
    for n in range(2):
        night.runtime.intake.caller_finished(f"CA-{n}")
    night.later(MINUTE)
    return numbers


def one_after_the_other(night: Night, apart: timedelta) -> list[int]:
    numbers = []
    for n in range(2):
        numbers.append(night.phoned(sid=f"CA-{n}", number=f"+3247033333{n}").number)
        night.runtime.intake.caller_finished(f"CA-{n}")
        night.later(apart)
    return numbers


def rung_about(night: Night, account: Account, numbers: list[int]) -> dict[int, int]:
    """How often Alice's telephone rang about each of these incidents, by what each call asks us to say."""
    page_of = {
        page.id: number for number in numbers for page in night.pages(number) if page.method is CALL and page.attempts
    }
    heard = Counter(number for id_, number in page_of.items() for sent in account.calls_to(ALICE) if id_ in sent.body)
    return {number: heard[number] for number in numbers}


@pytest.mark.parametrize("loses", [("lost answer", "lost"), ("lost", "lost answer")], ids=["the first", "the second"])
def test_of_two_calls_in_doubt_of_which_one_went_the_other_still_rings(night: Night, loses: tuple[str, str]) -> None:
    account = with_account(night, *loses)
    rung = rung_about(night, account, two_at_once(night))
    assert min(rung.values()) >= 1
    assert max(rung.values()) <= 2


def test_of_two_calls_in_doubt_that_both_went_neither_rings_again(night: Night) -> None:
    account = with_account(night, "lost answer", "lost answer")
    assert list(rung_about(night, account, two_at_once(night)).values()) == [1, 1]


def test_one_that_was_found_again_accounts_for_its_own_call_alone(night: Night) -> None:
    """That it was claimed a second time, to be looked for, is no second call that another's could be taken for."""
    account = with_account(night, "lost answer", "lost answer")
    numbers = one_after_the_other(night, 20 * SECOND)
    assert list(rung_about(night, account, numbers).values()) == [1, 1]


def test_one_that_was_sent_again_accounts_for_both_of_its_calls(night: Night) -> None:
    """The first of them is in the list, and nobody's id: it is not taken for the one that never went."""
    account = with_account(night, "lost answer", "lost", "taken", "lost")
    numbers = two_at_once(night)
    numbers.append(night.phoned(sid="CA-3", number="+32470333333").number)
    night.runtime.intake.caller_finished("CA-3")
    night.later(MINUTE)
    rung = rung_about(night, account, numbers)
    assert min(rung.values()) >= 1
    assert max(rung.values()) <= 2


def test_what_was_refused_while_an_earlier_call_was_in_doubt_accounts_for_none(night: Night) -> None:
    account = with_account(night, "lost answer", "refused", "refused", "taken", "lost answer")
    account.listed_from = night.clock.at + 40 * SECOND
    numbers = one_after_the_other(night, 42 * SECOND)
    assert list(rung_about(night, account, numbers).values()) == [2, 1]


def test_a_call_that_another_makes_while_one_in_doubt_is_looked_for_is_not_taken_for_it(night: Night) -> None:
    """Of one that never went the list shows nothing, until another's goes: just between our rows and the list."""
    account = with_account(night, "lost")
    waiting = night.phoned(sid="CA-0", number="+32470333330").number
    night.runtime.intake.caller_finished("CA-0")
    made: list[int] = []
    plain = account.calls_to

    def meanwhile(number: str) -> list[Sent]:
        if not made:
            made.append(night.phoned(sid="CA-1", number="+32470333331").number)
            night.runtime.intake.caller_finished("CA-1")
            night.turn()
        return plain(number)

    account.calls_to = meanwhile  # type: ignore[method-assign]
    night.later(MINUTE)
    assert list(rung_about(night, account, [waiting, *made]).values()) == [1, 1]


def test_of_two_calls_in_doubt_that_never_went_both_ring(night: Night) -> None:
    account = with_account(night, "lost", "lost")
    assert list(rung_about(night, account, two_at_once(night)).values()) == [1, 1]


def test_a_call_in_doubt_alone_is_found_and_does_not_ring_again(night: Night) -> None:
    account = with_account(night, "taken", "lost answer")
    assert list(rung_about(night, account, two_at_once(night)).values()) == [1, 1]


def test_a_call_in_doubt_is_found_by_an_engine_that_starts_minutes_later(night: Night) -> None:
    account = with_account(night, "lost answer")
    number = night.phoned(sid="CA-0", number="+32470333330").number
    night.runtime.intake.caller_finished("CA-0")
    night.turn()
    night.clock.at += 4 * MINUTE
    night.turn()
    assert rung_about(night, account, [number]) == {number: 1}


def test_a_call_of_a_moment_before_is_not_taken_for_one_that_never_went(night: Night) -> None:
    account = with_account(night, "taken", "lost")
    numbers = one_after_the_other(night, 40 * SECOND)
    assert list(rung_about(night, account, numbers).values()) == [1, 1]
