"""The operators hear of a hosted fallback that rings the wrong engineers, and are not told of one that is right."""

from oncall.core.fallback import fallback_roster
from oncall.errors import TransientError
from tests.unit.engine.hotline import ALICE, BOB, MINUTE, YAML, Night

URL = "https://static.example/voice.xml"
RINGS = YAML.replace("operators: [dana]", f'operators: [dana]\n  fallback_url: "{URL}"')
TWO_TURNS = RINGS.replace("shift: 1w, engineers: [alice]", "shift: 1d, engineers: [alice, bob]")


def dialling(*numbers: str) -> str:
    return "<Response>" + "".join(f"<Dial><Number>{number}</Number></Dial>" for number in numbers) + "</Response>"


def minutes_pass(night: Night, minutes: int) -> None:
    for _ in range(minutes):
        night.later(MINUTE)


def test_one_that_rings_the_right_engineers_is_told_to_nobody(night: Night) -> None:
    asked: list[str] = []

    def hosted(url: str) -> str:
        asked.append(url)
        return dialling(ALICE, BOB)

    night.hosted = hosted
    night.publish({"all.yaml": RINGS})
    night.turn()
    minutes_pass(night, 180)
    assert asked[0] == URL
    assert 3 <= len(asked) <= 5
    assert night.operators_read() == ""


def test_one_that_rings_somebody_else_is_told_once(night: Night) -> None:
    night.hosted = lambda _url: dialling(BOB)
    night.publish({"all.yaml": RINGS})
    minutes_pass(night, 180)
    assert night.operators_read().count("The fallback that is hosted elsewhere does not ring Alice Martin") == 1


def test_after_a_handoff_the_host_has_a_quarter_of_an_hour_to_follow(night: Night) -> None:
    night.publish({"all.yaml": TWO_TURNS})
    roster = fallback_roster(night.runtime.configuration.current(), night.clock.at)
    stale = dialling(*roster.numbers)
    night.hosted = lambda _url: stale
    assert roster.right_until is not None
    night.turn()
    night.later(roster.right_until - night.clock.at - 5 * MINUTE)
    minutes_pass(night, 15)
    assert night.operators_read() == ""
    minutes_pass(night, 6)
    assert "in another order" in night.operators_read()


def test_a_host_that_is_away_once_is_told_to_nobody_and_one_that_stays_away_is(night: Night) -> None:
    def away(url: str) -> str:
        raise TransientError(f"fetching the fallback at {url}: it did not answer in time")

    night.hosted = away
    night.publish({"all.yaml": RINGS})
    minutes_pass(night, 58)
    assert night.operators_read() == ""
    minutes_pass(night, 180)
    assert "cannot be read" in night.operators_read()


def test_a_page_instead_of_twiml_is_no_fallback(night: Night) -> None:
    night.hosted = lambda _url: "<html><body>Parked</body></html>"
    night.publish({"all.yaml": RINGS})
    minutes_pass(night, 240)
    assert "it is no TwiML document: it begins with <html>" in night.operators_read()


def test_where_none_is_configured_nothing_is_fetched(night: Night) -> None:
    minutes_pass(night, 120)
    assert not [event for event, _ in night.logged if event.startswith("fallback")]
