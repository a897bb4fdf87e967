"""`oncall doctor` watches the engines: who speaks lives, and when tells how their clocks differ from ours."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from oncall.cli.doctor_inside import WATCHED_FOR, engine_findings, server_ahead_by, watched
from oncall.core.finding import Finding, Outcome
from oncall.ports import EngineSign

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@dataclass
class Engines:
    """Engines that speak every five seconds, each by a clock of its own; and our clock, which moves as we wait."""

    at: datetime = NOW
    skews: dict[str, timedelta] = field(default_factory=dict)
    dead: dict[str, datetime] = field(default_factory=dict)
    releases: dict[str, str] = field(default_factory=dict)

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    def look(self) -> list[EngineSign]:
        spoke_at = self.at - timedelta(seconds=(self.at - NOW).total_seconds() % 5)
        ticks = {name: spoke_at + skew for name, skew in self.skews.items()} | self.dead
        return [
            EngineSign(name, name, 1, self.releases.get(name, "1.0"), NOW - SECOND, at) for name, at in ticks.items()
        ]

    def findings(self) -> list[Finding]:
        return list(engine_findings(*watched(self, self.look)))

    def outcomes(self) -> dict[str, Outcome]:
        return {finding.text: finding.outcome for finding in self.findings()}


def test_an_engine_that_speaks_lives_and_its_clock_is_right() -> None:
    engines = Engines(skews={"a": timedelta(0)})
    found = engines.findings()
    assert [(finding.check, finding.outcome) for finding in found] == [
        ("engines", Outcome.OK),
        ("clock of an engine", Outcome.OK),
    ]
    assert engines.at - NOW <= 6 * SECOND


def test_an_engine_whose_clock_is_an_hour_behind_lives_and_fails() -> None:
    found = Engines(skews={"a": -3600 * SECOND}).findings()
    assert found[0].outcome is Outcome.OK
    assert found[1].outcome is Outcome.FAIL
    assert "behind this machine's" in found[1].text
    assert "chrony" in found[1].do


def test_two_engines_that_are_each_three_seconds_off_are_six_apart() -> None:
    found = Engines(skews={"a": 3 * SECOND, "b": -3 * SECOND}).findings()
    assert [finding.outcome for finding in found] == [Outcome.OK, Outcome.WARN, Outcome.WARN, Outcome.FAIL]
    assert found[-1].text == "the clock of a (1) is 6.0 s ahead of b (1)'s"


def test_a_dead_engine_is_not_counted_and_waited_for_a_few_seconds_only() -> None:
    engines = Engines(skews={"a": timedelta(0)}, dead={"b": NOW - 300 * SECOND})
    assert engines.findings()[0].text == "1 work: a (1)"
    assert engines.at - NOW <= WATCHED_FOR + SECOND


def test_where_nobody_speaks_it_fails_and_says_since_when() -> None:
    [finding] = Engines(dead={"b": NOW - 300 * SECOND}).findings()
    assert finding.outcome is Outcome.FAIL
    assert finding.text == "no engine works; the last was seen at 2026-11-23 02:55:00 UTC"


def test_before_the_first_engine_nothing_is_waited_for() -> None:
    engines = Engines()
    [finding] = engines.findings()
    assert "none was ever seen" in finding.text
    assert engines.at == NOW


def test_two_releases_at_work_are_said() -> None:
    engines = Engines(skews={"a": timedelta(0), "b": timedelta(0)}, releases={"b": "2.0"})
    assert engines.outcomes()["engines of releases 1.0, 2.0 work together"] is Outcome.WARN


def test_an_engine_that_starts_while_we_watch_counts() -> None:
    engines = Engines(skews={"a": timedelta(0)}, dead={"old": NOW - 300 * SECOND})
    first, later = engines.look(), [*engines.look(), replace(engines.look()[0], id="new", host="new")]
    looks = [first, later]
    there, seen = watched(engines, lambda: looks.pop(0) if len(looks) > 1 else later)
    assert "new" in seen
    assert {sign.id for sign in there} == {"a", "old", "new"}


def test_the_servers_clock_is_compared_half_way_between_question_and_answer() -> None:
    clock = Engines()

    def slow() -> datetime:
        clock.sleep(4)
        return NOW + 2 * SECOND + 3 * SECOND

    assert server_ahead_by(clock, slow) == 3 * SECOND
    assert server_ahead_by(clock, lambda: None) is None
