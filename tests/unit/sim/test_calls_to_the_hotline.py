"""A customer calls: what the carrier asks, performs and tells, verb by verb."""

import pytest
from twilio.request_validator import RequestValidator

from oncall.sim.audio import beep
from oncall.sim.call_script import APPLICATION_ERROR
from oncall.sim.faults import Faults
from oncall.sim.webhook import Answer, FetchError
from tests.unit.sim.tiny_hotline import ACCOUNT, BASE, HOTLINE, JANE, World, twiml, words


@pytest.fixture
def world():
    return World()


def call(world, document, seconds=600):
    world.hotline.says("/voice/incoming", document)
    placed = world.carrier.dials(JANE)
    world.timers.advance(seconds)
    return placed


def test_a_whole_call_is_greeted_recorded_confirmed_and_told_to_have_ended(world):
    world.jane.records = lambda heard: heard.speak(words("Jane from ACME"))
    world.hotline.says(
        "/recorded-name",
        "<Say>Thank you.</Say><Hangup/>",
    )
    placed = call(
        world,
        '<Say language="en-GB">Say your name.</Say>'
        '<Record action="/recorded-name" timeout="3" maxLength="15" finishOnKey="#" '
        'recordingStatusCallback="/recorded" '
        'transcribe="true" transcribeCallback="/transcript"/><Redirect>/voice/again</Redirect>',
    )
    assert world.jane.heard == ["Say your name.", "Thank you."]
    assert placed.status == "completed"
    (action,) = world.hotline.asked("/recorded-name")
    assert (action["CallStatus"], action["RecordingDuration"], action["Digits"]) == ("in-progress", "3", "")
    (status,) = world.hotline.asked("/recorded")
    assert status["RecordingSid"] == action["RecordingSid"]
    assert not {"From", "To", "CallStatus"} & set(status)
    (transcript,) = world.hotline.asked("/transcript")
    assert (transcript["TranscriptionText"], transcript["TranscriptionStatus"]) == ("Jane from ACME", "completed")
    (ended,) = world.hotline.asked("/voice/status")
    assert (ended["CallStatus"], ended["CallbackSource"]) == ("completed", "call-progress-events")
    assert int(ended["CallDuration"]) == placed.duration_seconds > 3
    assert ended["Duration"] == "1"
    assert world.carrier.recording_media(action["RecordingSid"]) == beep()
    assert not world.debugged()


def test_every_request_is_signed_over_the_public_url_with_its_empty_values(world):
    call(world, "<Say>Hello</Say>")
    validator = RequestValidator(ACCOUNT.auth_token)
    assert len(world.hotline.requests) == 2
    for request in world.hotline.requests:
        assert request.params["FromCity"] == ""
        assert validator.validate(request.url, dict(request.params), request.headers["X-Twilio-Signature"])


def test_the_first_request_is_ringing_and_later_ones_are_in_progress(world):
    world.hotline.says("/next", "<Hangup/>")
    call(world, "<Say>Hello</Say><Redirect>/next</Redirect>")
    (first,) = world.hotline.asked("/voice/incoming")
    (later,) = world.hotline.asked("/next")
    assert (first["CallStatus"], later["CallStatus"]) == ("ringing", "in-progress")
    assert (first["From"], first["To"], first["Direction"]) == (JANE, HOTLINE, "inbound")
    assert {"CallToken", "StirVerstat"} <= set(first)


def test_a_withheld_number_arrives_as_the_carrier_writes_it(world):
    world.hotline.says("/voice/incoming", "<Hangup/>")
    world.carrier.dials(JANE, caller_id="anonymous")
    world.timers.advance(5)
    assert world.hotline.asked("/voice/incoming")[0]["From"] == "anonymous"


def test_an_empty_recording_asks_nothing_and_runs_the_next_verb(world):
    call(world, '<Record action="/recorded-name" timeout="3"/><Say>We heard nothing.</Say>')
    assert world.jane.heard == ["We heard nothing."]
    assert not world.hotline.asked("/recorded-name")


def test_an_absent_recording_is_told_where_that_was_asked_for(world):
    call(
        world,
        '<Record action="/x" recordingStatusCallback="/recorded" recordingStatusCallbackEvent="completed absent"/>',
    )
    (status,) = world.hotline.asked("/recorded")
    assert (status["RecordingStatus"], status["ErrorCode"]) == ("absent", "16102")


def test_a_key_ends_a_recording_and_is_told(world):
    def speaks_then_presses(heard):
        heard.speak(words())
        heard.press("5")
        heard.press("#")

    world.jane.records = speaks_then_presses
    world.hotline.says("/done", "<Hangup/>")
    call(world, '<Record action="/done" finishOnKey="#"/>')
    assert world.hotline.asked("/done")[0]["Digits"] == "#"


