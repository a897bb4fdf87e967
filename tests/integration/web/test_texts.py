"""Texts to the hotline."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest

from oncall.core.incident import IncidentState
from tests.integration.web.conftest import ALICE, BOB, HOTLINE, JANE, SCHEDULES, STRANGER, Hotline


def text(hotline: Hotline, body: str, from_number: str, sid: str = "SM1", **params: str) -> str:
    """Send a text; the reply, "" for none."""
    response = hotline.post("/sms/incoming", MessageSid=sid, From=from_number, To=HOTLINE, Body=body, **params)
    assert response.status_code == 200
    return ElementTree.fromstring(response.text).findtext("Message") or ""


def test_an_engineer_acknowledges_by_text(hotline: Hotline) -> None:
    hotline.call("/voice/incoming")
    number = hotline.incident().number
    assert text(hotline, f"ack #{number}!", ALICE).startswith(f"Acknowledged. You have incident {number}, ACME Shop")
    assert hotline.incident().state is IncidentState.ACKNOWLEDGED


def test_an_engineer_acknowledges_by_text_to_the_second_provider_s_number() -> None:
    second = "AC" + "2" * 32
    variables = {"ONCALL_PROVIDER_SECOND_ACCOUNT_SID": second, "ONCALL_PROVIDER_SECOND_AUTH_TOKEN": "second token"}
    hotline = Hotline(publish=f'{SCHEDULES}providers: {{second: {{number: "+3225550188"}}}}\n', **variables)
    hotline.call("/voice/incoming")
    number = hotline.incident().number
    answer = hotline.post(
        "/sms/incoming", token="second token", AccountSid=second,
        MessageSid="SM1", From=ALICE, To="+3225550188", Body=f"ACK {number}",
    )  # fmt: skip
    assert answer.status_code == 200
    assert hotline.incident().state is IncidentState.ACKNOWLEDGED
    hotline.database.close()


def test_a_customer_who_texts_down_is_paged_for(hotline: Hotline) -> None:
    reply = text(hotline, "DOWN", JANE)
    assert reply == f"Incident {hotline.incident().number}: nous appelons maintenant notre ingénieur de garde."


@pytest.mark.parametrize(
    "body",
    ["", "💥" * 1600, "\x00\x1b", "ACK", "ACK 99999999999999", "1042", "TAKE " + "9" * 900 + "h", "WHO " + "x" * 900],
)
@pytest.mark.parametrize("sender", [ALICE, JANE, STRANGER, "", "anonymous", "junk"])
def test_whatever_is_texted_by_whomever_is_answered_shortly_or_not_at_all(
    hotline: Hotline, body: str, sender: str
) -> None:
    assert len(text(hotline, body, sender)) <= 320


def test_a_doubled_text_gets_the_same_reply(hotline: Hotline) -> None:
    assert text(hotline, "DOWN", JANE) == text(hotline, "DOWN", JANE)
    assert hotline.incidents() == 1


def test_a_doubled_take_takes_once_and_counts_at_once(hotline: Hotline) -> None:
    first = text(hotline, "TAKE 4h", BOB)
    assert first == "You are on call for production until Tue 6 Jan 07:12 CET, instead of Alice Martin."
    assert text(hotline, "TAKE 4h", BOB) == first
    with hotline.database.read() as uow:
        assert len(uow.overrides.active(hotline.clock.now())) == 1
    assert text(hotline, "WHO", BOB, sid="SM2").startswith("production: Bob Peeters until Tue 6 Jan 07:12 CET")


@pytest.mark.parametrize(
    "body", ["WHO", "who?", "Who is on call now?", "WHO production", "who has Production?", "who prod"]
)
def test_who_is_answered_however_it_is_asked(hotline: Hotline, body: str) -> None:
    assert text(hotline, body, BOB) == "production: Alice Martin until Mon 12 Jan 09:00 CET, then Bob Peeters"


def test_the_end_is_on_the_engineer_s_own_clock_or_else_the_schedule_s(hotline: Hotline) -> None:
    assert "until Tue 6 Jan 07:00 CET" in text(hotline, "TAKE UNTIL 07:00", BOB)
    hotline.publish(SCHEDULES.replace("Bob Peeters, ", "Bob Peeters, timezone: America/New_York, "))
    hotline.clock.at += timedelta(seconds=2)
    assert "until Tue 6 Jan 07:00 EST" in text(hotline, "TAKE UNTIL 07:00", BOB, sid="SM2")


def test_while_the_database_is_away_the_sender_is_told_to_phone(hotline: Hotline) -> None:
    hotline.database.away = True
    assert text(hotline, "DOWN", JANE) == (
        f"We cannot take your text at the moment. Is production down? Please phone {HOTLINE}."
    )


def test_an_error_of_ours_is_told_the_same_way_and_logged(hotline: Hotline, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> str:
        raise ZeroDivisionError

    monkeypatch.setattr(type(hotline.runtime.texts), "received", broken)
    assert "Please phone" in text(hotline, "DOWN", JANE)
    assert any("ZeroDivisionError" in str(fields) for event, fields in hotline.logged if event == "sms.error")


def test_what_the_carrier_has_answered_itself_is_not_answered_again(hotline: Hotline) -> None:
    assert text(hotline, "STOP", JANE, OptOutType="STOP") == ""


@pytest.mark.parametrize("sender", ["ACME", "anonymous", "", "+266696687"])
def test_down_from_a_sender_that_cannot_be_called_adds_to_the_incident_that_it_opened(
    hotline: Hotline, sender: str
) -> None:
    for count in range(8):
        hotline.clock.at += timedelta(seconds=20)
        assert str(hotline.incident().number if count else 1001) in text(
            hotline, f"DOWN {count}", sender, sid=f"SM{count}"
        )
    assert hotline.incidents() == 1
    assert timeline(hotline).count("DOWN 7") == 1


def test_down_from_a_sender_that_cannot_be_called_opens_anew_once_that_is_over(hotline: Hotline) -> None:
    text(hotline, "DOWN", "ACME")
    hotline.runtime.respond.resolve(hotline.incident().number, engineer="alice", note="", via="SMS")
    text(hotline, "DOWN", "ACME", sid="SM2")
    text(hotline, "DOWN", "OTHER", sid="SM3")
    assert hotline.incidents() == 3


@pytest.mark.parametrize("sender", [STRANGER, "ACME"])
@pytest.mark.parametrize("body", ["DOWN", "I am a machine"])
def test_a_machine_that_repeats_itself_fills_no_timeline_and_opens_what_it_opened_once(
    hotline: Hotline, sender: str, body: str
) -> None:
    text(hotline, "DOWN", sender, sid="SM")
    replies = [text(hotline, body, sender, sid=f"SM{count}") for count in range(20)]
    assert not any(replies[3:])
    assert hotline.incidents() == 1
    assert timeline(hotline).count(f": {body}") <= 3


def test_down_is_paged_for_however_often_it_was_written_before(hotline: Hotline) -> None:
    for count in range(6):
        text(hotline, "DOWN", STRANGER, sid=f"SM{count}")
    hotline.runtime.respond.resolve(hotline.incident().number, engineer="alice", note="", via="SMS")
    text(hotline, "DOWN", STRANGER, sid="SM-again")
    assert hotline.incidents() == 2
    assert hotline.incident().state is IncidentState.TRIGGERED


def timeline(hotline: Hotline) -> str:
    with hotline.database.read() as uow:
        return "\n".join(entry.text for entry in uow.timeline.of(hotline.incident().number))


def test_who_has_no_number_is_paged_for_again_once_somebody_has_the_first_incident(hotline: Hotline) -> None:
    """Whoever writes next under a withheld number may be somebody else, whose production is down too."""
    text(hotline, "DOWN", "anonymous")
    hotline.runtime.respond.acknowledge(hotline.incident().number, engineer="alice", via="test")
    text(hotline, "DOWN", "anonymous", sid="SM2")
    assert hotline.incidents() == 2


def test_an_engineer_acknowledges_and_asks_for_quiet_by_text_and_the_reply_names_their_clock(hotline: Hotline) -> None:
    hotline.call("/voice/incoming")
    number = hotline.incident().number
    until = hotline.clock.now() + timedelta(hours=2)
    reply = text(hotline, f"ACK {number} 2h", ALICE)
    assert "It is quiet until " in reply
    assert "then we page you again" in reply
    assert hotline.incident().state is IncidentState.ACKNOWLEDGED
    quiet = hotline.incident().snoozed_until
    assert quiet is not None
    assert abs(quiet - until) <= timedelta(minutes=1)


def test_the_figure_of_a_quiet_time_is_not_taken_for_an_incident(hotline: Hotline) -> None:
    """The 2 of "2 hours" is no incident's number."""
    assert text(hotline, "ACK 2 hours", ALICE) == "You have no open incident. STATUS lists all that are open."


