"""What operators hear of the telephone providers, and what is remembered of them, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from oncall.core.engineer import ContactMethod
from oncall.engine.provider_news import is_well
from oncall.errors import SetupError, StoreUnavailableError
from oncall.ports import Receipt
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import CALL, MINUTE, Night


def well(night: Night, name: str = "second") -> bool:
    with night.database.read() as uow:
        return is_well(uow, name)


def test_that_a_provider_is_ill_is_told_once_though_two_processes_find_it(night: Night) -> None:
    other = Night(night.database, prefix="b")
    assert well(night)
    night.runtime.provider_news.is_ill("second", "calling: it does not answer")
    other.runtime.provider_news.is_ill("second", "calling: it does not answer")
    night.turn()
    assert night.operators_read().count("provider second is ill") == 1
    assert not well(night)


def test_that_it_works_again_is_told_and_before_any_illness_it_is_not(night: Night) -> None:
    night.runtime.provider_news.works("second")
    night.turn()
    assert not night.mails.sent
    night.runtime.provider_news.is_ill("second", "away")
    night.runtime.provider_news.works("second")
    night.turn()
    assert "provider second works again" in night.operators_read()
    assert well(night)


def test_one_that_comes_and_goes_is_told_once_in_a_quarter_of_an_hour_and_known_all_the_same(night: Night) -> None:
    for _ in range(3):
        night.runtime.provider_news.is_ill("second", "away")
        night.runtime.provider_news.works("second")
    night.runtime.provider_news.is_ill("second", "away")
    night.turn()
    assert night.operators_read().count("is ill") == 1
    assert not well(night)
    night.runtime.provider_news.works("second")
    night.clock.at += 16 * MINUTE
    night.runtime.provider_news.is_ill("second", "away")
    night.turn()
    assert night.operators_read().count("is ill") == 2


def test_what_one_provider_refuses_is_told_although_the_page_went_another_way(night: Night) -> None:
    night.runtime.provider_news.refuses("second", ContactMethod.CALL, SetupError("no such country", code="21215"))
    night.turn()
    assert "through second until our account or settings are mended: no such country" in night.operators_read()


def test_news_of_a_provider_fail_no_page_while_the_database_is_away(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(self: SqlDatabase) -> object:
        raise StoreUnavailableError("the database is away")

    monkeypatch.setattr(SqlDatabase, "begin", away)
    night.runtime.provider_news.is_ill("second", "away")
    assert any(event == "provider.untold" for event, _ in night.logged)


def test_the_provider_that_took_a_page_is_remembered_and_told_to_stop_it(night: Night) -> None:
    night.calls.send = lambda _message: Receipt("CA-second", "queued", provider="second")  # type: ignore[method-assign]
    stopped: list[tuple[str, str]] = []
    night.calls.cancel = lambda sid, *, provider="": stopped.append((sid, provider))  # type: ignore[method-assign]
    incident = night.paged()
    page = night.page(incident.number)
    assert (page.method, page.provider_id, page.provider) == (CALL, "CA-second", "second")
    with night.database.begin() as uow:
        current = uow.deliveries.get(page.id, lock=True)
        assert current is not None
        uow.deliveries.save(replace(current, cancel_wanted=True))
    night.later(timedelta(seconds=1))
    assert stopped == [("CA-second", "second")]


def test_a_callback_that_comes_first_says_which_provider_it_is(night: Night) -> None:
    incident = night.paged()
    page = night.page(incident.number)
    with night.database.begin() as uow:
        current = uow.deliveries.get(page.id, lock=True)
        assert current is not None
        uow.deliveries.save(replace(current, provider_id="", provider=""))
    night.runtime.deliveries.provider_said(
        delivery_id=page.id, provider_id="CA-other", status="in-progress", provider="second"
    )
    after = next(one for one in night.pages(incident.number) if one.id == page.id)
    assert (after.provider_id, after.provider) == ("CA-other", "second")


def test_what_waits_for_its_receipt_is_found_at_the_provider_that_has_it_before_it_is_stopped(night: Night) -> None:
    night.calls.found = Receipt("CA-found", "ringing", provider="second")
    stopped: list[tuple[str, str]] = []
    night.calls.cancel = lambda sid, *, provider="": stopped.append((sid, provider))  # type: ignore[method-assign]
    incident = night.paged()
    page = night.page(incident.number)
    with night.database.begin() as uow:
        current = uow.deliveries.get(page.id, lock=True)
        assert current is not None
        lost = replace(
            current, provider_id="", state=type(current.state).CLAIMED, settled=0, cancel_wanted=True,
            lease_until=night.clock.at, sent_at=None,
        )  # fmt: skip
        uow.deliveries.save(lost)
    night.later(timedelta(seconds=1))
    assert stopped == [("CA-found", "second")]
