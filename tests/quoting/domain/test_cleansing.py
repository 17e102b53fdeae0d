"""Cleansing: every test of a price at, just under and just over its limit, in their order."""

from typing import Any

import pytest

from quoting.domain.cleansing import CleansingRules, Rejection, Rule, rejection, take
from quoting.domain.sources import Prices, Provider
from quoting.domain.words import Quality
from riskgw.kernel.times import NS_PER_SECOND

NOW = 1_000 * NS_PER_SECOND


def prices(bid: int, ask: int, source_ns: int = 0) -> Prices:
    return Prices(((bid, 1),), ((ask, 1),), source_ns)


def judged(provider: Provider, found: Prices, others: tuple[int, ...] = (), **rules: Any) -> Any:
    return rejection(CleansingRules(**rules), provider, found, others, NOW)


def hear(provider: Provider, found: Prices, at_ns: int = NOW, **rules: Any) -> Rejection | None:
    made = CleansingRules(**rules)
    why = rejection(made, provider, found, (), at_ns)
    take(made, provider, found, why, at_ns)
    return why


def known(bid: int = 100, ask: int = 102) -> Provider:
    provider = Provider("CMDSB", "BCHO")
    hear(provider, prices(bid, ask))
    return provider


@pytest.mark.parametrize(
    "found",
    [
        Prices((), ((102, 1),)), Prices(((100, 1),), ()), prices(0, 2), prices(-1, 2),
        Prices(((100, -1),), ((102, 1),)), Prices(((100, 1), (101, 1)), ((102, 1),)),
        Prices(((100, 1),), ((102, 1), (101, 1))), Prices(((100, 1),) * 21, ((102, 1),)),
    ],
)  # fmt: skip
def test_what_is_no_two_sided_price_is_not_parsed(found: Prices) -> None:
    assert judged(known(), found).rule is Rule.PARSE


def test_a_decimal_error_is_seen_against_the_last_price() -> None:
    assert judged(known(), prices(1000, 1020)).rule is Rule.SCALE
    assert judged(known(), prices(10, 11)).rule is Rule.SCALE
    assert judged(known(), prices(399, 404)) is None
    assert judged(known(), prices(400, 408)).rule is Rule.SCALE


def test_crossed_and_locked() -> None:
    assert judged(known(), prices(101, 100)).rule is Rule.CROSSED
    assert judged(known(), prices(100, 100)) is None
    assert judged(known(), prices(100, 100), locked_allowed=False).rule is Rule.LOCKED


def test_spreads_at_their_limits() -> None:
    for spread, rule in ((1, Rule.MIN_SPREAD), (2, None), (5, None), (6, Rule.MAX_SPREAD)):
        found = judged(known(), prices(100, 100 + spread), spread_min=2, spread_max=5)
        assert (found and found.rule) is rule


def test_a_jump_is_one_just_over_the_limit() -> None:
    assert judged(known(), prices(110, 112), jump_max=10) is None
    assert judged(known(), prices(111, 113), jump_max=10) == Rejection(Rule.JUMP, 11, 10)


def test_a_jump_in_units_of_volatility() -> None:
    rules: dict[str, Any] = {"jump_volatility": 5, "volatility_floor": 1}
    assert judged(known(), prices(105, 107), **rules) is None
    assert judged(known(), prices(106, 108), **rules).rule is Rule.VOLATILITY_JUMP
    lively = known(1000, 1002)
    for step in range(400):
        hear(lively, prices(1000 + 4 * (step % 2), 1002 + 4 * (step % 2)))
    assert judged(lively, prices(1012, 1014), **rules) is None


def test_a_market_that_moved_is_believed_at_the_second_price_a_spike_never() -> None:
    provider = known()
    assert hear(provider, prices(150, 152), jump_max=10) is not None
    assert provider.quality is Quality.OUTLIER
    assert hear(provider, prices(151, 153), jump_max=10) is None
    assert provider.is_good
    spiked = known()
    hear(spiked, prices(150, 152), jump_max=10)
    assert hear(spiked, prices(101, 103), jump_max=10) is None
    assert spiked.is_good


def test_an_outlier_needs_two_others_that_say_otherwise() -> None:
    far = prices(120, 122)
    assert judged(known(), far, (202,), outlier_max=10) is None
    assert judged(known(), far, (202, 204), outlier_max=10).rule is Rule.OUTLIER
    assert judged(known(), far, (202, 240), outlier_max=10) is None
    assert judged(known(), prices(111, 113), (202, 202, 230), outlier_max=10) == Rejection(
        Rule.OUTLIER, 11, 10
    )
    assert judged(known(), prices(110, 112), (202, 202, 230), outlier_max=10) is None


def test_a_price_that_is_old_when_it_comes_is_stale() -> None:
    assert judged(known(), prices(100, 102, NOW - 5), late_ns=5) is None
    assert judged(known(), prices(100, 102, NOW - 6), late_ns=5) == Rejection(Rule.LATE, 6, 5)


def test_the_first_test_that_fails_is_the_one_that_is_told() -> None:
    rules: dict[str, Any] = {"spread_max": 5, "jump_max": 10, "late_ns": 5}
    assert judged(known(), prices(1000, 990, 1), **rules).rule is Rule.SCALE
    assert judged(known(), prices(150, 140, 1), **rules).rule is Rule.CROSSED
    assert judged(known(), prices(150, 160, 1), **rules).rule is Rule.MAX_SPREAD
    assert judged(known(), prices(150, 152, 1), **rules).rule is Rule.JUMP
    assert judged(known(), prices(101, 103, 1), **rules).rule is Rule.LATE


def test_who_was_bad_is_believed_after_so_many_good_prices_and_so_long() -> None:
    provider = known()
    rules: dict[str, Any] = {"good_ticks": 3, "reentry_ns": 10}
    hear(provider, prices(101, 100), NOW, **rules)
    for number, good in ((1, False), (2, False), (12, True)):
        hear(provider, prices(100, 102), NOW + number, **rules)
        assert provider.is_good is good
    hear(provider, prices(101, 100), NOW + 20, **rules)
    for number, good in ((21, False), (22, False), (23, False), (30, True)):
        hear(provider, prices(100, 102), NOW + number, **rules)
        assert provider.is_good is good
