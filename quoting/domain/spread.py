"""From the market's price to ours: what each dimension adds, in whole ticks, kept for Details.

The market's price of a side plus its addends is our price, always. Addends are signed as they move
the price: widening takes from bids and adds to asks, skew moves both alike.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import NamedTuple

import msgspec

from quoting.domain.words import OUTWARD, Side

_MINUTES_PER_DAY = 24 * 60


class Addend(IntEnum):
    """What moves a price, in the order in which Details lists it."""

    BASE = 0
    TIER = 1
    CHANNEL = 2
    GROUP = 3
    TIME_OF_DAY = 4
    VOLATILITY = 5
    SKEW = 6
    POSITION = 7
    STRATEGY = 8
    GUARD = 9
    ADJUST = 10
    MIN_SPREAD = 11
    LADDER = 12
    ROUNDING = 13


Addends = tuple[int, ...]
NO_ADDENDS: Addends = (0,) * len(Addend)


class Span(msgspec.Struct, frozen=True):
    """Widening from one minute of the local day to another, over midnight where it ends earlier."""

    first_minute: int
    end_minute: int
    ticks: int


class SpreadRules(msgspec.Struct, frozen=True):
    """Half spreads in ticks a side by dimension, and what keeps the whole within bounds."""

    base: int = 0
    tiers: Mapping[int, int] = {}
    channels: Mapping[str, int] = {}
    groups: Mapping[str, int] = {}
    times: tuple[Span, ...] = ()
    # A tick for so much volatility (half ticks of the mean move) above the threshold.
    volatility_from: int = 0
    volatility_step: int = 0
    volatility_max: int = 0
    skew: int = 0
    # A tick for so many units of position, against it.
    position_step: int = 0
    position_max: int = 0
    spread_min: int = 1
    spread_max: int = 0
    # Prices are multiples of it.
    grid: int = 1


class Situation(NamedTuple):
    """What the moment adds. `position_*`: what would be held if all pending of the side came in."""

    minute: int = 0
    volatility: int = 0
    position_bid: int = 0
    position_ask: int = 0
    strategy_bid: int = 0
    strategy_ask: int = 0


def policy(
    rules: SpreadRules, side: Side, level: int, names: tuple[str, str], now: Situation
) -> Addends:
    """What the dimensions add on a side of a level; `names` are the channel and client group."""
    channel, group = names
    out = OUTWARD[side]
    is_bid = side is Side.BID
    return (
        out * rules.base,
        out * rules.tiers.get(level, 0),
        out * rules.channels.get(channel, 0),
        out * rules.groups.get(group, 0),
        out * sum(span.ticks for span in rules.times if is_within(span, now.minute)),
        out * _volatility(rules, now.volatility),
        rules.skew,
        _position(rules, now.position_bid if is_bid else now.position_ask),
        now.strategy_bid if is_bid else now.strategy_ask,
    )


class Pricing(NamedTuple):
    """Both sides of a level: prices and what led to them."""

    bid: int
    ask: int
    bid_addends: Addends
    ask_addends: Addends


def priced(
    rules: SpreadRules,
    market: tuple[int, int],
    policies: tuple[Addends, Addends],
    adjusts: tuple[int, int],
    best: tuple[int, int] | None,
) -> Pricing:
    """Our bid and ask: policy, guard, the trader's adjustment, never inside the least spread, never
    better than `best` (the level before), bids rounded down and asks up."""
    policy_bid, policy_ask = policies
    adjust_bid, adjust_ask = adjusts
    bid = market[0] + sum(policy_bid)
    ask = market[1] + sum(policy_ask)
    guard_bid = guard_ask = keep_bid = keep_ask = ladder_bid = ladder_ask = 0
    if ask - bid < rules.spread_min:
        guard_bid, guard_ask = _guard(rules.spread_min - (ask - bid))
    bid += guard_bid + adjust_bid
    ask += guard_ask + adjust_ask
    if ask - bid < rules.spread_min:
        keep_bid, keep_ask = _kept_apart(rules.spread_min - (ask - bid), adjust_bid)
        bid += keep_bid
        ask += keep_ask
    if best is not None:
        ladder_bid = best[0] - bid if bid > best[0] else 0
        ladder_ask = best[1] - ask if ask < best[1] else 0
        bid += ladder_bid
        ask += ladder_ask
    down, up = -(bid % rules.grid), -ask % rules.grid
    return Pricing(
        bid + down,
        ask + up,
        (*policy_bid, guard_bid, adjust_bid, keep_bid, ladder_bid, down),
        (*policy_ask, guard_ask, adjust_ask, keep_ask, ladder_ask, up),
    )


def is_within(span: Span, minute: int) -> bool:
    if span.first_minute <= span.end_minute:
        return span.first_minute <= minute < span.end_minute
    return not span.end_minute <= minute < span.first_minute


def next_minute(rules: SpreadRules, minute: int) -> int | None:
    """So many minutes until a time of day begins or ends."""
    edges = {edge for span in rules.times for edge in (span.first_minute, span.end_minute)}
    return min((_minutes_to(edge, minute) for edge in edges), default=None)


def _minutes_to(edge: int, minute: int) -> int:
    return (edge - minute) % _MINUTES_PER_DAY or _MINUTES_PER_DAY


def _volatility(rules: SpreadRules, volatility: int) -> int:
    if not rules.volatility_step or volatility <= rules.volatility_from:
        return 0
    return min((volatility - rules.volatility_from) // rules.volatility_step, rules.volatility_max)


def _position(rules: SpreadRules, position: int) -> int:
    """Who is long lowers both prices, so that others buy; rounded towards no skew."""
    if not rules.position_step:
        return 0
    ticks = min(abs(position) // rules.position_step, rules.position_max)
    return -ticks if position > 0 else ticks


def _guard(short: int) -> tuple[int, int]:
    return -(short // 2), short - short // 2


def _kept_apart(short: int, adjust_bid: int) -> tuple[int, int]:
    """An adjustment inwards is cut where it would go inside the least spread."""
    from_bid = min(short, max(0, adjust_bid))
    return -from_bid, short - from_bid
