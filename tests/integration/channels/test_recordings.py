"""Recordings are fetched from the configured API, with its password, and from nobody else."""

import pytest

from oncall.channels import recordings
from oncall.errors import OutcomeUnknownError, RecipientError, SetupError, TransientError

from .conftest import Provider
from .fake_twilio import ACCOUNT, BASIC, Answer, refused, running_fake_twilio

SID = "RE" + "a1" * 16
WAV = b"RIFF....WAVE"


def audio(content: bytes = WAV) -> Answer:
    return Answer(200, content, {"Content-Type": "audio/x-wav"})


def test_a_recording_is_fetched_with_credentials_as_wav(provider: Provider) -> None:
    provider.fake.will(audio())
    assert provider.recordings.fetch(SID) == (WAV, "audio/x-wav")
    (request,) = provider.fake.requests
    assert request.path == f"/2010-04-01/Accounts/{ACCOUNT}/Recordings/{SID}.wav"
    assert request.headers["Authorization"] == BASIC


def test_a_recording_that_is_not_ready_is_none(provider: Provider) -> None:
    provider.fake.will(refused(404, 20404))
    assert provider.recordings.fetch(SID) is None


@pytest.mark.parametrize("sid", ["", "RE1", "../Calls", SID.upper(), SID + "\n", SID + "/..", "CA" + "a1" * 16])
def test_a_name_that_is_no_recording_sid_is_never_asked_for(provider: Provider, sid: str) -> None:
    provider.fake.will(audio())
    with pytest.raises(RecipientError):
        provider.recordings.fetch(sid)
    assert provider.fake.requests == []


def test_an_error_in_xml_is_never_taken_for_a_recording(provider: Provider) -> None:
    """slco-2016/clientcomm#208: the provider's error was stored as what the caller said."""
    provider.fake.will(Answer(200, "<TwilioResponse/>", {"Content-Type": "application/xml"}))
    with pytest.raises(TransientError, match="application/xml"):
        provider.recordings.fetch(SID)


def test_a_recording_without_end_is_refused(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recordings, "_MAX_BYTES", 1000)
    provider.fake.will(audio(b"x" * 1000))
    assert provider.recordings.fetch(SID) is not None
    provider.fake.will(audio(b"x" * 1001))
    with pytest.raises(RecipientError, match="larger"):
        provider.recordings.fetch(SID)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(401, ""), SetupError),
        (Answer(403, ""), SetupError),
        (Answer(429, ""), TransientError),
        (Answer(503, ""), TransientError),
        (Answer(hang_up=True), OutcomeUnknownError),
        (Answer(200, b"cut", {"Content-Type": "audio/wav", "Content-Length": "9"}, after=0.0), OutcomeUnknownError),
    ],
)
def test_what_goes_wrong_becomes_one_of_our_errors(provider: Provider, answer: Answer, error: type[Exception]) -> None:
    provider.fake.will(answer)
    with pytest.raises(error) as caught:
        provider.recordings.fetch(SID)
    assert type(caught.value) is error


def test_a_redirect_at_the_api_keeps_the_credentials(provider: Provider) -> None:
    provider.fake.will(Answer(302, "", {"Location": "/elsewhere.wav"}), audio())
    assert provider.recordings.fetch(SID) == (WAV, "audio/x-wav")
    assert provider.fake.requests[1].path == "/elsewhere.wav"
    assert provider.fake.requests[1].headers["Authorization"] == BASIC


def test_a_redirect_to_another_host_gets_no_credentials(provider: Provider) -> None:
    with running_fake_twilio() as other:
        other.will(audio())
        provider.fake.will(Answer(302, "", {"Location": f"{other.url}/x.wav"}))
        with pytest.raises(SetupError, match="without https"):
            provider.recordings.fetch(SID)
        assert other.requests == []


def test_redirects_do_not_go_on_for_ever(provider: Provider) -> None:
    provider.fake.will(Answer(302, "", {"Location": "/again.wav"}))
    with pytest.raises(SetupError):
        provider.recordings.fetch(SID)
    assert len(provider.fake.requests) == 4
