"""The step after: what a rule's conditions arm, and what then has to happen in time."""

from collections import deque
from collections.abc import Callable, Iterator
from datetime import date
from typing import NamedTuple

from mypy_extensions import mypyc_attr

from riskgw.cep.evidence import NO_EVIDENCE, Evidence, OrderTrail, joined
from riskgw.cep.spec import ThenSide, ThenSpec
from riskgw.cep.windows import Key, Today, Window
from riskgw.kernel.times import NS_PER_MS, NS_PER_SECOND, day_start_ns
from riskgw.kernel.words import OPPOSITE, Side
from riskgw.messages.alert import Alert

# Armings of one key and side that wait; the oldest is given up.
ARMINGS_MAX = 256
NEXT_DAY = "next "


class Deadline(NamedTuple):
    """How long a step may take: so long, or until a clock time of this or the next trading day."""

    within_ns: int | None
    clock_ns: int
    is_next_day: bool

    @classmethod
    def of(cls, spec: ThenSpec) -> "Deadline":
        if spec.within_ms is not None:
            return cls(spec.within_ms * NS_PER_MS, 0, is_next_day=False)
        assert spec.until is not None
        hour, minute = spec.until.removeprefix(NEXT_DAY).split(":")
        clock_ns = (int(hour) * 60 + int(minute)) * 60 * NS_PER_SECOND
        return cls(None, clock_ns, is_next_day=spec.until.startswith(NEXT_DAY))

    def until_ns(self, at_ns: int, day: int) -> int | None:
        """The last instant in time, by when it was armed; None while its day is still to come."""
        if self.within_ns is not None:
            return at_ns + self.within_ns
        return None if self.is_next_day else self.on_day(day)

    def on_day(self, day: int) -> int:
        """The instant before the clock time: what happens at it is too late."""
        return day_start_ns(date.fromordinal(day)) + self.clock_ns - 1


@mypyc_attr(allow_interpreted_subclasses=True)
class Arming:
    """One time the conditions held; `amount` is what came until the next of them."""

    __slots__ = ("alert", "amount", "at_ns", "height", "trail", "until_ns")

    def __init__(self, at_ns: int, until_ns: int | None, height: int, alert: Alert) -> None:
        self.at_ns, self.until_ns = at_ns, until_ns
        self.height = height
        self.alert = alert
        self.amount = 0
        self.trail = OrderTrail()

    def copy(self) -> "Arming":
        made = Arming(self.at_ns, self.until_ns, self.height, self.alert)
        made.amount, made.trail = self.amount, self.trail.unnamed()
        return made


class Done(NamedTuple):
    """A step that was done in time: how high, from which arming on, how much of it."""

    height: int
    alert: Alert
    amount: int
    evidence: Evidence


class Armed:
    """What is armed for a key and side, oldest first, and how high that was told."""

    __slots__ = ("armings", "told")

    def __init__(self) -> None:
        self.armings: deque[Arming] = deque(maxlen=ARMINGS_MAX)
        self.told = 0

    def copy(self) -> "Armed":
        made = Armed()
        made.armings.extend(each.copy() for each in self.armings)
        made.told = self.told
        return made


