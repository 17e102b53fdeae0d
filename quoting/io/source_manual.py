"""Prices that dealers type: each holds until its time is over, or is taken back."""

import asyncio
from typing import NamedTuple

from quoting.domain.events import Heard, ProviderDown, Tick
from quoting.domain.source_settings import SourceSettings
from quoting.io.source_link import Hear, Source
from quoting.wire.sources.problems import Problem, Trouble, problem
from riskgw.kernel.times import NS_PER_SECOND

PRICES_MAX = 1_000
_BY_NOBODY = "DEALER"


class _Typed(NamedTuple):
    """One dealer's price of a pair."""

    pair: str
    by: str


class ManualSource(Source):
    """A dealer is a provider. While a price holds the source is alive; nothing else speaks for it.

    Prices are ticks. Only within the running event loop.
    """

    def __init__(self, settings: SourceSettings, hear: Hear) -> None:
        super().__init__(settings, hear)
        self._pairs = {pair.pair for pair in settings.pairs}
        self._ends: dict[_Typed, asyncio.TimerHandle] = {}

    async def run(self) -> None:
        self._came()
        try:
            while True:
                await asyncio.sleep(self.settings.heartbeat_seconds)
                if self._ends:
                    self._hear(Heard(self.settings.name))
        finally:
            for timer in self._ends.values():
                timer.cancel()
            self._ends.clear()
            self._lost("stopped")

    def typed(self, pair: str, bid: int, ask: int, ttl_ns: int, by: str) -> Problem | None:
        """A price from now on for so long; why not, where it is none."""
        price = _Typed(pair, by or _BY_NOBODY)
        wrong = self._why_not(price, bid, ask, ttl_ns)
        if wrong is not None:
            self._take([wrong])
            return wrong
        before = self._ends.pop(price, None)
        if before is not None:
            before.cancel()
        loop = asyncio.get_running_loop()
        self._ends[price] = loop.call_later(ttl_ns / NS_PER_SECOND, self._over, price)
        self._take([Tick(pair, self.settings.name, price.by, ((bid, 0),), ((ask, 0),))])
        return None

    def taken_back(self, pair: str, by: str) -> bool:
        """Whether there was a price of this dealer."""
        price = _Typed(pair, by or _BY_NOBODY)
        timer = self._ends.get(price)
        if timer is None:
            return False
        timer.cancel()
        self._over(price)
        return True

    def _over(self, price: _Typed) -> None:
        del self._ends[price]
        self._hear(ProviderDown(price.pair, self.settings.name, price.by))

    def _why_not(self, price: _Typed, bid: int, ask: int, ttl_ns: int) -> Problem | None:
        if price.pair not in self._pairs:
            return problem(Trouble.UNKNOWN_SYMBOL, price.pair)
        if not 0 < bid <= ask or ttl_ns <= 0:
            return problem(Trouble.NO_NUMBER, f"{price.pair}: {bid} to {ask} for {ttl_ns} ns")
        if price not in self._ends and len(self._ends) >= PRICES_MAX:
            return problem(Trouble.TOO_MANY, f"more than {PRICES_MAX} typed prices")
        return None
