"""What a customer is told: a template with names in braces, and the numbers of an alert."""

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import partial

from monitoring.domain.unit_words import figure_text, unit_number, unit_word
from riskgw.cep.spec import Cmp, ConditionSpec, RuleSpec, ThresholdSpec
from riskgw.kernel.words import LEVELS_RISING
from riskgw.messages.alert import Reading

# All a template may name; a name in braces and nothing else, so that it reaches no object.
PLACEHOLDERS = (
    "account", "group", "contract", "rule", "level", "value", "threshold", "limit", "left", "unit",
    "time", "advice",
)  # fmt: skip
_NUMBERS = ("value", "threshold", "limit", "left")
UNKNOWN = "–"
_NAME = re.compile(r"\{([^{}]*)\}")
_RISING = (Cmp.GE, Cmp.GT)


def template_fault(template: str) -> str | None:
    """What in braces is no placeholder; None if all is well."""
    for name in _NAME.findall(template):
        if name not in PLACEHOLDERS:
            return f"{{{name}}}"
    rest = _NAME.sub("", template)
    return next((brace for brace in "{}" if brace in rest), None)


def filled(template: str, values: Mapping[str, str]) -> str:
    """The text; what is not known is a dash."""
    return _NAME.sub(lambda found: values.get(found[1]) or UNKNOWN, template)


def warning_text(template: str, values: Mapping[str, str], language: str) -> str:
    """The text with its numbers as people read them.

    Each carries its unit, unless the text names the unit itself; a count has none.
    """
    unit = values.get("unit", "")
    word = unit_word(unit, language)
    if not word:
        template = template.replace(" {unit}", "").replace("{unit}", "")
    say = unit_number if "{unit}" in template else partial(figure_text, language=language)
    numbers = {name: say(value, unit) for name in _NUMBERS if (value := values.get(name))}
    return filled(template, {**values, **numbers, "unit": word})


def warning_values(spec: RuleSpec, level: str, readings: tuple[Reading, ...]) -> dict[str, str]:
    """Value, threshold, limit and what is left of the reading nearest to the rule's limit."""
    rows = [_row(spec, level, reading) for reading in readings]
    known = [row for row in rows if row["left"]]
    if known:
        return min(known, key=_share_left)
    return rows[0] if rows else {}


def _row(spec: RuleSpec, level: str, reading: Reading) -> dict[str, str]:
    limit = _limit(spec, level, reading)
    return {
        "value": _text(reading.value),
        "threshold": _text(reading.threshold),
        "unit": reading.unit,
        "limit": _text(limit),
        "left": _left(reading, limit),
    }


def _left(reading: Reading, limit: str | None) -> str:
    """How far it is to the limit; nothing once it is reached. Only a rising number has it."""
    if limit is None or reading.value is None or reading.cmp not in _RISING:
        return ""
    return _text(max(Decimal(0), Decimal(limit) - Decimal(reading.value)))


def _share_left(row: Mapping[str, str]) -> Decimal:
    limit = Decimal(row["limit"])
    return Decimal(row["left"]) / limit if limit else Decimal(1)


def _limit(spec: RuleSpec, level: str, reading: Reading) -> str | None:
    """The condition's threshold of the highest level, of the scope the reading was judged by."""
    for condition in spec.conditions:
        judged = _judged_by(condition, level, reading)
        if judged is not None:
            return _highest(condition, judged)
    return None


def _judged_by(condition: ConditionSpec, level: str, reading: Reading) -> ThresholdSpec | None:
    if (reading.indicator, reading.cmp) != (condition.indicator, condition.cmp):
        return None
    threshold = Decimal(reading.threshold)
    for each in condition.thresholds:
        if each.level == level and Decimal(each.value) == threshold:
            return each
    return None


def _highest(condition: ConditionSpec, judged: ThresholdSpec) -> str | None:
    rows = condition.thresholds
    same = {each.level: each.value for each in rows if _scope(each) == _scope(judged)}
    plain = {each.level: each.value for each in rows if _scope(each) is None}
    for level in reversed(LEVELS_RISING):
        if found := same.get(level) or plain.get(level):
            return found
    return None


def _scope(threshold: ThresholdSpec) -> object:
    return getattr(threshold, "scope", None)


def _text(value: object) -> str:
    """Without trailing zeros; empty for what is not known."""
    return "" if value is None else f"{Decimal(str(value)).normalize():f}"
