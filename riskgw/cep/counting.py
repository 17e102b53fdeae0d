"""Counts in sliding windows, which most rules of rate are: exact, and cheap while they are low."""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable
from typing import Any

from mypy_extensions import mypyc_attr

from riskgw.cep.episodes import Episodes
from riskgw.cep.evidence import NO_EVIDENCE, Evidence, evidence_of
from riskgw.cep.observation import Observation
from riskgw.cep.sliding import EMPTY_NS_MIN
from riskgw.cep.windows import Key, Today, Window
from riskgw.kernel.times import NS_PER_MS

# Below what matters, what has left is cut off after so many events of a key; a power of two.
_TRIM_EVENTS = 32
_TRIM_MASK = _TRIM_EVENTS - 1


class Ticks:
    """One key's events, oldest first: when they were, and the orders they are about."""

    __slots__ = ("refs", "times")

    def __init__(self) -> None:
        self.times: list[int] = []
        self.refs: list[str] = []


@mypyc_attr(allow_interpreted_subclasses=True)
class CountWindow(Window):
    """How many events in the last `length_ms`: an event exactly that old has left the window.

    Time goes forward by key: what comes late is counted at the time of the key's newest event.

    There are never more in the window than are kept. As long as fewer are kept than anybody asks
    for, nobody has to know how many of them have left.
    """

    def __init__(self, length_ms: int) -> None:
        self._length_ns = length_ms * NS_PER_MS
        self._by_key: dict[Key, Ticks] = {}

    def add(self, key: Key, at_ns: int, value: Any, ref: str) -> None:
        self.reaches(key, at_ns, ref, 0)

    def reaches(self, key: Key, at_ns: int, ref: str, floor: int) -> bool:
        """Takes an event in; whether there are as many as the floor in the window now."""
        held = self._by_key.get(key)
        if held is None:
            held = self._by_key[key] = Ticks()
        times = held.times
        if times and at_ns < times[-1]:
            place = bisect_right(times, at_ns)
            times.insert(place, at_ns)
            held.refs.insert(place, ref)
        else:
            times.append(at_ns)
            held.refs.append(ref)
        kept = len(times)
        if kept & _TRIM_MASK and kept < floor:
            return False
        return self._trimmed(held, at_ns) >= floor

    def counter(
        self, key_of: Callable[[Observation], Key], floor: int, episodes: Episodes
    ) -> Callable[[Observation, int], bool]:
        """`reaches` for events that come in their order, of a rule by the same one key.

        Also true where the key stands somewhere, and may fall.
        """
        by_key, trimmed = self._by_key, self._trimmed

        def count(observation: Observation, at_ns: int) -> bool:
            key = key_of(observation)
            try:
                held = by_key[key]
            except KeyError:
                if key is None:
                    return False
                held = by_key[key] = Ticks()
            times = held.times
            times.append(at_ns)
            held.refs.append(observation.order_ref)
            kept = len(times)
            if kept < floor and kept & _TRIM_MASK:
                return (key,) in standings if (standings := episodes.standings) else False
            return trimmed(held, at_ns) >= floor or (key,) in episodes.standings

        return count

    def value(self, key: Key, at_ns: int) -> int | None:
        held = self._by_key.get(key)
        return (self._trimmed(held, at_ns) or None) if held else None

    def evidence(self, key: Key, at_ns: int) -> Evidence:
        count = self.value(key, at_ns)
        return evidence_of(self._by_key[key].refs, count) if count else NO_EVIDENCE

    def start_day(self, today: Today) -> None:
        today.let_go(self._by_key)
        self._by_key = {}

    def only(self, key: Key) -> "CountWindow":
        """Without the names of the orders: nobody asks what they were."""
        made = CountWindow(0)
        made._length_ns = self._length_ns
        if held := self._by_key.get(key):
            copied = made._by_key[key] = Ticks()
            copied.times = held.times.copy()
        return made

    def held_keys(self) -> Collection[Key]:
        return self._by_key.keys()

    def forget_empty(self, keys: Iterable[Key], at_ns: int) -> None:
        """Lets those go of which nothing is in the window, and has not been for a while."""
        oldest_ns = at_ns - self._length_ns - EMPTY_NS_MIN
        for key in keys:
            held = self._by_key.get(key)
            if held is not None and held.times[-1] <= oldest_ns:
                del self._by_key[key]

    def is_fresh(self, key: Key, at_ns: int) -> bool:
        return (self.value(key, at_ns) or 1) == 1

    def _trimmed(self, held: Ticks, at_ns: int) -> int:
        """What has left goes; how many are in the window."""
        times = held.times
        newest_ns = times[-1]
        oldest_ns = (at_ns if at_ns > newest_ns else newest_ns) - self._length_ns
        if times[0] > oldest_ns:
            return len(times)
        left = bisect_right(times, oldest_ns)
        is_empty = left == len(times)
        # The newest stays, though it has left: it says how old the key is.
        cut = left - is_empty
        del times[:cut]
        del held.refs[:cut]
        return 0 if is_empty else len(times)