def test_a_recording_ends_at_its_length(world):
    world.jane.records = lambda heard: heard.speak(words(seconds=90))
    world.hotline.says("/done", "<Hangup/>")
    call(world, '<Record action="/done" maxLength="15"/>', seconds=16)
    assert world.hotline.asked("/done")[0]["RecordingDuration"] == "15"


def test_hanging_up_while_recording_posts_the_action_whose_answer_is_ignored(world):
    def speaks_then_hangs_up(heard):
        heard.speak(words())
        world.timers.call_at(world.timers.now(), heard.hang_up)

    world.jane.records = speaks_then_hangs_up
    world.hotline.says("/done", "<Say>Nobody hears this</Say>")
    call(world, '<Record action="/done" recordingStatusCallback="/recorded"/>')
    (action,) = world.hotline.asked("/done")
    assert (action["Digits"], action["CallStatus"]) == ("hangup", "completed")
    assert world.jane.heard == []
    assert len(world.hotline.asked("/recorded")) == 1
    assert world.statuses("/voice/status") == ["completed"]


def test_a_recording_without_action_asks_for_its_own_document_again(world):
    spoken = []

    def speaks_once(heard):
        if not spoken:
            spoken.append(heard.speak(words()))

    world.jane.records = speaks_once
    call(world, "<Record/>")
    assert len(world.hotline.asked("/voice/incoming")) == 2


def test_a_transcript_can_be_lost(world):
    world.carrier.faults = Faults(transcript_lost=1.0)
    world.jane.records = lambda heard: heard.speak(words())
    world.hotline.says("/done", "<Hangup/>")
    call(world, '<Record action="/done" transcribe="true" transcribeCallback="/transcript"/>')
    assert world.hotline.asked("/done")
    assert not world.hotline.asked("/transcript")


@pytest.mark.parametrize(
    ("attributes", "keys", "digits"),
    [
        ('numDigits="1"', "1", "1"),
        ('numDigits="2"', "123", "12"),
        ("", "42#", "42"),
        ("", "42", "42"),
        ('finishOnKey=""', "4#", "4#"),
        ('finishOnKey="*"', "#7*", "#7"),
    ],
)
def test_gathered_keys_are_posted_without_the_key_that_ends_them(world, attributes, keys, digits):
    world.jane.gathers = lambda heard: heard.press(keys)
    world.hotline.says("/keys", "<Hangup/>")
    call(world, f'<Gather action="/keys" timeout="3" {attributes}/>')
    assert [params["Digits"] for params in world.hotline.asked("/keys")] == [digits]


def test_nothing_pressed_falls_through_to_the_next_verb(world):
    call(world, '<Gather action="/keys" timeout="3"><Say>Press 1.</Say></Gather><Say>Still there?</Say>')
    assert world.jane.heard == ["Press 1.", "Still there?"]
    assert not world.hotline.asked("/keys")


def test_nothing_pressed_is_posted_where_that_was_asked_for(world):
    world.hotline.says("/keys", "<Hangup/>")
    call(world, '<Gather action="/keys" timeout="3" actionOnEmptyResult="true"/>')
    assert world.hotline.asked("/keys")[0]["Digits"] == ""


def test_a_key_silences_the_prompt(world):
    world.jane.hears = lambda heard: heard.press("1")
    world.hotline.says("/keys", "<Hangup/>")
    call(world, '<Gather action="/keys" numDigits="1"><Say>Press 1.</Say><Say>Or wait.</Say></Gather>')
    assert world.jane.heard == ["Press 1."]


def test_keys_pressed_when_nobody_gathers_are_not_heard(world):
    world.jane.hears = lambda heard: heard.press("1")
    call(world, '<Say>Hello</Say><Gather action="/keys" numDigits="1" timeout="2"/>')
    assert not world.hotline.asked("/keys")


def test_words_are_gathered_where_speech_is_wanted(world):
    world.jane.gathers = lambda heard: heard.speak(words("production is down"))
    world.hotline.says("/words", "<Hangup/>")
    call(world, '<Gather input="dtmf speech" action="/words"/>')
    (params,) = world.hotline.asked("/words")
    assert params["SpeechResult"] == "production is down"
    assert 0 <= float(params["Confidence"]) <= 1


def test_words_are_not_heard_where_only_keys_are_wanted(world):
    answers = []
    world.jane.gathers = lambda heard: answers.append(heard.speak(words()))
    call(world, '<Gather action="/words" timeout="2"/>')
    assert answers == [False]


