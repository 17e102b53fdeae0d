"""Make the rows of a rule say what a specification says."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.apps import apps

from monitoring.domain.spec_changes import numbered_titles
from monitoring.domain.spec_order import SCOPE_NAMES, scope_names
from riskgw.cep.spec import ConditionSpec, IndicatorSpec, RuleSpec, ThenSpec

# Finds a model by app and name; a migration passes the one that knows its own state.
GetModel = Callable[[str, str], Any]
Values = dict[str, Any]


class RuleRefused(ValueError):
    """A specification is faulty, or clashes with what is stored; nothing was stored."""


def store_spec(
    spec: RuleSpec, columns: Values, get_model: GetModel, *, may_change_indicators: bool = False
) -> Any:
    """The rule's row, with `columns` beside what the specification says.

    Rows that are as they should be stay untouched, and so does their history.
    """
    indicators = {
        each.code: _indicator(each, get_model, may_change=may_change_indicators)
        for each in spec.indicators
    }
    rules = get_model("monitoring", "Rule")
    row = rules.objects.filter(code=spec.code).first()
    rule = _made(rules, row, _rule(spec) | columns | {"code": spec.code})
    _conditions(rule, spec, indicators, get_model)
    _replace(rule, "exemptions", "Exemption", _exemptions(spec), get_model)
    _replace(rule, "level_actions", "LevelAction", _actions(spec), get_model)
    _then(rule, spec.then, indicators, get_model)
    return rules.objects.get(pk=rule.pk)  # without the parts that were read before


def _rule(spec: RuleSpec) -> Values:
    return {
        "name_zh": spec.name_zh,
        "name_en": spec.name_en,
        "category": spec.category,
        "advice_zh": spec.advice_zh,
        "advice_en": spec.advice_en,
        "key": list(spec.key),
        "source_note": spec.source_note,
        "confidence": spec.confidence,
        "check_point": spec.check_point.value,
        "sessions": list(spec.sessions),
        "repeat": spec.repeat,
        "cooldown_ms": spec.cooldown_ms,
        "for_ms": spec.for_ms,
        "clear_percent": Decimal(spec.clear_percent) if spec.clear_percent else None,
        "inhibits": list(spec.inhibits),
        "follows_market": spec.follows_market,
    }


def _made(model: Any, row: Any, values: Values) -> Any:
    """The row with these values: made if there is none, saved if it had others."""
    wanted = _columns(model, values)
    if row is None:
        return model.objects.create(**wanted)
    if any(getattr(row, name) != value for name, value in wanted.items()):
        for name, value in wanted.items():
            setattr(row, name, value)
        row.save()
    return row


def _columns(model: Any, values: Values) -> Values:
    """What the model has columns for: in an old migration's state the newest are not there yet.

    What would stand in those must be what they begin with.
    """
    known = {field.name for field in model._meta.get_fields()}  # noqa: SLF001  # documented
    newest = apps.get_model("monitoring", model.__name__)._meta  # noqa: SLF001  # documented
    for name in values.keys() - known:
        if values[name] != newest.get_field(name).get_default():
            raise RuleRefused(f"there is no {name} to store yet")
    return {name: value for name, value in values.items() if name in known}


def _conditions(
    rule: Any, spec: RuleSpec, indicators: Mapping[str, Any], get_model: GetModel
) -> None:
    """Conditions keep their rows by their titles, so that thresholds keep theirs."""
    stored = list(rule.conditions.all())
    names = ((row.indicator.code, row.over.code if row.over else None) for row in stored)
    rows = dict(zip(numbered_titles(names), stored, strict=True))
    ordered = sorted(spec.conditions, key=lambda each: each.group)  # as rows are read
    wanted = numbered_titles((each.indicator, each.over) for each in ordered)
    for title, condition in zip(wanted, ordered, strict=True):
        values = {
            "rule": rule,
            "group": condition.group,
            "indicator": indicators[condition.indicator],
            "over": indicators[condition.over] if condition.over else None,
            "minus": Decimal(condition.minus),
            "floor": None if condition.floor is None else Decimal(condition.floor),
            "cmp": condition.cmp.value,
            "unit": condition.unit.value,
        }
        row = _made(get_model("monitoring", "Condition"), rows.pop(title, None), values)
        _thresholds(row, condition, get_model)
    for row in rows.values():
        row.delete()


def _thresholds(row: Any, spec: ConditionSpec, get_model: GetModel) -> None:
    stored = {_place(each): each for each in row.thresholds.all()}
    for threshold in spec.thresholds:
        day = threshold.effective_from
        scope = dict.fromkeys(SCOPE_NAMES, "") | scope_names(threshold.scope)
        values = scope | {
            "condition": row,
            "level": threshold.level.value,
            "effective_from": date.fromisoformat(day) if day else None,
            "value": Decimal(threshold.value),
            "source_note": threshold.source_note,
        }
        place = (values["level"], values["effective_from"], *scope.values())
        _made(get_model("monitoring", "Threshold"), stored.pop(place, None), values)
    for gone in stored.values():
        gone.delete()


def _place(row: Any) -> tuple[Any, ...]:
    """What tells a threshold from the others of its condition; an old state knows the level."""
    scope = (getattr(row, name, "") for name in SCOPE_NAMES)
    return row.level, getattr(row, "effective_from", None), *scope


def _exemptions(spec: RuleSpec) -> list[Values]:
    return [{"field": each.field, "values": list_text(each.values)} for each in spec.exemptions]


def _actions(spec: RuleSpec) -> list[Values]:
    return [
        {
            "level": each.level.value,
            "action": each.action.value,
            "mask": [bit.value for bit in each.mask],
            "release": each.release.value,
        }
        for each in spec.actions
    ]


def _then(
    rule: Any, spec: ThenSpec | None, indicators: Mapping[str, Any], get_model: GetModel
) -> None:
    row = getattr(rule, "then_step", None)
    if spec is None:
        if row is not None:
            row.delete()
        return
    values = {
        "rule": rule,
        "indicator": indicators[spec.indicator],
        "side": spec.side.value,
        "cmp": spec.cmp.value,
        "value": Decimal(spec.value),
        "within_ms": spec.within_ms,
        "until": spec.until or "",
    }
    _made(get_model("monitoring", "ThenStep"), row, values)


def _indicator(spec: IndicatorSpec, get_model: GetModel, *, may_change: bool) -> Any:
    """The stored indicator of this code; unless it may be changed, it must be the same one."""
    model = get_model("monitoring", "Indicator")
    values = {
        "code": spec.code,
        "op": spec.op.value,
        "event_types": [kind.value for kind in spec.events],
        "value_field": spec.value_field or "",
        "window": spec.window.value,
        "length_ms": spec.length_ms,
        "days": spec.days,
        "clock": spec.clock.value,
        "key": list(spec.key),
    }
    filters = [
        {
            "field": each.field,
            "cmp": each.cmp.value,
            "value": value_text(each.value),
            "any_of": each.any_of,
        }
        for each in spec.filters
    ]
    row = model.objects.filter(code=spec.code).first()
    if row is not None and not may_change:
        is_same = _is(row, _columns(model, values)) and _are(row.filters.order_by("pk"), filters)
        if not is_same:
            raise RuleRefused(f"indicator {spec.code} is stored with another definition")
        return row
    row = _made(model, row, values)
    _replace(row, "filters", "IndicatorFilter", filters, get_model)
    return row


def _replace(
    owner: Any, related: str, model_name: str, wanted: list[Values], get_model: GetModel
) -> None:
    """Rows that are other than wanted make room for those that are."""
    if not wanted and not hasattr(owner, related):  # an old migration's state
        return
    rows = getattr(owner, related)
    if _are(rows.order_by("pk"), wanted):
        return
    for row in rows.all():
        row.delete()
    model = get_model("monitoring", model_name)
    for values in wanted:
        rows.create(**_columns(model, values))


def _are(rows: Iterable[Any], wanted: list[Values]) -> bool:
    stored = list(rows)
    return len(stored) == len(wanted) and all(map(_is, stored, wanted))


def _is(row: Any, values: Values) -> bool:
    return all(_same(getattr(row, name, value), value) for name, value in values.items())


def _same(stored: Any, wanted: Any) -> bool:
    """People write lists with and without spaces behind the commas."""
    if isinstance(stored, str):
        return bool([part.strip() for part in stored.split(",")] == wanted.split(", "))
    return bool(stored == wanted)


def value_text(value: str | bool | tuple[str, ...]) -> str:
    """A filter's value as people write it."""
    return list_text(value) if isinstance(value, tuple) else _text(value)


def list_text(values: Iterable[str | bool]) -> str:
    """A comma stands between the parts, so none may have one."""
    texts = [_text(each) for each in values]
    for text in texts:
        if "," in text or not text:
            raise RuleRefused(f'"{text}" cannot stand in a list')
    return ", ".join(texts)


def _text(value: str | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value != value.strip():
        raise RuleRefused(f'"{value}" begins or ends with a space')
    return value
