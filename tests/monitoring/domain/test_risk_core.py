"""Rules and base data that change while orders come."""

import gc
from typing import Any

import pytest

from monitoring.domain.order_states import OrderState
from monitoring.domain.risk_core import FREED_AN_EVENT, RiskCore
from riskgw.cep.engine import RuleError
from riskgw.cep.spec import RuleSpec, ScopeSpec, ThresholdSpec
from riskgw.kernel.times import NS_PER_MS, NS_PER_SECOND
from riskgw.kernel.words import Level
from riskgw.messages.base_data import AccountData, BaseData, ContractData
from tests.events import event
from tests.rules import OPEN_NS, condition, day_indicator, rule, thresholds


def base(group: str = "G") -> BaseData:
    return BaseData(accounts=(AccountData(id="A", exchange="SSE", group=group, counter="C"),))


def daily(**changes: Any) -> RuleSpec:
    """At least 2 orders a day to warn, at least 4 at the limit."""
    limits = thresholds(warn="2", limit="4")
    values = {"indicators": (day_indicator(),)} | changes
    return rule(condition(thresholds=values.pop("thresholds", limits)), **values)


def levels(core: RiskCore, orders: int, **changes: Any) -> list[tuple[str, str]]:
    """Rule and level of the alerts that so many orders raise, one millisecond apart."""
    found = []
    for _ in range(orders):
        at_ns = OPEN_NS + core.series * NS_PER_MS
        alerts = core.hear(event(time_ns=at_ns, **changes), is_late=False)
        found += [(alert.rule, str(alert.level)) for alert in alerts]
    return found


def orders_held() -> int:
    """By anybody in this process."""
    return sum(isinstance(each, OrderState) for each in gc.get_objects())


def test_an_indicator_that_stays_keeps_what_it_counted() -> None:
    core = RiskCore(base(), [daily()])
    assert levels(core, 2) == [("X01", "warn")]
    core.replace_rules([daily(thresholds=thresholds(limit="3"))])
    assert levels(core, 1) == [("X01", "limit")]


def test_a_rule_that_stays_says_nothing_twice() -> None:
    core = RiskCore(base(), [daily()])
    assert levels(core, 3) == [("X01", "warn")]
    core.replace_rules([daily(code="X00"), daily(version=2, advice_en="Ring the branch.")])
    assert levels(core, 1) == [("X00", "limit"), ("X01", "limit")]
    assert levels(core, 1) == []


def test_a_rule_that_changes_starts_its_ladder_anew() -> None:
    core = RiskCore(base(), [daily()])
    assert levels(core, 3) == [("X01", "warn")]
    core.replace_rules([daily(thresholds=thresholds(warn="2", limit="9"))])
    assert levels(core, 2) == [("X01", "warn")]


def test_an_indicator_that_changes_starts_from_nothing() -> None:
    core = RiskCore(base(), [daily()])
    assert levels(core, 3) == [("X01", "warn")]
    core.replace_rules(
        [daily(indicators=(day_indicator(key=("account", "side")),), key=("account", "side"))]
    )
    assert levels(core, 1) == []
    assert levels(core, 1) == [("X01", "warn")]


def test_a_rule_that_comes_back_starts_from_nothing() -> None:
    core = RiskCore(base(), [daily()])
    levels(core, 3)
    core.replace_rules([])
    assert levels(core, 1) == []
    core.replace_rules([daily()])
    assert levels(core, 2) == [("X01", "warn")]


def test_rules_that_are_refused_change_nothing() -> None:
    core = RiskCore(base(), [daily()])
    levels(core, 3)
    with pytest.raises(RuleError):
        core.replace_rules([rule(condition("nonsense"))])
    assert levels(core, 1) == [("X01", "limit")]


def test_an_account_is_in_its_new_group_from_the_next_order_on() -> None:
    by_group = daily(key=("group",), indicators=(day_indicator(key=("group",)),))
    core = RiskCore(base("G"), [by_group])
    assert levels(core, 1) == []
    core.replace_base(base("H"))
    assert levels(core, 1) == []
    assert levels(core, 1) == [("X01", "warn")]


def test_new_base_data_forgets_no_order() -> None:
    core = RiskCore(base(), [])
    levels(core, 1)
    core.replace_base(base("H"))
    assert len(core.state().enricher.tracker.orders) == 1
    assert core.series == 1


def test_a_late_event_of_a_day_before_raises_nothing_and_ends_no_day() -> None:
    core = RiskCore(base(), [daily()])
    assert levels(core, 1) == []
    friday = event(time_ns=OPEN_NS - 3 * 86_400 * NS_PER_SECOND)
    assert core.hear(friday, is_late=True) == []
    assert levels(core, 1) == [("X01", "warn")]
    assert core.series == 3


def test_a_day_that_is_over_goes_while_the_next_one_is_judged() -> None:
    """To free it at once would make the first orders of the new day wait."""
    gc.collect()
    others = orders_held()
    core = RiskCore(base(), [daily(code="X02", thresholds=thresholds(limit="999"))])
    count = 10 * FREED_AN_EVENT
    for number in range(count):
        core.hear(event(order_ref=f"R{number}"), is_late=False)
    assert orders_held() == others + count
    tomorrow = event(time_ns=OPEN_NS + 86_400 * NS_PER_SECOND)
    core.hear(tomorrow, is_late=False)
    assert len(core.state().enricher.tracker.orders) == 1
    assert orders_held() > others + count - FREED_AN_EVENT
    for _ in range(20):
        core.hear(tomorrow, is_late=False)
    assert orders_held() == others + 1


@pytest.mark.parametrize(("is_st", "limit", "left"), [(True, 10, 9), (False, 40, 39)])
def test_headroom_goes_by_the_segment_of_the_contract(is_st: bool, limit: int, left: int) -> None:
    """Of risk-warned (ST) shares, programmes ask for stricter thresholds."""
    contract = ContractData("600000", "SSE", "0.01", "100", "1000000", kind="stock", st=is_st)
    scoped = ThresholdSpec(level=Level.LIMIT, value="10", scope=ScopeSpec(segment="st"))
    core = RiskCore(
        BaseData(accounts=base().accounts, contracts=(contract,)),
        [daily(thresholds=(*thresholds(limit="40"), scoped))],
    )
    levels(core, 1)
    (row,) = core.headroom(event(time_ns=OPEN_NS))
    assert (row["limit"], row["left"]) == (limit, left)
