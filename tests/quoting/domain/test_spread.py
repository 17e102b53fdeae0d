"""From the market's price to ours: every dimension adds its own, and the sum is the price."""

from hypothesis import given, settings
from hypothesis import strategies as st

from quoting.domain.ladder import Rung, conflict
from quoting.domain.spread import (
    NO_ADDENDS,
    Addend,
    Pricing,
    Situation,
    Span,
    SpreadRules,
    is_within,
    next_minute,
    policy,
    priced,
)
from quoting.domain.words import Reason, Side

NAMES = "CHANNEL1", "gold"
RULES = SpreadRules(
    base=2, tiers={1: 3}, channels={"CHANNEL1": 1}, groups={"gold": -1},
    times=(Span(23 * 60, 60, 4),), volatility_from=10, volatility_step=5, volatility_max=3,
    skew=1, position_step=100, position_max=4,
)  # fmt: skip


def widened(now: Situation, side: Side = Side.ASK, level: int = 1) -> dict[Addend, int]:
    return dict(zip(Addend, policy(RULES, side, level, NAMES, now), strict=False))


def test_every_dimension_has_its_addend() -> None:
    now = Situation(minute=0, volatility=21, position_ask=250)
    assert list(widened(now).values()) == [2, 3, 1, -1, 4, 2, 1, -2, 0]
    assert widened(now, Side.BID)[Addend.BASE] == -2
    assert widened(now, level=0)[Addend.TIER] == 0


def test_volatility_widens_from_its_threshold_up_to_its_most() -> None:
    found = [widened(Situation(volatility=v))[Addend.VOLATILITY] for v in (10, 14, 15, 25, 99)]
    assert found == [0, 0, 1, 3, 3]


def test_a_long_position_lowers_both_prices() -> None:
    now = Situation(position_bid=199, position_ask=-450)
    assert widened(now, Side.BID)[Addend.POSITION] == -1
    assert widened(now, Side.ASK)[Addend.POSITION] == 4


def test_a_time_of_day_may_go_over_midnight() -> None:
    span = RULES.times[0]
    assert [is_within(span, m) for m in (0, 59, 60, 22 * 60 + 59, 23 * 60)] == [
        True, True, False, False, True,
    ]  # fmt: skip
    assert next_minute(RULES, 22 * 60) == 60
    assert next_minute(RULES, 23 * 60) == 120


def both(rules: SpreadRules, adjusts: tuple[int, int] = (0, 0), best: object = None) -> Pricing:
    nothing = NO_ADDENDS[: Addend.GUARD]
    return priced(rules, (1000, 1001), (nothing, nothing), adjusts, best)  # type: ignore[arg-type]  # None or a pair


def test_the_least_spread_is_kept_by_both_sides() -> None:
    assert both(SpreadRules(spread_min=4))[:2] == (999, 1003)
    assert both(SpreadRules(spread_min=1))[:2] == (1000, 1001)


def test_an_adjustment_inwards_ends_at_the_least_spread() -> None:
    rules = SpreadRules(spread_min=4)
    assert both(rules, (2, 0))[:2] == (999, 1003)
    assert both(rules, (0, -3))[:2] == (999, 1003)
    assert both(rules, (3, 1))[:2] == (1000, 1004)
    assert both(rules, (-5, 0))[:2] == (994, 1003)


def test_bids_round_down_and_asks_up() -> None:
    assert both(SpreadRules(grid=5))[:2] == (1000, 1005)
    assert both(SpreadRules(grid=5), (-1, 0))[:2] == (995, 1005)


def test_a_level_is_not_better_than_the_one_before_it() -> None:
    found = both(SpreadRules(), best=(998, 1003))
    assert found[:2] == (998, 1003)
    assert found.bid_addends[Addend.LADDER] == -2
    assert found.ask_addends[Addend.LADDER] == 2


few = st.integers(-30, 30)


@settings(max_examples=150)
@given(
    st.tuples(st.integers(500, 600), st.integers(-5, 30)), st.lists(st.tuples(few, few)),
    st.integers(1, 12), st.integers(1, 7), st.tuples(few, few),
)  # fmt: skip
def test_any_ladder_adds_up_keeps_apart_and_is_monotone(
    market: tuple[int, int],
    adjusts: list[tuple[int, int]],
    spread_min: int,
    grid: int,
    skews: tuple[int, int],
) -> None:
    bid, spread = market
    rules = SpreadRules(base=1, spread_min=spread_min, grid=grid, skew=skews[0])
    now = Situation(strategy_bid=skews[1], strategy_ask=-skews[1])
    best = None
    for level, adjust in enumerate(adjusts):
        policies = (
            policy(rules, Side.BID, level, NAMES, now), policy(rules, Side.ASK, level, NAMES, now)
        )  # fmt: skip
        found = priced(rules, (bid, bid + spread), policies, adjust, best)
        assert found.bid == bid + sum(found.bid_addends)
        assert found.ask == bid + spread + sum(found.ask_addends)
        assert found.ask - found.bid >= spread_min
        assert found.bid % grid == found.ask % grid == 0
        if best is not None:
            assert found.bid <= best[0]
            assert found.ask >= best[1]
        best = found.bid, found.ask


def test_prices_that_cross_or_undercut_are_told() -> None:
    best, ask = Rung(Side.BID, 0, 100), Rung(Side.ASK, 0, 103)
    assert conflict(Rung(Side.BID, 1, 100), [best, ask]) is Reason.NONE
    assert conflict(Rung(Side.BID, 1, 101), [best, ask]) is Reason.INVERTED
    assert conflict(Rung(Side.BID, 1, 103), [best, ask]) is Reason.INVERTED
    assert conflict(Rung(Side.BID, 1, 103), [ask]) is Reason.CROSSED
    assert conflict(Rung(Side.BID, 1, 102), [ask]) is Reason.NONE
    assert conflict(Rung(Side.ASK, 0, 104), [Rung(Side.ASK, 1, 103)]) is Reason.INVERTED
    assert conflict(Rung(Side.ASK, 1, 103), [ask, best]) is Reason.NONE
