"""Figures with their units as people read them, in both languages; pages say the same."""

from decimal import Decimal

_NOTHING, _PERCENT = "–", "%"
# Of `static/src/locales`. A count stands alone, a ratio is shown in percent.
_WORDS: dict[str, dict[str, str]] = {
    "en": {"times": "×", "shares": "shares", "CNY": "CNY", "ms": "ms", "seconds": "s"},
    "zh": {"times": "倍", "shares": "股", "CNY": "元", "ms": "毫秒", "seconds": "秒"},
}


def unit_word(unit: str, language: str) -> str:
    """Empty for a count; a module's own unit stands for itself."""
    if unit == "count":
        return ""
    if unit in ("ratio", "percent"):
        return _PERCENT
    return _WORDS[language].get(unit, unit)


def unit_number(value: int | str, unit: str) -> str:
    """The number that stands before the unit's word, without trailing zeros."""
    number = Decimal(value)
    return f"{(number.scaleb(2) if unit == 'ratio' else number).normalize():f}"


def figure_text(value: int | str | None, unit: str, language: str) -> str:
    """42.5 %, 300, 5 毫秒; a dash for what is not known."""
    if value is None or value == "":
        return _NOTHING
    return f"{unit_number(value, unit)} {unit_word(unit, language)}".rstrip()
