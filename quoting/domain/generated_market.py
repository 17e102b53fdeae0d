"""A made-up market of the temper of real ones: seeded, in whole ticks, for demos and tests.

Gaps, moves and spreads are drawn from quantiles measured on two public tapes (EUR/USD and USD/JPY,
quiet holidays): a seventh of the gaps is longer than 4 s, a hundredth longer than 25 s, bursts have
up to 28 prices a second, and no price is crossed.
1. A hidden mid of each pair moves when a provider quotes, by a drawn move either way.
2. Each provider quotes at drawn gaps, around that mid, with a drawn spread.
3. Whose price the mid has left quotes again soon.
Faults of a plan lie over what the provider would say.
"""

import heapq
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Sequence
from random import Random
from typing import NamedTuple

from quoting.domain.generated_market_faults import Fault, FaultKind, spoiled
from quoting.domain.sources import Steps
from riskgw.kernel.times import NS_PER_MS

MILLION = 1_000_000
# Of a thousand, the places that the quantiles below belong to.
_PLACES = (0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 950, 990, 999, 1000)
# A mid that is so many thousandths off where it began is drawn back.
_LEASH = 20
_SOON_MS = (40, 250)


class Temper(NamedTuple):
    """Quantiles: gaps in milliseconds, moves of twice the mid and spreads in ticks."""

    gaps: Sequence[int]
    moves: Sequence[int]
    spreads: Sequence[int]


CALM = Temper(
    (50, 100, 102, 103, 152, 304, 729, 1_503, 3_000, 6_343, 10_525, 25_471, 55_001, 85_693),
    (0, 0, 0, 0, 1, 1, 1, 1, 2, 3, 4, 8, 22, 42),
    (1, 1, 2, 2, 2, 3, 3, 3, 5, 12, 14, 22, 32, 40),
)
WIDE = Temper(
    (1, 2, 5, 9, 20, 48, 169, 581, 2_233, 6_133, 11_452, 24_865, 55_000, 155_612),
    (0, 0, 1, 1, 2, 2, 3, 4, 6, 9, 12, 24, 41, 41),
    (8, 10, 12, 14, 16, 20, 23, 26, 28, 36, 47, 60, 73, 73),
)


class Instrument(NamedTuple):
    """A pair: its decimals, where its mid begins in ticks, and its temper."""

    pair: str
    decimals: int
    mid: int
    temper: Temper


class Stream(NamedTuple):
    """A provider of a data source, and the sizes of its tiers; none where it tells no sizes."""

    source: str
    provider: str
    tiers: tuple[int, ...] = ()

    @property
    def key(self) -> str:
        return f"{self.source}:{self.provider}"


INSTRUMENTS = (
    Instrument("USD.CNY", 4, 64_694, CALM),
    Instrument("EUR.USD", 5, 112_146, CALM),
    Instrument("USD.JPY", 3, 86_691, WIDE),
    Instrument("GBP.USD", 5, 131_207, WIDE),
    Instrument("USD.HKD", 4, 77_528, CALM),
    Instrument("EUR.CNY", 4, 78_113, WIDE),
)
CMDS, REUTERS, BANK = "CMDSB", "REUTERS", "BANKA"
STREAMS = (
    Stream(CMDS, "BCHO", (MILLION,)),
    Stream(CMDS, "ICBC", (2 * MILLION,)),
    Stream(CMDS, "CCBH", (MILLION,)),
    Stream(REUTERS, "RTRS"),
    Stream(BANK, "BANKA", (MILLION, 5 * MILLION, 10 * MILLION)),
)


class Quoted(NamedTuple):
    """What a provider says; `twice_mid` is where the hidden mid is, `fault` what is wrong."""

    at_ns: int
    pair: str
    source: str
    provider: str
    bids: Steps
    asks: Steps
    twice_mid: int
    fault: FaultKind | None = None


class _Voice:
    """One provider of one pair: what it said last, what will go wrong with it."""

    def __init__(self, instrument: Instrument, stream: Stream, faults: Sequence[Fault]) -> None:
        self.instrument = instrument
        self.stream = stream
        self.faults = deque(
            fault for fault in faults if fault.concerns(instrument.pair, stream.key)
        )
        self.last: Quoted | None = None
        self.is_hurried = False

    def fault(self, after_ns: int) -> Fault | None:
        """The one of this moment."""
        while self.faults and self.faults[0].to_ns <= after_ns:
            self.faults.popleft()
        return self.faults[0] if self.faults and self.faults[0].from_ns <= after_ns else None


