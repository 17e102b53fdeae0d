"""A market with labelled faults against the book: how long, and how large, a bad price stands.

Bad is a price of ours that comes of a provider's faulty one; of a provider that is silent, one that
comes of what it said before.
"""

from bisect import bisect_right
from collections.abc import Iterator
from itertools import takewhile
from typing import NamedTuple

from msgspec.structs import replace

from quoting.domain.cleansing import CleansingRules
from quoting.domain.events import Heard, Tick
from quoting.domain.generated_market import INSTRUMENTS, STREAMS, GeneratedMarket, Quoted
from quoting.domain.generated_market_faults import PAUSE_NS, Fault, FaultKind, planned
from quoting.domain.settings import PairSettings
from quoting.domain.words import Side
from riskgw.kernel.times import NS_PER_SECOND
from tests.quoting.domain.desk import PAIR, SETTINGS, START_NS, Desk

# A rule for each of them says that such a price is none.
WITHDRAWN_AT_ONCE = (
    FaultKind.CROSSED, FaultKind.DECIMAL, FaultKind.SPIKE, FaultKind.DISAGREEMENT,
)  # fmt: skip
SOURCES = tuple(dict.fromkeys(stream.source for stream in STREAMS))
RULES = CleansingRules(spread_max=60, jump_max=60, outlier_max=50)
DAY_SETTINGS = replace(SETTINGS, choices={"ALL": SOURCES}, cross_max=20, cleansing=RULES)
UNPROTECTED = replace(DAY_SETTINGS, cross_max=1 << 40, cleansing=CleansingRules(scale_factor=0))
# A thousand of the currency for a second.
_UNIT = 1_000 * NS_PER_SECOND


class Outcome(NamedTuple):
    """Of one fault: how long bad prices stood, that times their sizes, and how many came."""

    fault: Fault
    live_ns: int
    live_size_ns: int
    prices: int


class FaultDay:
    """Runs a plan of faults through a book with one pair."""

    def __init__(self, seed: int, count: int, settings: PairSettings = DAY_SETTINGS) -> None:
        instrument = next(each for each in INSTRUMENTS if each.pair == PAIR)
        providers = [each.key for each in STREAMS]
        self.faults = planned(seed, [PAIR], providers, dict.fromkeys(FaultKind, count))
        self._begin_ns = [each.from_ns for each in self.faults]
        market = GeneratedMarket(seed, (instrument,), STREAMS, self.faults, rate=4)
        self._end_ns = START_NS + self.faults[-1].to_ns + PAUSE_NS
        self._quotes = takewhile(lambda each: each.at_ns < self._end_ns, market.quotes(START_NS))
        self.desk = Desk(settings).up()
        self._said: dict[str, Quoted] = {}
        self._live = dict.fromkeys(self.faults, (0, 0))
        self._prices = dict.fromkeys(self.faults, 0)
        # How many steps there were, and how many of them without any price of ours.
        self.steps = self.empty = 0

    def run(self) -> list[Outcome]:
        for at_ns, event in self._events():
            self._wait_until(at_ns)
            self.desk.do(event)
            self.steps += 1
            self.empty += not self.desk.peer.held
            if self.steps == 2 * len(STREAMS):
                self.desk.start_all()
        return [Outcome(each, *self._live[each], self._prices[each]) for each in self.faults]

    def _events(self) -> Iterator[tuple[int, Tick | Heard]]:
        """Prices, and a heartbeat a second of each source that is not silent."""
        beat_ns = START_NS
        for quoted in self._quotes:
            while beat_ns <= quoted.at_ns:
                fault = self._fault(beat_ns)
                for source in SOURCES:
                    if fault is None or (fault.kind, fault.provider) != (FaultKind.GAP, source):
                        yield beat_ns, Heard(source)
                beat_ns += NS_PER_SECOND
            self._said[f"{quoted.source}:{quoted.provider}"] = quoted
            fault = self._fault(quoted.at_ns)
            if fault is not None and quoted.fault is not None:
                self._prices[fault] += 1
            steps = quoted.bids, quoted.asks
            yield quoted.at_ns, Tick(PAIR, quoted.source, quoted.provider, *steps, quoted.at_ns)

    def _fault(self, at_ns: int) -> Fault | None:
        after_ns = at_ns - START_NS
        place = bisect_right(self._begin_ns, after_ns) - 1
        found = self.faults[place] if place >= 0 else None
        return found if found is not None and after_ns < found.to_ns else None

    def _wait_until(self, at_ns: int) -> None:
        """Time passes; what stands meanwhile is measured."""
        while self.desk.now_ns < at_ns:
            due_ns = self.desk.book.next_at_ns() or at_ns
            until_ns = min(max(due_ns, self.desk.now_ns + 1), at_ns)
            self._measure(until_ns)
            self.desk.wait(until_ns - self.desk.now_ns)

    def _measure(self, until_ns: int) -> None:
        from_ns = self.desk.now_ns
        fault = self._fault(from_ns)
        if fault is None:
            return
        ends_ns = min(until_ns, START_NS + fault.to_ns)
        size = sum(
            size
            for (_, side, _), (_, size) in self.desk.peer.held.items()
            if self._is_bad(fault, side)
        )
        if size:
            live_ns, live_size_ns = self._live[fault]
            lasts_ns = ends_ns - from_ns
            self._live[fault] = live_ns + lasts_ns, live_size_ns + lasts_ns * size

    def _is_bad(self, fault: Fault, side: Side) -> bool:
        """Whether our price of the side comes of the faulty provider's."""
        market = self.desk.book.panels[PAIR].market
        name = market.best.bid_provider if side is Side.BID else market.best.ask_provider
        keys = [key for key in self._said if key.partition(":")[2] == name]
        if not any(fault.concerns(PAIR, key) for key in keys):
            return False
        if fault.kind in (FaultKind.GAP, FaultKind.FREEZE):
            return True
        quoted = self._said[keys[0]]
        provider = market.providers[quoted.source, quoted.provider]
        return (
            quoted.fault is not None
            and provider.prices is not None
            and (provider.prices.bids, provider.prices.asks) == (quoted.bids, quoted.asks)
        )


def in_units(live_size_ns: int) -> int:
    """Thousands of the currency times seconds."""
    return live_size_ns // _UNIT
