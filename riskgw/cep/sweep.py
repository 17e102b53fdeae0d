"""Lets go of keys whose sliding windows have run empty, a few at a time.

Twice as many keys are looked at as have come, so that there are never many more than are active.
"""

from collections.abc import Sequence

from riskgw.cep.duration import DurationWindow
from riskgw.cep.indicator import Indicator
from riskgw.cep.moments import Sessions
from riskgw.cep.sliding import SlidingWindow
from riskgw.cep.spec import Clock
from riskgw.cep.windows import Key

SWEEP_EVENTS = 1024
KEYS_MIN = 128


class Sweep:
    """Goes round the keys of every window, a part of them after so many events."""

    def __init__(self, indicators: Sequence[Indicator], sessions: Sessions) -> None:
        self._rounds = [_Round(each) for each in indicators]
        self._sessions = sessions

    def go_on(self, at_ns: int) -> None:
        """SWEEP_EVENTS more have come; `at_ns` is how far time has."""
        traded_ns = self._sessions.least_traded_ns(at_ns)
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
        assert isinstance(window, SlidingWindow | DurationWindow)
        held = window.held_keys()
        count = KEYS_MIN + 2 * max(0, len(held) - self._known)
        if not self._left:
            self._left = list(held)
        window.forget_empty(self._left[-count:], at_ns)
        del self._left[-count:]
        self._known = len(held)
