"""What the engine refuses, and where it says the fault is."""

from typing import Any

import pytest

from riskgw.cep.checks import faults, filter_faults
from riskgw.cep.spec import Cmp, FilterSpec, Op, RuleSpec, Unit, WindowKind
from tests.rules import condition, day_indicator, indicator, rule, thresholds


def places(spec: RuleSpec) -> list[str]:
    return [fault.place for fault in faults(spec)]


def with_indicator(**changes: Any) -> RuleSpec:
    return rule(indicators=(indicator(**changes),))


def test_a_sound_rule_has_no_faults() -> None:
    assert faults(rule()) == []


@pytest.mark.parametrize(
    ("spec", "place"),
    [
        (rule(key=()), "key"),
        (rule(key=("account", "colour")), "key"),
        (rule(condition(thresholds=())), "conditions.0.thresholds"),
        (rule(condition(cmp=Cmp.IN)), "conditions.0.cmp"),
        (rule(condition("other")), "conditions.0.indicator"),
        (rule(condition(over="other")), "conditions.0.over"),
        (rule(condition(floor="1")), "conditions.0.floor"),
        (rule(condition(minus="x")), "conditions.0.minus"),
        (rule(condition(thresholds=thresholds(warn="3", limit="2"))), "conditions.0.thresholds"),
        (rule(condition(thresholds=thresholds(warn="many"))), "conditions.0.thresholds.0.value"),
        (with_indicator(key=("account", "contract")), "indicators.0.key"),
        (with_indicator(key=("colour",)), "indicators.0.key"),
        (with_indicator(events=()), "indicators.0.events"),
        (with_indicator(length_ms=None), "indicators.0.length_ms"),
        (with_indicator(length_ms=0), "indicators.0.length_ms"),
        (with_indicator(window=WindowKind.DAY), "indicators.0.length_ms"),
        (with_indicator(op=Op.SUM), "indicators.0.value_field"),
        (with_indicator(op=Op.SUM, value_field="colour"), "indicators.0.value_field"),
        (with_indicator(op=Op.SUM, value_field="side"), "indicators.0.value_field"),
        (with_indicator(value_field="quantity"), "indicators.0.value_field"),
    ],
)
def test_a_fault_names_its_place(spec: RuleSpec, place: str) -> None:
    assert place in places(spec)


def test_each_group_needs_a_threshold_for_each_level() -> None:
    second = condition("day", group=2, thresholds=thresholds(limit="3"))
    spec = rule(condition(), second, indicators=(indicator(), day_indicator("day")))
    assert [fault.text for fault in faults(spec)] == ["group 2 has no threshold for warn"]


def test_a_falling_ladder_is_right_for_a_falling_comparison() -> None:
    low: dict[str, Any] = {"cmp": Cmp.LT, "unit": Unit.RATIO}
    assert faults(rule(condition(thresholds=thresholds(warn="0.8", limit="0.7"), **low))) == []
    assert places(rule(condition(thresholds=thresholds(warn="0.7", limit="0.8"), **low)))


@pytest.mark.parametrize(
    ("field", "cmp", "value", "place"),
    [
        ("colour", Cmp.EQ, "red", "field"),
        ("side", Cmp.GE, "buy", "cmp"),
        ("side", Cmp.EQ, "both", "value"),
        ("side", Cmp.IN, "buy", "value"),
        ("side", Cmp.EQ, ("buy",), "value"),
        ("quantity", Cmp.GE, "many", "value"),
        ("quantity", Cmp.GE, "0.0001", "value"),
        ("self_trade", Cmp.EQ, "yes", "value"),
        ("quantity", Cmp.GE, True, "value"),
    ],
)
def test_a_filter_must_fit_its_field(field: str, cmp: Cmp, value: Any, place: str) -> None:
    found = filter_faults(FilterSpec(field=field, cmp=cmp, value=value))
    assert [fault.place for fault in found] == [place]
