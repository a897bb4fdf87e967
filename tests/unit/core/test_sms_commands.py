"""What a text to the hotline asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.core.sms_commands import CUSTOMER_WORDS, ENGINEER_WORDS, SmsCommand, SmsWord, parse


@pytest.mark.parametrize(
    ("body", "word", "number", "text"),
    [
        ("ACK 1042", SmsWord.ACK, 1042, ""),
        ("ack", SmsWord.ACK, None, ""),
        ("Ack.", SmsWord.ACK, None, ""),
        ("ACK #1042!", SmsWord.ACK, 1042, "!"),
        ("ack1042", SmsWord.ACK, 1042, ""),
        ("  ack\n1042\n", SmsWord.ACK, 1042, ""),
        ("“ACK 1042”", SmsWord.ACK, 1042, "”"),
        ("1042 ack", SmsWord.ACK, 1042, ""),
        ("#1042: resolve it was DNS", SmsWord.RESOLVE, 1042, "it was DNS"),
        ("RESOLVE 1042 restarted the disk", SmsWord.RESOLVE, 1042, "restarted the disk"),
        ("Resolve 1042: restarted\nthe disk", SmsWord.RESOLVE, 1042, "restarted\nthe disk"),
        ("RESOLVED 1042", SmsWord.RESOLVE, 1042, ""),
        ("update we restart 3 nodes", SmsWord.UPDATE, None, "we restart 3 nodes"),
        ("UPDATE 1042 - 50% done", SmsWord.UPDATE, 1042, "50% done"),
        ("Pass", SmsWord.PASS, None, ""),
        ("who", SmsWord.WHO, None, ""),
        ("commands?", SmsWord.COMMANDS, None, "?"),
        ("REOPEN 1042 still broken", SmsWord.REOPEN, 1042, "still broken"),
        ("DOWN!!", SmsWord.DOWN, None, "!!"),
        ("ＡＣＫ　１０４２", SmsWord.ACK, 1042, ""),
        ("take 12345678901", SmsWord.TAKE, None, "12345678901"),
    ],
)
def test_a_word_is_found_in_any_case_and_punctuation(body: str, word: SmsWord, number: int | None, text: str) -> None:
    assert parse(body) == SmsCommand(word, number, text)


@pytest.mark.parametrize(
    "body",
    ["", "   ", "#", "1042", "DOWNLOAD fails", "Backups are gone", "ACKé 1042", "🔥" * 1600, "STOP", "help", "1"],
)
def test_what_begins_with_none_of_our_words_is_text(body: str) -> None:
    assert parse(body) == SmsCommand(None, None, body.strip())


@given(st.text(max_size=1700))
def test_no_text_is_ever_an_error(body: str) -> None:
    command = parse(body)
    assert command.number is None or 0 <= command.number <= 999_999_999


@given(
    st.sampled_from(sorted(set(SmsWord) - {SmsWord.WHO, SmsWord.TAKE})),
    st.integers(0, 999_999_999),
    st.text(st.characters(categories=["L"]), min_size=1),
)
def test_word_number_and_text_come_back_as_they_were_written(word: str, number: int, text: str) -> None:
    command = parse(f"{word.lower()} {number} x{text}")
    assert (command.word, command.number) == (SmsWord(word), number)


@pytest.mark.parametrize(
    ("body", "word", "text"),
    [
        ("WHO production?", SmsWord.WHO, "production?"),
        ("take 4 hours", SmsWord.TAKE, "4 hours"),
        ("TAKE: 07:00", SmsWord.TAKE, "07:00"),
        ("TAKE 1042", SmsWord.TAKE, "1042"),
        ("1042 take", SmsWord.TAKE, "1042"),
    ],
)
def test_the_figures_after_words_about_schedules_are_no_incident_s_number(body: str, word: SmsWord, text: str) -> None:
    assert parse(body) == SmsCommand(word, None, text)


def test_no_word_of_ours_is_one_that_carriers_keep() -> None:
    kept = {
        "STOP",
        "STOPALL",
        "UNSUBSCRIBE",
        "END",
        "QUIT",
        "CANCEL",
        "REVOKE",
        "OPTOUT",
        "START",
        "YES",
        "UNSTOP",
        "HELP",
        "INFO",
    }
    assert not kept & {word.value for word in SmsWord}
    assert set(SmsWord) == ENGINEER_WORDS | CUSTOMER_WORDS
