"""What changed between two versions of a rule."""

import msgspec

from monitoring.domain.spec_changes import changes
from riskgw.cep.spec import Cmp, FilterSpec, RuleSpec
from tests.rules import condition, indicator, rule, thresholds


def changed(old: RuleSpec, new: RuleSpec) -> list[tuple[str, str | None, str | None]]:
    return [(" ".join(each.place), each.old, each.new) for each in changes(old, new)]


def test_the_same_rule_under_another_number_has_not_changed() -> None:
    assert changes(rule(), msgspec.structs.replace(rule(), version=2)) == []


def test_a_threshold_changes_appears_and_disappears() -> None:
    old = rule(condition(thresholds=thresholds(warn="2", limit="3")))
    new = rule(condition(thresholds=thresholds(warn="1", restrict="2")))
    assert changed(old, new) == [
        ("conditions orders warn", "2", "1"),
        ("conditions orders restrict", None, "2"),
        ("conditions orders limit", "3", None),
    ]


def test_texts_and_the_key_are_compared() -> None:
    old, new = rule(advice_en="Stop."), rule(name_en="Orders", key=("account", "contract"))
    assert changed(old, new) == [
        ("name_en", None, "Orders"),
        ("key", "account", "account, contract"),
        ("advice_en", "Stop.", None),
    ]


def test_an_indicator_is_compared_with_its_filters() -> None:
    early = FilterSpec(field="age_ms", cmp=Cmp.LE, value="1000")
    either = FilterSpec(field="tif", cmp=Cmp.NOT_IN, value=("ioc", "fok"))
    flag = FilterSpec(field="hedge", cmp=Cmp.EQ, value=False)
    old = rule(indicators=(indicator(filters=(early,)),))
    new = rule(indicators=(indicator(filters=(either, flag), length_ms=2000),))
    assert changed(old, new) == [
        ("indicators orders length_ms", "1000", "2000"),
        ("indicators orders filters", "age_ms le 1000", "tif nin ioc, fok; hedge eq false"),
    ]


def test_two_conditions_on_one_indicator_are_told_apart() -> None:
    old = rule(condition(), condition(minus="1"))
    new = rule(condition(), condition(minus="2"))
    assert changed(old, new) == [("conditions orders (2) minus", "1", "2")]
