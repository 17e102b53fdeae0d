"""What a provider said last, and what it is good for. Prices are ticks, sizes units."""

import msgspec

from quoting.domain.words import Quality

# (price, size), the best first; a size of 0 says that the source tells none.
Steps = tuple[tuple[int, int], ...]
STEPS_MAX = 20
# Providers that one pair hears.
PROVIDERS_MAX = 32


class Prices(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One provider's two sides at one moment."""

    bids: Steps
    asks: Steps
    source_ns: int = 0
    number: int = 0

    @property
    def bid(self) -> int:
        return self.bids[0][0]

    @property
    def ask(self) -> int:
        return self.asks[0][0]


class Provider(msgspec.Struct, eq=False):
    """One provider of a data source as it stands.

    `heard_ns` is renewed by heartbeats too: a quiet market is no dead one. `twice_mid` and
    `rival_mid` are sums of bid and ask: of the newest good prices, and of those a jump led to.
    """

    source: str
    name: str
    is_disabled: bool = False
    is_down: bool = False
    prices: Prices | None = None
    fault: Quality = Quality.OK
    good_run: int = 0
    bad_at_ns: int | None = None
    heard_ns: int = 0
    is_stale: bool = False
    twice_mid: int | None = None
    rival_mid: int | None = None
    volatility: int = 0

    @property
    def key(self) -> str:
        """Its name among the providers of all sources."""
        return f"{self.source}:{self.name}"

    @property
    def quality(self) -> Quality:
        if self.is_disabled:
            return Quality.DISABLED
        if self.is_down or self.prices is None:
            return Quality.DOWN
        return Quality.STALE if self.is_stale else self.fault

    @property
    def is_good(self) -> bool:
        return (
            self.fault is Quality.OK
            and self.prices is not None
            and not (self.is_stale or self.is_down or self.is_disabled)
        )
