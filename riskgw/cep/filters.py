"""Filters at work: which events an indicator takes, split by what a plan can know beforehand."""

import operator
from collections.abc import Callable, Iterable
from typing import Any

from riskgw.cep.fields import FIELDS, FieldType
from riskgw.cep.observation import Observation
from riskgw.cep.spec import Cmp, ExemptionSpec, FilterSpec
from riskgw.kernel.decimals import scaled

Test = Callable[[Observation], bool]
# One of these has to hold.
Clause = tuple[FilterSpec, ...]

ORDERINGS: dict[Cmp, Callable[[Any, Any], bool]] = {
    Cmp.EQ: operator.eq,
    Cmp.NE: operator.ne,
    Cmp.GE: operator.ge,
    Cmp.GT: operator.gt,
    Cmp.LE: operator.le,
    Cmp.LT: operator.lt,
}
# Texts that have few values in a day, though no closed list.
_FEW = ("exchange", "product", "board", "phase", "segment", "pool")


def is_category(code: str) -> bool:
    """Whether the field has so few values that plans are made for each of them."""
    field = FIELDS[code]
    return field.type is FieldType.BOOLEAN or bool(field.words) or code in _FEW


def clauses(filters: Iterable[FilterSpec]) -> list[Clause]:
    """Single filters and those that stand for each other, all of which have to hold."""
    found: list[Clause] = []
    places: dict[int, int] = {}
    for spec in filters:
        if spec.any_of and spec.any_of in places:
            place = places[spec.any_of]
            found[place] = (*found[place], spec)
            continue
        places[spec.any_of] = len(found)
        found.append((spec,))
    return found


def exempting(spec: ExemptionSpec) -> FilterSpec:
    """What an event has to be so that it is not exempt."""
    if FIELDS[spec.field].type is FieldType.BOOLEAN:
        return FilterSpec(field=spec.field, cmp=Cmp.NE, value=spec.values[0])
    values = tuple(str(value) for value in spec.values)
    return FilterSpec(field=spec.field, cmp=Cmp.NOT_IN, value=values)


def compiled_clause(clause: Clause) -> Test:
    tests = [compiled_filter(spec) for spec in clause]
    if len(tests) == 1:
        return tests[0]
    return lambda observation: any(test(observation) for test in tests)


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
