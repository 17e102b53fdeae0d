"""One two-sided price out of several providers', for a tier's size. Bids round down, asks up."""

from collections.abc import Sequence
from enum import StrEnum
from operator import itemgetter
from typing import NamedTuple

from quoting.domain.sources import Provider
from quoting.domain.words import Reason

_price = itemgetter(0)


class Algorithm(StrEnum):
    """How prices of several providers become one."""

    BEST = "best"
    VWAP = "vwap"
    WEIGHTED_MID = "weighted_mid"
    MEDIAN_MID = "median_mid"
    PRIMARY = "primary"


# Those whose price depends on how much is quoted.
BY_SIZE = (Algorithm.VWAP,)


class Composite(NamedTuple):
    """What the market is; whose price it is stands beside it, empty where it is several's."""

    bid: int | None
    ask: int | None
    bid_provider: str = ""
    ask_provider: str = ""
    reason: Reason = Reason.NONE


NOTHING = Composite(None, None, reason=Reason.NO_SOURCE)


def composite(algorithm: Algorithm, good: Sequence[Provider], size: int) -> Composite:
    """The price of the good providers; for `PRIMARY` only the chosen one is among them."""
    if not good:
        return NOTHING
    return _BY_ALGORITHM[algorithm](good, size)


def _best(good: Sequence[Provider], size: int) -> Composite:
    """The highest bid and the lowest ask; of equal ones the first provider's."""
    bid = ask = 0
    bidder = asker = good[0]
    for provider in good:
        prices = provider.prices
        assert prices is not None
        if prices.bids[0][0] > bid:
            bid, bidder = prices.bids[0][0], provider
        if not ask or prices.asks[0][0] < ask:
            ask, asker = prices.asks[0][0], provider
    return Composite(bid, ask, bidder.name, asker.name)


def _vwap(good: Sequence[Provider], size: int) -> Composite:
    """What the whole size would cost, taken from all providers' steps in order of price."""
    bids = [step for provider in good if provider.prices for step in provider.prices.bids]
    asks = [step for provider in good if provider.prices for step in provider.prices.asks]
    bid = _mean_price(sorted(bids, key=_price, reverse=True), size)
    ask = _mean_price(sorted(asks, key=_price), size)
    if bid is None or ask is None:
        return Composite(None, None, reason=Reason.NO_DEPTH)
    whole_bid, _ = bid
    whole_ask, is_exact = ask
    name = good[0].name if len(good) == 1 else ""
    return Composite(whole_bid, whole_ask + (not is_exact), name, name)


def _mean_price(steps: Sequence[tuple[int, int]], size: int) -> tuple[int, bool] | None:
    """The mean price rounded down, and whether it is exact; None if there is not enough."""
    left, cost = size, 0
    for price, available in steps:
        part = min(left, available) if available else left
        cost += part * price
        left -= part
        if left == 0:
            break
    if left or not size:
        return None
    price, rest = divmod(cost, size)
    return price, rest == 0


def _weighted_mid(good: Sequence[Provider], size: int) -> Composite:
    """Each side weighs by what stands on the other: a large bid pushes the mid up."""
    cost = weight = 0
    for provider in good:
        prices = provider.prices
        assert prices is not None
        (bid, bid_size), (ask, ask_size) = prices.bids[0], prices.asks[0]
        if not bid_size or not ask_size:
            bid_size = ask_size = 1
        cost += bid * ask_size + ask * bid_size
        weight += bid_size + ask_size
    return _about(cost, weight, good)


def _median_mid(good: Sequence[Provider], size: int) -> Composite:
    """The provider in the middle; of an even number the mean of the two."""
    mids = sorted(each.prices.bid + each.prices.ask for each in good if each.prices)
    middle = len(mids) // 2
    if len(mids) % 2:
        return _about(mids[middle], 2, good)
    return _about(mids[middle - 1] + mids[middle], 4, good)


def _about(cost: int, weight: int, good: Sequence[Provider]) -> Composite:
    name = good[0].name if len(good) == 1 else ""
    return Composite(cost // weight, -(-cost // weight), name, name)


_BY_ALGORITHM = {
    Algorithm.BEST: _best,
    Algorithm.VWAP: _vwap,
    Algorithm.WEIGHTED_MID: _weighted_mid,
    Algorithm.MEDIAN_MID: _median_mid,
    Algorithm.PRIMARY: _best,
}


class Primary:
    """Which provider is in use, by rank: the next one steps in at once, the better one comes back
    only after it was good for a while, so that one that comes and goes does not switch to and fro.
    """

    __slots__ = ("chosen", "good_since")

    def __init__(self) -> None:
        self.chosen: str | None = None
        self.good_since: dict[str, int] = {}

    def choose(
        self, good: Sequence[Provider], ranks: Sequence[str], failback_ns: int, at_ns: int
    ) -> list[Provider]:
        """The one to use, if there is any; those without a rank are not used."""
        alive = {provider.key: provider for provider in good if provider.key in ranks}
        self.good_since = {name: self.good_since.get(name, at_ns) for name in alive}
        ranked = [name for name in ranks if name in alive]
        if self.chosen not in alive:
            self.chosen = ranked[0] if ranked else None
        for name in ranked:
            if name == self.chosen:
                break
            if at_ns - self.good_since[name] >= failback_ns:
                self.chosen = name
                break
        return [alive[self.chosen]] if self.chosen is not None else []

    def next_ns(self, ranks: Sequence[str], failback_ns: int) -> int | None:
        """When a better one may come back."""
        if self.chosen is None:
            return None
        better = ranks[: list(ranks).index(self.chosen)] if self.chosen in ranks else ()
        since = [self.good_since[name] for name in better if name in self.good_since]
        return min(since) + failback_ns if since else None
