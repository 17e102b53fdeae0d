"""Self-trade: both sides of one trade inside one control group.

First evidence: both fills carry the same trade number. Second, where the numbers of two links
differ: same contract, instant, price and quantity on opposite sides. Each fill is used once.
"""

from collections import deque

from mypy_extensions import mypyc_attr

from riskgw.kernel.remains import Remains
from riskgw.kernel.words import OPPOSITE, Side
from riskgw.messages.event import Event

# Fills that wait for their other side; the oldest are given up.
OPEN_FILLS_MAX = 500_000

BY_NUMBER = "trade number"
BY_INSTANT = "instant, price and quantity"

_Key = tuple[object, ...]


@mypyc_attr(allow_interpreted_subclasses=True)
class Fill:
    """One side of a trade, as far as it identifies the trade."""

    __slots__ = ("exact_ns", "has_cjbh", "is_matched", "keys", "side")

    def __init__(self, group: str, contract: str, event: Event, side: Side) -> None:
        self.exact_ns = event.time_ns if event.time_source == "message" else None
        self.has_cjbh = "cjbh" in event.fields
        self.side = side
        self.is_matched = False
        number = (group, contract, event.exec_ref)
        instant = (group, contract, event.exchange_second, event.price, event.quantity)
        self.keys: tuple[_Key, _Key] = (number, instant)

    def is_other_side(self, other: "Fill", evidence: str) -> bool:
        if self.is_matched or self.side is not OPPOSITE[other.side]:
            return False
        return evidence == BY_NUMBER or self._is_same_instant(other)

    def _is_same_instant(self, other: "Fill") -> bool:
        # IS101: both sides of a trade share cjbh, so two numbers are two trades.
        if self.has_cjbh and other.has_cjbh:
            return False
        return self.exact_ns == other.exact_ns or None in (self.exact_ns, other.exact_ns)


class SelfTrades:
    """Fills of one shard; a group is always in one shard."""

    def __init__(self) -> None:
        self._open: dict[_Key, list[Fill]] = {}
        self._order: deque[Fill] = deque()

    def start_day(self, over: Remains) -> None:
        over.add(self._open)
        self._open, self._order = {}, deque()

    def match(self, group: str, contract: str, event: Event) -> str | None:
        """The evidence that this fill is the other side of one seen before, or None."""
        if event.side not in OPPOSITE:
            return None
        fill = Fill(group, contract, event, event.side)
        for key, evidence in zip(fill.keys, (BY_NUMBER, BY_INSTANT), strict=True):
            if None in key:
                continue
            for other in self._open.get(key, ()):
                if other.is_other_side(fill, evidence):
                    self._forget(other)
                    return evidence
        self._remember(fill)
        return None

    def _remember(self, fill: Fill) -> None:
        for key in fill.keys:
            self._open.setdefault(key, []).append(fill)
        self._order.append(fill)
        while len(self._order) > OPEN_FILLS_MAX:
            self._forget(self._order.popleft())

    def _forget(self, fill: Fill) -> None:
        if fill.is_matched:
            return
        fill.is_matched = True
        for key in fill.keys:
            waiting = self._open[key]
            waiting.remove(fill)
            if not waiting:
                del self._open[key]
