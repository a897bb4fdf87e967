"""PagerDuty is away, loses answers and sends everything back: pages are not delayed, and in the end it knows all."""

import pytest

from oncall.sim.pagerduty_partner import PagerDutyPartner
from oncall.sim.random_world import meets_pagerduty, run_random_world
from oncall.sim.world import BrokenPromiseError
from oncall.web import create_app

SEEDS = [seed for seed in range(1, 400) if meets_pagerduty(seed)][:60]


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, len(SEEDS), 20))
def test_everything_arrives_in_the_end_and_no_page_waits_for_it(first: int) -> None:
    refused = taken = 0
    for seed in SEEDS[first : first + 20]:
        world, _ = run_random_world(create_app, seed=seed)
        assert world.pagerduty is not None
        taken += len(world.pagerduty.fake.taken)
        refused += sum(line.startswith("partner.not_told") for line in world.log_lines)
    assert taken > 60
    assert refused > 5


def test_an_event_that_got_lost_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PagerDutyPartner, "send", lambda *_: None)
    with pytest.raises(BrokenPromiseError, match="PagerDuty was told another story"):
        run_random_world(create_app, seed=SEEDS[0])
