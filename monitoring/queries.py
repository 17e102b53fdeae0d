"""Reads: rules as the engine takes them, and alerts."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple, TypedDict

from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from monitoring.models import (
    Alert,
    Condition,
    ErrorOrder,
    Indicator,
    IndicatorFilter,
    OrderRecord,
    Rule,
    RuleVersion,
    Threshold,
)
from monitoring.models.choices import AlertStateChoice, ModeChoice
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
from riskgw.kernel.times import instant_ns
from riskgw.kernel.words import LEVELS_RISING, EventKind, Level

CATALOGUE = Path(__file__).parent / "catalogue"
FIRST_RULES = CATALOGUE / "first_rules.json"
HOUSE_RULES = CATALOGUE / "house_rules.json"
# The note of a version that came with a file or a release.
IMPORTED = "imported"


class ConditionRow(NamedTuple):
    """A condition with the thresholds that belong to it, stored or about to be."""

    condition: Condition
    thresholds: Mapping[str, Decimal]


def shipped_rules() -> tuple[RuleSpec, ...]:
    """The rules this release starts a new database with."""
    return tuple(
        rule for file in (FIRST_RULES, HOUSE_RULES) for rule in rules_from_json(file.read_bytes())
    )


def live_rules(at: datetime | None = None) -> list[RuleSpec]:
    """The newest version of each live rule that is in force at a time, by default now."""
    at = at or timezone.now()
    versions = RuleVersion.objects.filter(rule__mode=ModeChoice.LIVE, effective_from__lte=at)
    newest: dict[int, RuleVersion] = {}
    for version in versions.order_by("rule__code", "number"):
        newest[version.rule_id] = version
    return [rule_from_builtins(version.spec) for version in newest.values()]


def rules_mark(at: datetime | None = None) -> str:
    """Another text after every change that `live_rules` would show."""
    versions = RuleVersion.objects.filter(
        rule__mode=ModeChoice.LIVE, effective_from__lte=at or timezone.now()
    )
    newest = versions.order_by("rule_id").values_list("rule_id").annotate(newest=Max("pk"))
    return ".".join(f"{rule}:{version}" for rule, version in newest)


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


def latest_alert_day() -> date | None:
    """The last trading day that has alerts."""
    newest: date | None = Alert.objects.aggregate(day=Max("trading_day"))["day"]
    return newest


def alert_counts(day: date) -> dict[tuple[int, str], int]:
    """How many alerts a trading day has, by rule and level."""
    rows = (
        Alert.objects.filter(trading_day=day)
        .order_by()
        .values_list("rule_version__rule_id", "level")
        .annotate(count=Count("pk"))
    )
    return {(rule, level): count for rule, level, count in rows}


def alert_counts_by_rule(day: date) -> dict[str, dict[str, int]]:
    """{rule: {level: alerts}} of a trading day."""
    counts: dict[str, dict[str, int]] = {}
    rows = (
        Alert.objects.filter(trading_day=day)
        .order_by()
        .values_list("rule_version__rule__code", "level")
        .annotate(count=Count("pk"))
    )
    for rule, level, count in rows:
        counts.setdefault(rule, {})[level] = count
    return counts


def open_alert_counts(day: date) -> dict[str, int]:
    """Open alerts of a trading day by level."""
    rows = (
        Alert.objects.filter(trading_day=day, state=AlertStateChoice.OPEN)
        .order_by()
        .values_list("level")
        .annotate(count=Count("pk"))
    )
    return {level.value: 0 for level in LEVELS_RISING} | dict(rows)


def alerts_listed() -> QuerySet[Alert]:
    """Alerts with everything that is shown of them."""
    return Alert.objects.select_related("rule_version__rule", "handled_by")


def alert_by_number(number: str) -> Alert | None:
    return alerts_listed().filter(number=number).first()


def state_ns(alert: Alert) -> int | None:
    """When the alert got its state, in nanoseconds; None while it is as it was raised."""
    return None if alert.handled_at is None else instant_ns(alert.handled_at)


def newest_problems(count: int) -> list[ErrorOrder]:
    """What last went wrong with orders, the newest first."""
    return list(ErrorOrder.objects.order_by("-at_ns", "-pk")[:count])


def orders_behind(alert: Alert) -> QuerySet[OrderRecord]:
    """The orders and cancels an alert names, as far as it names them."""
    events = OrderRecord.objects.filter(
        trading_day=alert.trading_day,
        event__in=(EventKind.ORDER, EventKind.CANCEL),
        order_ref__in=alert.order_refs,
    )
    account = alert.key.get("account")
    return events.filter(account=account) if account else events


class ThresholdRow(TypedDict):
    """A threshold as screens show it; `version` is the rule's newest, null for a draft."""

    id: int
    rule: str
    name: dict[str, str]
    indicator: str
    over: str | None
    cmp: str
    unit: str
    level: str
    value: str
    version: int | None


def threshold_rows(rule: Rule | None = None) -> list[ThresholdRow]:
    """The thresholds of a rule, or of all that are not switched off."""
    thresholds = Threshold.objects.select_related(
        "condition__rule", "condition__indicator", "condition__over"
    ).annotate(version=Max("condition__rule__versions__number"))
    if rule is None:
        thresholds = thresholds.exclude(condition__rule__mode=ModeChoice.OFF)
    else:
        thresholds = thresholds.filter(condition__rule=rule)
    thresholds = thresholds.order_by("condition__rule__code", "condition__group", "condition", "pk")
    return [_threshold_row(each, each.version) for each in thresholds]


def threshold_row(threshold_id: int) -> ThresholdRow:
    threshold = Threshold.objects.select_related("condition__rule").get(pk=threshold_id)
    latest = latest_version(threshold.condition.rule)
    return _threshold_row(threshold, latest.number if latest else None)


def _threshold_row(threshold: Threshold, version: int | None) -> ThresholdRow:
    condition = threshold.condition
    return {
        "id": threshold.pk,
        "rule": condition.rule.code,
        "name": {"en": condition.rule.name_en, "zh": condition.rule.name_zh},
        "indicator": condition.indicator.code,
        "over": condition.over.code if condition.over else None,
        "cmp": condition.cmp,
        "unit": condition.unit,
        "level": threshold.level,
        "value": _plain(threshold.value),
        "version": version,
    }


def day_totals(day: date) -> dict[str, int]:
    """What is stored of a trading day."""
    return {
        "events": OrderRecord.objects.filter(trading_day=day).count(),
        "alerts": Alert.objects.filter(trading_day=day).count(),
        "error orders": ErrorOrder.objects.filter(trading_day=day).count(),
    }
