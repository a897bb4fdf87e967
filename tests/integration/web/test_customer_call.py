"""The customer's call: what is asked, what is heard, and what is stored whatever happens."""

from datetime import timedelta
from typing import NoReturn
from xml.etree import ElementTree

import pytest

from oncall.core.call import RecordingPart
from oncall.core.drill import DRILL_CALL
from oncall.core.incident import IncidentState, Resolution, Screening
from oncall.errors import ConfigurationError
from tests.integration.web.conftest import HOTLINE, JANE, STRANGER, Hotline, said


def action(document: ElementTree.Element) -> str:
    """Where the answer to what was asked is sent."""
    return next(e.attrib["action"] for e in document.iter() if e.tag in ("Gather", "Record"))


def otherwise(document: ElementTree.Element) -> str:
    """Where silence leads."""
    return str(document.findtext("Redirect"))


def languages(document: ElementTree.Element) -> set[str]:
    return {element.attrib["language"] for element in document.iter("Say")}


def test_a_known_number_is_greeted_by_company_in_its_language_and_asked_for_a_name(hotline: Hotline) -> None:
    document = hotline.call("/voice/incoming", CallStatus="ringing")
    assert said(document).startswith(
        "Bonjour ACME Shop. Vous êtes en ligne avec le numéro d'urgence de Example Hosting."
    )
    assert languages(document) == {"fr-FR"}
    record = document.find("Record")
    assert record is not None
    assert (record.attrib["maxLength"], record.attrib["timeout"], record.attrib["finishOnKey"]) == ("15", "3", "#")
    assert hotline.incident().company == "ACME Shop"
    assert hotline.incident().state is IncidentState.TRIGGERED


def test_a_call_from_end_to_end_is_told_its_number_only_when_it_is_paged_for(hotline: Hotline) -> None:
    document = hotline.call("/voice/incoming", from_number=STRANGER)
    document = hotline.call(action(document), from_number=STRANGER, Digits="1")
    document = hotline.call(
        action(document), from_number=STRANGER, RecordingSid="RE1", RecordingDuration="4", Digits="#"
    )
    assert hotline.incident().due_at != hotline.clock.now()
    record = document.find("Record")
    assert record is not None
    assert (record.attrib["maxLength"], record.attrib["timeout"], record.attrib["transcribe"]) == ("120", "5", "true")
    document = hotline.call(action(document), from_number=STRANGER, RecordingSid="RE2", RecordingDuration="20")
    number = hotline.incident().number
    assert said(document) == (
        f"Thank you. Your incident number is {' '.join(str(number))}. We are paging our on-call engineer now. "
        "We will let you know who has it. You may hang up now. Goodbye."
    )
    assert document.find("Hangup") is not None
    assert hotline.incident().due_at == hotline.clock.now()
    with hotline.database.read() as uow:
        assert [r.part for r in uow.recordings.of(number)] == [RecordingPart.NAME, RecordingPart.PROBLEM]


@pytest.mark.parametrize("given", [{"Digits": "5"}, {"SpeechResult": "hello?", "Confidence": "0.4"}])
def test_a_stranger_passes_with_any_key_or_word(hotline: Hotline, given: dict[str, str]) -> None:
    document = hotline.call("/voice/incoming", from_number=STRANGER)
    gather = document.find("Gather")
    assert gather is not None
    assert gather.attrib["input"] == "dtmf speech"
    assert gather.attrib["language"] == "en-GB"
    document = hotline.call(action(document), from_number=STRANGER, **given)
    assert document.find("Record") is not None
    assert hotline.incident().screening is Screening.PASSED


def test_a_silent_stranger_is_asked_three_times_and_then_recorded_all_the_same(hotline: Hotline) -> None:
    document, asked = hotline.call("/voice/incoming", from_number=STRANGER), 1
    while document.find("Gather") is not None:
        document, asked = hotline.call(otherwise(document), from_number=STRANGER), asked + 1
    assert asked - 1 == 3
    assert document.find("Record") is not None
    assert hotline.incident().screening is Screening.PENDING


