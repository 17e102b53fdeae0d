"""What changed from one version of a rule to the next, place by place."""

from collections.abc import Iterator
from typing import NamedTuple

from riskgw.cep.spec import ConditionSpec, FilterSpec, IndicatorSpec, RuleSpec

# What a place is called: ("conditions", "orders", "warn") is the threshold for warning.
Place = tuple[str, ...]

_RULE_TEXTS = (
    "name_zh", "name_en", "category", "advice_zh", "advice_en", "source_note", "confidence",
)  # fmt: skip


class Change(NamedTuple):
    """Old and new text of a place; None where it was not, or is no more."""

    place: Place
    old: str | None
    new: str | None


def changes(old: RuleSpec, new: RuleSpec) -> list[Change]:
    """Changes in the order of the new version, then what it no longer has."""
    before, after = dict(_texts(old)), dict(_texts(new))
    places = [*after, *(place for place in before if place not in after)]
    return [
        Change(place, before.get(place), after.get(place))
        for place in places
        if before.get(place) != after.get(place)
    ]


def _texts(rule: RuleSpec) -> Iterator[tuple[Place, str]]:
    for name in _RULE_TEXTS:
        if text := getattr(rule, name):
            yield (name,), text
    yield ("key",), ", ".join(rule.key)
    seen: dict[str, int] = {}
    for condition in rule.conditions:
        title = condition_title(condition)
        seen[title] = seen.get(title, 0) + 1
        if seen[title] > 1:
            title = f"{title} ({seen[title]})"
        yield from _condition(condition, title)
    for indicator in rule.indicators:
        yield from _indicator(indicator)


def condition_title(spec: ConditionSpec) -> str:
    """Its indicator, or the two of its ratio."""
    return f"{spec.indicator} / {spec.over}" if spec.over else spec.indicator


def _condition(spec: ConditionSpec, title: str) -> Iterator[tuple[Place, str]]:
    for threshold in spec.thresholds:
        yield ("conditions", title, threshold.level), threshold.value
    yield ("conditions", title, "group"), str(spec.group)
    yield ("conditions", title, "cmp"), spec.cmp
    yield ("conditions", title, "unit"), spec.unit
    if spec.minus != "0":
        yield ("conditions", title, "minus"), spec.minus
    if spec.floor is not None:
        yield ("conditions", title, "floor"), spec.floor


def _indicator(spec: IndicatorSpec) -> Iterator[tuple[Place, str]]:
    place = ("indicators", spec.code)
    yield (*place, "op"), spec.op
    yield (*place, "events"), ", ".join(spec.events)
    yield (*place, "window"), spec.window
    yield (*place, "key"), ", ".join(spec.key)
    if spec.value_field:
        yield (*place, "value_field"), spec.value_field
    if spec.length_ms is not None:
        yield (*place, "length_ms"), str(spec.length_ms)
    if spec.filters:
        yield (*place, "filters"), "; ".join(filter_text(each) for each in spec.filters)


def filter_text(spec: FilterSpec) -> str:
    """age_ms le 1000."""
    value = ", ".join(spec.value) if isinstance(spec.value, tuple) else str(spec.value).lower()
    return f"{spec.field} {spec.cmp} {value}"
