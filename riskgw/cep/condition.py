"""One condition at work: a value, or the ratio of two, beside its thresholds; exact throughout."""

from fractions import Fraction
from typing import NamedTuple

from riskgw.cep.filters import ORDERINGS
from riskgw.cep.indicator import Indicator
from riskgw.cep.observation import Observation
from riskgw.cep.spec import Cmp, ConditionSpec, Unit
from riskgw.cep.thresholds import THRESHOLD_DIGITS, Bound, Ladder, Thresholds
from riskgw.kernel.decimals import plain, scaled
from riskgw.kernel.words import Level
from riskgw.messages.alert import Reading

_SHOWN_DIGITS = 6
_PERCENT = 100


class Parts(NamedTuple):
    """What a rule's conditions share: its indicators, its levels' bits, how far it falls."""

    indicators: dict[str, Indicator]
    bits: dict[Level, int]
    clear_percent: str


class Condition:
    """Values stay integers or pairs of integers; nothing is rounded before it is compared.

    Everything constant is moved to the side of the threshold once, so that an event costs a
    multiplication and a comparison for each level.
    """

    def __init__(self, spec: ConditionSpec, parts: Parts) -> None:
        self.spec = spec
        self.indicator = parts.indicators[spec.indicator]
        self.over = parts.indicators[spec.over] if spec.over else None
        self._compare = ORDERINGS[spec.cmp]
        self._is_ladder = spec.cmp not in (Cmp.EQ, Cmp.NE)
        # A field in percent is so already.
        self._factor = _PERCENT if spec.unit is Unit.PERCENT and spec.over else 1
        self._minus = _fraction(spec.minus)
        over_digits = self.over.digits if self.over else 0
        self._scale = Fraction(10**self.indicator.digits, 10**over_digits)
        self._floor = None if spec.floor is None else scaled(spec.floor, over_digits)
        self._clear = _fraction(parts.clear_percent) / _PERCENT if parts.clear_percent else None
        self._bits = parts.bits
        self._thresholds = Thresholds(spec.thresholds, spec.cmp, parts.bits)
        # A number beside thresholds that are the same for all.
        self.is_simple = self.over is None and not any(each.scope for each in spec.thresholds)
        self.start_day("")

    def start_day(self, day: str) -> None:
        """The thresholds in force from a trading day (ISO date) on."""
        bound = Bound(self._factor, self._minus, self._scale)
        self._thresholds.start_day(day, bound)
        general = self._thresholds.general if self.is_simple and self._is_ladder else ()
        self._lowest = general[0] if general else None

    def can_hold(self, value: int) -> bool:
        """Whether a simple condition's indicator having this value may make a level hold."""
        lowest = self._lowest
        return lowest is None or self._compare(value * lowest.below, lowest.above)

    @property
    def floor(self) -> int:
        """The least value of the indicator at which a level may hold; 0 where none is known."""
        if self._lowest is None or self.spec.cmp not in (Cmp.GE, Cmp.GT):
            return 0
        least, rest = divmod(self._lowest.above, self._lowest.below)
        return max(0, least + (self.spec.cmp is Cmp.GT or rest > 0))

    def mask(self, observation: Observation) -> int:
        """The bits of the levels that hold; none while there is nothing to compare."""
        value = self.indicator.value(observation)
        if value is None:
            return 0
        divisor = 1
        if self.over is not None:
            divisor = self._divisor(self.over, observation)
            if divisor <= 0:
                return 0
        mask = 0
        for bit, above, below, _ in self._thresholds.ladder(observation):
            if self._compare(value * below, above * divisor):
                mask |= bit
            elif self._is_ladder:
                break
        return mask

    def is_clearing(self, observation: Observation) -> bool:
        """Whether the lowest level, of which less than all is asked to stay, no longer holds."""
        value, ladder = self.value(observation), self._thresholds.ladder(observation)
        if value is None or self._clear is None or not ladder:
            return True
        return not self._compare(value, ladder[0].threshold * self._clear)

    def value(self, observation: Observation) -> Fraction | None:
        """In the condition's unit; None while there is nothing to compare."""
        value = self.indicator.value(observation)
        if value is None:
            return None
        divisor = 1
        if self.over is not None:
            divisor = self._divisor(self.over, observation)
            if divisor <= 0:
                return None
        return (Fraction(value, divisor) / self._scale - self._minus) * self._factor

    def ladder(self, observation: Observation) -> Ladder:
        return self._thresholds.ladder(observation)

    def reading(self, observation: Observation, level: Level) -> Reading | None:
        """What the alert shows of this condition, if it has a threshold at this level."""
        for rung in self._thresholds.ladder(observation):
            if rung.bit == self._bits[level]:
                value = self.value(observation)
                return Reading(
                    indicator=self.spec.indicator,
                    value=None if value is None else shown(value),
                    cmp=self.spec.cmp,
                    threshold=shown(rung.threshold),
                    unit=self.spec.unit,
                )
        return None

    def _divisor(self, over: Indicator, observation: Observation) -> int:
        """0 where there is nothing to divide by."""
        below = over.value(observation) or 0
        return below if self._floor is None else max(below, self._floor)


def _fraction(text: str) -> Fraction:
    return Fraction(scaled(text, THRESHOLD_DIGITS), 10**THRESHOLD_DIGITS)


def shown(value: Fraction) -> int | str:
    """Whole numbers as integers, others as decimal text rounded to six places."""
    if value.denominator == 1:
        return value.numerator
    return plain(round(value * 10**_SHOWN_DIGITS), _SHOWN_DIGITS)
