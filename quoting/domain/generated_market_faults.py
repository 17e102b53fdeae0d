"""Faults that a generated market is to have, and what each does to a price. Times are offsets."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import cycle
from random import Random
from typing import Any, NamedTuple

from quoting.domain.sources import Steps
from riskgw.kernel.times import NS_PER_MS, NS_PER_SECOND

SCALE = 10


class FaultKind(StrEnum):
    """What goes wrong with a provider, or with a whole data source."""

    CROSSED = "crossed"
    DECIMAL = "decimal"
    SPIKE = "spike"
    FREEZE = "freeze"
    GAP = "gap"
    DISAGREEMENT = "disagreement"


# By how many ticks prices are wrong, and for how many milliseconds.
_AMOUNTS = {
    FaultKind.CROSSED: (1, 10),
    FaultKind.SPIKE: (100, 300),
    FaultKind.DISAGREEMENT: (100, 200),
}
_LASTS_MS = {
    FaultKind.CROSSED: (300, 2_000),
    FaultKind.DECIMAL: (300, 2_000),
    FaultKind.SPIKE: (200, 1_000),
    FaultKind.FREEZE: (8_000, 15_000),
    FaultKind.GAP: (6_000, 10_000),
    FaultKind.DISAGREEMENT: (1_000, 5_000),
}
PAUSE_NS = 5 * NS_PER_SECOND


class Fault(NamedTuple):
    """One fault. Of a gap the provider is a data source, and the pair empty: all of them."""

    kind: FaultKind
    pair: str
    provider: str
    from_ns: int
    to_ns: int
    amount: int = 0

    def concerns(self, pair: str, provider: str) -> bool:
        is_there = provider == self.provider or provider.startswith(f"{self.provider}:")
        return self.pair in ("", pair) and is_there

    def label(self, start_ns: int) -> dict[str, Any]:
        """What is known of it beside a tape that began then."""
        return {
            "fault": self.kind.value,
            "pair": self.pair,
            "provider": self.provider,
            "from_ns": start_ns + self.from_ns,
            "to_ns": start_ns + self.to_ns,
        }


def planned(
    seed: int,
    pairs: Sequence[str],
    providers: Sequence[str],
    counts: Mapping[FaultKind, int],
) -> tuple[Fault, ...]:
    """So many faults of each kind, in turn, one at a time with a pause after each."""
    random = Random(seed)  # noqa: S311  # repeatable on purpose, no secret
    left = {kind: count for kind, count in counts.items() if count > 0}
    faults: list[Fault] = []
    at_ns = PAUSE_NS
    for kind in cycle(FaultKind):
        if not left:
            break
        if kind not in left:
            continue
        left[kind] -= 1
        if not left[kind]:
            del left[kind]
        lasts_ns = random.randint(*_LASTS_MS[kind]) * NS_PER_MS
        amount = random.randint(*_AMOUNTS.get(kind, (0, 0)))
        if kind is not FaultKind.CROSSED:
            amount *= random.choice((-1, 1))
        provider, pair = random.choice(providers), random.choice(pairs)
        if kind is FaultKind.GAP:
            provider, pair = provider.partition(":")[0], ""
        faults.append(Fault(kind, pair, provider, at_ns, at_ns + lasts_ns, amount))
        at_ns += lasts_ns + PAUSE_NS + random.randrange(1_000) * NS_PER_MS
    return tuple(faults)


def spoiled(bids: Steps, asks: Steps, fault: Fault) -> tuple[Steps, Steps]:
    """The prices that a fault makes of good ones."""
    match fault.kind:
        case FaultKind.CROSSED:
            return bids, _moved(asks, bids[0][0] - fault.amount - asks[0][0])
        case FaultKind.DECIMAL:
            return _scaled(bids), _scaled(asks)
        case FaultKind.SPIKE | FaultKind.DISAGREEMENT:
            return _moved(bids, fault.amount), _moved(asks, fault.amount)
        case FaultKind.FREEZE | FaultKind.GAP:
            return bids, asks


def _moved(steps: Steps, by: int) -> Steps:
    return tuple((price + by, size) for price, size in steps)


def _scaled(steps: Steps) -> Steps:
    return tuple((price * SCALE, size) for price, size in steps)
