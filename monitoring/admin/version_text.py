"""A version of a rule in the reader's words: its conditions, its indicators, what changed."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from django.utils.text import capfirst
from django.utils.translation import gettext

from monitoring.admin.language import (
    category_text,
    event_names,
    field_names,
    mask_names,
    phase_names,
    release_name,
    scope_text,
)
from monitoring.domain.spec_changes import Change, Place, changes, condition_title, filter_text
from monitoring.domain.spec_order import scope_names
from monitoring.models import Condition, Indicator, Rule, RuleVersion, ThenStep
from monitoring.models.choices import (
    ActionChoice,
    CheckPointChoice,
    ClockChoice,
    CmpChoice,
    LevelChoice,
    OpChoice,
    ThenSideChoice,
    UnitChoice,
    VersionModeChoice,
    WindowChoice,
)
from riskgw.cep.spec import (
    CheckPoint,
    Clock,
    ConditionSpec,
    IndicatorSpec,
    RuleSpec,
    ThresholdSpec,
    rule_from_builtins,
)
from riskgw.reference.admin.records import NOTHING, list_text, number_text

_CODE = re.compile(r"[\w-]+")
_VALUES: dict[str, Callable[[str], str]] = {
    **dict.fromkeys(
        (
            *LevelChoice.values,
            "length_ms",
            "days",
            "minus",
            "floor",
            "value",
            "within_ms",
            "repeat",
            "cooldown_ms",
            "for_ms",
            "clear_percent",
        ),
        number_text,
    ),
    "mode": lambda text: str(VersionModeChoice(text).label),
    "needs_approval": lambda text: gettext("Yes") if text == "true" else gettext("No"),
    "follows_market": lambda text: gettext("Yes") if text == "true" else gettext("No"),
    "check_point": lambda text: str(CheckPointChoice(text).label),
    "clock": lambda text: str(ClockChoice(text).label),
    "side": lambda text: str(ThenSideChoice(text).label),
    "sessions": lambda text: phase_names(text.split(", ")),
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


def version_change_rows(
    old: RuleVersion, new: RuleVersion, names: Mapping[str, str]
) -> list[dict[str, str]]:
    """What a version changed of another, a row a place; first what it made of the rule."""
    rows = [
        Change((name,), _column(old, name), _column(new, name))
        for name in ("mode", "needs_approval")
        if getattr(old, name) != getattr(new, name)
    ]
    found = changes(rule_from_builtins(old.spec), rule_from_builtins(new.spec))
    # The column says it, and says off too.
    rows += [each for each in found if each.place != ("mode",)]
    return [_change_row(each, names) for each in rows]


def _column(version: RuleVersion, name: str) -> str:
    value = getattr(version, name)
    return str(value).lower() if isinstance(value, bool) else str(value)


def condition_rows(spec: RuleSpec, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Conditions with a column for each level."""
    return [_condition_row(each, names) for each in spec.conditions]


def indicator_rows(spec: RuleSpec, names: Mapping[str, str]) -> list[dict[str, str]]:
    """The indicators that the conditions use."""
    return [_indicator_row(each, names) for each in spec.indicators]


def part_rows(spec: RuleSpec, names: Mapping[str, str]) -> list[dict[str, str]]:
    """What a rule has beside conditions and indicators, a row each, where it is not as usual."""
    empty = msgspec.structs.replace(
        spec, check_point=CheckPoint.LIVE, sessions=(), repeat=1, cooldown_ms=0, for_ms=0,
        clear_percent="", inhibits=(), exemptions=(), then=None, actions=(), follows_market=False,
    )  # fmt: skip
    rows = [_change_row(each, names) for each in changes(empty, spec)]
    return [{"place": row["place"], "text": row["new"]} for row in rows]


def _change_row(change: Change, names: Mapping[str, str]) -> dict[str, str]:
    return {
        "place": _place(change.place, names),
        "old": _value(change.place, change.old, names),
        "new": _value(change.place, change.new, names),
    }


def _value(place: Place, text: str | None, names: Mapping[str, str]) -> str:
    if text is None:
        return NOTHING
    match place:
        case ("exemptions", _):
            return {"true": gettext("Yes"), "false": gettext("No")}.get(text, text)
        case ("actions", _, _):
            mask, _sep, release = text.rpartition("; ")
            return _action(mask, release)
        case ("then", "indicator"):
            return names.get(text, text)
        case ("conditions", _, level, *_rest) if level in LevelChoice.values:
            return text if place[-1] == "source_note" else number_text(text)
    return _VALUES.get(place[-1], str)(text)


