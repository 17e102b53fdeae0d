"""One order for the parts of a rule that have none, so that equal rules compare equal."""

import msgspec

from riskgw.cep.spec import ConditionSpec, RuleSpec, ScopeSpec, ThenSpec, ThresholdSpec
from riskgw.kernel.words import LEVELS_RISING

SCOPE_NAMES = ScopeSpec.__struct_fields__


def in_order(spec: RuleSpec) -> RuleSpec:
    """Indicators by code, conditions by group, thresholds by level, scope and day."""
    conditions = [_condition(each) for each in spec.conditions]
    conditions.sort(key=lambda each: (each.group, msgspec.json.encode(each)))
    return msgspec.structs.replace(
        spec,
        indicators=tuple(sorted(spec.indicators, key=lambda each: each.code)),
        conditions=tuple(conditions),
        actions=tuple(sorted(spec.actions, key=msgspec.json.encode)),
        then=_then(spec.then),
        clear_percent=plain(spec.clear_percent),
        exemptions=tuple(sorted(spec.exemptions, key=msgspec.json.encode)),
    )


def _then(spec: ThenSpec | None) -> ThenSpec | None:
    return None if spec is None else msgspec.structs.replace(spec, value=plain(spec.value))


def _condition(spec: ConditionSpec) -> ConditionSpec:
    thresholds = [_threshold(each) for each in spec.thresholds]
    return msgspec.structs.replace(
        spec,
        thresholds=tuple(sorted(thresholds, key=threshold_place)),
        minus=plain(spec.minus),
        floor=None if spec.floor is None else plain(spec.floor),
    )


def _threshold(spec: ThresholdSpec) -> ThresholdSpec:
    """A scope that names nothing is none."""
    scope = spec.scope if scope_names(spec.scope) else None
    return msgspec.structs.replace(spec, scope=scope, value=plain(spec.value))


def plain(number: str) -> str:
    """Decimal text without trailing zeros: 240.50 is 240.5."""
    return number.rstrip("0").rstrip(".") if "." in number else number


def scope_names(scope: ScopeSpec | None) -> dict[str, str]:
    """What a scope names: {} for everything."""
    named = ((name, getattr(scope, name, None)) for name in SCOPE_NAMES)
    return {name: value for name, value in named if value}


def threshold_place(spec: ThresholdSpec) -> tuple[int, list[tuple[str, str]], str]:
    """Where a threshold stands among those of its condition."""
    scope = list(scope_names(spec.scope).items())
    return LEVELS_RISING.index(spec.level), scope, spec.effective_from or ""
