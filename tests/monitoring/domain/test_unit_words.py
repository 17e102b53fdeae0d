"""Units as people read them: the same words in texts as on the pages, in both languages."""

import re
from pathlib import Path

import pytest

from monitoring.domain.business_metrics import METRICS
from monitoring.domain.unit_words import figure_text, unit_word
from riskgw.cep.spec import Unit

LOCALES = Path(__file__).parents[3] / "static" / "src" / "locales"


@pytest.mark.parametrize(
    ("value", "unit", "english", "chinese"),
    [
        (300, "count", "300", "300"),
        ("0.425", "ratio", "42.5 %", "42.5 %"),
        ("40.10", "percent", "40.1 %", "40.1 %"),
        (5, "ms", "5 ms", "5 毫秒"),
        ("1000000", "CNY", "1000000 CNY", "1000000 元"),
        (200, "shares", "200 shares", "200 股"),
        ("3", "times", "3 ×", "3 倍"),
        (7, "days", "7 days", "7 days"),
        (None, "ms", "–", "–"),
    ],
)
def test_a_figure_stands_with_its_unit_in_words(
    value: int | str | None, unit: str, english: str, chinese: str
) -> None:
    assert figure_text(value, unit, "en") == english
    assert figure_text(value, unit, "zh") == chinese


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_words_are_those_of_the_pages(language: str) -> None:
    text = (LOCALES / f"{language}.ts").read_text()
    (line,) = re.findall(r"^  unit: \{(.+)\},$", text, re.MULTILINE)
    shown = dict(re.findall(r"(\w+): '([^']+)'", line))
    assert shown
    assert {unit: unit_word(unit, language) for unit in shown} == shown


def test_every_unit_that_is_counted_in_has_a_chinese_word() -> None:
    for unit in {*Unit, *(facts.unit for facts in METRICS.values())} - {Unit.COUNT}:
        assert unit_word(unit, "zh") != unit, unit
