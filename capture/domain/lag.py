"""How far events lie behind the packets that complete them: what a watermark must leave open.

A message states its time before it is sent, and a row written counts from its request though only
the answer tells that it took effect.
"""

from riskgw.kernel.times import NS_PER_MS, NS_PER_SECOND

LAG_NS_MIN, LAG_NS_MAX = 2 * NS_PER_MS, 200 * NS_PER_MS
SPAN_NS = 30 * NS_PER_SECOND


class Lag:
    """The longest of this span and the one before; an outlier is forgotten after two spans."""

    def __init__(self) -> None:
        self._span = -1
        self._longest = self._before = LAG_NS_MIN

    def seen(self, at_ns: int, time_ns: int) -> None:
        """An event of rule time `time_ns` came out of a packet of `at_ns`."""
        span = at_ns // SPAN_NS
        if span != self._span:
            self._before = self._longest if span == self._span + 1 else LAG_NS_MIN
            self._span, self._longest = span, LAG_NS_MIN
        self._longest = max(self._longest, min(at_ns - time_ns, LAG_NS_MAX))

    @property
    def ns(self) -> int:
        return max(self._longest, self._before)
