"""One condition at work: a value, or the ratio of two, beside its thresholds; exact throughout."""

from fractions import Fraction

from riskgw.cep.checks import THRESHOLD_DIGITS
from riskgw.cep.indicator import ORDERINGS, Indicator
from riskgw.cep.observation import Observation
from riskgw.cep.spec import ConditionSpec, Unit
from riskgw.kernel.decimals import plain, scaled
from riskgw.kernel.words import Level
from riskgw.messages.alert import Reading

_SHOWN_DIGITS = 6
_PERCENT = 100

# Numerator and positive denominator, in the condition's unit.
Ratio = tuple[int, int]


class Condition:
    """Values stay integers or pairs of integers; nothing is rounded before it is compared."""

    def __init__(self, spec: ConditionSpec, indicators: dict[str, Indicator]) -> None:
        self.indicator = indicators[spec.indicator]
        self._spec = spec
        self._over = indicators[spec.over] if spec.over else None
        self._compare = ORDERINGS[spec.cmp]
        self._factor = _PERCENT if spec.unit is Unit.PERCENT else 1
        self._scale = 10**self.indicator.digits
        over_digits = self._over.digits if self._over else 0
        self._over_scale = 10**over_digits
        self._minus = _ratio(spec.minus)
        self._floor = None if spec.floor is None else scaled(spec.floor, over_digits)
        self._texts = {each.level: each.value for each in spec.thresholds}
        self._thresholds = {level: _ratio(text) for level, text in self._texts.items()}

    def value(self, observation: Observation) -> Ratio | None:
        """None while there is nothing to compare."""
        value = self.indicator.value(observation)
        if value is None:
            return None
        below = 1
        if self._over is not None:
            divisor = self._divisor(self._over, observation)
            if divisor is None or divisor <= 0:
                return None
            below = divisor
        above, below = value * self._over_scale, below * self._scale
        minus, minus_scale = self._minus
        if minus:
            above, below = above * minus_scale - minus * below, below * minus_scale
        return above * self._factor, below

    def holds(self, value: Ratio | None, level: Level) -> bool:
        threshold = self._thresholds.get(level)
        if value is None or threshold is None:
            return False
        return self._compare(value[0] * threshold[1], threshold[0] * value[1])

    def reading(self, value: Ratio | None, level: Level) -> Reading | None:
        """What the alert shows of this condition, if it has a threshold at this level."""
        threshold = self._thresholds.get(level)
        if threshold is None:
            return None
        return Reading(
            indicator=self._spec.indicator,
            value=None if value is None else _shown(Fraction(*value)),
            cmp=self._spec.cmp,
            threshold=_shown(Fraction(*threshold)),
            unit=self._spec.unit,
        )

    def _divisor(self, over: Indicator, observation: Observation) -> int | None:
        below = over.value(observation)
        if below is None or self._floor is None:
            return below if below is not None else self._floor
        return max(below, self._floor)


def _ratio(text: str) -> Ratio:
    fraction = Fraction(scaled(text, THRESHOLD_DIGITS), 10**THRESHOLD_DIGITS)
    return fraction.numerator, fraction.denominator


def _shown(value: Fraction) -> int | str:
    """Whole numbers as integers, others as decimal text rounded to six places."""
    if value.denominator == 1:
        return value.numerator
    return plain(round(value * 10**_SHOWN_DIGITS), _SHOWN_DIGITS)
