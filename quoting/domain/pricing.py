"""What every automatic cell of a pair would quote now: the market's price and all addends."""

from collections.abc import Sequence
from typing import NamedTuple

from quoting.domain.aggregation import Composite
from quoting.domain.cell import Phase
from quoting.domain.ladder import Rung, conflict
from quoting.domain.market import Market
from quoting.domain.rows import Row
from quoting.domain.settings import PairSettings
from quoting.domain.spread import NO_ADDENDS, Addends, Situation, next_minute, policy, priced
from quoting.domain.words import Mode, Reason, Side
from riskgw.kernel.times import NS_PER_SECOND, local_datetime

_MINUTE_NS = 60 * NS_PER_SECOND
_NEVER = 1 << 62


class Instruction(NamedTuple):
    """How a strategy moves prices, and until when."""

    strategy: str
    bid: int
    ask: int
    until_ns: int


class PairPricing:
    """Keeps what the dimensions add until something about them changes."""

    __slots__ = (
        "_composites", "_policies", "_rules", "_settings", "_situation", "_span_ns", "_until_ns",
        "instruction", "position_ask", "position_bid",
    )  # fmt: skip

    def __init__(self, settings: PairSettings) -> None:
        self.instruction: Instruction | None = None
        self.position_bid = self.position_ask = 0
        self.configure(settings)

    def configure(self, settings: PairSettings) -> None:
        self._settings = settings
        self._rules = settings.spread
        self._policies: dict[int, tuple[Addends, Addends]] = {}
        self._composites: list[Composite] = []
        self._situation = Situation()
        # The time of day that widening goes by holds from one to the other.
        self._span_ns, self._until_ns = 0, 0

    def price(self, rows: Sequence[Row], market: Market, at_ns: int) -> None:
        """Every cell's price, with what led to it, or why there is none."""
        self._look(market, at_ns)
        self._composites = market.composites([row.bid.size for row in rows], at_ns)
        self._price_rows(rows)

    def follow(self, rows: Sequence[Row], market: Market, at_ns: int) -> bool:
        """The same after a tick, where it makes a difference; whether it did."""
        composites = market.composites([row.bid.size for row in rows], at_ns)
        if not self._look(market, at_ns) and composites == self._composites:
            return False
        self._composites = composites
        self._price_rows(rows)
        return True

    def _price_rows(self, rows: Sequence[Row]) -> None:
        best: tuple[int, int] | None = None
        for row, composite in zip(rows, self._composites, strict=True):
            best = self._price_row(row, composite, best)
        manual = manual_rungs(rows)
        if manual:
            _make_way(rows, manual)

    def next_ns(self) -> int:
        """When the time of day or a strategy's word ends."""
        ends = self.instruction.until_ns if self.instruction else _NEVER
        return min(ends, self._until_ns) if self._rules.times else ends

    def _price_row(
        self, row: Row, market: Composite, best: tuple[int, int] | None
    ) -> tuple[int, int] | None:
        """The row's prices, and those that the next row may not be better than."""
        bid, ask = row
        if market.bid is None or market.ask is None:
            for cell in row:
                cell.price = cell.market = None
                cell.addends = NO_ADDENDS
                cell.unfit = market.reason
            return best
        ours = priced(
            self._rules,
            (market.bid, market.ask),
            self._policy(bid.level),
            (bid.adjust, ask.adjust),
            best,
        )
        bid.price, ask.price = ours.bid, ours.ask
        bid.market, ask.market = market.bid, market.ask
        bid.addends, ask.addends = ours.bid_addends, ours.ask_addends
        settings = self._settings
        if self._rules.spread_max and ours.ask - ours.bid > self._rules.spread_max:
            bid.unfit = ask.unfit = Reason.MAX_SPREAD
        else:
            low, high = settings.price_low, settings.price_high
            bid.unfit = Reason.NONE if low <= ours.bid <= high else Reason.PRICE_BAND
            ask.unfit = Reason.NONE if low <= ours.ask <= high else Reason.PRICE_BAND
        # A person's price leads the automatic ones behind it.
        return (
            bid.manual if bid.phase is Phase.MANUAL_VALID and bid.manual else ours.bid,
            ask.manual if ask.phase is Phase.MANUAL_VALID and ask.manual else ours.ask,
        )

    def _policy(self, level: int) -> tuple[Addends, Addends]:
        found = self._policies.get(level)
        if found is None:
            settings = self._settings
            names = settings.channel, settings.group
            found = self._policies[level] = (
                policy(self._rules, Side.BID, level, names, self._situation),
                policy(self._rules, Side.ASK, level, names, self._situation),
            )
        return found

    def _look(self, market: Market, at_ns: int) -> bool:
        """Whether the situation is another, by which the policies have to be worked out again."""
        rules = self._rules
        if self.instruction is not None and at_ns >= self.instruction.until_ns:
            self.instruction = None
        minute = self._situation.minute
        if rules.times and not self._span_ns <= at_ns < self._until_ns:
            minute = self._minute(at_ns)
        instruction = self.instruction
        situation = Situation(
            minute,
            market.volatility if rules.volatility_step else 0,
            self.position_bid if rules.position_step else 0,
            self.position_ask if rules.position_step else 0,
            instruction.bid if instruction else 0,
            instruction.ask if instruction else 0,
        )
        if situation == self._situation:
            return False
        self._situation = situation
        self._policies = {}
        return True

    def _minute(self, at_ns: int) -> int:
        local = local_datetime(at_ns)
        minute = local.hour * 60 + local.minute
        self._span_ns = at_ns - at_ns % _MINUTE_NS
        self._until_ns = self._span_ns + (next_minute(self._rules, minute) or 1) * _MINUTE_NS
        return minute


def manual_rungs(rows: Sequence[Row]) -> list[Rung]:
    """The prices that people have in the market."""
    return [
        Rung(cell.side, rank, cell.manual)
        for rank, row in enumerate(rows)
        for cell in row
        if cell.manual is not None and cell.phase is Phase.MANUAL_VALID
    ]


def _make_way(rows: Sequence[Row], manual: list[Rung]) -> None:
    """An automatic price yields to a person's that it would cross or undercut."""
    for rank, row in enumerate(rows):
        for cell in row:
            if cell.price is not None and cell.unfit is Reason.NONE and cell.mode is Mode.AUTO:
                cell.unfit = conflict(Rung(cell.side, rank, cell.price), manual)
