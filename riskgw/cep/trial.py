"""As if an observation came: rules and indicators look at copies of what it concerns."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from riskgw.cep.indicator import Indicator
from riskgw.cep.observation import Observation
from riskgw.cep.rule import Rule

Found = TypeVar("Found")


class Trial:
    """What would be changed by asking these rules, of which these indicators count."""

    def __init__(self, rules: Sequence[Rule], counting: Iterable[Indicator]) -> None:
        self._rules = rules
        read = (each for rule in rules for each in rule.indicators if each.is_cut_by_reading)
        self._indicators = list(dict.fromkeys((*counting, *read)))

    def of(self, observation: Observation, ask: Callable[[Observation], Found]) -> Found:
        """What is found; nothing that is done to them stays."""
        kept = [each.begin_trial(observation) for each in self._indicators]
        stood = [each.begin_trial(observation) for each in self._rules]
        try:
            return ask(observation)
        finally:
            for indicator, before in zip(self._indicators, kept, strict=True):
                indicator.end_trial(before)
            for rule, standing in zip(self._rules, stood, strict=True):
                rule.end_trial(standing)
