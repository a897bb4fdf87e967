"""Twilio's own lists of calls, recordings and texts, as we read them."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import chain
from typing import TypeVar

import pytest

from oncall.channels.twilio_log import BATCH, PAGE_SIZE, TwilioLog
from oncall.errors import ChannelError
from oncall.ports import LoggedCall, LoggedRecording, LoggedText

from .conftest import ALICE, HOTLINE, Provider
from .fake_twilio import ACCOUNT, Answer, Request, refused

T = TypeVar("T")
SINCE = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
AT = datetime(2026, 11, 23, 3, 5, tzinfo=UTC)
PATH = f"/2010-04-01/Accounts/{ACCOUNT}"


def everything(batches: Iterator[list[T]]) -> list[T]:
    return list(chain.from_iterable(batches))


def listed(kind: str, *entries: dict[str, object], following: str | None = None) -> Answer:
    body: dict[str, object] = {kind: list(entries), "page_size": PAGE_SIZE, "next_page_uri": following}
    return Answer(200, body)


def call(sid: str, direction: str = "inbound") -> dict[str, object]:
    return {"sid": sid, "from": ALICE, "to": HOTLINE, "status": "completed", "direction": direction,
            "start_time": format_datetime(AT)}  # fmt: skip


def text(sid: str, direction: str = "inbound") -> dict[str, object]:
    return {"sid": sid, "from": ALICE, "to": HOTLINE, "body": "DOWN", "direction": direction,
            "date_sent": format_datetime(AT)}  # fmt: skip


def test_calls_to_our_number_come_oldest_first_and_none_of_ours(provider: Provider) -> None:
    provider.fake.will(listed("calls", call("CA2"), call("CA3", "outbound-api"), call("CA1")))
    found = everything(TwilioLog(provider.account).inbound_calls(SINCE))
    assert found == [LoggedCall(sid, ALICE, HOTLINE, "completed", AT) for sid in ("CA1", "CA2")]
    (request,) = provider.fake.requests
    assert request.path == f"{PATH}/Calls.json"
    assert request.query == {"To": [HOTLINE], "StartTime>": ["2026-11-23T03:00:00Z"], "PageSize": [str(PAGE_SIZE)]}


def test_every_page_of_a_list_is_read(provider: Provider) -> None:
    provider.fake.will(
        listed("calls", call("CA2"), following=f"{PATH}/Calls.json?Page=1&PageSize={PAGE_SIZE}"),
        listed("calls", call("CA1")),
    )
    assert [one.sid for one in everything(TwilioLog(provider.account).inbound_calls(SINCE))] == ["CA1", "CA2"]
    assert provider.fake.requests[1].query["Page"] == ["1"]


def test_a_long_list_is_read_batch_by_batch_as_far_as_somebody_asks(provider: Provider) -> None:
    def another(_request: Request) -> Answer:
        page = [call(f"CA{number}") for number in range(PAGE_SIZE)]
        return listed("calls", *page, following=f"{PATH}/Calls.json?Page=1")

    provider.fake.will(another)
    batches = TwilioLog(provider.account).inbound_calls(SINCE)
    for read in (1, 2, 3):
        assert len(next(batches)) == BATCH
        assert len(provider.fake.requests) == read * BATCH // PAGE_SIZE


def test_the_oldest_of_a_long_list_come_in_its_last_batch(provider: Provider) -> None:
    pages = [[call(f"CA{page}x{number}") for number in range(PAGE_SIZE)] for page in range(BATCH // PAGE_SIZE)]
    following = f"{PATH}/Calls.json?Page=1"
    provider.fake.will(
        *(listed("calls", *page, following=following) for page in pages),
        listed("calls", call("CAoldest2"), call("CAoldest1")),
    )
    newest, oldest = TwilioLog(provider.account).inbound_calls(SINCE)
    assert [one.sid for one in oldest] == ["CAoldest1", "CAoldest2"]
    assert (len(newest), newest[-1].sid) == (BATCH, "CA0x0")


def test_a_list_that_breaks_off_further_down_is_an_error_of_ours(provider: Provider) -> None:
    page = [call(f"CA{number}") for number in range(PAGE_SIZE)]
    provider.fake.will(listed("calls", *page, following=f"{PATH}/Calls.json?Page=1"), refused(503, 20503))
    with pytest.raises(ChannelError):
        list(TwilioLog(provider.account).inbound_calls(SINCE))


def test_texts_to_our_number_come_with_their_words(provider: Provider) -> None:
    provider.fake.will(listed("messages", text("SM1"), text("SM2", "outbound-reply")))
    assert everything(TwilioLog(provider.account).inbound_texts(SINCE)) == [LoggedText("SM1", ALICE, "DOWN", AT)]
    (request,) = provider.fake.requests
    assert request.query["DateSent>"] == ["2026-11-23T03:00:00Z"]


def test_recordings_that_can_be_had_come_with_their_call(provider: Provider) -> None:
    def recording(sid: str, status: str) -> dict[str, object]:
        return {"sid": sid, "call_sid": "CA1", "status": status, "duration": "12", "date_created": format_datetime(AT)}

    provider.fake.will(listed("recordings", recording("RE1", "completed"), recording("RE2", "absent")))
    assert everything(TwilioLog(provider.account).recordings(SINCE)) == [LoggedRecording("RE1", "CA1", 12, AT)]


def test_an_entry_that_makes_no_sense_is_passed_by(provider: Provider) -> None:
    odd: list[dict[str, object]] = [{}, {"sid": None}, {"sid": "../x", "direction": "inbound"}]
    provider.fake.will(listed("calls", call("CA1"), *odd))
    assert [one.sid for one in everything(TwilioLog(provider.account).inbound_calls(SINCE))] == ["CA1"]


READS: dict[str, Callable[[TwilioLog], object]] = {
    "calls": lambda log: everything(log.inbound_calls(SINCE)),
    "texts": lambda log: everything(log.inbound_texts(SINCE)),
    "recordings": lambda log: everything(log.recordings(SINCE)),
}


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize(
    "answer",
    [
        refused(503, 20503),
        refused(401, 20003),
        Answer(200, "<html>Welcome</html>"),
        Answer(200, "[]"),
        Answer(200, '[{"sid": "CA1"}]'),
        Answer(200, "null"),
        Answer(200, '{"calls": 7, "messages": 7, "recordings": 7}'),
        Answer(200, '{"calls": [7], "messages": [7], "recordings": [7], "page_size": 1}'),
        Answer(hang_up=True),
    ],
)
def test_a_list_that_is_none_is_an_error_of_ours(provider: Provider, read: str, answer: Answer) -> None:
    provider.fake.will(answer)
    with pytest.raises(ChannelError):
        READS[read](TwilioLog(provider.account))
