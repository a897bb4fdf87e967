"""New engineers are sent our contact card: once for each engineer and phone, and nobody who was there before it."""

from datetime import UTC, datetime, timedelta

import pytest

from oncall.core.delivery import Urgency
from oncall.errors import TransientError
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import ALICE, BOB, DANA, MINUTE, NIGHT, SECOND, YAML, Night

ERIK = "+32470000005"
WITH_ERIK = YAML.replace("  dana: {", f'  erik: {{name: Erik Claes, phone: "{ERIK}"}}\n  dana: {{')


@pytest.fixture
def fresh(database: SqlDatabase) -> Night:
    """A new installation."""
    return Night(database, fresh=True)


def publish(night: Night, text: str) -> None:
    night.clock.at += 2 * SECOND
    with night.database.begin() as uow:
        uow.schedule_versions.publish({"all.yaml": text}, fingerprint=text[-40:], author="test", now=night.clock.at)
    night.turn()


def welcomed(night: Night) -> list[str]:
    """The numbers that were texted about the contact card."""
    return [message.to for message in night.texts.sent if "/contact" in message.text]


def test_a_new_installation_welcomes_everybody_one_after_the_other(fresh: Night) -> None:
    fresh.turn()
    fresh.later(SECOND)
    assert welcomed(fresh) == [ALICE]
    fresh.later(MINUTE)
    assert welcomed(fresh) == [ALICE, BOB, DANA]
    fresh.later(60 * MINUTE)
    assert len(welcomed(fresh)) == 3


def test_after_an_upgrade_nobody_who_was_there_is_texted_and_whoever_joins_is(night: Night) -> None:
    night.later(2 * MINUTE)
    assert welcomed(night) == []
    publish(night, WITH_ERIK)
    night.later(MINUTE)
    assert welcomed(night) == [ERIK]


def test_a_changed_phone_is_welcomed_again_and_the_old_one_never_twice(night: Night) -> None:
    night.turn()
    publish(night, YAML.replace(BOB, ERIK))
    publish(night, YAML)
    publish(night, YAML.replace(BOB, ERIK))
    night.later(MINUTE)
    assert welcomed(night) == [ERIK]


def test_an_edit_that_changes_no_engineer_sends_nothing(night: Night) -> None:
    night.turn()
    publish(night, YAML.replace("wait: 5m", "wait: 6m"))
    publish(night, YAML.replace("Bob Peeters", "Bob P."))
    night.later(MINUTE)
    assert welcomed(night) == []


def test_two_engines_at_once_send_it_once(database: SqlDatabase) -> None:
    one, two = Night(database, fresh=True, prefix="a"), Night(database, fresh=True, prefix="b")
    for _ in range(8):
        for night in (one, two):
            night.clock.at += 10 * SECOND
            night.turn()
    assert sorted(welcomed(one) + welcomed(two)) == [ALICE, BOB, DANA]


def test_the_text_says_why_from_which_number_and_where(fresh: Night) -> None:
    fresh.turn()
    fresh.later(SECOND)
    [text] = [message.text for message in fresh.texts.sent]
    assert text.startswith("Example Hosting on-call pages come from +3225550199. Save it, and let it ring")
    assert text.endswith("/contact")


def test_an_email_carries_the_card_itself(fresh: Night) -> None:
    fresh.turn()
    fresh.later(MINUTE)
    [mail] = fresh.mails.sent
    assert (mail.to, mail.subject) == ("dana@example.com", "Save this number: Example Hosting on call")
    [card] = mail.attachments
    assert (card.name, card.content_type) == ("on-call.vcf", "text/vcard")
    assert "\r\nTEL;TYPE=WORK,VOICE,PREF:+3225550199\r\n" in card.text
    assert all(message.attachments == () for message in fresh.texts.sent)


def test_quiet_hours_are_waited_for(night: Night) -> None:
    night.turn()
    quiet = f'{{name: Erik Claes, phone: "{ERIK}", timezone: UTC, quiet_hours: {{from: "22:00", until: "07:00"}}}}'
    publish(night, YAML.replace("  dana: {", f"  erik: {quiet}\n  dana: {{"))
    night.later(3 * 60 * MINUTE)
    assert welcomed(night) == []
    night.later(62 * MINUTE)
    assert welcomed(night) == [ERIK]
    assert night.clock.at > datetime(2026, 11, 23, 7, tzinfo=UTC) > NIGHT


def test_whoever_is_never_texted_gets_the_email_alone(night: Night) -> None:
    night.turn()
    called = f'{{name: Erik Claes, phone: "{ERIK}", email: e@example.com, notify: [{{by: call}}, {{by: email}}]}}'
    publish(night, YAML.replace("  dana: {", f"  erik: {called}\n  dana: {{"))
    night.later(SECOND)
    assert welcomed(night) == []
    assert [mail.to for mail in night.mails.sent] == ["e@example.com"]


def test_every_page_and_every_notice_goes_before_it(fresh: Night) -> None:
    fresh.turn()
    with fresh.database.read() as uow:
        [welcome, *_] = [each for each in map(uow.deliveries.get, (f"a{n:031x}" for n in range(1, 30))) if each]
    assert welcome.purpose == "welcome"
    assert welcome.rank > max(urgency.rank for urgency in Urgency)


def test_a_provider_that_is_away_is_tried_for_a_long_time(fresh: Night) -> None:
    fresh.texts.always = TransientError("away")
    fresh.later(timedelta(minutes=10))
    fresh.texts.always = None
    before = len(fresh.texts.sent)
    fresh.later(timedelta(minutes=2))
    assert {message.to for message in fresh.texts.sent[before:]} == {ALICE, BOB, DANA}


def test_all_numbers_that_may_call_are_in_the_email_and_the_text(database: SqlDatabase) -> None:
    second = '\nproviders: {twilio: {}, second: {number: "+3225550188"}}\n'
    fresh = Night(database, fresh=True, yaml=YAML + second)
    fresh.turn()
    fresh.later(MINUTE)
    text = fresh.texts.sent[0].text
    assert text.startswith("Example Hosting on-call pages come from +3225550199 or +3225550188. Save it")
    [mail] = fresh.mails.sent
    [card] = mail.attachments
    assert "\r\nTEL;TYPE=WORK,VOICE,PREF:+3225550199\r\nTEL;TYPE=WORK,VOICE:+3225550188\r\n" in card.text
    assert "+3225550199 or +3225550188" in mail.text
