"""One indicator at work: which events it takes, under which key, what it adds."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from riskgw.cep.accumulators import GROWING, SLIDING
from riskgw.cep.counting import CountWindow
from riskgw.cep.duration import DurationWindow
from riskgw.cep.episodes import Episodes
from riskgw.cep.evidence import Evidence
from riskgw.cep.fields import FIELDS
from riskgw.cep.filters import clauses, compiled_clause, is_category
from riskgw.cep.moments import Moments
from riskgw.cep.observation import Observation
from riskgw.cep.sliding import SlidingWindow
from riskgw.cep.spec import Clock, IndicatorSpec, Op, WindowKind
from riskgw.cep.windows import (
    DailyWindow,
    DaysWindow,
    DayWindow,
    InstantWindow,
    Key,
    SessionWindow,
    Window,
)

BY_WALL_CLOCK: Callable[[Observation], int] = attrgetter("time_ns")
Counter = Callable[[Observation, int], bool]

_NS_DIGITS = 6  # of a duration, which is compared in milliseconds


class Indicator:
    """Values by key, shared by all rules that name the same specification.

    `rules` are the bits of those rules. What all events of a plan have in common is tested when
    the plan is made (`fits`); `take` tests the rest.
    """

    def __init__(self, spec: IndicatorSpec, moments: Moments, window: Window | None = None) -> None:
        self.spec = spec
        self.rules = 0
        # Below this number of a count no rule holds; 0 where that is not so simple.
        self.floor = 0
        self.episodes: list[Episodes] = []
        self.digits = value_digits(spec)
        self.is_plain = window is None and len(spec.key) == 1
        self.key_of = plain_reader(spec.key[0]) if self.is_plain else key_reader(spec.key)
        self.window = window or _window(spec)
        self._read = _value_reader(spec)
        self._moments = moments
        self._time_of = self._clock(spec)
        self._is_of_session = spec.window is WindowKind.SESSION
        self._is_instant = spec.window is WindowKind.INSTANT
        self._spare = self.window.only(())
        parted = clauses(spec.filters)
        known = [each for each in parted if all(is_category(part.field) for part in each)]
        self.categories = {part.field for each in known for part in each}
        self._fits = [compiled_clause(each) for each in known]
        self._tests = [compiled_clause(each) for each in parted if each not in known]
        self._latest: Observation | None = None
        self._latest_key: Key = ()

    def fits(self, observation: Observation) -> bool:
        return all(test(observation) for test in self._fits)

    def take(self, observation: Observation, key: Key) -> bool:
        """Take the event in if it counts here; whether it did."""
        for test in self._tests:
            if not test(observation):
                return False
        if self.floor:
            return self._reaches(observation, key)
        value = 1 if self._read is None else self._read(observation)
        if value is None:
            return False
        at_ns = self.at_ns(observation)
        self.window.add(key, at_ns, value, observation.order_ref)
        self._latest, self._latest_key = observation, key
        return True

    def counter(self) -> Counter | None:
        """A shorter way for events of which all is known that this indicator asks for."""
        if self._tests or not self.floor or not self.is_plain or len(self.episodes) != 1:
            return None
        if self._time_of is not BY_WALL_CLOCK or not isinstance(self.window, CountWindow):
            return None
        return self.window.counter(self.key_of, self.floor, self.episodes[0])

    def value(self, observation: Observation) -> int | None:
        """The value under the observation's key, scaled by 10**digits."""
        if observation is self._latest:
            return self.window.value(self._latest_key, self.at_ns(observation))
        if self._is_instant:
            return None
        return self.window.value(self.key_of(observation), self.at_ns(observation))

    def evidence(self, observation: Observation) -> Evidence:
        return self.window.evidence(self.key_of(observation), self.at_ns(observation))

    def is_fresh(self, observation: Observation) -> bool:
        """Whether all that was counted before this event has left again."""
        return self.window.is_fresh(self.key_of(observation), self.at_ns(observation))

    @property
    def is_cut_by_reading(self) -> bool:
        """Whether to ask for a value later than its newest event may change what is kept."""
        return self.spec.window not in (WindowKind.INSTANT, WindowKind.DAY, WindowKind.DAYS)

    def begin_trial(self, observation: Observation) -> tuple[Window, Observation | None]:
        """Until the trial ends, there is only a copy of what is under this observation's key."""
        before = self.window, self._latest
        if self._is_instant:
            # It holds no more than the trial's own event, if that is taken.
            self.window = self._spare
        else:
            self.window = self.window.only(self.key_of(observation))
        return before

    def end_trial(self, before: tuple[Window, Observation | None]) -> None:
        self.window, self._latest = before

    def at_ns(self, observation: Observation) -> int:
        """The time of an observation on this indicator's clock."""
        if self._is_of_session:
            assert isinstance(self.window, SessionWindow)
            self.window.began_ns = self._moments.of(observation).began_ns
        return self._time_of(observation)

    def _reaches(self, observation: Observation, key: Key) -> bool:
        """Take the event into a count; whether that may matter to anybody."""
        assert isinstance(self.window, CountWindow)
        at_ns = self.at_ns(observation)
        if self.window.reaches(key, at_ns, observation.order_ref, self.floor):
            self._latest, self._latest_key = observation, key
            return True
        return any(each.standings for each in self.episodes)

    def _clock(self, spec: IndicatorSpec) -> Callable[[Observation], int]:
        moments = self._moments
        if spec.clock is Clock.TRADING:
            return lambda observation: moments.of(observation).traded_ns
        return BY_WALL_CLOCK


def value_digits(spec: IndicatorSpec) -> int:
    """Decimals of an indicator's scaled value: those of its field, none for counts."""
    if spec.op is Op.DURATION:
        return _NS_DIGITS
    field = FIELDS.get(spec.value_field or "")
    return field.digits if field is not None and spec.op is not Op.DISTINCT else 0


def key_reader(names: tuple[str, ...]) -> Callable[[Observation], Key]:
    attributes = [FIELDS[name].attribute for name in names]
    if not attributes:
        return lambda observation: ()
    read: Callable[[Observation], Any] = attrgetter(*attributes)
    if len(attributes) == 1:
        return lambda observation: (read(observation),)
    return read


def plain_reader(name: str) -> Callable[[Observation], Any]:
    """The value itself: nothing has to be put around a key of one part."""
    return attrgetter(FIELDS[name].attribute)


def _value_reader(spec: IndicatorSpec) -> Callable[[Observation], Any] | None:
    if spec.op is Op.COUNT:
        return None
    return attrgetter(FIELDS[spec.value_field or ""].attribute)


def _window(spec: IndicatorSpec) -> Window:
    if spec.window is WindowKind.SLIDING:
        assert spec.length_ms is not None
        if spec.op is Op.DURATION:
            return DurationWindow(spec.length_ms)
        if spec.op is Op.COUNT:
            return CountWindow(spec.length_ms)
        return SlidingWindow(SLIDING[spec.op], spec.length_ms)
    if spec.window is WindowKind.INSTANT:
        return InstantWindow(GROWING[spec.op])
    if spec.window is WindowKind.DAYS:
        assert spec.days is not None
        return DaysWindow(GROWING[spec.op], spec.days)
    daily: DailyWindow = DurationWindow() if spec.op is Op.DURATION else DayWindow(GROWING[spec.op])
    return SessionWindow(daily) if spec.window is WindowKind.SESSION else daily
