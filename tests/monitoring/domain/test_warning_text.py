"""Warning texts: placeholders from a closed list, and the count left before the limit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.domain.warning_text import (
    PLACEHOLDERS,
    filled,
    template_fault,
    warning_text,
    warning_values,
)
from riskgw.cep.spec import Cmp, RuleSpec
from riskgw.messages.alert import Reading
from tests.rules import condition, day_indicator, thresholds


def rule(**changes: object) -> RuleSpec:
    values = {
        "code": "R",
        "key": ("account",),
        "indicators": (day_indicator("orders"), day_indicator("cancels")),
        "conditions": (
            condition("orders", thresholds=thresholds(warn="16000", limit="20000")),
            condition("cancels", thresholds=thresholds(warn="400", limit="500")),
        ),
    }
    return RuleSpec(**(values | changes))  # type: ignore[arg-type]  # values by name


def reading(value: int | str | None, **changes: object) -> Reading:
    values = {"indicator": "orders", "cmp": "ge", "threshold": 16000, "unit": "count"}
    return Reading(value=value, **(values | changes))  # type: ignore[arg-type]  # values by name


@pytest.mark.parametrize(
    ("value", "left"), [(16000, "4000"), (19999, "1"), (20000, "0"), (20001, "0")]
)
def test_what_is_left_is_counted_from_the_limit_and_never_below_nothing(
    value: int, left: str
) -> None:
    values = warning_values(rule(), "warn", (reading(value),))
    assert (values["left"], values["limit"], values["threshold"]) == (left, "20000", "16000")


def test_of_several_conditions_the_one_nearest_to_its_limit_is_named() -> None:
    readings = (
        reading(100),
        reading(450, indicator="cancels", threshold=400),
    )
    values = warning_values(rule(), "warn", readings)
    assert (values["value"], values["left"]) == ("450", "50")


def test_a_number_that_falls_to_its_limit_has_nothing_left_to_count() -> None:
    falling = condition("orders", cmp=Cmp.LE, thresholds=thresholds(warn="16000"))
    values = warning_values(rule(conditions=(falling,)), "warn", (reading(3, cmp="le"),))
    assert (values["left"], values["value"]) == ("", "3")


def test_an_unknown_value_leaves_an_unknown_rest() -> None:
    assert warning_values(rule(), "warn", (reading(None),))["left"] == ""


def test_decimals_are_exact() -> None:
    ratio = condition("orders", thresholds=thresholds(warn="0.4", limit="0.5"))
    values = warning_values(
        rule(conditions=(ratio,)), "warn", (reading("0.43", threshold="0.4", unit="ratio"),)
    )
    assert values["left"] == "0.07"


def test_a_text_is_filled_and_what_is_not_known_is_a_dash() -> None:
    text = "{account}: {left} left of {limit} in {contract}"
    assert filled(text, {"account": "A", "left": "5", "limit": "20"}) == "A: 5 left of 20 in –"


@pytest.mark.parametrize(
    ("template", "unit", "english", "chinese"),
    [
        ("{left} of {limit}", "ratio", "7 % of 50 %", "7 % of 50 %"),
        ("{left} of {limit}", "ms", "0.07 ms of 0.5 ms", "0.07 毫秒 of 0.5 毫秒"),
        ("{left} of {limit} {unit}", "CNY", "0.07 of 0.5 CNY", "0.07 of 0.5 元"),
        ("{left} of {limit} {unit}", "count", "0.07 of 0.5", "0.07 of 0.5"),
        ("{left}, {value}", "ms", "0.07 ms, –", "0.07 毫秒, –"),
    ],
)
def test_numbers_carry_their_unit_unless_the_text_names_it(
    template: str, unit: str, english: str, chinese: str
) -> None:
    values = {"left": "0.07", "limit": "0.5", "unit": unit}
    assert warning_text(template, values, "en") == english
    assert warning_text(template, values, "zh") == chinese


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        ("{left}", None),
        ("no names", None),
        ("{left.__class__}", "{left.__class__}"),
        ("{0}", "{0}"),
        ("{left!r}", "{left!r}"),
        ("{left:>9}", "{left:>9}"),
        ("{}", "{}"),
        ("{left", "{"),
        ("left}", "}"),
        ("{{left}}", "{"),
    ],
)
def test_only_names_from_the_list_stand_in_braces(template: str, fault: str | None) -> None:
    assert template_fault(template) == fault


@given(st.text(alphabet="{}ab.left[]!:", max_size=30))
def test_a_text_that_passes_shows_no_brace_when_it_is_filled(template: str) -> None:
    values = dict.fromkeys(PLACEHOLDERS, "x")
    if template_fault(template) is None:
        assert not set(filled(template, values)) & set("{}")
