"""Between rows and specifications: the specification that the rows of a rule amount to."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from monitoring.domain import spec_order
from monitoring.models import (
    Condition,
    Exemption,
    Indicator,
    IndicatorFilter,
    LevelAction,
    Rule,
    ThenStep,
    Threshold,
)
from monitoring.models.choices import ModeChoice
from riskgw.cep.fields import FIELDS, FieldType
from riskgw.cep.spec import (
    Action,
    ActionSpec,
    CheckPoint,
    Clock,
    Cmp,
    ConditionSpec,
    ExemptionSpec,
    FilterSpec,
    IndicatorSpec,
    Mask,
    Op,
    Release,
    RuleMode,
    RuleSpec,
    ScopeSpec,
    ThenSide,
    ThenSpec,
    ThresholdSpec,
    Unit,
    WindowKind,
)
from riskgw.kernel.words import EventKind, Level


class ConditionRow(NamedTuple):
    """A condition with the thresholds that belong to it, stored or about to be."""

    condition: Condition
    thresholds: Sequence[Threshold]


class RuleRows(NamedTuple):
    """All parts of a rule, stored or about to be."""

    conditions: Sequence[ConditionRow]
    exemptions: Sequence[Exemption] = ()
    actions: Sequence[LevelAction] = ()
    then: ThenStep | None = None


def stored_rows(rule: Rule) -> RuleRows:
    """A rule's parts as they stand now."""
    return RuleRows(
        [ConditionRow(each, list(each.thresholds.all())) for each in rule.conditions.all()],
        list(rule.exemptions.all()),
        list(rule.level_actions.all()),
        getattr(rule, "then_step", None),
    )


def stored_spec(rule: Rule, version: int = 1) -> RuleSpec:
    """The specification of a rule as its rows stand now."""
    return spec_of(rule, stored_rows(rule), version)


def spec_of(rule: Rule, rows: RuleRows, version: int = 1) -> RuleSpec:
    """The specification of a rule and its parts, saved or not."""
    is_shadow = rule.mode == ModeChoice.SHADOW
    return RuleSpec(
        code=rule.code,
        version=version,
        name_zh=rule.name_zh,
        name_en=rule.name_en,
        category=rule.category,
        advice_zh=rule.advice_zh,
        advice_en=rule.advice_en,
        key=tuple(rule.key),
        indicators=tuple(indicator_spec(each, each.filters.all()) for each in _indicators(rows)),
        conditions=tuple(_condition_spec(row) for row in rows.conditions),
        source_note=rule.source_note,
        confidence=rule.confidence,
        mode=RuleMode.SHADOW if is_shadow else RuleMode.LIVE,
        check_point=CheckPoint(rule.check_point),
        sessions=tuple(rule.sessions),
        repeat=rule.repeat,
        cooldown_ms=rule.cooldown_ms,
        for_ms=rule.for_ms,
        clear_percent="" if rule.clear_percent is None else plain(rule.clear_percent),
        exemptions=tuple(_exemption_spec(each) for each in rows.exemptions),
        then=None if rows.then is None else _then_spec(rows.then),
        actions=tuple(_action_spec(each) for each in rows.actions),
        inhibits=tuple(rule.inhibits),
        follows_market=rule.follows_market,
    )


def _indicators(rows: RuleRows) -> list[Indicator]:
    """Those that the parts name, each once."""
    named = [
        each for row in rows.conditions for each in (row.condition.indicator, row.condition.over)
    ]
    if rows.then is not None:
        named.append(rows.then.indicator)
    used = {each.code: each for each in named if each is not None}
    return [each for _, each in sorted(used.items())]


def indicator_spec(indicator: Indicator, filters: Iterable[IndicatorFilter]) -> IndicatorSpec:
    """The specification of an indicator and its filters, saved or not."""
    return IndicatorSpec(
        code=indicator.code,
        op=Op(indicator.op),
        events=tuple(EventKind(each) for each in indicator.event_types),
        window=WindowKind(indicator.window),
        key=tuple(indicator.key),
        value_field=indicator.value_field or None,
        length_ms=indicator.length_ms,
        days=indicator.days,
        clock=Clock(indicator.clock),
        filters=tuple(filter_spec(each) for each in filters),
    )


def filter_spec(row: IndicatorFilter) -> FilterSpec:
    """The text of the value becomes a list or a flag where the comparison or field asks for it."""
    cmp = Cmp(row.cmp)
    if cmp in (Cmp.IN, Cmp.NOT_IN):
        return FilterSpec(field=row.field, cmp=cmp, value=parts(row.value), any_of=row.any_of)
    value = typed(row.field, row.value.strip())
    return FilterSpec(field=row.field, cmp=cmp, value=value, any_of=row.any_of)


def parts(text: str) -> tuple[str, ...]:
    """A list as people write it."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def typed(field: str, text: str) -> str | bool:
    """A flag where the field is one; else text."""
    known = FIELDS.get(field)
    is_flag = known is not None and known.type is FieldType.BOOLEAN
    return text == "true" if is_flag and text in ("true", "false") else text


def _condition_spec(row: ConditionRow) -> ConditionSpec:
    condition = row.condition
    thresholds = [threshold_spec(each) for each in row.thresholds]
    thresholds.sort(key=spec_order.threshold_place)
    return ConditionSpec(
        group=condition.group,
        indicator=condition.indicator.code,
        over=condition.over.code if condition.over else None,
        minus=plain(condition.minus),
        floor=None if condition.floor is None else plain(condition.floor),
        cmp=Cmp(condition.cmp),
        unit=Unit(condition.unit),
        thresholds=tuple(thresholds),
    )


def threshold_spec(row: Threshold) -> ThresholdSpec:
    day = row.effective_from
    return ThresholdSpec(
        level=Level(row.level),
        value=plain(row.value),
        scope=ScopeSpec(**row.scope) if row.scope else None,
        effective_from=day.isoformat() if day else None,
        source_note=row.source_note,
    )


def _exemption_spec(row: Exemption) -> ExemptionSpec:
    values = tuple(typed(row.field, each) for each in parts(row.values))
    return ExemptionSpec(field=row.field, values=values)


def _then_spec(row: ThenStep) -> ThenSpec:
    return ThenSpec(
        indicator=row.indicator.code,
        cmp=Cmp(row.cmp),
        value=plain(row.value),
        within_ms=row.within_ms,
        until=row.until or None,
        side=ThenSide(row.side),
    )


def _action_spec(row: LevelAction) -> ActionSpec:
    return ActionSpec(
        level=Level(row.level),
        action=Action(row.action),
        mask=tuple(Mask(bit) for bit in row.mask),
        release=Release(row.release),
    )


def plain(value: Decimal) -> str:
    """Decimal text without trailing zeros and without an exponent."""
    return spec_order.plain(f"{Decimal(value):f}")
