"""The market of one pair as its providers tell it, and the composite price that is quoted from."""

from collections.abc import Sequence

from quoting.domain.aggregation import BY_SIZE, NOTHING, Algorithm, Composite, Primary, composite
from quoting.domain.cleansing import Rejection, Rule, rejection, take
from quoting.domain.events import Tick
from quoting.domain.settings import PairSettings
from quoting.domain.sources import PROVIDERS_MAX, Prices, Provider
from quoting.domain.words import QUALITY_REASONS, Quality, Reason

_NEVER = 1 << 62
_VOLATILITY_SHIFT = 5


class Market:
    """Providers by their key, and which data sources are listened to."""

    __slots__ = (
        "_chosen", "_primary", "_settings", "_stale_ns", "_twice_mid", "best", "good_ns",
        "providers", "source", "volatility",
    )  # fmt: skip

    def __init__(self, settings: PairSettings) -> None:
        self._settings = settings
        self.providers: dict[tuple[str, str], Provider] = {}
        self.source = next(iter(settings.choices), "")
        self._chosen: list[Provider] = []
        self._primary = Primary()
        # Not before then can a provider become stale.
        self._stale_ns = _NEVER
        self.best = NOTHING
        self.good_ns = 0
        # Of the composite: a moving mean of |move| of twice its mid, in half ticks times 32.
        self.volatility = 0
        self._twice_mid: int | None = None

    def configure(self, settings: PairSettings) -> None:
        self._settings = settings
        if self.source not in settings.choices:
            self.source = next(iter(settings.choices), "")
        self._choose()

    def choose(self, source: str) -> bool:
        """Whether there is such a choice."""
        if source not in self._settings.choices:
            return False
        self.source = source
        self._primary = Primary()
        self._choose()
        return True

    def hear(self, tick: Tick, at_ns: int) -> tuple[bool, Rejection | None]:
        """Whether what we quote from may have changed, and why the price was not believed."""
        provider = self.providers.get((tick.source, tick.provider))
        if provider is None:
            if len(self.providers) >= PROVIDERS_MAX:
                return False, Rejection(Rule.PROVIDERS, PROVIDERS_MAX + 1, PROVIDERS_MAX)
            provider = self._added(tick)
        before, was_good = provider.prices, provider.is_good
        prices = Prices(tick.bids, tick.asks, tick.source_ns, tick.number)
        rules = self._settings.cleansing
        others = self._others(provider) if rules.outlier_max else ()
        found = rejection(rules, provider, prices, others, at_ns)
        take(rules, provider, prices, found, at_ns)
        self._stale_ns = min(self._stale_ns, at_ns + self._ttl(provider))
        is_good = provider.is_good
        if is_good:
            self.good_ns = at_ns
        if not is_good and not was_good:
            return False, found
        is_same = (
            is_good and was_good and before is not None
            and before.bids == prices.bids and before.asks == prices.asks
        )  # fmt: skip
        return not is_same, found

    def heard(self, source: str, at_ns: int) -> None:
        """A sign of life renews what is not stale yet; what is stale has to come with a price."""
        for provider in self.providers.values():
            if provider.source == source:
                provider.heard_ns = at_ns

    def down(self, source: str, name: str | None = None) -> None:
        """All providers of the source, or the one of that name."""
        for provider in self.providers.values():
            if provider.source == source and name in (None, provider.name):
                provider.is_down = True

    def enable(self, key: tuple[str, str], is_enabled: bool) -> bool:
        """Whether there is such a provider."""
        provider = self.providers.get(key)
        if provider is not None:
            provider.is_disabled = not is_enabled
        return provider is not None

    def expire(self, at_ns: int) -> bool:
        """Whether a provider has become stale."""
        if at_ns < self._stale_ns:
            return False
        found = False
        self._stale_ns = _NEVER
        for provider in self.providers.values():
            if provider.is_stale or provider.is_down:
                continue
            end_ns = provider.heard_ns + self._ttl(provider)
            if end_ns <= at_ns:
                provider.is_stale = found = True
            else:
                self._stale_ns = min(self._stale_ns, end_ns)
        return found

    def next_ns(self) -> int:
        """When time alone may change something."""
        if self._settings.algorithm is not Algorithm.PRIMARY:
            return self._stale_ns
        back = self._primary.next_ns(self._settings.ranks, self._settings.failback_ns)
        return self._stale_ns if back is None else min(back, self._stale_ns)

    def composites(self, sizes: Sequence[int], at_ns: int) -> list[Composite]:
        """The market's price for each level's size; the best level's is kept for the header."""
        settings = self._settings
        good = [provider for provider in self._chosen if provider.is_good]
        if settings.algorithm is Algorithm.PRIMARY:
            good = self._primary.choose(good, settings.ranks, settings.failback_ns, at_ns)
        if not good:
            self.best = NOTHING._replace(reason=self._why_none())
            return [self.best] * len(sizes)
        if settings.algorithm in BY_SIZE:
            each = [self._uncrossed(composite(settings.algorithm, good, size)) for size in sizes]
            self.best = each[0]
        else:
            self.best = self._uncrossed(composite(settings.algorithm, good, 0))
            each = [self.best] * len(sizes)
        self._measure()
        return each

    def _measure(self) -> None:
        bid, ask = self.best.bid, self.best.ask
        if bid is None or ask is None:
            return
        if self._twice_mid is not None:
            move = abs(bid + ask - self._twice_mid) << _VOLATILITY_SHIFT
            self.volatility += (move - self.volatility) >> _VOLATILITY_SHIFT
        self._twice_mid = bid + ask

    def _uncrossed(self, found: Composite) -> Composite:
        """Providers that disagree too much leave no price."""
        if found.bid is None or found.ask is None:
            return found
        if found.bid - found.ask > self._settings.cross_max:
            return found._replace(bid=None, ask=None, reason=Reason.CROSSED)
        return found

    def _why_none(self) -> Reason:
        """What is wrong with all of them, if it is the same with all."""
        qualities = {provider.quality for provider in self._chosen}
        if len(qualities) == 1:
            return QUALITY_REASONS[qualities.pop()] or Reason.NO_SOURCE
        qualities.discard(Quality.DOWN)
        qualities.discard(Quality.DISABLED)
        return QUALITY_REASONS[qualities.pop()] if len(qualities) == 1 else Reason.NO_SOURCE

    def _added(self, tick: Tick) -> Provider:
        provider = Provider(tick.source, tick.provider)
        self.providers[tick.source, tick.provider] = provider
        self._choose()
        return provider

    def _choose(self) -> None:
        sources = self._settings.choices.get(self.source, ())
        self._chosen = [each for each in self.providers.values() if each.source in sources]

    def _others(self, provider: Provider) -> list[int]:
        return [
            each.twice_mid
            for each in self.providers.values()
            if each is not provider and each.twice_mid is not None and each.is_good
        ]

    def _ttl(self, provider: Provider) -> int:
        ttls = self._settings.ttls
        return ttls.sources.get(provider.source, ttls.source_ns) or _NEVER
