"""Texts that came in while nobody here was listening are found, and silence nothing that they are not about."""

from datetime import timedelta

import pytest

from oncall.core.incident import IncidentState
from tests.unit.engine.hotline import ALICE, JANE, MINUTE, NIGHT, SECOND, Night
from tests.unit.engine.listed import HOUR, a_text, back_after, incidents, minutes_pass


def test_a_text_that_we_never_got_is_handled_as_a_text(night: Night) -> None:
    night.log.texts = [a_text("DOWN the shop is gone", NIGHT + 5 * MINUTE)]
    back_after(night, 3 * HOUR)
    minutes_pass(night, 5)
    (incident,) = incidents(night)
    assert "the shop is gone" in incident.summary
    assert night.calls.to(ALICE)


def test_a_text_that_we_got_takes_no_second_effect(night: Night) -> None:
    night.runtime.texts.received(sid="SMlost", from_number=JANE, body="DOWN the shop is gone")
    night.log.texts = [a_text("DOWN the shop is gone", NIGHT)]
    back_after(night, 5 * MINUTE)
    assert night.timeline(incidents(night)[0].number).count("the shop is gone") <= 1


def test_an_engineers_word_that_got_lost_a_moment_ago_counts(night: Night) -> None:
    incident = night.paged()
    night.log.texts = [a_text(f"ACK {incident.number}", night.clock.at, ALICE)]
    minutes_pass(night, 3)
    assert incidents(night)[0].state is IncidentState.ACKNOWLEDGED


@pytest.mark.parametrize("word", ["ACK ALL", "ACK", "PASS ALL", "PASS"])
def test_a_word_for_all_that_got_lost_is_about_nothing_that_was_paged_for_since(night: Night, word: str) -> None:
    """The engineer is paged about it after the text was sent: whoever sent it did not know of it."""
    night.turn()
    night.log.texts = [a_text(word, night.clock.at + SECOND, ALICE)]
    night.clock.at += 2 * SECOND
    night.paged()
    minutes_pass(night, 3)
    [incident] = incidents(night)
    assert incident.state is IncidentState.TRIGGERED
    assert "passed it on" not in night.timeline(incident.number)


@pytest.mark.parametrize("word", ["ACK ALL", "ACK", "ACK 1001", "ACK 1001 1h"])
def test_an_engineers_word_that_got_lost_counts_for_what_they_were_paged_about(night: Night, word: str) -> None:
    incident = night.paged()
    night.clock.at += 10 * SECOND
    night.log.texts = [a_text(word, night.clock.at, ALICE)]
    minutes_pass(night, 3)
    assert night.incident(incident.number).acknowledged_by == "alice"


@pytest.mark.parametrize("word", ["ACK ALL", "ACK", "ACK 1001", "RESOLVE 1001 done"])
def test_a_word_that_got_lost_silences_nothing_that_was_passed_on_or_reopened_since(night: Night, word: str) -> None:
    incident = night.paged()
    night.clock.at += 10 * SECOND
    night.log.texts = [a_text(word, night.clock.at, ALICE)]
    night.clock.at += 10 * SECOND
    night.runtime.respond.acknowledge(incident.number, engineer="alice", via="dashboard")
    night.clock.at += 10 * SECOND
    night.runtime.respond.pass_on(incident.number, engineer="alice", via="dashboard")
    minutes_pass(night, 3)
    assert night.incident(incident.number).state is IncidentState.TRIGGERED
    if "1001" in word:
        assert "came too late to count" in night.timeline(incident.number)


@pytest.mark.parametrize("word", ["ACK ALL", "ACK 1001"])
def test_a_word_that_got_lost_silences_nothing_that_is_paged_for_again_after_a_silence(night: Night, word: str) -> None:
    incident = night.paged()
    night.runtime.respond.acknowledge(incident.number, engineer="alice", via="dashboard")
    night.later(timedelta(minutes=28))
    night.log.texts = [a_text(word, night.clock.at, ALICE)]
    night.later(3 * MINUTE)
    minutes_pass(night, 3)
    assert night.incident(incident.number).state is IncidentState.TRIGGERED


def test_an_engineers_word_of_long_ago_silences_nothing(night: Night) -> None:
    night.turn()
    night.log.texts = [a_text("ACK", NIGHT + MINUTE, ALICE)]
    night.clock.at += 2 * HOUR
    night.phoned()
    minutes_pass(night, 5)
    assert incidents(night)[0].state is IncidentState.TRIGGERED
    assert "too late to be obeyed, such as Alice Martin's: ACK" in night.operators_read()


@pytest.mark.parametrize("word", ["STOP", "start ", "Help"])
def test_the_carriers_own_words_are_no_news(night: Night, word: str) -> None:
    night.log.texts = [a_text(word, NIGHT + MINUTE)]
    back_after(night, 5 * MINUTE)
    with night.database.read() as uow:
        assert not uow.inbox.known(["SMlost"])
