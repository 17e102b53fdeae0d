"""Rules, keys, levels and faults in the reader's language."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from monitoring.domain.restrictions import DAY_OVER
from monitoring.domain.unit_words import unit_number, unit_word
from monitoring.models import Indicator
from monitoring.models.choices import (
    CategoryChoice,
    CmpChoice,
    EventChoice,
    FieldChoice,
    LevelChoice,
    MaskChoice,
    OpChoice,
    ReleaseChoice,
    SegmentChoice,
    language_code,
)
from monitoring.rule_queries import IMPORTED
from riskgw.cep.checks import Fault
from riskgw.cep.fields import FieldType
from riskgw.reference.admin.records import NOTHING, list_text, number_text
from riskgw.reference.models.calendar import PhaseChoice

# Colour is never alone: each level has its icon and its word.
LEVEL_ICONS = {"warn": "warning", "restrict": "front_hand", "limit": "dangerous"}

_FIELDS: dict[str, Any] = dict(FieldChoice.choices)
_LEVELS: dict[str, Any] = dict(LevelChoice.choices)
_CATEGORIES: dict[str, Any] = dict(CategoryChoice.choices)
# How a value of a fault's message reads, by the name it has there.
_READINGS: dict[str, dict[str, Any]] = {
    "field": _FIELDS,
    "cmp": dict(CmpChoice.choices),
    "op": dict(OpChoice.choices),
    "level": _LEVELS,
    "lower": _LEVELS,
    "type": {
        FieldType.TEXT: _("text"),
        FieldType.NUMBER: _("a number"),
        FieldType.BOOLEAN: _("true or false"),
    },
}


def fault_text(fault: Fault) -> str:
    """What is wrong."""
    values = {
        name: _READINGS.get(name, {}).get(str(value), value)
        for name, value in fault.text.values.items()
    }
    return gettext(fault.text.pattern) % values


def category_text(code: str) -> str:
    return str(_CATEGORIES.get(code, code))


def event_names(codes: Iterable[str]) -> str:
    return list_text(EventChoice(each).label for each in codes)


def field_names(names: Iterable[str]) -> str:
    return list_text(_FIELDS.get(name, name) for name in names)


def phase_names(codes: Iterable[str]) -> str:
    return _names(PhaseChoice.choices, codes)


def mask_names(codes: Iterable[str]) -> str:
    return _names(MaskChoice.choices, codes)


def release_name(code: str) -> str:
    return _names(ReleaseChoice.choices, [code])


def _names(choices: Iterable[tuple[str, Any]], codes: Iterable[str]) -> str:
    """A code that is not known any more stands for itself."""
    labels = dict(choices)
    return list_text(labels.get(code, code) for code in codes)


def scope_text(scope: Mapping[str, str]) -> str:
    """Product IF, segment ST; for all."""
    segments = dict(SegmentChoice.choices)
    parts = (
        f"{_FIELDS.get(name, name)} {segments.get(value, value) if name == 'segment' else value}"
        for name, value in scope.items()
    )
    return list_text(parts) or gettext("all")


def indicator_names() -> dict[str, str]:
    """What the indicators of today are called, by their codes."""
    return {indicator.code: str(indicator) for indicator in Indicator.objects.all()}


def key_lines(key: Mapping[str, str]) -> SafeString:
    """Control group S027, and below it contract SSE:600018."""
    parts = ((_FIELDS.get(name, name), value) for name, value in key.items())
    return format_html_join("", '<div class="nowrap">{} {}</div>', parts)


def level_label(level: str) -> str:
    """The level as a label."""
    context = {
        "text": LevelChoice(level).label,
        "icon": LEVEL_ICONS[level],
        "class": f"level level-{level}",
    }
    return render_to_string("unfold/helpers/label.html", context)


def with_unit(value: int | str | None, unit: str) -> str:
    """42.17 %; a count stands alone, and so does what is not known."""
    if value is None:
        return NOTHING
    number = number_text(unit_number(value, unit))
    return f"{number} {unit_word(unit, language_code())}".rstrip()


def reason_text(reason: str) -> str:
    """What the system gives as the reason of a restriction, as the reader says it."""
    match reason.rsplit(" ", 1):
        case [rule, level] if level in LevelChoice.values and " " not in rule:
            return f"{rule} {LevelChoice(level).label}"
        case ["as", other]:
            return gettext("the same as %(number)s") % {"number": other}
    return gettext("the trading day is over") if reason == DAY_OVER else reason


def note_text(note: str) -> str:
    """What the program notes on a version, as the reader says it."""
    return gettext("imported") if note == IMPORTED else note
