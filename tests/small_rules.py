"""The rules that ship, with a fifth of the large counts that a simulated day plays.

A day for them has every scenario, and fewer orders; that the rules hold with their own counts is
shown by test_simulated_day.
"""

import msgspec

from monitoring.rule_queries import shipped_rules
from riskgw.cep.spec import ConditionSpec, RuleSpec, ThresholdSpec, Unit

COUNTING = ("P01", "P03", "F02")
PARTS = 5


def small_rules() -> tuple[RuleSpec, ...]:
    return tuple(
        msgspec.structs.replace(rule, conditions=tuple(map(_small, rule.conditions)))
        if rule.code in COUNTING
        else rule
        for rule in shipped_rules()
    )


def _small(condition: ConditionSpec) -> ConditionSpec:
    if condition.unit is Unit.PERCENT:
        return condition
    thresholds = tuple(map(_part, condition.thresholds))
    return msgspec.structs.replace(condition, thresholds=thresholds)


def _part(threshold: ThresholdSpec) -> ThresholdSpec:
    value = int(threshold.value) // PARTS
    return msgspec.structs.replace(threshold, value=str(value))
