"""Price cleansing: which prices are believed, in the order of the tests.

1. Parse: both sides there, positive, each step worse than the one before.
2. Decimal or scale error: far from the last good price by a factor.
3. Crossed, or locked where that is not allowed.
4. Spread too small or too large.
5. Jump against the provider's own last price, in ticks and in units of its volatility. The next
   price near where the jump led is no jump any more: the market may have moved.
6. Outlier against the median of the others, where three or more are good.
7. Stale on arrival.
A provider that was bad is believed again after `good_ticks` good prices and `reentry_ns`.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

import msgspec

from quoting.domain.sources import STEPS_MAX, Prices, Provider, Steps
from quoting.domain.words import Quality

_PRICE_MAX = 1 << 53
# Volatility is a moving mean of |move|, in 1/256 of half a tick, over about 32 prices.
VOLATILITY_UNIT = 256
_VOLATILITY_SHIFT = 5
_OTHERS_MIN = 2


class Rule(StrEnum):
    """The test that a price failed."""

    PARSE = "parse"
    SCALE = "scale"
    CROSSED = "crossed"
    LOCKED = "locked"
    MIN_SPREAD = "min_spread"
    MAX_SPREAD = "max_spread"
    JUMP = "jump"
    VOLATILITY_JUMP = "volatility_jump"
    OUTLIER = "outlier"
    LATE = "late"
    # More providers than a pair can hear; nothing is known of this one.
    PROVIDERS = "providers"


QUALITIES = {
    **dict.fromkeys(Rule, Quality.OUTLIER),
    Rule.CROSSED: Quality.CROSSED,
    Rule.LOCKED: Quality.CROSSED,
    Rule.LATE: Quality.STALE,
}


class CleansingRules(msgspec.Struct, frozen=True):
    """The limits of the tests, in ticks; 0 leaves a test out."""

    scale_factor: int = 4
    locked_allowed: bool = True
    spread_min: int = 0
    spread_max: int = 0
    jump_max: int = 0
    jump_volatility: int = 0
    volatility_floor: int = 1
    outlier_max: int = 0
    late_ns: int = 0
    good_ticks: int = 1
    reentry_ns: int = 0


class Rejection(NamedTuple):
    """Why a price was not believed: the test, what was found and what it was held against."""

    rule: Rule
    value: int
    limit: int


def rejection(
    rules: CleansingRules, provider: Provider, prices: Prices, others: Iterable[int], at_ns: int
) -> Rejection | None:
    """The first test that the price fails. `others` are twice the mids of the other good ones."""
    parse = _unreadable(prices)
    if parse is not None:
        return parse
    bid, ask = prices.bid, prices.ask
    twice_mid = bid + ask
    last = provider.twice_mid
    if last is not None and rules.scale_factor:
        factor = max(twice_mid, last) // min(twice_mid, last)
        if factor >= rules.scale_factor:
            return Rejection(Rule.SCALE, twice_mid, last)
    return (
        _bad_spread(rules, ask - bid)
        or _jump(rules, provider, twice_mid)
        or _outlier(rules, twice_mid, others)
        or _late(rules, prices, at_ns)
    )


def take(
    rules: CleansingRules, provider: Provider, prices: Prices, found: Rejection | None, at_ns: int
) -> None:
    """The provider as it stands after the price, believed or not."""
    provider.heard_ns = at_ns
    provider.is_stale = provider.is_down = False
    if found is not None:
        provider.fault = QUALITIES[found.rule]
        provider.good_run = 0
        provider.bad_at_ns = at_ns
        if found.rule in (Rule.JUMP, Rule.VOLATILITY_JUMP):
            provider.rival_mid = prices.bid + prices.ask
        return
    twice_mid = prices.bid + prices.ask
    if provider.twice_mid is not None:
        move = abs(twice_mid - provider.twice_mid) * VOLATILITY_UNIT
        provider.volatility += (move - provider.volatility) >> _VOLATILITY_SHIFT
    provider.twice_mid = twice_mid
    provider.rival_mid = None
    provider.prices = prices
    if provider.bad_at_ns is not None:
        provider.good_run += 1
        is_back = provider.good_run >= rules.good_ticks
        if is_back and at_ns - provider.bad_at_ns >= rules.reentry_ns:
            provider.bad_at_ns = None
            provider.fault = Quality.OK


def _unreadable(prices: Prices) -> Rejection | None:
    for steps, sign in ((prices.bids, -1), (prices.asks, 1)):
        if not 1 <= len(steps) <= STEPS_MAX:
            return Rejection(Rule.PARSE, len(steps), STEPS_MAX)
        if len(steps) == 1:
            price, size = steps[0]
            if not 0 < price <= _PRICE_MAX or size < 0:
                return Rejection(Rule.PARSE, price, _PRICE_MAX)
            continue
        worst = _disorder(steps, sign)
        if worst is not None:
            return Rejection(Rule.PARSE, worst, steps[0][0])
    return None


def _disorder(steps: Steps, sign: int) -> int | None:
    """The first price of a ladder that does not belong there."""
    before = None
    for price, size in steps:
        if not 0 < price <= _PRICE_MAX or size < 0:
            return price
        if before is not None and (price - before) * sign < 0:
            return price
        before = price
    return None


def _bad_spread(rules: CleansingRules, spread: int) -> Rejection | None:
    if spread < 0:
        return Rejection(Rule.CROSSED, spread, 0)
    if spread == 0 and not rules.locked_allowed:
        return Rejection(Rule.LOCKED, 0, 1)
    if spread < rules.spread_min:
        return Rejection(Rule.MIN_SPREAD, spread, rules.spread_min)
    if rules.spread_max and spread > rules.spread_max:
        return Rejection(Rule.MAX_SPREAD, spread, rules.spread_max)
    return None


def _jump(rules: CleansingRules, provider: Provider, twice_mid: int) -> Rejection | None:
    last = provider.twice_mid
    if last is None:
        return None
    move = abs(twice_mid - last)
    if provider.rival_mid is not None:
        move = min(move, abs(twice_mid - provider.rival_mid))
    if rules.jump_max and move > 2 * rules.jump_max:
        return Rejection(Rule.JUMP, (move + 1) // 2, rules.jump_max)
    if rules.jump_volatility:
        unit = max(provider.volatility, 2 * rules.volatility_floor * VOLATILITY_UNIT)
        if move * VOLATILITY_UNIT > rules.jump_volatility * unit:
            limit = rules.jump_volatility * unit // (2 * VOLATILITY_UNIT)
            return Rejection(Rule.VOLATILITY_JUMP, (move + 1) // 2, limit)
    return None


def _outlier(rules: CleansingRules, twice_mid: int, others: Iterable[int]) -> Rejection | None:
    if not rules.outlier_max:
        return None
    mids = sorted(others)
    if len(mids) < _OTHERS_MIN:
        return None
    # Of an even number of others, the nearer of the two in the middle: doubt is not enough.
    middle = mids[(len(mids) - 1) // 2], mids[len(mids) // 2]
    distance = min(abs(twice_mid - mid) for mid in middle)
    if distance > 2 * rules.outlier_max:
        return Rejection(Rule.OUTLIER, (distance + 1) // 2, rules.outlier_max)
    return None


def _late(rules: CleansingRules, prices: Prices, at_ns: int) -> Rejection | None:
    if not rules.late_ns or not prices.source_ns:
        return None
    age = at_ns - prices.source_ns
    return Rejection(Rule.LATE, age, rules.late_ns) if age > rules.late_ns else None
