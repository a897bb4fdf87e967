"""Whether the whole can serve, told by what engines said last, and how long callers waited."""

from datetime import timedelta

from prometheus_client.parser import text_string_to_metric_families

from tests.integration.web.conftest import Hotline

SECOND = timedelta(seconds=1)


def numbers(hotline: Hotline) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(hotline.client.get("/metrics").text)
        for sample in family.samples
    }


def test_before_any_engine_was_ever_seen_a_web_is_ready(hotline: Hotline) -> None:
    answer = hotline.client.get("/readyz")
    assert (answer.status_code, answer.text) == (200, "ok\nno engine has ticked yet\n")


def test_a_web_whose_database_can_only_be_read_is_not_ready(hotline: Hotline) -> None:
    hotline.engine_turns()
    hotline.database.writable = False
    answer = hotline.client.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "database: the database cannot be written\n")
    hotline.database.writable = True
    assert hotline.client.get("/readyz").status_code == 200


def test_the_age_of_the_last_tick_is_told(hotline: Hotline) -> None:
    hotline.engine_turns()
    hotline.clock.at += 4 * SECOND
    answer = hotline.client.get("/readyz")
    assert (answer.status_code, answer.text) == (200, "ok\nlast tick 4 s ago\n")


def test_a_web_whose_engines_are_gone_for_more_than_half_a_minute_is_not_ready(hotline: Hotline) -> None:
    hotline.engine_turns()
    hotline.clock.at += 30 * SECOND
    assert hotline.client.get("/readyz").status_code == 200
    hotline.clock.at += 1 * SECOND
    answer = hotline.client.get("/readyz")
    assert answer.status_code == 503
    assert answer.text == "engine: no engine works; is `oncall engine`, or `oncall run`, running?\nlast tick 31 s ago\n"
    hotline.engine_turns()
    assert hotline.client.get("/readyz").status_code == 200


def test_the_numbers_say_how_many_engines_work_and_how_long_ago_one_did(hotline: Hotline) -> None:
    before = numbers(hotline)
    assert before["oncall_engines_alive",] == 0
    assert ("oncall_last_tick_age_seconds",) not in before
    hotline.engine_turns()
    hotline.clock.at += 40 * SECOND
    after = numbers(hotline)
    assert (after["oncall_engines_alive",], after["oncall_last_tick_age_seconds",]) == (0, 40)


def test_the_numbers_say_how_long_callers_waited_for_a_page_and_for_an_answer(hotline: Hotline) -> None:
    hotline.call("/voice/incoming")
    assert ("oncall_first_page_seconds", "1") not in numbers(hotline)
    hotline.clock.at += 60 * SECOND
    hotline.engine_turns()
    hotline.clock.at += 30 * SECOND
    number = hotline.incident().number
    hotline.runtime.respond.acknowledge(number, engineer="alice", via="SMS")
    found = numbers(hotline)
    assert {found["oncall_first_page_seconds", of] for of in ("0.5", "0.9", "0.99", "1")} == {60}
    assert found["oncall_response_seconds", "1"] == 90
    hotline.clock.at += timedelta(days=2)
    assert ("oncall_first_page_seconds", "1") not in numbers(hotline)
