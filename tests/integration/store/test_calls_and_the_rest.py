from dataclasses import replace

import pytest
from sqlalchemy import create_engine, text

from oncall.errors import ConflictError, StoreError
from oncall.ports import Alarm, ReceivedMessage
from oncall.store import SqlDatabase
from tests.integration.store.samples import MINUTE, NOW, SECOND, a_call, a_recording, opened


def test_a_call_that_is_announced_twice_is_stored_once(database: SqlDatabase) -> None:
    number = opened(database).number
    with database.begin() as work:
        assert work.calls.add(a_call(number)) is True
        assert work.calls.add(a_call(number, status="completed")) is False
        assert work.calls.get("CA1", lock=True) == a_call(number)
        assert work.calls.get("CA2") is None


def test_the_calls_of_an_incident_are_listed_oldest_first(database: SqlDatabase) -> None:
    number = opened(database).number
    first, second = a_call(number, "CA2"), a_call(number, "CA1", started_at=NOW + SECOND)
    with database.begin() as work:
        work.calls.add(second)
        work.calls.add(first)
        ended = replace(first, status="completed", ended_at=NOW + MINUTE)
        work.calls.save(ended)
        assert work.calls.of(number) == [ended, second]
    with pytest.raises(ConflictError), database.begin() as work:
        work.calls.save(a_call(number, "CA3"))


def test_a_call_of_an_incident_that_does_not_exist_is_refused(database: SqlDatabase) -> None:
    with pytest.raises(StoreError, match="does not fit"), database.begin() as work:
        work.calls.add(a_call(7))


def test_a_recordings_audio_is_read_only_with_the_recording_itself(database: SqlDatabase) -> None:
    number = opened(database).number
    recording = a_recording(number)
    with database.begin() as work:
        assert work.recordings.add(recording) is True
        assert work.recordings.add(replace(recording, transcript="twice")) is False
        fetched = replace(recording, content=b"RIFF\0\xff", content_type="audio/wav", fetch_at=None, fetch_attempts=1)
        work.recordings.save(fetched)
    with database.begin() as work:
        assert work.recordings.get("RE1", lock=True) == fetched
        assert work.recordings.of(number) == [replace(fetched, content=None)]
        assert work.recordings.get("RE2") is None


def test_a_transcript_saved_on_a_listed_recording_leaves_its_audio(database: SqlDatabase) -> None:
    number = opened(database).number
    with database.begin() as work:
        work.recordings.add(a_recording(number, content=b"audio"))
        [listed] = work.recordings.of(number)
        work.recordings.save(replace(listed, transcript="it is down"))
    with database.read() as work:
        found = work.recordings.get("RE1")
    assert (found.content, found.transcript) == (b"audio", "it is down")


def test_a_recording_that_is_to_be_fetched_is_given_to_one_worker(database: SqlDatabase) -> None:
    number = opened(database).number
    due, later = a_recording(number), a_recording(number, "RE2", fetch_at=NOW + SECOND)
    with database.begin() as work:
        for recording in (due, later, a_recording(number, "RE3", fetch_at=None)):
            work.recordings.add(recording)
        assert work.recordings.next_due_at() == NOW
        claimed = work.recordings.claim_due(NOW, again_at=NOW + MINUTE, limit=10)
        assert claimed == [replace(due, fetch_at=NOW + MINUTE)]
        assert work.recordings.claim_due(NOW, again_at=NOW + MINUTE, limit=10) == []
        assert work.recordings.next_due_at() == NOW + SECOND
        assert work.recordings.of(number)[0] == claimed[0]


def test_a_text_is_kept_once_and_a_duplicate_leaves_the_transaction_usable(database: SqlDatabase) -> None:
    text = ReceivedMessage("SM1", NOW, "+32470000001", "ACK 1001", "You have it.", opened(database).number)
    with database.begin() as work:
        work.inbox.add(text)
    with database.begin() as work:
        with pytest.raises(ConflictError, match="SM1"):
            work.inbox.add(replace(text, reply="another"))
        assert work.inbox.get("SM1") == text
        assert work.inbox.get("SM2") is None


def test_a_machine_that_repeats_itself_is_counted(database: SqlDatabase) -> None:
    with database.begin() as work:
        for n in range(3):
            work.inbox.add(ReceivedMessage(f"SM{n}", NOW + n * SECOND, "+32470000001", "Out of office", ""))
        work.inbox.add(ReceivedMessage("SM8", NOW, "+32470000001", "ACK", ""))
        work.inbox.add(ReceivedMessage("SM9", NOW, "+32470000002", "Out of office", ""))
        assert work.inbox.repeats("+32470000001", "Out of office", NOW + SECOND) == 2


