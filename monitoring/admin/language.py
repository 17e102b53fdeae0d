"""Rules, keys, levels and faults in the reader's language."""

from collections.abc import Mapping
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from monitoring.models.choices import CmpChoice, FieldChoice, LevelChoice, OpChoice
from riskgw.cep.checks import Fault
from riskgw.cep.fields import FieldType

# Colour is never alone: each level has its icon and its word.
LEVEL_ICONS = {"warn": "warning", "restrict": "front_hand", "limit": "dangerous"}

_FIELDS: dict[str, Any] = dict(FieldChoice.choices)
_LEVELS: dict[str, Any] = dict(LevelChoice.choices)
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


def in_language(texts: Mapping[str, Any], name: str) -> str:
    """The Chinese or the English of a pair such as name_zh and name_en; the other if missing."""
    endings = ("zh", "en") if (get_language() or "").startswith("zh") else ("en", "zh")
    return next((text for each in endings if (text := texts.get(f"{name}_{each}"))), "")


def field_names(names: list[str]) -> str:
    return ", ".join(str(_FIELDS.get(name, name)) for name in names)


def key_text(key: Mapping[str, str]) -> str:
    """Account A000000130 · contract SSE:600018."""
    return " · ".join(f"{_FIELDS.get(name, name)} {value}" for name, value in key.items())


def level_label(level: str) -> str:
    """The level as a label."""
    context = {
        "text": LevelChoice(level).label,
        "icon": LEVEL_ICONS[level],
        "class": f"level level-{level}",
    }
    return render_to_string("unfold/helpers/label.html", context)
