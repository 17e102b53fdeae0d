"""One indicator at work: which events it takes, under which key, what it adds."""

import operator
from collections.abc import Callable
from typing import Any

from riskgw.cep.accumulators import ACCUMULATORS
from riskgw.cep.checks import value_digits
from riskgw.cep.evidence import Evidence
from riskgw.cep.fields import FIELDS, FieldType
from riskgw.cep.observation import Observation
from riskgw.cep.spec import Cmp, FilterSpec, IndicatorSpec, Op, WindowKind
from riskgw.cep.windows import DayWindow, InstantWindow, Key, SlidingWindow, Window
from riskgw.kernel.decimals import scaled

Test = Callable[[Observation], bool]

ORDERINGS: dict[Cmp, Callable[[Any, Any], bool]] = {
    Cmp.EQ: operator.eq,
    Cmp.NE: operator.ne,
    Cmp.GE: operator.ge,
    Cmp.GT: operator.gt,
    Cmp.LE: operator.le,
    Cmp.LT: operator.lt,
}


class Indicator:
    """Values by key, shared by all rules that name the same specification."""

    def __init__(self, spec: IndicatorSpec) -> None:
        self.spec = spec
        self._tests = [compiled_filter(each) for each in spec.filters]
        self._key_of = key_reader(spec.key)
        self._value_of = _value_reader(spec)
        self.window = _window(spec)
        self._is_instant = spec.window is WindowKind.INSTANT
        self._latest: Observation | None = None
        self.digits = value_digits(spec)

    def observe(self, observation: Observation) -> bool:
        """Take the event in if it counts here; whether it did."""
        for test in self._tests:
            if not test(observation):
                return False
        value = self._value_of(observation)
        key = self._key_of(observation)
        if value is None or None in key:
            return False
        self.window.add(key, observation.time_ns, value, observation.order_ref)
        self._latest = observation
        return True

    def value(self, observation: Observation) -> int | None:
        """The value under the observation's key, scaled by 10**digits."""
        if self._is_instant and observation is not self._latest:
            return None
        return self.window.value(self._key_of(observation), observation.time_ns)

    def evidence(self, observation: Observation) -> Evidence:
        return self.window.evidence(self._key_of(observation), observation.time_ns)

    def clear(self) -> None:
        self.window.clear()


def compiled_filter(spec: FilterSpec) -> Test:
    """A test of one field; an unknown value passes only `ne` and `nin`."""
    field = FIELDS[spec.field]
    read = operator.attrgetter(field.attribute)
    if isinstance(spec.value, tuple):
        members = frozenset(_constant(spec.field, value) for value in spec.value)
        is_in = spec.cmp is Cmp.IN
        return lambda observation: (read(observation) in members) is is_in
    constant = _constant(spec.field, spec.value)
    if spec.cmp is Cmp.NE:
        return lambda observation: bool(read(observation) != constant)
    compare = ORDERINGS[spec.cmp]

    def test(observation: Observation) -> bool:
        value = read(observation)
        return value is not None and compare(value, constant)

    return test


def _constant(code: str, value: str | bool) -> Any:
    field = FIELDS[code]
    if field.type is FieldType.NUMBER and isinstance(value, str):
        return scaled(value, field.digits)
    return value


def key_reader(names: tuple[str, ...]) -> Callable[[Observation], Key]:
    attributes = [FIELDS[name].attribute for name in names]
    if not attributes:
        return lambda observation: ()
    read = operator.attrgetter(*attributes)
    if len(attributes) == 1:
        return lambda observation: (read(observation),)
    return read


def _value_reader(spec: IndicatorSpec) -> Callable[[Observation], Any]:
    if spec.op is Op.COUNT:
        return lambda observation: 1
    return operator.attrgetter(FIELDS[spec.value_field or ""].attribute)


def _window(spec: IndicatorSpec) -> Window:
    make = ACCUMULATORS[spec.op]
    if spec.window is WindowKind.SLIDING:
        assert spec.length_ms is not None
        return SlidingWindow(make, spec.length_ms)
    return DayWindow(make) if spec.window is WindowKind.DAY else InstantWindow(make)