class GeneratedMarket:
    """`rate` hastens quotes that many times; `faults` are in the order of their beginning."""

    def __init__(
        self,
        seed: int,
        instruments: Sequence[Instrument] = INSTRUMENTS,
        streams: Sequence[Stream] = STREAMS,
        faults: Sequence[Fault] = (),
        rate: int = 1,
    ) -> None:
        self._random = Random(seed)  # noqa: S311  # repeatable on purpose, no secret
        self._voices = [_Voice(each, stream, faults) for each in instruments for stream in streams]
        self._places: dict[str, list[int]] = {each.pair: [] for each in instruments}
        for place, voice in enumerate(self._voices):
            self._places[voice.instrument.pair].append(place)
        self._twice_mids = {each.pair: 2 * each.mid for each in instruments}
        self._rate = rate
        self._serial = 0
        # When, in which order, whose turn, and whether it is one of its own gaps that ends.
        self._due: list[tuple[int, int, int, bool]] = []

    def quotes(self, start_ns: int) -> Iterator[Quoted]:
        """For ever, in the order of time."""
        for place, voice in enumerate(self._voices):
            self._wake(self._random.randrange(NS_PER_MS, 500 * NS_PER_MS), place, is_own=True)
            for fault in voice.faults:
                # It begins and ends with a price, where it does not silence.
                self._wake(fault.from_ns, place, is_own=False)
                self._wake(fault.to_ns, place, is_own=False)
        while True:
            after_ns, _, place, is_own = heapq.heappop(self._due)
            voice = self._voices[place]
            if is_own:
                self._wake(after_ns + self._gap_ns(voice), place, is_own=True)
                self._move(voice.instrument, after_ns)
            quoted = self._quoted(voice, after_ns, start_ns)
            if quoted is not None:
                yield quoted

    def _wake(self, after_ns: int, place: int, *, is_own: bool) -> None:
        self._serial += 1
        heapq.heappush(self._due, (after_ns, self._serial, place, is_own))

    def _draw(self, quantiles: Sequence[int]) -> int:
        place = self._random.randrange(_PLACES[-1])
        at = bisect_right(_PLACES, place)
        low, high = quantiles[at - 1], quantiles[at]
        first, last = _PLACES[at - 1], _PLACES[at]
        # One of the values between, each as likely as the next.
        return low + (high - low) * (place - first) // max(last - first - 1, 1)

    def _gap_ns(self, voice: _Voice) -> int:
        return max(self._draw(voice.instrument.temper.gaps) * NS_PER_MS // self._rate, 1)

    def _move(self, instrument: Instrument, after_ns: int) -> None:
        """The hidden mid moves as often as one provider quotes; whom it leaves is in a hurry."""
        places = self._places[instrument.pair]
        if self._random.randrange(len(places)):
            return
        off = self._twice_mids[instrument.pair] - 2 * instrument.mid
        sign = self._random.choice((-1, 1))
        if abs(off) * _PLACES[-1] > 2 * instrument.mid * _LEASH:
            sign = -1 if off > 0 else 1
        twice_mid = self._twice_mids[instrument.pair] + sign * self._draw(instrument.temper.moves)
        self._twice_mids[instrument.pair] = twice_mid
        for place in places:
            voice = self._voices[place]
            last = voice.last
            if last is None or voice.is_hurried:
                continue
            if not 2 * last.bids[0][0] < twice_mid < 2 * last.asks[0][0]:
                voice.is_hurried = True
                wait_ns = self._random.randint(*_SOON_MS) * NS_PER_MS // self._rate
                self._wake(after_ns + wait_ns, place, is_own=False)

    def _quoted(self, voice: _Voice, after_ns: int, start_ns: int) -> Quoted | None:
        voice.is_hurried = False
        fault = voice.fault(after_ns)
        at_ns = start_ns + after_ns
        if fault is None:
            voice.last = self._fresh(voice, at_ns)
            return voice.last
        match fault.kind:
            case FaultKind.GAP:
                return None
            case FaultKind.SPIKE if after_ns != fault.from_ns:
                return None
            case FaultKind.FREEZE if voice.last is not None:
                twice_mid = self._twice_mids[voice.instrument.pair]
                return voice.last._replace(at_ns=at_ns, twice_mid=twice_mid, fault=fault.kind)
        fresh = self._fresh(voice, at_ns)
        bids, asks = spoiled(fresh.bids, fresh.asks, fault)
        return fresh._replace(bids=bids, asks=asks, fault=fault.kind)

    def _fresh(self, voice: _Voice, at_ns: int) -> Quoted:
        """Around the hidden mid, half a tick off at most; larger tiers further away."""
        instrument, stream = voice.instrument, voice.stream
        twice_mid = self._twice_mids[instrument.pair]
        spread = self._draw(instrument.temper.spreads)
        bid = (twice_mid + self._random.randint(-1, 1) - spread) // 2
        sizes = stream.tiers or (0,)
        wider = max(spread // 4, 1)
        bids, asks, before = [], [], 0
        for number, size in enumerate(sizes):
            bids.append((bid - number * wider, size - before))
            asks.append((bid + spread + number * wider, size - before))
            before = size
        names = instrument.pair, stream.source, stream.provider
        return Quoted(at_ns, *names, tuple(bids), tuple(asks), twice_mid)