def test_the_newest_published_schedule_is_in_force(database: SqlDatabase) -> None:
    with database.begin() as work:
        assert work.schedule_versions.latest() is None
        assert work.schedule_versions.latest_version() == 0
        assert work.schedule_versions.newest() == (0, None)
        work.schedule_versions.publish({"a.yaml": "a: é"}, fingerprint="f1", author="dana", now=NOW)
        second = work.schedule_versions.publish({"a.yaml": "b"}, fingerprint="f2", author="erik", now=NOW + MINUTE)
    with database.read() as work:
        assert work.schedule_versions.latest_version() == second.version == 2
        assert work.schedule_versions.newest() == (2, NOW + MINUTE)
        assert work.schedule_versions.latest() == second
        assert work.schedule_versions.latest().files == {"a.yaml": "b"}


def test_a_version_keeps_what_it_changed_and_what_was_doubtful(database: SqlDatabase) -> None:
    with database.begin() as work:
        work.schedule_versions.publish({"a": "1"}, fingerprint="f1", author="dana", now=NOW)
        second = work.schedule_versions.publish(
            {"a": "2"}, fingerprint="f2", author="erik", now=NOW, diff="Bob – Alice", warnings=["a gap", "é"]
        )
    with database.read() as work:
        assert work.schedule_versions.get(2) == second
        listed = work.schedule_versions.listing()
    assert listed[0] == replace(second, files={})
    assert [(each.version, each.diff, each.warnings) for each in listed] == [
        (2, "Bob – Alice", ("a gap", "é")),
        (1, None, ()),
    ]


def test_the_release_before_goes_on_publishing_while_this_one_is_deployed(
    database_url: str, database: SqlDatabase
) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO schedule_versions (version, published_at, author, files, fingerprint)"
                " VALUES (1, '2026-11-23T03:00:00.000000+00:00', 'x', '{}', 'f')"
            )
        )
    engine.dispose()
    with database.read() as work:
        found = work.schedule_versions.latest_from_folder()
    assert (found.version, found.diff, found.warnings, found.rollback_of) == (1, None, (), None)


def test_the_newest_version_from_the_folder_is_told_from_a_rollback(database: SqlDatabase) -> None:
    with database.begin() as work:
        assert work.schedule_versions.latest_from_folder() is None
        for text in ("1", "2"):
            work.schedule_versions.publish({"a": text}, fingerprint=text, author="dana", now=NOW)
        back = work.schedule_versions.publish({"a": "1"}, fingerprint="1", author="erik", now=NOW, rollback_of=1)
        assert work.schedule_versions.latest() == back
        assert work.schedule_versions.latest_from_folder().version == 2


def test_a_version_is_put_onto_the_one_that_its_author_saw_or_not_at_all(database: SqlDatabase) -> None:
    with database.begin() as work:
        work.schedule_versions.publish({"a": "1"}, fingerprint="1", author="dana", now=NOW, onto=0)
        work.schedule_versions.publish({"a": "2"}, fingerprint="2", author="erik", now=NOW, onto=1)
    with pytest.raises(ConflictError, match="version 2 was put in force by erik"), database.begin() as work:
        work.schedule_versions.publish({"a": "3"}, fingerprint="3", author="dana", now=NOW, onto=1)
    with database.read() as work:
        assert work.schedule_versions.latest_version() == 2


def test_an_alarm_takes_the_place_of_the_last_one_of_its_cause(database: SqlDatabase) -> None:
    with database.begin() as work:
        assert work.alarms.get("gap") is None
        work.alarms.put(Alarm("gap", NOW, "nobody is on call"))
        work.alarms.put(Alarm("gap", NOW + MINUTE, "still nobody"))
        assert work.alarms.get("gap") == Alarm("gap", NOW + MINUTE, "still nobody")


def test_the_last_incident_of_a_sender_is_the_one_that_they_wrote_about_last(database: SqlDatabase) -> None:
    first, second = opened(database).number, opened(database).number
    with database.begin() as work:
        for count, about in enumerate((first, second, first, None)):
            work.inbox.add(ReceivedMessage(f"SM{count}", NOW + count * SECOND, "ACME", "DOWN", "", about))
        work.inbox.add(ReceivedMessage("SM8", NOW + MINUTE, "OTHER", "hello", ""))
        assert work.inbox.latest_incident("ACME") == first
        assert work.inbox.latest_incident("OTHER") is None
        assert work.inbox.latest_incident("") is None