def test_empty_recordings_are_asked_for_twice_and_then_passed_by(hotline: Hotline) -> None:
    document, prompts = hotline.call("/voice/incoming"), []
    while document.find("Record") is not None:
        prompts.append(said(document))
        document = hotline.call(otherwise(document))
    assert len(prompts) == 4
    assert "Nous n'avons pas entendu votre nom." in prompts[1]
    assert "Nous appelons maintenant" in said(document)
    assert hotline.incident().due_at == hotline.clock.now()


def test_an_answer_without_a_recording_never_loops(hotline: Hotline) -> None:
    document, steps = hotline.call("/voice/incoming"), 0
    while document.find("Record") is not None:
        document, steps = hotline.call(action(document), RecordingSid="RE9", RecordingDuration="0"), steps + 1
    assert steps == 4


def test_a_duplicate_gets_the_same_answer_and_takes_effect_once(hotline: Hotline) -> None:
    def twice(url: str, **params: str) -> ElementTree.Element:
        first, second = (hotline.call(url, from_number=STRANGER, **params) for _ in range(2))
        assert ElementTree.tostring(first) == ElementTree.tostring(second)
        return first

    document = twice("/voice/incoming")
    document = twice(action(document), Digits="1")
    document = twice(action(document), RecordingSid="RE1", RecordingDuration="4")
    twice(action(document), RecordingSid="RE2", RecordingDuration="9")
    assert hotline.incidents() == 1
    with hotline.database.read() as uow:
        assert len(uow.recordings.of(hotline.incident().number)) == 2


def test_hanging_up_while_speaking_pages_at_once(hotline: Hotline) -> None:
    document = hotline.call("/voice/incoming")
    answer = hotline.call(
        action(document), CallStatus="completed", Digits="hangup", RecordingSid="RE1", RecordingDuration="2"
    )
    assert len(answer) == 0
    assert hotline.incident().due_at == hotline.clock.now()


def test_a_known_customer_who_hangs_up_in_silence_is_paged_for(hotline: Hotline) -> None:
    hotline.call("/voice/incoming")
    ended = hotline.post("/voice/status", CallSid="CA1", CallStatus="completed", From=JANE, To=HOTLINE)
    assert ended.status_code == 204
    assert hotline.incident().due_at == hotline.clock.now()


def test_a_stranger_who_hangs_up_in_silence_is_screened_and_pages_nobody(hotline: Hotline) -> None:
    document = hotline.call("/voice/incoming", from_number=STRANGER)
    hotline.call(otherwise(document), from_number=STRANGER)
    hotline.post("/voice/status", CallSid="CA1", CallStatus="completed", From=STRANGER, To=HOTLINE)
    assert hotline.incident().resolution is Resolution.SCREENED


def test_a_withheld_number_is_asked_for_and_the_page_does_not_wait(hotline: Hotline) -> None:
    document = hotline.call("/voice/incoming", from_number="anonymous")
    document = hotline.call(action(document), from_number="anonymous", Digits="1")
    document = hotline.call(action(document), from_number="anonymous", RecordingSid="RE1", RecordingDuration="2")
    document = hotline.call(action(document), from_number="anonymous", RecordingSid="RE2", RecordingDuration="2")
    assert "We cannot see your number." in said(document)
    assert hotline.incident().due_at == hotline.clock.now()
    document = hotline.call(action(document), from_number="anonymous", Digits="1")
    assert "We cannot call that number." in said(document)
    document = hotline.call(action(document), from_number="anonymous", Digits="0470112233")
    assert "Your incident number is" in said(document)
    assert hotline.incident().caller_number == "+32470112233"


def test_a_withheld_caller_who_gives_no_number_is_thanked_without_a_promise_to_call(hotline: Hotline) -> None:
    document = hotline.call("/voice/problem?try=3&lang=en", from_number="anonymous")
    for _ in range(2):
        document = hotline.call(otherwise(document), from_number="anonymous")
    assert "Your incident number is" in said(document)
    assert "let you know" not in said(document)


