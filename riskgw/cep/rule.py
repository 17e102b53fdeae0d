"""One rule at work: how far up the ladder each key stands, and when that becomes an alert."""

from typing import Any

from riskgw.cep.condition import Condition, Ratio
from riskgw.cep.evidence import NO_EVIDENCE, Evidence
from riskgw.cep.indicator import Indicator, key_reader
from riskgw.cep.observation import Observation
from riskgw.cep.spec import RuleSpec, WindowKind
from riskgw.kernel.words import LEVELS_RISING, Level
from riskgw.messages.alert import Alert

Values = list[list[Ratio | None]]


class Rule:
    """An alert is raised when a key climbs higher than it stood since it last stood at nothing.

    `stands` is how high each key that stands above nothing stands.
    """

    def __init__(self, spec: RuleSpec, indicators: dict[str, Indicator]) -> None:
        self.spec = spec
        self._key_of = key_reader(spec.key)
        numbers = sorted({condition.group for condition in spec.conditions})
        self._groups = [
            [Condition(each, indicators) for each in spec.conditions if each.group == number]
            for number in numbers
        ]
        used = {threshold.level for each in spec.conditions for threshold in each.thresholds}
        self._levels = [level for level in LEVELS_RISING if level in used]
        self._is_instant = all(
            indicators[each.indicator].spec.window is WindowKind.INSTANT for each in spec.conditions
        )
        self.stands: dict[tuple[Any, ...], int] = {}

    def clear(self) -> None:
        """A new trading day."""
        self.stands.clear()

    def judge(self, observation: Observation) -> Alert | None:
        """The alert this event raises, if it raises one."""
        key = self._key_of(observation)
        if None in key:
            return None
        values: Values = []
        height = self._height(observation, values)
        if not height:
            if self.stands:
                self.stands.pop(key, None)
            return None
        if not self._is_instant:
            if height <= self.stands.get(key, 0):
                return None
            self.stands[key] = height
        return self._alert(observation, self._levels[height - 1], values)

    def _height(self, observation: Observation, values: Values) -> int:
        """How many levels hold, from the lowest up; fills in the values it looked at."""
        height = len(self._levels)
        for group in self._groups:
            group_values = [condition.value(observation) for condition in group]
            values.append(group_values)
            height = self._height_of(group, group_values, height)
            if not height:
                return 0
        return height

    def _height_of(self, group: list[Condition], values: list[Ratio | None], highest: int) -> int:
        """The levels are a ladder: where one does not hold, none above it does."""
        height = 0
        while height < highest and _holds(group, values, self._levels[height]):
            height += 1
        return height

    def _alert(self, observation: Observation, level: Level, values: Values) -> Alert:
        readings = []
        evidence: Evidence = NO_EVIDENCE
        for group, group_values in zip(self._groups, values, strict=True):
            for condition, value in zip(group, group_values, strict=True):
                if reading := condition.reading(value, level):
                    readings.append(reading)
                if not evidence.orders and condition.holds(value, level):
                    evidence = condition.indicator.evidence(observation)
        key = self._key_of(observation)
        return Alert(
            rule=self.spec.code,
            version=self.spec.version,
            level=level,
            key=dict(zip(self.spec.key, key, strict=True)),
            time_ns=observation.time_ns,
            values=tuple(readings),
            order_count=evidence.orders,
            order_refs=evidence.refs,
            late=observation.is_late,
            evidence=observation.evidence,
        )


def _holds(group: list[Condition], values: list[Ratio | None], level: Level) -> bool:
    for condition, value in zip(group, values, strict=True):
        if condition.holds(value, level):
            return True
    return False
