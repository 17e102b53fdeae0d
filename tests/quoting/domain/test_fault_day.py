"""Labelled faults of a made-up market find no way to the counterparty."""

import pytest

from quoting.domain.generated_market_faults import FaultKind
from riskgw.kernel.times import NS_PER_SECOND
from tests.quoting.domain.fault_day import UNPROTECTED, WITHDRAWN_AT_ONCE, FaultDay

TTL_NS = 4 * NS_PER_SECOND


@pytest.mark.parametrize("seed", [1, 2])
def test_no_faulty_price_outlives_the_step_in_which_it_came(seed: int) -> None:
    day = FaultDay(seed, 4)
    outcomes = day.run()
    at_once = [each for each in outcomes if each.fault.kind in WITHDRAWN_AT_ONCE]
    assert len(at_once) == 16
    assert all(each.prices for each in at_once)
    assert [each for each in at_once if each.live_ns] == []
    # Not because nothing was quoted.
    assert day.empty * 10 < day.steps


def test_a_source_that_is_silent_is_not_quoted_from_longer_than_its_prices_may_live() -> None:
    outcomes = FaultDay(3, 4).run()
    gaps = [each for each in outcomes if each.fault.kind is FaultKind.GAP]
    assert max(each.live_ns for each in gaps) <= TTL_NS


def test_without_cleansing_the_same_faults_do_reach_the_counterparty() -> None:
    outcomes = FaultDay(1, 4, UNPROTECTED).run()
    for kind in (FaultKind.SPIKE, FaultKind.DISAGREEMENT):
        assert any(each.live_ns for each in outcomes if each.fault.kind is kind), kind