def test_who_has_it_already_is_said_instead_of_paging(hotline: Hotline) -> None:
    hotline.call("/voice/incoming")
    hotline.runtime.respond.acknowledge(hotline.incident().number, engineer="alice", via="dashboard")
    document = hotline.call("/voice/problem?try=1&lang=en&done=1", RecordingSid="RE1", RecordingDuration="9")
    assert "Alice Martin has it already." in said(document)
    assert "paging" not in said(document)


@pytest.mark.parametrize("step", ["screening", "name", "problem", "thanks"])
def test_a_call_whose_first_webhook_was_lost_is_taken_in_by_a_later_one(hotline: Hotline, step: str) -> None:
    hotline.call(f"/voice/{step}?try=1&done=1&lang=en", Digits="1", RecordingSid="RE1", RecordingDuration="5")
    assert hotline.incident().caller_number == JANE


def test_recordings_and_transcripts_that_come_by_callback_are_kept(hotline: Hotline) -> None:
    hotline.call("/voice/incoming")
    ready = {"CallSid": "CA1", "RecordingSid": "RE1", "RecordingStatus": "completed", "RecordingDuration": "7"}
    assert hotline.post("/voice/recording-status?part=problem", **ready).status_code == 204
    assert hotline.post("/voice/recording-status?part=problem", **ready).status_code == 204
    assert hotline.post("/voice/recording-status?part=nonsense", **ready).status_code == 204
    absent = {"CallSid": "CA1", "RecordingSid": "RE2", "RecordingStatus": "absent", "ErrorCode": "16102"}
    assert hotline.post("/voice/recording-status?part=name", **absent).status_code == 204
    words = {"CallSid": "CA1", "RecordingSid": "RE1", "TranscriptionStatus": "completed"}
    assert hotline.post("/voice/transcript", TranscriptionText="disk \x00full", **words).status_code == 204
    assert hotline.incident().summary == "disk full"
    with hotline.database.read() as uow:
        assert [r.duration_seconds for r in uow.recordings.of(hotline.incident().number)] == [7]


def test_while_the_database_is_away_the_caller_is_kept_and_nothing_they_gave_is_lost(hotline: Hotline) -> None:
    document = hotline.call("/voice/incoming", from_number=STRANGER)
    hotline.database.away = True
    trouble = hotline.call(action(document), from_number=STRANGER, Digits="1")
    assert said(trouble) == "We are having trouble on our side. Please stay on the line."
    assert trouble.find("Pause") is not None
    trouble = hotline.call(otherwise(trouble), from_number=STRANGER)
    hotline.database.away = False
    document = hotline.call(otherwise(trouble), from_number=STRANGER)
    assert document.find("Record") is not None
    assert hotline.incident().screening is Screening.PASSED
    hotline.database.away = True
    trouble = hotline.call(action(document), from_number=STRANGER, RecordingSid="RE1", RecordingDuration="3")
    hotline.database.away = False
    hotline.call(otherwise(trouble), from_number=STRANGER)
    with hotline.database.read() as uow:
        assert [r.sid for r in uow.recordings.of(hotline.incident().number)] == ["RE1"]


def test_a_database_that_is_away_when_the_phone_rings_is_waited_for_but_not_for_ever(hotline: Hotline) -> None:
    hotline.database.away = True
    document, tries = hotline.call("/voice/incoming"), 0
    while document.find("Redirect") is not None:
        document, tries = hotline.call(otherwise(document)), tries + 1
    assert tries == 90
    assert said(document) == "We are sorry. Please hang up, and call this number again."


