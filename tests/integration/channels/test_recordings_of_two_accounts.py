"""A recording is at the account that took the call, and nobody remembers which that was."""

from collections.abc import Iterator

import pytest

from oncall.channels.building import build_recordings
from oncall.errors import TransientError

from .fake_twilio import Answer, refused
from .two_providers import SECOND_ACCOUNT, Two, two_running


@pytest.fixture
def two() -> Iterator[Two]:
    with two_running() as running:
        yield running


def test_a_recording_is_fetched_from_the_account_that_has_it(two: Two) -> None:
    two.one.will(refused(404, 20404))
    two.two.will(Answer(200, b"RIFF", {"Content-Type": "audio/x-wav"}))
    sid = "RE" + "0" * 32
    assert build_recordings(two.providers).fetch(sid) == (b"RIFF", "audio/x-wav")
    assert two.two.requests[0].path == f"/2010-04-01/Accounts/{SECOND_ACCOUNT}/Recordings/{sid}.wav"


def test_a_recording_that_no_account_has_is_not_there_yet(two: Two) -> None:
    for fake in (two.one, two.two):
        fake.will(refused(404, 20404))
    assert build_recordings(two.providers).fetch("RE" + "0" * 32) is None


def test_a_recording_is_had_although_the_other_account_is_closed(two: Two) -> None:
    two.one.will(refused(401, 20003))
    two.two.will(Answer(200, b"RIFF", {"Content-Type": "audio/x-wav"}))
    assert build_recordings(two.providers).fetch("RE" + "0" * 32) is not None


def test_a_recording_is_asked_for_again_where_one_account_could_not_be_asked(two: Two) -> None:
    two.one.will(refused(503, 20503))
    two.two.will(refused(404, 20404))
    with pytest.raises(TransientError):
        build_recordings(two.providers).fetch("RE" + "0" * 32)
