"""A condition's thresholds at work: whom they are for, from which day on, and exactly where."""

from collections.abc import Callable, Iterable
from fractions import Fraction
from operator import attrgetter
from typing import Any, NamedTuple

from riskgw.cep.fields import FIELDS
from riskgw.cep.observation import Observation
from riskgw.cep.spec import SCOPE_FIELDS, Cmp, ScopeSpec, ThresholdSpec
from riskgw.kernel.decimals import scaled
from riskgw.kernel.words import Level

THRESHOLD_DIGITS = 8
# Ladders that are kept ready, by condition; when there are more, all are made anew.
LADDERS_MAX = 16_384
_RISING = (Cmp.GE, Cmp.GT)
_FALLING = (Cmp.LE, Cmp.LT)


class Rung(NamedTuple):
    """Of a level: the bit it has in the rule's ladder, numerator and denominator, its text."""

    bit: int
    above: int
    below: int
    threshold: Fraction


Ladder = tuple[Rung, ...]


class Bound(NamedTuple):
    """From a threshold in the condition's unit to what the indicator's own number meets."""

    factor: int
    minus: Fraction
    scale: Fraction

    def of(self, threshold: Fraction) -> Fraction:
        return (threshold / self.factor + self.minus) * self.scale


class _Scope(NamedTuple):
    """All thresholds whose scopes name the same fields, by the values of these."""

    read: Callable[[Observation], Any]
    by_values: dict[Any, list[ThresholdSpec]]


class Thresholds:
    """The ladder that is in force for an observation: by level, the narrowest scope's newest.

    What a narrower scope does not name it inherits; a level is reached at the latest with the one
    above it, whichever scopes they come from.
    """

    def __init__(self, specs: Iterable[ThresholdSpec], cmp: Cmp, bits: dict[Level, int]) -> None:
        self._cmp = cmp
        self._bits = bits
        self._day = ""
        by_fields: dict[tuple[str, ...], dict[Any, list[ThresholdSpec]]] = {}
        for spec in specs:
            names = scope_names(spec.scope)
            values = tuple(getattr(spec.scope, name) for name in names)
            key = values[0] if len(values) == 1 else values
            by_fields.setdefault(names, {}).setdefault(key, []).append(spec)
        self._general = by_fields.pop((), {}).get((), [])
        self._scopes = [
            _Scope(_reader(names), by_fields[names]) for names in sorted(by_fields, key=_breadth)
        ]
        named = sorted({name for names in by_fields for name in names})
        self._read = _reader(tuple(named)) if named else None
        self._ladders: dict[Any, Ladder] = {}
        self._ladder: Ladder = ()

    def start_day(self, day: str, bound: Bound) -> None:
        """From now on, thresholds that are effective on this day."""
        self._day, self._bound = day, bound
        self._ladders.clear()
        self._ladder = self._built([self._general])

    @property
    def general(self) -> Ladder:
        """What is in force where no scope fits."""
        return self._ladder

    def ladder(self, observation: Observation) -> Ladder:
        if self._read is None:
            return self._ladder
        values = self._read(observation)
        found = self._ladders.get(values)
        if found is None:
            if len(self._ladders) >= LADDERS_MAX:
                self._ladders.clear()
            fitting = [each.by_values.get(each.read(observation), ()) for each in self._scopes]
            found = self._built([*fitting, self._general]) if any(fitting) else self._ladder
            self._ladders[values] = found
        return found

    def _built(self, narrowest_first: Iterable[Iterable[ThresholdSpec]]) -> Ladder:
        chosen: dict[Level, ThresholdSpec] = {}
        for specs in narrowest_first:
            newest: dict[Level, ThresholdSpec] = {}
            for spec in specs:
                since = spec.effective_from or ""
                if since <= self._day:
                    other = newest.get(spec.level)
                    if other is None or since >= (other.effective_from or ""):
                        newest[spec.level] = spec
            chosen = newest | chosen
        return self._rungs({level: _fraction(spec.value) for level, spec in chosen.items()})

    def _rungs(self, values: dict[Level, Fraction]) -> Ladder:
        rungs: list[Rung] = []
        above: Fraction | None = None
        for level, bit in reversed(self._bits.items()):
            if level not in values:
                continue
            value = values[level]
            if above is not None and self._cmp in (*_RISING, *_FALLING):
                value = (min if self._cmp in _RISING else max)(value, above)
            above = value
            bound = self._bound.of(value)
            rungs.append(Rung(bit, bound.numerator, bound.denominator, value))
        return tuple(reversed(rungs))


def scope_names(scope: ScopeSpec | None) -> tuple[str, ...]:
    """The fields a scope names, in the order of SCOPE_FIELDS."""
    if scope is None:
        return ()
    return tuple(name for name in SCOPE_FIELDS if getattr(scope, name) is not None)


def _breadth(names: tuple[str, ...]) -> list[bool]:
    """Sorts narrow scopes before broad ones: account first, then group, and so on."""
    return [name not in names for name in SCOPE_FIELDS]


def _reader(names: tuple[str, ...]) -> Callable[[Observation], Any]:
    return attrgetter(*(FIELDS[name].attribute for name in names))


def _fraction(text: str) -> Fraction:
    return Fraction(scaled(text, THRESHOLD_DIGITS), 10**THRESHOLD_DIGITS)
