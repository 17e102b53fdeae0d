"""A version of a rule in the reader's words: its conditions, its indicators, what changed."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext

from monitoring.admin.language import category_text, event_names, field_names
from monitoring.domain.spec_changes import Change, Place, changes, condition_title, filter_text
from monitoring.models import Condition, Indicator, Rule
from monitoring.models.choices import CmpChoice, LevelChoice, OpChoice, UnitChoice, WindowChoice
from riskgw.cep.spec import ConditionSpec, IndicatorSpec, RuleSpec
from riskgw.reference.admin.records import NOTHING, number_text

_CODE = re.compile(r"[\w-]+")
_VALUES: dict[str, Callable[[str], str]] = {
    **dict.fromkeys(LevelChoice.values, number_text),
    "length_ms": number_text,
    "minus": number_text,
    "floor": number_text,
    "cmp": lambda text: str(CmpChoice(text).label),
    "op": lambda text: str(OpChoice(text).label),
    "unit": lambda text: str(UnitChoice(text).label),
    "window": lambda text: str(WindowChoice(text).label),
    "category": category_text,
    "key": lambda text: field_names(text.split(", ")),
    "value_field": lambda text: field_names([text]),
    "events": lambda text: event_names(text.split(", ")),
    "filters": lambda text: "; ".join(_filter(each) for each in text.split("; ")),
}


def change_rows(old: RuleSpec, new: RuleSpec, names: Mapping[str, str]) -> list[dict[str, str]]:
    """What changed, a row a place."""
    return [_change_row(each, names) for each in changes(old, new)]


def condition_rows(spec: RuleSpec, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Conditions with a column for each level."""
    return [_condition_row(each, names) for each in spec.conditions]


def indicator_rows(spec: RuleSpec, names: Mapping[str, str]) -> list[dict[str, str]]:
    """The indicators that the conditions use."""
    return [_indicator_row(each, names) for each in spec.indicators]


def _change_row(change: Change, names: Mapping[str, str]) -> dict[str, str]:
    read = _VALUES.get(change.place[-1], str)
    return {
        "place": _place(change.place, names),
        "old": NOTHING if change.old is None else read(change.old),
        "new": NOTHING if change.new is None else read(change.new),
    }


def _place(place: Place, names: Mapping[str, str]) -> str:
    name = place[-1]
    if len(place) == 1:
        return capfirst(_label(Rule, name))
    title = _titled(place[1], names)
    if place[0] == "indicators":
        labels = {"events": "event_types"}
        label = (
            gettext("filters") if name == "filters" else _label(Indicator, labels.get(name, name))
        )
    elif name in LevelChoice.values:
        label = str(LevelChoice(name).label)
    else:
        label = _label(Condition, name)
    return f"{title} · {label}"


def _label(model: Any, field: str) -> str:
    return str(model._meta.get_field(field).verbose_name)  # noqa: SLF001  # Django's public name


def _titled(title: str, names: Mapping[str, str]) -> str:
    """A title made of codes, with the names of the indicators in their place."""
    return _CODE.sub(lambda match: names.get(match[0], match[0]), title)


def _condition_row(spec: ConditionSpec, names: Mapping[str, str]) -> dict[str, Any]:
    values = {each.level.value: number_text(each.value) for each in spec.thresholds}
    return {
        "group": spec.group,
        "title": _titled(condition_title(spec), names),
        "floor": None if spec.floor is None else number_text(spec.floor),
        "minus": None if spec.minus == "0" else number_text(spec.minus),
        "cmp": CmpChoice(spec.cmp).label,
        "levels": [values.get(level, NOTHING) for level in LevelChoice.values],
        "unit": UnitChoice(spec.unit).label,
    }


def _indicator_row(spec: IndicatorSpec, names: Mapping[str, str]) -> dict[str, str]:
    length = "" if spec.length_ms is None else f" {number_text(spec.length_ms)} ms"
    return {
        "code": spec.code,
        "name": names.get(spec.code, spec.code),
        "op": str(OpChoice(spec.op).label),
        "field": field_names([spec.value_field]) if spec.value_field else NOTHING,
        "events": event_names(spec.events),
        "window": f"{WindowChoice(spec.window).label}{length}",
        "key": field_names(spec.key),
        "filters": "; ".join(_filter(filter_text(each)) for each in spec.filters) or NOTHING,
    }


def _filter(text: str) -> str:
    """age_ms le 1000, in words."""
    field, cmp, value = text.split(" ", 2)
    return f"{field_names([field])} {CmpChoice(cmp).label} {value}"
