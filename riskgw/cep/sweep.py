"""Lets go of keys whose sliding windows have run empty, a part at a time.

Each round lasts a few times SWEEP_NS, and shorter where many keys come, so that there are never
many more than are active.
"""

from collections.abc import Sequence

from riskgw.cep.counting import CountWindow
from riskgw.cep.duration import DurationWindow
from riskgw.cep.indicator import Indicator
from riskgw.cep.moments import Moments
from riskgw.cep.sliding import SlidingWindow
from riskgw.cep.spec import Clock
from riskgw.cep.windows import Key
from riskgw.kernel.times import NS_PER_SECOND

SWEEP_NS = 10 * NS_PER_SECOND
KEYS_MIN = 128
# A round takes no more steps than this.
_STEPS_MAX = 4


class Sweep:
    """Goes round the keys of every window, a part of them after so many events."""

    def __init__(self, indicators: Sequence[Indicator], moments: Moments) -> None:
        self._rounds = [_Round(each) for each in indicators]
        self._moments = moments

    def go_on(self, at_ns: int) -> None:
        """SWEEP_NS more have passed; `at_ns` is how far time has come."""
        traded_ns = self._moments.sessions.least_traded_ns(at_ns)
        for each in self._rounds:
            each.go_on(traded_ns if each.is_traded else at_ns)


class _Round:
    """Where the sweep is in the keys of one window."""

    def __init__(self, indicator: Indicator) -> None:
        self.is_traded = indicator.spec.clock is Clock.TRADING
        self._indicator = indicator
        self._left: list[Key] = []
        self._known = 0

    def go_on(self, at_ns: int) -> None:
        window = self._indicator.window
        assert isinstance(window, CountWindow | SlidingWindow | DurationWindow)
        held = window.held_keys()
        count = KEYS_MIN + max(len(held) // _STEPS_MAX, 2 * (len(held) - self._known))
        if not self._left:
            self._left = list(held)
        window.forget_empty(self._left[-count:], at_ns)
        del self._left[-count:]
        self._known = len(held)
