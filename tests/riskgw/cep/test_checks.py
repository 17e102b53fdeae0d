"""What the engine refuses, and where it says the fault is."""

from typing import Any

import pytest

from riskgw.cep.checks import faults, filter_faults
from riskgw.cep.spec import (
    Action,
    ActionSpec,
    Clock,
    Cmp,
    ExemptionSpec,
    FilterSpec,
    Mask,
    Op,
    RuleSpec,
    ScopeSpec,
    ThenSpec,
    ThresholdSpec,
    Unit,
    WindowKind,
)
from riskgw.kernel.words import Level
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


def scoped(value: str = "3", since: str | None = None, **scope: str) -> ThresholdSpec:
    return ThresholdSpec(
        level=Level.LIMIT, value=value, scope=ScopeSpec(**scope), effective_from=since
    )


def then(**changes: Any) -> RuleSpec:
    values: dict[str, Any] = {
        "indicator": "orders", "cmp": Cmp.GE, "value": "1", "within_ms": 1000,
    }  # fmt: skip
    return rule(then=ThenSpec(**(values | changes)))


def exempt(field: str, *values: str | bool) -> RuleSpec:
    return rule(exemptions=(ExemptionSpec(field=field, values=values),))


def action(level: Level, *mask: Mask) -> ActionSpec:
    return ActionSpec(level=level, action=Action.RESTRICT_OPEN, mask=mask)


BOTH = (True, False)
PLAIN = ThresholdSpec(level=Level.LIMIT, value="3")
HELD = {"op": Op.DURATION, "value_field": "st"}
SUNK = condition(thresholds=thresholds(limit="-1"))
FALLING = condition(cmp=Cmp.LE, thresholds=thresholds(limit="3"))


@pytest.mark.parametrize(
    ("spec", "place"),
    [
        (with_indicator(days=2), "indicators.0.days"),
        (with_indicator(window=WindowKind.DAYS, length_ms=None), "indicators.0.days"),
        (with_indicator(window=WindowKind.DAYS, length_ms=None, days=0), "indicators.0.days"),
        (with_indicator(window=WindowKind.DAYS, length_ms=None, days=61), "indicators.0.days"),
        (with_indicator(op=Op.DURATION), "indicators.0.value_field"),
        (with_indicator(op=Op.DURATION, value_field="price"), "indicators.0.value_field"),
        (with_indicator(window=WindowKind.DAYS, length_ms=None, days=2, **HELD),
         "indicators.0.window"),
        (with_indicator(window=WindowKind.INSTANT, length_ms=None, **HELD), "indicators.0.window"),
        (with_indicator(window=WindowKind.DAY, length_ms=None, clock=Clock.TRADING),
         "indicators.0.clock"),
        (rule(condition(thresholds=(PLAIN, PLAIN))), "conditions.0.thresholds"),
        (rule(condition(thresholds=(scoped(account="A"), scoped(account="A")))),
         "conditions.0.thresholds"),
        (rule(condition(thresholds=(PLAIN, scoped()))), "conditions.0.thresholds.1.scope"),
        (rule(condition(thresholds=(scoped(segment="star"),))),
         "conditions.0.thresholds.0.scope.segment"),
        (rule(condition(thresholds=(scoped(account=""),))),
         "conditions.0.thresholds.0.scope.account"),
        (rule(condition(thresholds=(scoped(since="2026-02-30", account="A"),))),
         "conditions.0.thresholds.0.effective_from"),
        (rule(condition(thresholds=(scoped(since="20260228", account="A"),))),
         "conditions.0.thresholds.0.effective_from"),
        (rule(repeat=0), "repeat"),
        (rule(cooldown_ms=-1), "cooldown_ms"),
        (rule(for_ms=86_400_001), "for_ms"),
        (rule(sessions=("morning", "morning")), "sessions.1"),
        (rule(clear_percent="much"), "clear_percent"),
        (rule(clear_percent="100"), "clear_percent"),
        (rule(FALLING, clear_percent="90"), "clear_percent"),
        (rule(condition(), FALLING, clear_percent="90"), "clear_percent"),
        (rule(SUNK, clear_percent="90"), "clear_percent"),
        (exempt("colour", "red"), "exemptions.0.field"),
        (exempt("tif"), "exemptions.0.values"),
        (exempt("tif", "slow"), "exemptions.0.values"),
        (exempt("hedge", "yes"), "exemptions.0.values"),
        (exempt("hedge", *BOTH), "exemptions.0.values"),
        (then(indicator="other"), "then.indicator"),
        (then(cmp=Cmp.LE), "then.cmp"),
        (then(value="many"), "then.value"),
        (then(within_ms=None), "then.within_ms"),
        (then(until="10:00"), "then.within_ms"),
        (then(within_ms=0), "then.within_ms"),
        (then(within_ms=None, until="24:00"), "then.until"),
        (then(within_ms=None, until="tomorrow 10:00"), "then.until"),
        (rule(actions=(action(Level.RESTRICT),)), "actions.0.level"),
        (rule(actions=(action(Level.WARN), action(Level.WARN))), "actions.1.level"),
        (rule(actions=(action(Level.WARN, Mask.OPEN, Mask.OPEN),)), "actions.0.mask"),
        (rule(inhibits=("X01",)), "inhibits"),
    ],
)  # fmt: skip
def test_a_fault_of_how_a_rule_behaves_names_its_place(spec: RuleSpec, place: str) -> None:
    assert place in places(spec)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-inf", "1e3", "0x10", "", " ", "1,000"])
def test_a_threshold_is_a_plain_finite_number(value: str) -> None:
    assert places(rule(condition(thresholds=thresholds(limit=value)))) == [
        "conditions.0.thresholds.0.value"
    ]


def test_a_rule_with_every_part_has_no_faults() -> None:
    both = (PLAIN, scoped("2", "2026-11-23", account="A"), scoped("4", segment="st"))
    spec = rule(
        condition(thresholds=both), sessions=("morning",), repeat=3, cooldown_ms=1000, for_ms=500,
        clear_percent="80.5", actions=(action(Level.LIMIT, Mask.OPEN),), inhibits=("X02",),
        exemptions=(ExemptionSpec(field="tif", values=("ioc", "fok")),),
        then=ThenSpec(indicator="orders", cmp=Cmp.GE, value="1", until="next 10:00"),
    )  # fmt: skip
    assert faults(spec) == []
