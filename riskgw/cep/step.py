"""A rule's step at work: its indicator, counted from the arming on, beside its threshold."""

from fractions import Fraction

from msgspec.structs import replace

from riskgw.cep.condition import shown
from riskgw.cep.filters import ORDERINGS
from riskgw.cep.indicator import Indicator, key_reader
from riskgw.cep.moments import Moments
from riskgw.cep.observation import Observation
from riskgw.cep.spec import Clock, FilterSpec, IndicatorSpec, RuleSpec, ThenSpec, Unit, WindowKind
from riskgw.cep.then import Arming, Armings, Deadline, Done
from riskgw.cep.thresholds import THRESHOLD_DIGITS
from riskgw.cep.windows import Key
from riskgw.kernel.decimals import scaled
from riskgw.kernel.words import OPPOSITE
from riskgw.messages.alert import Alert, Reading

_SIDE = "side"
_UNITS = {"quantity": Unit.SHARES, "cancelled_quantity": Unit.SHARES, "amount": Unit.CNY}


class Step:
    """Keyed by what the rule is keyed by, and the side: that of the arming, seen from outside."""

    def __init__(
        self,
        rule: RuleSpec,
        spec: ThenSpec,
        moments: Moments,
        exempt: tuple[FilterSpec, ...],
    ) -> None:
        self._spec = spec
        self._names = tuple(name for name in rule.key if name != _SIDE)
        counted = next(each for each in rule.indicators if each.code == spec.indicator)
        armings = Armings(Deadline.of(spec), spec.side)
        keyed = self._keyed(replace(counted, filters=(*counted.filters, *exempt)))
        self.indicator = Indicator(keyed, moments, armings)
        self.key_of = key_reader((*self._names, _SIDE))
        self._is_by_side = _SIDE in rule.key
        self._compare = ORDERINGS[spec.cmp]
        threshold = Fraction(scaled(spec.value, THRESHOLD_DIGITS), 10**THRESHOLD_DIGITS)
        self._threshold = threshold
        bound = threshold * 10**self.indicator.digits
        self._above, self._below = bound.numerator, bound.denominator
        self._key: Key = ()

    @property
    def armings(self) -> Armings:
        assert isinstance(self.indicator.window, Armings)
        return self.indicator.window

    @armings.setter
    def armings(self, armings: Armings) -> None:
        self.indicator.window = armings

    def can_arm(self, observation: Observation, height: int) -> bool:
        key = self.key_of(observation)
        return observation.side in OPPOSITE and height > self.armings.told(key)

    def arm(self, observation: Observation, height: int, alert: Alert) -> None:
        """From now on what follows is counted, if there is time left for it."""
        at_ns = self.indicator.at_ns(observation)
        until_ns = self.armings.until_ns(at_ns)
        if until_ns is None or until_ns >= at_ns:
            arming = Arming(at_ns, until_ns, height, alert)
            self.armings.arm(self.key_of(observation), arming)

    def done(self) -> Done | None:
        """What the event just counted has completed."""
        key = self.armings.counted()
        if key is None:
            return None
        self._key = key
        return self.armings.done(key, self._holds)

    def tell(self, height: int, *, is_over: bool) -> None:
        """What `done` found is told; `is_over`: the conditions hold nothing any more."""
        self.armings.tell(self._key, height)
        if is_over:
            self.armings.rest(self._key)

    def rest(self, observation: Observation) -> None:
        """The conditions hold nothing for this observation's key."""
        key = self.key_of(observation)
        sides = (key[-1],) if self._is_by_side else OPPOSITE
        for side in sides:
            self.armings.rest((*key[:-1], side))

    def reading(self, amount: int) -> Reading:
        return Reading(
            indicator=self._spec.indicator,
            value=shown(Fraction(amount, 10**self.indicator.digits)),
            cmp=self._spec.cmp,
            threshold=shown(self._threshold),
            unit=_UNITS.get(self.indicator.spec.value_field or "", Unit.COUNT),
        )

    def _keyed(self, spec: IndicatorSpec) -> IndicatorSpec:
        """The window is that of the armings; only the clock, the events and the value count."""
        clock = spec.clock if self._spec.within_ms is not None else Clock.WALL
        return replace(
            spec, key=(*self._names, _SIDE), window=WindowKind.DAY, length_ms=None, clock=clock
        )

    def _holds(self, amount: int) -> bool:
        return bool(self._compare(amount * self._below, self._above))
