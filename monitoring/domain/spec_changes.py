"""What changed from one version of a rule to the next, place by place."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from monitoring.domain.spec_order import scope_names
from riskgw.cep.spec import (
    ActionSpec,
    ConditionSpec,
    ExemptionSpec,
    FilterSpec,
    IndicatorSpec,
    RuleSpec,
    ThenSpec,
    ThresholdSpec,
)

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
    yield from _workings(rule)
    titles = numbered_titles((each.indicator, each.over) for each in rule.conditions)
    for title, condition in zip(titles, rule.conditions, strict=True):
        yield from _condition(condition, title)
    for exemption in rule.exemptions:
        yield ("exemptions", exemption.field), exemption_text(exemption)
    if rule.then is not None:
        yield from _then(rule.then)
    for action in rule.actions:
        yield ("actions", action.level, action.action), action_text(action)
    for indicator in rule.indicators:
        yield from _indicator(indicator)


def _workings(rule: RuleSpec) -> Iterator[tuple[Place, str]]:
    """How it judges, as far as that is not as usual; the mode is always told."""
    yield ("mode",), rule.mode
    yield ("check_point",), rule.check_point
    if rule.sessions:
        yield ("sessions",), ", ".join(rule.sessions)
    if rule.repeat != 1:
        yield ("repeat",), str(rule.repeat)
    for name in ("cooldown_ms", "for_ms"):
        if value := getattr(rule, name):
            yield (name,), str(value)
    if rule.clear_percent:
        yield ("clear_percent",), rule.clear_percent
    if rule.inhibits:
        yield ("inhibits",), ", ".join(rule.inhibits)
    if rule.follows_market:
        yield ("follows_market",), "true"


def condition_title(spec: ConditionSpec) -> str:
    """Its indicator, or the two of its ratio."""
    return _title(spec.indicator, spec.over)


def numbered_titles(names: Iterable[tuple[str, str | None]]) -> list[str]:
    """A title for each (indicator, divisor); of those with one title the second is (2)."""
    seen: dict[str, int] = {}
    titles = []
    for indicator, over in names:
        title = _title(indicator, over)
        seen[title] = seen.get(title, 0) + 1
        titles.append(f"{title} ({seen[title]})" if seen[title] > 1 else title)
    return titles


def _title(indicator: str, over: str | None) -> str:
    return f"{indicator} / {over}" if over else indicator


def _condition(spec: ConditionSpec, title: str) -> Iterator[tuple[Place, str]]:
    for threshold in spec.thresholds:
        place = ("conditions", title, threshold.level, *_for_whom(threshold))
        yield place, threshold.value
        if threshold.source_note:
            yield (*place, "source_note"), threshold.source_note
    yield ("conditions", title, "group"), str(spec.group)
    yield ("conditions", title, "cmp"), spec.cmp
    yield ("conditions", title, "unit"), spec.unit
    if spec.minus != "0":
        yield ("conditions", title, "minus"), spec.minus
    if spec.floor is not None:
        yield ("conditions", title, "floor"), spec.floor


def _for_whom(spec: ThresholdSpec) -> Iterator[str]:
    """product=IF, from=2026-12-01; nothing for a number that is for all and always."""
    for name, value in scope_names(spec.scope).items():
        yield f"{name}={value}"
    if spec.effective_from:
        yield f"from={spec.effective_from}"


def _then(spec: ThenSpec) -> Iterator[tuple[Place, str]]:
    yield ("then", "indicator"), spec.indicator
    yield ("then", "side"), spec.side
    yield ("then", "cmp"), spec.cmp
    yield ("then", "value"), spec.value
    if spec.within_ms is not None:
        yield ("then", "within_ms"), str(spec.within_ms)
    if spec.until:
        yield ("then", "until"), spec.until


def exemption_text(spec: ExemptionSpec) -> str:
    """ioc, fok."""
    return ", ".join(_plain(each) for each in spec.values)


def action_text(spec: ActionSpec) -> str:
    """open, close; auto_day."""
    return f"{', '.join(spec.mask)}; {spec.release}"


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
    if spec.days is not None:
        yield (*place, "days"), str(spec.days)
    yield (*place, "clock"), spec.clock
    if spec.filters:
        yield (*place, "filters"), "; ".join(filter_text(each) for each in spec.filters)


def filter_text(spec: FilterSpec) -> str:
    """age_ms le 1000; the number of its alternatives before it: 1| side eq buy."""
    value = ", ".join(spec.value) if isinstance(spec.value, tuple) else _plain(spec.value)
    alternative = f"{spec.any_of}| " if spec.any_of else ""
    return f"{alternative}{spec.field} {spec.cmp} {value}"


def _plain(value: str | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else value
