"""How often prices go to a channel: a least change, and so many messages a second.

What may not go yet is conflated: the newest prices go when there is room. Withdrawals never ask.
"""

import msgspec

from riskgw.kernel.times import NS_PER_SECOND


class Throttle(msgspec.Struct):
    """Room for `per_second` messages, at most `burst` at once; 0 is without bound.

    `empty_ns` is when all room would be back: each message moves it on by its share of a second.
    """

    per_second: int = 0
    burst: int = 1
    empty_ns: int = 0

    def take(self, at_ns: int) -> bool:
        """Whether a message may go now; if so it is counted."""
        if not self.per_second:
            return True
        if at_ns < self.next_ns:
            return False
        self.empty_ns = max(self.empty_ns, at_ns) + NS_PER_SECOND // self.per_second
        return True

    @property
    def next_ns(self) -> int:
        """From when on a message may go."""
        if not self.per_second:
            return 0
        return self.empty_ns - (self.burst - 1) * (NS_PER_SECOND // self.per_second)