def test_a_quiet_time_that_is_too_long_is_refused_and_acknowledges_nothing(hotline: Hotline) -> None:
    hotline.call("/voice/incoming")
    reply = text(hotline, f"ACK {hotline.incident().number} 3d", ALICE)
    assert reply.startswith("Nothing has changed: an incident is quiet for at most 24 hours.")
    assert hotline.incident().state is IncidentState.TRIGGERED


def test_a_quiet_time_for_an_unknown_incident_gets_an_answer(hotline: Hotline) -> None:
    assert text(hotline, "ACK 4711 2h", ALICE) == "There is no incident 4711. STATUS lists the open ones."


def test_an_engineer_hands_over_by_text_and_a_name_that_nobody_has_changes_nothing(hotline: Hotline) -> None:
    hotline.call("/voice/incoming")
    number = hotline.incident().number
    text(hotline, f"ACK {number}", ALICE)
    assert "no engineer is called that" in text(hotline, f"PASS {number} zed", ALICE, sid="SM2")
    assert hotline.incident().state is IncidentState.ACKNOWLEDGED
    reply = text(hotline, f"PASS {number} to Bob", ALICE, sid="SM3")
    assert reply == f"Handed over. We are paging Bob Peeters for incident {number}."
    assert hotline.incident().state is IncidentState.TRIGGERED