def test_an_error_of_ours_is_apologised_for_and_logged_never_a_bare_500(
    hotline: Hotline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """VO-fn, assignTeam: a name that did not exist; the error was caught and printed, and the caller heard one."""

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(type(hotline.runtime.intake), "recording_arrived", broken)
    document = hotline.call("/voice/incoming")
    document, tries = hotline.call(action(document), RecordingSid="RE1", RecordingDuration="3"), 1
    while document.find("Redirect") is not None:
        assert said(document)
        document, tries = hotline.call(otherwise(document)), tries + 1
    assert tries == 4
    assert "call this number again" in said(document) or "rappelez ce numéro" in said(document)
    assert any("ZeroDivisionError" in str(fields) for event, fields in hotline.logged if event == "voice.error")


def test_nothing_that_can_be_read_is_published_is_an_apology_too(monkeypatch: pytest.MonkeyPatch) -> None:
    empty = Hotline()

    def unreadable() -> NoReturn:
        raise ConfigurationError("hotline.yaml:1:1: unknown key")

    monkeypatch.setattr(type(empty.runtime.configuration), "current", lambda _self: unreadable())
    assert "trouble" in said(empty.call("/voice/incoming"))
    empty.database.close()


def test_no_url_that_we_hand_out_needs_decoding(hotline: Hotline) -> None:
    document = hotline.call("/voice/incoming", from_number=STRANGER)
    hotline.database.away = True
    trouble = hotline.call(action(document), from_number=STRANGER, Digits="*")
    for url in (action(document), otherwise(document), otherwise(trouble)):
        assert set(url.partition("?")[2]) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-=&")


def test_junk_in_the_url_and_the_parameters_is_never_an_error(hotline: Hotline) -> None:
    for junk in (
        "try=-1",
        "try=99999999999",
        "try=x&lang=%00%ff",
        "try=1&done=x&recording=../../x&seconds=y",
        "keys=zz",
    ):
        for step in ("screening", "name", "problem", "number", "thanks"):
            hotline.call(f"/voice/{step}?{junk}", Digits="💥", RecordingSid="RE1/../..", RecordingDuration="NaN")
    assert hotline.incidents() == 1


def silence(hotline: Hotline, sid: str = "CA1") -> None:
    ended = hotline.post("/voice/status", CallSid=sid, CallStatus="completed", From=STRANGER, To=HOTLINE)
    assert ended.status_code == 204


@pytest.mark.parametrize("at", ["screening", "name"])
def test_what_a_stranger_gave_while_the_database_was_away_is_kept_though_they_hang_up(
    hotline: Hotline, at: str
) -> None:
    document = hotline.call("/voice/incoming", from_number=STRANGER)
    given = {"Digits": "1"} if at == "screening" else {"RecordingSid": "RE1", "RecordingDuration": "3"}
    hotline.database.away = True
    hotline.call(action(document).replace("screening", at), from_number=STRANGER, **given)
    hotline.a_second_later()
    hotline.database.away = False
    silence(hotline)
    assert hotline.incident().due_at == hotline.clock.now()
    hotline.a_second_later()
    assert hotline.incident().screening is Screening.PASSED
    assert not hotline.later
    with hotline.database.read() as uow:
        assert len(uow.recordings.of(hotline.incident().number)) == (at == "name")


def test_a_number_to_call_back_that_was_typed_while_the_database_was_away_is_kept(hotline: Hotline) -> None:
    hotline.call("/voice/incoming", from_number="anonymous")
    hotline.database.away = True
    hotline.call("/voice/number?try=1&lang=en&done=1", from_number="anonymous", Digits="0470123456")
    hotline.database.away = False
    hotline.a_second_later()
    assert hotline.incident().caller_number == "+32470123456"


def test_a_call_that_another_process_answered_is_not_screened_where_this_one_could_not_hear_its_caller(
    hotline: Hotline,
) -> None:
    other = Hotline(database=hotline.database)
    document = hotline.call("/voice/incoming", from_number=STRANGER)
    hotline.clock.at = other.clock.at = hotline.clock.at + timedelta(seconds=5)
    hotline.database.away = True
    hotline.call(action(document), from_number=STRANGER, Digits="1")
    hotline.database.away = False
    silence(other)
    assert hotline.incident().resolution is Resolution.SCREENED, "the other process cannot know yet"
    hotline.a_second_later()
    assert hotline.incident().state is IncidentState.TRIGGERED
    assert hotline.incident().due_at == hotline.clock.now()


def test_no_process_screens_a_call_during_which_another_could_not_hear_its_callers(hotline: Hotline) -> None:
    other = Hotline(database=hotline.database)
    hotline.call("/voice/incoming", from_number=STRANGER)
    hotline.call("/voice/incoming", sid="CA2", from_number=STRANGER)
    hotline.database.away = True
    hotline.call("/voice/screening?try=1&lang=en&done=1", sid="CA2", from_number=STRANGER, Digits="1")
    hotline.database.away = False
    hotline.a_second_later()
    silence(other)
    with hotline.database.read() as uow:
        assert all(incident.open for incident in uow.incidents.listing(include_resolved=True))
    hotline.clock.at = other.clock.at = hotline.clock.at + timedelta(seconds=60)
    hotline.call("/voice/incoming", sid="CA3", from_number=STRANGER)
    silence(other, "CA3")
    assert hotline.incident().resolution is Resolution.SCREENED, "a call that came in after that is as it always was"


@pytest.mark.parametrize("known_to", ["itself", "the others"])
def test_a_process_that_began_during_a_call_lets_nobody_screen_it(hotline: Hotline, known_to: str) -> None:
    hotline.call("/voice/incoming", from_number=STRANGER)
    begun = Hotline(database=hotline.database, starts_at=hotline.clock.at + timedelta(seconds=5))
    begun.runtime.unheard.begun()
    if known_to == "the others":
        begun.a_second_later()
    silence(begun if known_to == "itself" else hotline)
    assert hotline.incident().open


def test_a_recording_that_could_not_be_stored_when_it_was_told_lets_nobody_screen_its_call(hotline: Hotline) -> None:
    hotline.call("/voice/incoming", from_number=STRANGER)
    hotline.database.away = True
    told = hotline.post(
        "/voice/recording-status?part=name",
        CallSid="CA1",
        RecordingSid="RE1",
        RecordingDuration="2",
        RecordingStatus="completed",
    )
    assert told.status_code == 503
    hotline.database.away = False
    silence(hotline)
    assert hotline.incident().open


def test_what_can_never_be_stored_does_not_hold_up_the_others(
    hotline: Hotline, monkeypatch: pytest.MonkeyPatch
) -> None:
    for sid in ("CA1", "CA2"):
        hotline.call("/voice/incoming", sid=sid, from_number=STRANGER)
        hotline.database.away = True
        hotline.call("/voice/screening?try=1&done=1", sid=sid, from_number=STRANGER, Digits="1")
        hotline.database.away = False
    is_human = type(hotline.runtime.intake).caller_is_human

    def broken_for_one(intake: object, sid: str) -> object:
        if sid == "CA1":
            raise ZeroDivisionError
        return is_human(hotline.runtime.intake, sid)

    monkeypatch.setattr(type(hotline.runtime.intake), "caller_is_human", broken_for_one)
    hotline.a_second_later()
    assert hotline.incident().screening is Screening.PASSED
    assert not hotline.later
    assert any("ZeroDivisionError" in str(fields) for event, fields in hotline.logged if event == "unheard.failed")


def test_a_real_call_that_brings_a_field_of_its_own_along_never_passes_for_a_drill(hotline: Hotline) -> None:
    hotline.call("/voice/incoming", CallStatus="ringing", Drill="1")
    assert not hotline.incident().drill
    assert hotline.incident().company == "ACME Shop"


def test_a_call_for_practice_is_known_by_its_own_id(hotline: Hotline) -> None:
    hotline.call("/voice/incoming", CallStatus="ringing", Drill="1", sid=f"{DRILL_CALL}1")
    assert hotline.incident().drill
