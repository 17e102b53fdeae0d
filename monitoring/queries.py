"""Reads: rules as the engine takes them, and alerts."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from django.db.models import Q, QuerySet
from django.utils import timezone

from monitoring.models import Condition, Indicator, IndicatorFilter, Rule, RuleVersion
from monitoring.models.choices import ModeChoice
from riskgw.cep.fields import FIELDS, FieldType
from riskgw.cep.spec import (
    Cmp,
    ConditionSpec,
    FilterSpec,
    IndicatorSpec,
    Op,
    RulesFile,
    RuleSpec,
    ThresholdSpec,
    Unit,
    WindowKind,
    rule_from_builtins,
    rules_from_json,
)
from riskgw.kernel.words import LEVELS_RISING, EventKind, Level

CATALOGUE = Path(__file__).parent / "catalogue"
FIRST_RULES = CATALOGUE / "first_rules.json"


class ConditionRow(NamedTuple):
    """A condition with the thresholds that belong to it, stored or about to be."""

    condition: Condition
    thresholds: Mapping[str, Decimal]


def shipped_rules() -> tuple[RuleSpec, ...]:
    """The rules this release starts a new database with."""
    return rules_from_json(FIRST_RULES.read_bytes())


def live_rules(at: datetime | None = None) -> list[RuleSpec]:
    """The newest version of each live rule that is in force at a time, by default now."""
    at = at or timezone.now()
    versions = RuleVersion.objects.filter(rule__mode=ModeChoice.LIVE, effective_from__lte=at)
    newest: dict[int, RuleVersion] = {}
    for version in versions.order_by("rule__code", "number"):
        newest[version.rule_id] = version
    return [rule_from_builtins(version.spec) for version in newest.values()]


def exported_rules(rules: Iterable[Rule]) -> RulesFile:
    """The newest versions of rules as a file that `replay --rules` takes; drafts as they stand."""
    specs = []
    for rule in rules:
        latest = latest_version(rule)
        specs.append(rule_from_builtins(latest.spec) if latest else stored_spec(rule))
    return RulesFile(tuple(specs))


def latest_version(rule: Rule) -> RuleVersion | None:
    return rule.versions.order_by("-number").first()


def rules_with_parts() -> QuerySet[Rule]:
    """Rules with everything `spec_of` reads."""
    return Rule.objects.prefetch_related(
        "conditions__indicator__filters", "conditions__over__filters", "conditions__thresholds"
    )


def rules_using(indicator: Indicator) -> QuerySet[Rule]:
    """Live rules with a condition on the indicator."""
    is_used = Q(conditions__indicator=indicator) | Q(conditions__over=indicator)
    return rules_with_parts().filter(is_used, mode=ModeChoice.LIVE).distinct()


def stored_spec(rule: Rule, version: int = 1) -> RuleSpec:
    """The specification of a rule as its rows stand now."""
    rows = [
        ConditionRow(condition, {each.level: each.value for each in condition.thresholds.all()})
        for condition in rule.conditions.all()
    ]
    return spec_of(rule, rows, version)


def spec_of(rule: Rule, rows: Sequence[ConditionRow], version: int = 1) -> RuleSpec:
    """The specification of a rule and its conditions, saved or not."""
    used: dict[str, Indicator] = {}
    for row in rows:
        for indicator in (row.condition.indicator, row.condition.over):
            if indicator is not None:
                used[indicator.code] = indicator
    return RuleSpec(
        code=rule.code,
        version=version,
        name_zh=rule.name_zh,
        name_en=rule.name_en,
        category=rule.category,
        advice_zh=rule.advice_zh,
        advice_en=rule.advice_en,
        key=tuple(rule.key),
        indicators=tuple(
            indicator_spec(each, each.filters.all()) for _, each in sorted(used.items())
        ),
        conditions=tuple(_condition_spec(row) for row in rows),
        source_note=rule.source_note,
        confidence=rule.confidence,
    )


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
        filters=tuple(filter_spec(each) for each in filters),
    )


def filter_spec(row: IndicatorFilter) -> FilterSpec:
    """The text of the value becomes a list or a flag where the comparison or field asks for it."""
    cmp = Cmp(row.cmp)
    if cmp in (Cmp.IN, Cmp.NOT_IN):
        parts = tuple(part.strip() for part in row.value.split(",") if part.strip())
        return FilterSpec(field=row.field, cmp=cmp, value=parts)
    field = FIELDS.get(row.field)
    text = row.value.strip()
    if field is not None and field.type is FieldType.BOOLEAN and text in ("true", "false"):
        return FilterSpec(field=row.field, cmp=cmp, value=text == "true")
    return FilterSpec(field=row.field, cmp=cmp, value=text)


def _condition_spec(row: ConditionRow) -> ConditionSpec:
    condition = row.condition
    return ConditionSpec(
        group=condition.group,
        indicator=condition.indicator.code,
        over=condition.over.code if condition.over else None,
        minus=_plain(condition.minus),
        floor=None if condition.floor is None else _plain(condition.floor),
        cmp=Cmp(condition.cmp),
        unit=Unit(condition.unit),
        thresholds=tuple(
            ThresholdSpec(level=Level(level), value=_plain(row.thresholds[level]))
            for level in LEVELS_RISING
            if level in row.thresholds
        ),
    )


def _plain(value: Decimal) -> str:
    """Decimal text without trailing zeros and without an exponent."""
    text = f"{Decimal(value):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
