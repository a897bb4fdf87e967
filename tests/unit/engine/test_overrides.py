"""The one door for overrides: what counts when, who is told, and what two processes make of it."""

import threading
from datetime import timedelta

import pytest

from oncall.core.delivery import DeliveryKind
from oncall.core.schedule import on_call
from oncall.engine.overrides import Doer, OverrideChange, retire_published
from oncall.errors import UsageError
from oncall.ports import ScheduleVersion
from tests.unit.engine.hotline import ALICE, BOB, DANA, MINUTE, NIGHT, SECOND, YAML, Night

HOUR = 60 * MINUTE
BOB_BY_SMS = Doer("Bob Peeters", "SMS", "bob")
ERIK = Doer("erik", "command line")


def take(night: Night, engineer: str = "bob", *, start: int = 0, hours: int = 4, doer: Doer = ERIK) -> OverrideChange:
    return night.runtime.overrides.add(
        schedule="production",
        engineer=engineer,
        starts_at=night.clock.at + start * HOUR,
        ends_at=night.clock.at + (start + hours) * HOUR,
        doer=doer,
    )


def who(night: Night) -> str | None:
    return on_call(night.runtime.configuration.current().schedules["production"], night.clock.at).engineer


def texts_to(night: Night, number: str) -> list[str]:
    return [message.text for message in night.texts.to(number)]


def test_what_this_process_enters_counts_at_once_and_another_s_a_second_later(night: Night) -> None:
    """linkedin/oncall: the scheduler looked once an hour."""
    other = Night(night.database, prefix="b")
    assert (who(night), who(other)) == ("alice", "alice")
    change = take(night)
    assert (who(night), who(other)) == ("bob", "alice")
    other.clock.at += SECOND
    other.runtime.configuration.refresh()
    assert who(other) == "bob"
    other.runtime.overrides.remove(change.override.id, doer=ERIK)
    assert (who(night), who(other)) == ("bob", "alice")
    night.clock.at += 2 * SECOND
    night.runtime.configuration.refresh()
    assert who(night) == "alice"


