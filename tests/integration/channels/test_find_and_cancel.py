"""Before repeating we ask whether it went; and what rings can be stopped."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from oncall.channels.lookup import the_one_not_recorded
from oncall.channels.twilio import Sent
from oncall.core.accounted import Accounted, AskAccounted
from oncall.errors import SetupError, TransientError

from .conftest import ALICE, DELIVERY, HOTLINE, Provider, page
from .fake_twilio import ACCOUNT, TOKEN, Answer, refused


def account(*ids: str, unknown: int = 0) -> AskAccounted:
    """What others account for: these ids, and so many more."""
    return lambda: Accounted(frozenset(ids), unknown)


NOBODY = account()


def listed(kind: str, *entries: dict[str, object]) -> Answer:
    body: dict[str, object] = {kind: list(entries), "page_size": 50, "next_page_uri": None}
    return Answer(200, body)


def entry(sid: str, at: datetime, *, status: str = "ringing", body: str | None = None) -> dict[str, object]:
    return {
        "sid": sid, "status": status, "direction": "outbound-api", "body": body,
        "date_created": format_datetime(at), "to": ALICE, "from": HOTLINE,
    }  # fmt: skip


def test_what_a_fallback_rang_while_we_were_down_is_no_page_of_ours(provider: Provider) -> None:
    now = provider.clock.now()
    provider.fake.will(listed("calls", entry("CA1", now) | {"direction": "outbound-dial"}))
    assert provider.call.find(page(), now, NOBODY) is None


def test_a_call_that_nobody_accounts_for_is_ours(provider: Provider) -> None:
    now = provider.clock.now()
    provider.fake.will(listed("calls", entry("CA3", now), entry("CA2", now, status="queued"), entry("CA1", now)))
    found = provider.call.find(page(), now, account("CA1", "CA3"))
    assert found is not None
    assert (found.provider_id, found.status) == ("CA2", "queued")
    (request,) = provider.fake.requests
    assert request.query == {"To": [ALICE], "From": [HOTLINE], "PageSize": ["200"]}


def test_of_as_many_calls_as_others_in_doubt_may_own_none_is_surely_ours(provider: Provider) -> None:
    now = provider.clock.now()
    provider.fake.will(listed("calls", entry("CA2", now), entry("CA1", now)))
    assert provider.call.find(page(), now, account(unknown=2)) is None
    assert provider.call.find(page(), now, account("CA1", unknown=1)) is None
    assert provider.call.find(page(), now, account(unknown=1)) is not None


@pytest.mark.parametrize("kind", ["calls", "messages"])
def test_what_others_account_for_is_asked_when_the_list_was_read(provider: Provider, kind: str) -> None:
    """A call to the same telephone that is made meanwhile stands in the list: it must be accounted for by then."""
    asked: list[int] = []

    def known() -> Accounted:
        asked.append(len(provider.fake.requests))
        return Accounted()

    provider.fake.will(listed(kind, entry("X1", provider.clock.now(), body=page().text)))
    channel = provider.call if kind == "calls" else provider.sms
    assert channel.find(page(), provider.clock.now(), known) is not None
    assert asked == [1]


def test_an_earlier_call_is_not_mistaken_for_it(provider: Provider) -> None:
    now = provider.clock.now()
    provider.fake.will(listed("calls", entry("CA1", now - timedelta(minutes=2))))
    assert provider.call.find(page(), now, NOBODY) is None


def test_clocks_may_differ_a_little(provider: Provider) -> None:
    now = provider.clock.now()
    provider.fake.will(listed("calls", entry("CA1", now - timedelta(seconds=20))))
    assert provider.call.find(page(), now, NOBODY) is not None


@pytest.mark.parametrize("status", ["failed", "busy", "no-answer", "canceled"])
def test_a_call_that_reached_nobody_does_not_stop_the_next(provider: Provider, status: str) -> None:
    now = provider.clock.now()
    provider.fake.will(listed("calls", entry("CA1", now, status=status)))
    assert provider.call.find(page(), now, NOBODY) is None


def test_a_text_is_known_by_its_words(provider: Provider) -> None:
    now = provider.clock.now()
    words = page().text
    provider.fake.will(
        listed(
            "messages",
            entry("SM3", now, status="sent", body="something else"),
            entry("SM2", now, status="sent", body=f"Sent from your Twilio trial account - {words}"),
        )
    )
    found = provider.sms.find(page(), now, NOBODY)
    assert found is not None
    assert found.provider_id == "SM2"


def test_a_text_with_other_words_is_another_text(provider: Provider) -> None:
    now = provider.clock.now()
    provider.fake.will(listed("messages", entry("SM3", now, status="sent", body="something else")))
    assert provider.sms.find(page(), now, NOBODY) is None


PARTS = ("1042 ", ". Production down", "Reply ACK 1042")


@pytest.mark.parametrize("prefix", ["", "Sent from your Twilio trial account - "])
def test_a_text_whose_words_have_changed_is_known_by_what_never_changes(provider: Provider, prefix: str) -> None:
    now = provider.clock.now()
    body = f"{prefix}1042 ACME, caller's name unknown, +32470111111. Production down (Hosting). Reply ACK 1042"
    provider.fake.will(listed("messages", entry("SM3", now, status="sent", body=body)))
    found = provider.sms.find(replace(page(), known_by=PARTS), now, NOBODY)
    assert found is not None
    assert found.provider_id == "SM3"


@pytest.mark.parametrize(
    "body",
    [
        "1043 ACME. Production down: x. Reply ACK 1043",
        "1042 ACME, Production down: half of the promise is over. Reply ACK 1042",
        "1042 ACME. Production down: x. Reply ACK 1042 or call us",
        "ACME. Production down: x. Reply ACK 1042",
        "",
    ],
)
def test_a_text_that_lacks_one_of_its_parts_is_another_text(provider: Provider, body: str) -> None:
    now = provider.clock.now()
    provider.fake.will(listed("messages", entry("SM3", now, status="sent", body=body)))
    assert provider.sms.find(replace(page(), known_by=PARTS), now, NOBODY) is None


def test_a_reply_to_somebody_s_text_is_no_page(provider: Provider) -> None:
    now = provider.clock.now()
    reply = {**entry("SM3", now, status="sent", body=page().text), "direction": "outbound-reply"}
    provider.fake.will(listed("messages", reply))
    assert provider.sms.find(page(), now, NOBODY) is None


@pytest.mark.parametrize(
    "answer", [refused(503, 20503), Answer(200, "<html>"), Answer(200, "[]"), Answer(hang_up=True)]
)
def test_a_lookup_that_cannot_tell_repeats_and_is_logged(provider: Provider, answer: Answer) -> None:
    provider.fake.will(answer)
    assert provider.call.find(page(), provider.clock.now(), NOBODY) is None
    assert provider.sms.find(page(), provider.clock.now(), NOBODY) is None
    assert [(event, fields["delivery"]) for event, fields in provider.logged] == [("lookup_failed", DELIVERY)] * 2


def test_a_ringing_call_is_cancelled(provider: Provider) -> None:
    provider.fake.will(Answer(200, {"sid": "CA1", "status": "canceled"}))
    provider.call.cancel("CA1")
    (request,) = provider.fake.requests
    assert request.path == f"/2010-04-01/Accounts/{ACCOUNT}/Calls/CA1.json"
    assert request.form == {"Status": ["canceled"]}


@pytest.mark.parametrize(("status", "code"), [(400, 21220), (404, 20404)], ids=["ended", "unknown there"])
def test_cancelling_a_call_that_rings_no_more_is_no_error(provider: Provider, status: int, code: int) -> None:
    provider.fake.will(refused(status, code, "Unable to update record."))
    provider.call.cancel("CA1")


def test_a_cancellation_that_did_not_get_through_says_so(provider: Provider) -> None:
    provider.fake.will(refused(503, 20503))
    with pytest.raises(TransientError):
        provider.call.cancel("CA1")
    provider.fake.will(refused(401, 20003))
    with pytest.raises(SetupError):
        provider.call.cancel("CA1")


def test_a_text_cannot_be_called_back(provider: Provider) -> None:
    provider.fake.will(refused(500, 20500))
    provider.sms.cancel("SM1")
    assert provider.fake.requests == []


def test_warming_up_sends_nothing(provider: Provider) -> None:
    provider.fake.will(refused(500, 20500))
    provider.account.warm()
    assert provider.fake.requests == []


def test_each_thread_has_its_own_client(provider: Provider) -> None:
    clients = [provider.account._client(), provider.account._client()]
    assert clients[0] is clients[1]
    thread = threading.Thread(target=lambda: clients.append(provider.account._client()))
    thread.start()
    thread.join()
    assert clients[2] is not clients[0]
    assert clients[2].auth == (ACCOUNT, TOKEN)


def test_a_list_that_is_refused_says_why(provider: Provider) -> None:
    provider.fake.will(refused(401, 20003))
    with pytest.raises(SetupError, match="the account SID or the auth token is wrong"):
        provider.account.calls_to(ALICE)


def test_of_several_calls_that_may_be_ours_it_is_the_oldest() -> None:
    """What went again later may still be somebody else's."""
    now = datetime(2026, 3, 1, 3, tzinfo=UTC)
    found = [Sent(sid, "ringing", now + timedelta(seconds=after), "") for sid, after in (("CA2", 9), ("CA1", 0))]
    receipt = the_one_not_recorded(found, now, Accounted(unknown=1))
    assert receipt is not None
    assert receipt.provider_id == "CA1"
