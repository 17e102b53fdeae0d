"""The catalogue's files: rules the engine takes, told of in the documentation."""

from pathlib import Path

import pytest

from monitoring.rule_queries import catalogue, shipped_rules
from riskgw.cep.checks import faults
from riskgw.cep.engine import Engine
from riskgw.cep.spec import IndicatorSpec, RuleSpec
from tests.monitoring.catalogue.flow import OFF, RULES

DOCUMENT = (Path(__file__).parents[3] / "docs" / "rules.md").read_text()


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.code)
def test_the_engine_takes_every_rule_whatever_its_mode(rule: RuleSpec) -> None:
    assert faults(rule) == []
    assert all([rule.name_zh, rule.name_en, rule.advice_zh, rule.advice_en, rule.source_note])
    assert rule.confidence in {"A", "B", "C", "X"}


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.code)
def test_the_document_says_which_mode_a_rule_has(rule: RuleSpec) -> None:
    mode = "off" if rule.code in OFF else rule.mode
    [row] = [line for line in DOCUMENT.splitlines() if f"| {mode}" in line and _is_of(line, rule)]
    assert rule.name_zh in row


def _is_of(line: str, rule: RuleSpec) -> bool:
    return line.startswith(f"| {rule.code} |") and rule.name_en in line


def test_one_engine_judges_by_all_of_them() -> None:
    assert Engine(shipped_rules())
    assert len(RULES) == sum(len(file.rules) for file in catalogue())


def test_indicators_of_one_code_are_one_indicator() -> None:
    seen: dict[str, IndicatorSpec] = {}
    for rule in RULES.values():
        for each in rule.indicators:
            assert seen.setdefault(each.code, each) == each


def test_what_is_not_sure_is_not_live() -> None:
    """The house rule of this release apart."""
    live = [each for each in shipped_rules() if each.mode == "live"]
    assert {each.code for each in live if each.confidence != "A"} == {"H01"}


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.code)
def test_cancels_and_closings_are_restricted_only_where_a_rule_says_so(rule: RuleSpec) -> None:
    for action in rule.actions:
        assert "cancel" not in action.mask
        assert ("close" in action.mask) == (action.action == "restrict_orders")
