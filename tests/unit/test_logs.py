"""What is logged: one line an event, and no number in full."""

import logging
from collections.abc import Iterator

import pytest

from oncall import logs
from oncall.core.plain_text import mask_numbers


@pytest.fixture(autouse=True)
def _configured() -> Iterator[None]:
    root, ours = logging.getLogger(), logging.getLogger("oncall")
    before = root.handlers[:], root.level, ours.level
    logs.configure()
    yield
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    ours.setLevel(before[2])


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("to +32470000001", "to +…0001"),
        ("From=%2B32470000001&To=%2B3225550199", "From=%2B…0001&To=%2B…0199"),
        ("{'a': ['+14155550100']}", "{'a': ['+…0100']}"),
        ("incident 1042 waits +5 minutes", "incident 1042 waits +5 minutes"),
        ("2026-11-23T10:00:00+00:00", "2026-11-23T10:00:00+00:00"),
    ],
)
def test_numbers_are_masked_to_their_last_four(text: str, masked: str) -> None:
    assert mask_numbers(text) == masked


def test_an_event_is_one_line_of_keys_and_values_without_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    logs.log("page.sent", incident=1042, to="+32470000001", text="two\nlines", nested={"from": "+3225550100"})
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert "event=page.sent incident=1042 to=+…0001" in line
    assert "32470000001" not in line
    assert "3225550100" not in line


def test_a_field_named_problem_makes_it_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    logs.log("audit.failed", problem="1042 has no next action")
    assert "level=warning" in capsys.readouterr().err


def test_what_libraries_log_is_masked_too_tracebacks_included(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise ValueError("call to +32470000001 failed")
    except ValueError:
        logging.getLogger("twilio").exception("could not call %s", "+32470000001")
    line = capsys.readouterr().err
    assert "ValueError" in line
    assert "32470000001" not in line


def test_a_key_with_a_space_does_not_lose_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.log("odd", **{"a key": 1})
    assert "a_key=1" in capsys.readouterr().err


@pytest.mark.parametrize("path", ["/calendars/s3cret-T0ken_.ics", "/calendars/s3cret-T0ken_.ics?alarms=no"])
def test_the_secret_address_of_a_calendar_is_in_no_log(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    logs.log("web.failed", path=path, problem=f"GET https://hotline.example{path}")
    logging.getLogger("oncall.web").error("Exception on %s [GET]", path)
    logging.getLogger("gunicorn.error").warning('Invalid request "GET %s HTTP/1.1"', path)
    written = capsys.readouterr().err
    assert "s3cret" not in written
    assert written.count("/calendars/….ics") == 4


def test_a_command_that_wants_only_errors_gets_only_those_also_where_more_was_logged_before(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.log("page.sent", incident=1042)
    logs.configure(logging.ERROR)
    capsys.readouterr()
    logs.log("page.sent", incident=1043)
    assert capsys.readouterr().err == ""