def test_audio_is_fetched_with_a_signed_get_and_played_for_as_long_as_it_lasts(world):
    world.hotline.says("/voice.wav", Answer(200, "audio/wav", beep(2.0)))
    began = world.timers.now()
    placed = call(world, '<Play loop="2">/voice.wav</Play>')
    assert world.jane.played == [beep(2.0)] * 2
    assert 4 <= (placed.times.ended_at - began).total_seconds() < 5
    (fetched, _again) = [request for request in world.hotline.requests if request.method == "GET"]
    assert RequestValidator(ACCOUNT.auth_token).validate(fetched.url, {}, fetched.headers["X-Twilio-Signature"])


def test_a_pause_lasts_and_does_not_take_the_call(world):
    placed = call(world, '<Pause length="7"/><Reject reason="busy"/>')
    assert placed.status == "busy"
    assert placed.times.answered_at is None
    assert (placed.times.ended_at - placed.times.created_at).total_seconds() > 7


def test_a_rejected_call_was_never_answered(world):
    placed = call(world, "<Reject/>")
    assert (placed.status, placed.duration_seconds) == ("no-answer", 0)
    assert world.statuses("/voice/status") == ["no-answer"]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(500, "text/xml", b"<Response/>"), 11200),
        (Answer(200, "text/xml", b""), 11770),
        (Answer(200, "application/json", b"<Response/>"), 12300),
        (Answer(200, "text/xml", b"<Response><Say>Hello</Response>"), 12100),
        (Answer(200, "text/xml", b"<Reply/>"), 12100),
        (Answer(200, "text/xml", b"<Response><Say>a\x07b</Say></Response>"), 12100),
        (Answer(200, "text/xml", b"<Response>" + b" " * 70_000 + b"</Response>"), 11750),
        (twiml("<Enqueue>support</Enqueue>"), 12200),
        (twiml('<Say volume="11">Hello</Say>'), 12200),
        (twiml("<Say></Say>"), 13520),
        (twiml("<Gather><Record/></Gather>"), 12200),
        (twiml('<Gather timeout="soon"/>'), 12200),
        (twiml("<Play>/nothing-there.wav</Play>"), 11200),
        (twiml("<Message>Hello</Message>"), 12200),
        (twiml("<Redirect>/voice/incoming</Redirect>"), 11215),
    ],
)
def test_a_broken_document_is_recorded_and_the_caller_hears_an_application_error(world, answer, code):
    placed = call(world, answer)
    assert world.debugged() == [code]
    assert world.jane.heard == [APPLICATION_ERROR]
    assert placed.status == "completed"


def test_no_content_ends_the_call_without_an_error(world):
    placed = call(world, Answer(204, "", b""))
    assert placed.status == "completed"
    assert not world.debugged()


def test_a_hotline_that_is_away_is_tried_twice_and_then_apologised_for(world):
    world.hotline.away = FetchError("refused", connected=False)
    call(world, "<Hangup/>", seconds=5)
    assert world.debugged()[0] == 11205
    assert len([r for r in world.hotline.requests if r.url.endswith("/voice/incoming")]) == 2
    assert world.jane.heard == [APPLICATION_ERROR]


def test_the_fragment_of_a_url_says_how_often_it_is_retried_and_is_never_sent(world):
    world.hotline.says("/flaky", Answer(503, "text/plain", b"away"))
    call(world, f"<Redirect>{BASE}/flaky#rc=3&amp;rp=5xx,ct</Redirect>")
    assert len(world.hotline.asked("/flaky")) == 4
    assert all("#" not in request.url for request in world.hotline.requests)


def test_a_call_to_a_number_that_is_not_ours_never_reaches_us(world):
    assert world.carrier.dials(JANE, "+3225550000").status == "failed"
    world.timers.advance(5)
    assert not world.hotline.requests


def test_what_is_done_after_the_end_of_a_call_does_nothing(world):
    placed = call(world, "<Hangup/>")
    placed.press("1")
    placed.hang_up()
    placed.end_recording(words())
    placed.heard(1)
    assert placed.speak(words()) is False
    world.timers.advance(60)
    assert world.statuses("/voice/status") == ["completed"]


def test_a_phone_that_listens_at_its_own_pace_decides_how_long_prompts_and_recordings_last(world):
    world.jane.answers_by_hand = True
    world.hotline.says("/done", "<Hangup/>")
    world.hotline.says("/voice/incoming", '<Say>Speak.</Say><Record action="/done"/>')
    placed = world.carrier.dials(JANE)
    world.timers.advance(3)
    placed.heard(placed.prompt_number)
    world.timers.advance(60)
    placed.end_recording(words(), "#")
    world.timers.advance(1)
    assert world.hotline.asked("/done")[0]["Digits"] == "#"
    assert placed.status == "completed"


def test_a_call_ends_after_four_hours(world):
    placed = call(world, '<Say loop="0">Please hold the line.</Say>' * 20, seconds=4 * 3600 + 60)
    assert placed.status == "completed"
    assert placed.duration_seconds == 4 * 3600