def test_no_more_than_one_look_a_second_is_taken(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    who(night)
    looks = []
    read = night.database.read
    monkeypatch.setattr(night.database, "read", lambda: (looks.append(1), read())[1])
    for _ in range(5):
        night.runtime.configuration.refresh()
        night.clock.at += timedelta(milliseconds=500)
    assert len(looks) == 2


def test_it_begins_and_ends_when_it_says(night: Night) -> None:
    take(night, start=1, hours=1)
    seen = []
    for _ in range(4):
        seen.append(who(night))
        night.clock.at += 45 * MINUTE
    assert seen == ["alice", "alice", "bob", "alice"]


def test_what_has_been_is_left_as_it_was(night: Night) -> None:
    change = take(night, start=-2, hours=4)
    assert change.override.starts_at == NIGHT
    assert change.override.ends_at == NIGHT + 2 * HOUR


def test_gaining_and_losing_are_told_by_text_to_all_but_the_one_who_did_it(night: Night) -> None:
    take(night, doer=BOB_BY_SMS)
    night.turn()
    assert texts_to(night, BOB) == []
    [told] = texts_to(night, ALICE)
    assert told == (
        "You are not on call for production Mon 23 Nov 03:00 UTC - Mon 23 Nov 07:00 UTC: "
        "Bob Peeters is. (override by Bob Peeters by SMS)"
    )
    assert night.calls.sent == []


def test_whoever_takes_over_is_told_nothing_by_an_engine_whose_clock_is_half_a_second_behind(night: Night) -> None:
    night.clock.at = NIGHT + 0.9 * SECOND
    change = take(night, doer=BOB_BY_SMS)
    assert {moved.starts_at for moved in change.moved} == {change.override.starts_at} == {NIGHT}
    night.clock.at = NIGHT + 0.4 * SECOND
    night.turn()
    assert texts_to(night, BOB) == []


def test_taking_it_back_is_told_to_both(night: Night) -> None:
    change = take(night, doer=BOB_BY_SMS)
    night.turn()
    night.clock.at += HOUR
    removed = night.runtime.overrides.remove(change.override.id, doer=Doer("Dana Dubois", "dashboard", "dana"))
    night.turn()
    assert [(m.was, m.is_now, m.starts_at) for m in removed.moved] == [("bob", "alice", NIGHT + HOUR)]
    assert "You are on call now: production" in texts_to(night, ALICE)[-1]
    assert "override removed by Dana Dubois by dashboard" in texts_to(night, BOB)[-1]


def test_an_email_goes_where_that_is_the_engineer_s_own_first_rule(night: Night) -> None:
    text = YAML.replace("email: dana@example.com}", "email: dana@example.com, notify: [{by: call}, {by: email}]}")
    with night.database.begin() as uow:
        uow.schedule_versions.publish({"all.yaml": text}, fingerprint="g", author="x", now=NIGHT)
    night.runtime.configuration.look_again()
    take(night, "dana")
    night.turn()
    assert [mail.to for mail in night.mails.sent] == ["dana@example.com"]
    assert "You are on call for production" in night.mails.sent[0].text
    assert texts_to(night, DANA) == []


def test_where_nothing_moves_nobody_is_told(night: Night) -> None:
    change = take(night, "alice")
    night.turn()
    assert change.moved == ()
    assert night.texts.sent == []


def test_a_page_that_is_out_stays_and_the_next_step_goes_to_who_took_over(night: Night) -> None:
    incident = night.paged()
    take(night, "dana", doer=Doer("Dana Dubois", "SMS", "dana"))
    night.later(11 * MINUTE)
    paged = [page.recipient for page in night.deliveries(incident.number) if page.kind is DeliveryKind.PAGE]
    assert paged[0] == "alice"
    assert paged[-1] == "dana"


def test_of_two_at_once_the_later_one_has_it_and_each_hears_whose_it_was(night: Night) -> None:
    """In two threads: whichever is second takes it from whoever was first."""
    both = threading.Barrier(2)
    changes: list[OverrideChange] = []

    def takes(engineer: str) -> None:
        both.wait(10)
        changes.append(take(night, engineer))

    who(night)
    threads = [threading.Thread(target=takes, args=(engineer,)) for engineer in ("bob", "dana")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    first, second = sorted(changes, key=lambda change: change.override.id)
    assert [moved.was for moved in first.moved] == ["alice"]
    assert [moved.was for moved in second.moved] == [first.override.engineer]
    night.runtime.configuration.look_again()
    assert who(night) == second.override.engineer


def test_one_for_somebody_whom_a_publish_removed_is_left_out_and_logged_once(night: Night) -> None:
    take(night)
    text = YAML.replace("bob: {name: Bob Peeters", "berta: {name: Berta Peeters").replace("[bob]", "[berta]")
    with night.database.begin() as uow:
        uow.schedule_versions.publish({"all.yaml": text}, fingerprint="g", author="x", now=NIGHT)
    for _ in range(3):
        night.clock.at += 2 * SECOND
        night.runtime.configuration.refresh()
    assert who(night) == "alice"
    left_out = [fields for event, fields in night.logged if event == "override.left_out"]
    assert left_out == [{"override": 1, "problem": "there is no engineer `bob` any more"}]
    with night.database.begin() as uow:
        uow.schedule_versions.publish({"all.yaml": YAML}, fingerprint="f", author="x", now=NIGHT)
    night.clock.at += 2 * SECOND
    night.runtime.configuration.refresh()
    assert who(night) == "bob"


def test_who_did_it_by_what_is_logged(night: Night) -> None:
    change = take(night, doer=BOB_BY_SMS)
    night.runtime.overrides.remove(change.override.id, doer=ERIK)
    said = [(event, fields["by"], fields["channel"]) for event, fields in night.logged if event.startswith("override.")]
    assert said == [("override.added", "Bob Peeters", "SMS"), ("override.removed", "erik", "command line")]


def test_what_is_refused_stores_nothing_and_tells_nobody(night: Night) -> None:
    with pytest.raises(UsageError, match="over already"):
        take(night, start=-4)
    night.turn()
    assert night.texts.sent == []
    with night.database.read() as uow:
        assert uow.overrides.history(NIGHT - HOUR) == []


def test_what_is_over_cannot_be_removed_any_more(night: Night) -> None:
    change = take(night)
    night.clock.at += 5 * HOUR
    with pytest.raises(UsageError, match="is over already"):
        night.runtime.overrides.remove(change.override.id, doer=ERIK)


def test_a_publish_that_says_the_same_takes_over_and_only_a_rollback_gives_back(night: Night) -> None:
    change = take(night)
    whole = night.runtime.configuration.current()

    def published(fingerprint: str, *, says_it: bool, rollback_of: int | None = None) -> ScheduleVersion:
        configuration = whole if says_it else night.runtime.configuration.published()
        with night.database.begin() as uow:
            version = uow.schedule_versions.publish(
                {"all.yaml": YAML}, fingerprint=fingerprint, author="x", now=NIGHT, rollback_of=rollback_of
            )
            retire_published(uow, version, configuration, night.clock.at)
        return version

    def stored() -> int | None:
        with night.database.read() as uow:
            found = uow.overrides.get(change.override.id)
        assert found is not None
        return found.published_in

    before = published("before", says_it=False)
    assert stored() is None
    assert published("exported", says_it=True).version == stored() == before.version + 1
    published("edited", says_it=False)
    assert stored() == before.version + 1
    published("exported", says_it=True)
    assert stored() == before.version + 1
    published("before", says_it=False)
    assert stored() == before.version + 1, "whoever takes the line out of the folder has removed the override"
    published("before", says_it=False, rollback_of=before.version)
    assert stored() is None
