"""All live rules over one ordered stream of observations."""

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from msgspec.structs import replace

from riskgw.cep.checks import faults
from riskgw.cep.indicator import Indicator
from riskgw.cep.observation import Observation
from riskgw.cep.rule import Rule
from riskgw.cep.spec import IndicatorSpec, RuleSpec
from riskgw.cep.windows import Window
from riskgw.kernel.times import trading_day
from riskgw.kernel.words import EventKind
from riskgw.messages.alert import Alert

_TEXTS = (
    "name_zh", "name_en", "category", "advice_zh", "advice_en", "source_note", "confidence",
)  # fmt: skip


class RuleError(ValueError):
    """A rule that the checks refuse was given to the engine."""


class EngineState(NamedTuple):
    """What the engine has counted: windows by what they count, stands by how they are judged."""

    day: date | None
    windows: dict[IndicatorSpec, Window]
    stands: dict[RuleSpec, dict[tuple[Any, ...], int]]


class Engine:
    """Rules compiled once; indicators that are the same are kept once."""

    def __init__(self, specs: Iterable[RuleSpec]) -> None:
        shared: dict[IndicatorSpec, Indicator] = {}
        self._rules: list[Rule] = []
        self._rules_of: dict[Indicator, list[Rule]] = {}
        for spec in specs:
            self._add(spec, shared)
        self._indicators = list(shared.values())
        self._by_event = {
            kind: [each for each in self._indicators if kind in each.spec.events]
            for kind in EventKind
        }
        self._day: date | None = None

    def observe(self, observation: Observation) -> list[Alert]:
        """The alerts that one event raises, in the order of the rules."""
        day = trading_day(observation.time_ns)
        if day != self._day:
            self._start_day(day)
        touched: dict[Rule, None] = {}
        for indicator in self._by_event[observation.event]:
            if indicator.observe(observation):
                touched.update(dict.fromkeys(self._rules_of[indicator]))
        return [alert for rule in touched if (alert := rule.judge(observation))]

    def state(self) -> EngineState:
        """Not a copy: it goes on changing with the engine."""
        windows = {each.spec: each.window for each in self._indicators}
        stands = {_judgement(each.spec): each.stands for each in self._rules}
        return EngineState(self._day, windows, stands)

    def take_over(self, state: EngineState) -> None:
        """Go on where another engine was; what it did not count or judge so starts from nothing."""
        self._day = state.day
        for indicator in self._indicators:
            indicator.window = state.windows.get(indicator.spec, indicator.window)
        for rule in self._rules:
            rule.stands = state.stands.get(_judgement(rule.spec), rule.stands)

    def _add(self, spec: RuleSpec, shared: dict[IndicatorSpec, Indicator]) -> None:
        if found := faults(spec):
            place, text = found[0]
            raise RuleError(f"rule {spec.code}: {place}: {text}")
        indicators = {}
        for each in spec.indicators:
            if each not in shared:
                shared[each] = Indicator(each)
            indicators[each.code] = shared[each]
        rule = Rule(spec, indicators)
        self._rules.append(rule)
        for indicator in indicators.values():
            self._rules_of.setdefault(indicator, []).append(rule)

    def _start_day(self, day: date) -> None:
        self._day = day
        for indicator in self._indicators:
            indicator.clear()
        for rule in self._rules:
            rule.clear()


def _judgement(spec: RuleSpec) -> RuleSpec:
    """What a rule judges by: names, advice and notes may change and no key falls off its ladder."""
    texts = dict.fromkeys(_TEXTS, "")
    return replace(spec, version=0, **texts)