@mypyc_attr(allow_interpreted_subclasses=True)
class Armings(Window):
    """By key and side. What is added has the side of its event as the last part of its key.

    Of two armings with no step between them the later one has all that the earlier one has, and
    more time: the earlier one is dropped, so that there are never more of them than steps.
    """

    def __init__(self, deadline: Deadline, side: ThenSide) -> None:
        self._deadline = deadline
        self._is_opposite = side is ThenSide.OPPOSITE
        self._by_key: dict[Key, Armed] = {}
        self._counted: Key | None = None
        self._day = 0

    def add(self, key: Key, at_ns: int, value: int, ref: str) -> None:
        side: Side = key[-1]
        if self._is_opposite:
            if side not in OPPOSITE:
                return
            key = (*key[:-1], OPPOSITE[side])
        armed = self._by_key.get(key)
        if armed is None:
            return
        self._forget_expired(armed, at_ns)
        for arming in reversed(armed.armings):
            if arming.at_ns <= at_ns:
                arming.amount += value
                arming.trail.add(ref)
                self._counted = key
                return

    def arm(self, key: Key, arming: Arming) -> None:
        armed = self._by_key.setdefault(key, Armed())
        self._forget_expired(armed, arming.at_ns)
        if armed.armings and not armed.armings[-1].trail.evidence().orders:
            earlier = armed.armings.pop()
            arming.height = max(arming.height, earlier.height)
        armed.armings.append(arming)

    def until_ns(self, at_ns: int) -> int | None:
        return self._deadline.until_ns(at_ns, self._day)

    def told(self, key: Key) -> int:
        """How high the key's steps were told since its conditions last held nothing."""
        armed = self._by_key.get(key)
        return armed.told if armed else 0

    def rest(self, key: Key) -> None:
        """The conditions hold nothing any more: what is armed stays, the next is told anew."""
        armed = self._by_key.get(key)
        if armed is None:
            return
        armed.told = 0
        if not armed.armings:
            del self._by_key[key]

    def counted(self) -> Key | None:
        """The armed key that the event just added counts for; asked once."""
        key, self._counted = self._counted, None
        return key

    def done(self, key: Key, holds: Callable[[int], bool]) -> Done | None:
        """The highest arming whose steps hold and that was not told before."""
        best: Done | None = None
        amount, armed = 0, self._by_key[key]
        for number, arming in _newest_first(armed.armings):
            amount += arming.amount
            height = best.height if best else armed.told
            if arming.height > height and holds(amount):
                evidence = _evidence(armed.armings, number)
                best = Done(arming.height, arming.alert, amount, evidence)
        return best

    def tell(self, key: Key, height: int) -> None:
        """What was armed has been told; the key's step is over."""
        armed = self._by_key[key]
        armed.told = height
        armed.armings.clear()

    def value(self, key: Key, at_ns: int) -> int | None:
        return None

    def evidence(self, key: Key, at_ns: int) -> Evidence:
        return NO_EVIDENCE

    def start_day(self, today: Today) -> None:
        """Only what waits for this day goes on: what was armed before the last trading day has
        waited for a day on which nothing was heard.
        """
        is_next = self._day >= today.before(1)
        self._day, self._counted = today.day, None
        for key, armed in list(self._by_key.items()):
            waiting = [each for each in armed.armings if is_next and each.until_ns is None]
            for arming in waiting:
                arming.until_ns = self._deadline.on_day(today.day)
            armed.armings.clear()
            armed.armings.extend(waiting)
            armed.told = 0
            if not waiting:
                del self._by_key[key]

    def only(self, key: Key) -> "Armings":
        made = Armings(self._deadline, ThenSide.OPPOSITE)
        made._is_opposite, made._day = self._is_opposite, self._day
        for side in OPPOSITE:
            if held := self._by_key.get((*key[:-1], side)):
                made._by_key[*key[:-1], side] = held.copy()
        return made

    def _forget_expired(self, armed: Armed, at_ns: int) -> None:
        armings = armed.armings
        while armings and armings[0].until_ns is not None and armings[0].until_ns < at_ns:
            armings.popleft()


def _newest_first(armings: deque[Arming]) -> Iterator[tuple[int, Arming]]:
    for number in range(len(armings) - 1, -1, -1):
        yield number, armings[number]


def _evidence(armings: deque[Arming], first: int) -> Evidence:
    """The orders that the first arming's conditions held by, then those of the steps."""
    alert = armings[first].alert
    steps = [armings[number].trail.evidence() for number in range(first, len(armings))]
    return joined([Evidence(alert.order_count, alert.order_refs), *steps])