def _action(mask: str, release: str) -> str:
    """Stops openings, closings; ended by the trader."""
    ended = gettext("ended by %(who)s") % {"who": release_name(release)}
    if not mask:
        return ended
    stops = gettext("stops %(what)s") % {"what": mask_names(mask.split(", "))}
    return f"{stops}; {ended}"


def _place(place: Place, names: Mapping[str, str]) -> str:
    match place:
        case (name,):
            return capfirst(_label(Rule, name))
        case ("indicators", code, name):
            return f"{titled(code, names)} · {_indicator_label(name)}"
        case ("conditions", title, level, *rest) if level in LevelChoice.values:
            label = str(LevelChoice(level).label)
            return " · ".join([titled(title, names), label, *map(_for_whom, rest)])
        case ("conditions", title, name):
            return f"{titled(title, names)} · {_label(Condition, name)}"
        case ("exemptions", field):
            return f"{capfirst(gettext('exemption'))} · {field_names([field])}"
        case ("then", name):
            return f"{capfirst(gettext('step that follows'))} · {_label(ThenStep, name)}"
        case ("actions", level, action):
            label = str(ActionChoice(action).label)
            return f"{LevelChoice(level).label} · {label}"
    raise AssertionError(place)


def _indicator_label(name: str) -> str:
    if name == "filters":
        return gettext("filters")
    return _label(Indicator, "event_types" if name == "events" else name)


def _for_whom(part: str) -> str:
    """product=IF is Product IF; from=2026-12-01 a day; else the source of the number."""
    name, sep, value = part.partition("=")
    if not sep:
        return gettext("source")
    if name == "from":
        return gettext("from %(day)s") % {"day": value}
    return scope_text({name: value})


def _label(model: Any, field: str) -> str:
    return str(model._meta.get_field(field).verbose_name)  # noqa: SLF001  # Django's public name


def titled(title: str, names: Mapping[str, str]) -> str:
    """A title made of codes, with the names of the indicators in their place."""
    return _CODE.sub(lambda match: names.get(match[0], match[0]), title)


def _condition_row(spec: ConditionSpec, names: Mapping[str, str]) -> dict[str, Any]:
    general = [each for each in spec.thresholds if _is_general(each)]
    values = {each.level.value: number_text(each.value) for each in general}
    return {
        "group": spec.group,
        "title": titled(condition_title(spec), names),
        "floor": None if spec.floor is None else number_text(spec.floor),
        "minus": None if spec.minus == "0" else number_text(spec.minus),
        "cmp": CmpChoice(spec.cmp).label,
        "levels": [values.get(level, NOTHING) for level in LevelChoice.values],
        "unit": UnitChoice(spec.unit).label,
        "scoped": [_scoped(each) for each in spec.thresholds if not _is_general(each)],
    }


def _is_general(spec: ThresholdSpec) -> bool:
    """For all, and always."""
    return not scope_names(spec.scope) and spec.effective_from is None


def _scoped(spec: ThresholdSpec) -> dict[str, str]:
    day = spec.effective_from
    since = gettext("from %(day)s") % {"day": day} if day else ""
    whom = scope_text(scope_names(spec.scope))
    return {
        "whom": list_text(part for part in (whom, since) if part),
        "level": str(LevelChoice(spec.level).label),
        "value": number_text(spec.value),
        "source": spec.source_note,
    }


def _indicator_row(spec: IndicatorSpec, names: Mapping[str, str]) -> dict[str, str]:
    return {
        "code": spec.code,
        "name": names.get(spec.code, spec.code),
        "op": str(OpChoice(spec.op).label),
        "field": field_names([spec.value_field]) if spec.value_field else NOTHING,
        "events": event_names(spec.events),
        "window": _window(spec),
        "key": field_names(spec.key),
        "filters": "; ".join(_filter(filter_text(each)) for each in spec.filters) or NOTHING,
    }


def _window(spec: IndicatorSpec) -> str:
    """Sliding 1,000 ms, trading time."""
    text = str(WindowChoice(spec.window).label)
    if spec.length_ms is not None:
        text = f"{text} {number_text(spec.length_ms)} ms"
    if spec.days is not None:
        text = f"{number_text(spec.days)} {text}"
    is_usual = spec.clock is Clock.WALL
    return text if is_usual else list_text((text, ClockChoice(spec.clock).label))


def _filter(text: str) -> str:
    """age_ms le 1000, in words; 1| says that it is one of several of which one is enough."""
    alternative, sep, rest = text.partition("| ")
    if sep and alternative.isdigit():
        return gettext("any of %(number)s: %(filter)s") % {
            "number": alternative,
            "filter": _filter(rest),
        }
    field, cmp, value = text.split(" ", 2)
    return f"{field_names([field])} {CmpChoice(cmp).label} {value}"
