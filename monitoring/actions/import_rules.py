"""Store rules given as specifications, with their indicators, and publish them."""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from django.apps import apps
from django.db import transaction
from django.utils import timezone

from monitoring.queries import IMPORTED
from riskgw.cep.checks import faults
from riskgw.cep.spec import FilterSpec, IndicatorSpec, RuleSpec

# Finds a model by app and name; a migration passes the one that knows its own state.
GetModel = Callable[[str, str], Any]


class RuleRefused(ValueError):
    """A specification is faulty, or clashes with what is stored; nothing was stored."""


@transaction.atomic
def import_rules(specs: Iterable[RuleSpec], get_model: GetModel = apps.get_model) -> None:
    """New rules go live as version 1; a code that is taken is refused."""
    for spec in specs:
        if found := faults(spec):
            raise RuleRefused(f"{spec.code}: {found[0].place}: {found[0].text}")
        _store(spec, get_model)


def _store(spec: RuleSpec, get_model: GetModel) -> None:
    rules, versions = get_model("monitoring", "Rule"), get_model("monitoring", "RuleVersion")
    if rules.objects.filter(code=spec.code).exists():
        raise RuleRefused(f"{spec.code}: there is already a rule with this code")
    indicators = {each.code: _indicator(each, get_model) for each in spec.indicators}
    rule = rules.objects.create(
        code=spec.code,
        name_zh=spec.name_zh,
        name_en=spec.name_en,
        category=spec.category,
        advice_zh=spec.advice_zh,
        advice_en=spec.advice_en,
        key=list(spec.key),
        mode="live",
        source_note=spec.source_note,
        confidence=spec.confidence,
    )
    for condition in spec.conditions:
        row = get_model("monitoring", "Condition").objects.create(
            rule=rule,
            group=condition.group,
            indicator=indicators[condition.indicator],
            over=indicators[condition.over] if condition.over else None,
            minus=condition.minus,
            floor=condition.floor,
            cmp=condition.cmp,
            unit=condition.unit,
        )
        for threshold in condition.thresholds:
            get_model("monitoring", "Threshold").objects.create(
                condition=row, level=threshold.level, value=threshold.value
            )
    versions.objects.create(
        rule=rule,
        number=spec.version,
        spec=msgspec.to_builtins(spec),
        effective_from=timezone.now(),
        note=IMPORTED,
    )


def _indicator(spec: IndicatorSpec, get_model: GetModel) -> Any:
    """The stored indicator of this code; it must be the same one."""
    manager = get_model("monitoring", "Indicator").objects
    values = {
        "op": spec.op.value,
        "event_types": [kind.value for kind in spec.events],
        "value_field": spec.value_field or "",
        "window": spec.window.value,
        "length_ms": spec.length_ms,
        "key": list(spec.key),
    }
    row, is_new = manager.get_or_create(code=spec.code, defaults=values)
    filters = [(each.field, each.cmp.value, _value_text(each)) for each in spec.filters]
    if is_new:
        for field, cmp, value in filters:
            row.filters.create(field=field, cmp=cmp, value=value)
    stored = list(row.filters.order_by("pk").values_list("field", "cmp", "value"))
    if stored != filters or any(getattr(row, name) != value for name, value in values.items()):
        raise RuleRefused(f"indicator {spec.code} is stored with another definition")
    return row


def _value_text(spec: FilterSpec) -> str:
    if isinstance(spec.value, tuple):
        return ", ".join(spec.value)
    if isinstance(spec.value, bool):
        return "true" if spec.value else "false"
    return spec.value
