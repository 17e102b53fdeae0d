"""The check before an order leaves: T rules, restrictions, and no when something is not known."""

from typing import Any

import pytest
from msgspec.structs import replace

from monitoring.domain.order_check import Checked
from monitoring.domain.replica import ReplicaShard
from riskgw.cep.spec import (
    Action,
    ActionSpec,
    CheckPoint,
    Cmp,
    FilterSpec,
    Op,
    RuleMode,
    RuleSpec,
    Unit,
    WindowKind,
)
from riskgw.kernel.times import NS_PER_MS
from riskgw.kernel.words import EventKind, Level
from riskgw.messages.base_data import AccountData, BaseData, ContractData
from riskgw.messages.market import Snapshot
from riskgw.messages.restriction import Act, Restriction
from riskgw.shards.entries import Heard, Load, Market
from tests.events import event
from tests.rules import OPEN_NS, condition, day_indicator, indicator, rule, thresholds


def contract(symbol: str, **changes: Any) -> ContractData:
    values = {"kind": "stock", "previous_close": "10", "high_limit": "11", "low_limit": "9"}
    return ContractData(symbol, "SSE", "0.01", "100", "1000000", **(values | changes))


BASE = BaseData(
    accounts=(
        AccountData("A", "SSE", "G", "ALPHA", "K", permissions=("stock",)),
        AccountData("B", "SSE", "H", "BETA", permissions=()),
    ),
    contracts=(
        contract("600000"),
        contract("600001", previous_close="", high_limit="", low_limit=""),
        contract("600002", pool="banned"),
    ),
)


def check(code: str, *filters: FilterSpec, limits: str = "1", **changes: Any) -> RuleSpec:
    """Rejects an order for which an indicator of it reaches its limit; by default, that it is."""
    action = changes.pop("action", Action.REJECT)
    values: dict[str, Any] = {
        "op": Op.COUNT, "window": WindowKind.INSTANT, "length_ms": None,
        "key": ("account", "contract"), "filters": filters,
    }  # fmt: skip
    unit, cmp = changes.pop("unit", Unit.COUNT), changes.pop("cmp", Cmp.GE)
    made = indicator(**(values | changes))
    limit = condition(thresholds=thresholds(limit=limits), unit=unit, cmp=cmp)
    actions = (ActionSpec(level=Level.LIMIT, action=action),)
    return rule(
        limit, code=code, key=made.key, indicators=(made,), actions=actions,
        check_point=CheckPoint.PRE,
    )  # fmt: skip


def is_(field: str, value: Any, cmp: Cmp = Cmp.EQ) -> FilterSpec:
    return FilterSpec(field=field, cmp=cmp, value=value)


def of(code: str, field: str, limit: str, **changes: Any) -> RuleSpec:
    """Rejects an order whose field is above the limit."""
    return check(code, limits=limit, op=Op.LAST, value_field=field, cmp=Cmp.GT, **changes)


T_RULES = (
    of("T01", "quantity", "50000", unit=Unit.SHARES),
    of("T02", "amount", "400000", unit=Unit.CNY),
    of("T03", "off_last_percent", "3"),
    check(
        "T04", limits="3", window=WindowKind.SLIDING, length_ms=1000, key=("account",), cmp=Cmp.GT,
        action=Action.THROTTLE,
    ),
    check("T07", is_("has_permission", value=False)),
    check("T10", is_("pool", "banned")),
    check("T11", is_("tick_ok", value=False)),
    check("T11B", is_("lot_ok", value=False)),
)  # fmt: skip
DAILY = day_indicator("orders", key=("account",))
T13 = rule(
    condition(thresholds=thresholds(limit="5"), cmp=Cmp.GT), code="T13", indicators=(DAILY,),
    check_point=CheckPoint.PRE,
)  # fmt: skip


class Shard:
    """A replica of one shard that has heard of the market."""

    def __init__(self, *rules: RuleSpec) -> None:
        self.replica = ReplicaShard()
        self.replica.take(Load(BASE, rules))
        self.at_ns = OPEN_NS
        self.replica.take(Heard("s", OPEN_NS, 0, [event(time_ns=OPEN_NS, account="Z")]))
        self.replica.take(Market([Snapshot(OPEN_NS, "SSE", "600000", last=1_000_000)]))

    def orders(self, count: int, **changes: Any) -> None:
        for _ in range(count):
            self.at_ns += NS_PER_MS
            one = event(time_ns=self.at_ns, order_ref=f"R{self.at_ns}", **changes)
            self.replica.take(Heard("s", self.at_ns, 0, [one]))

    def ask(self, *restrictions: Restriction, **changes: Any) -> Checked:
        order = {
            "order_ref": "Q1", "exchange": "SSE", "account": "A", "symbol": "600000",
            "side": "buy", "order_type": "limit", "tif": "day", "price": "10", "quantity": "100",
        }  # fmt: skip
        given = {name: value for name, value in (order | changes).items() if value is not None}
        return self.replica.check(given, restrictions)

    def codes(self, **changes: Any) -> list[str]:
        return [reason.code for reason in self.ask(**changes).reasons]


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({}, []),
        ({"quantity": "40000"}, []),
        ({"quantity": "50000", "price": "8"}, ["T03"]),
        ({"quantity": "50100", "price": "7"}, ["T01", "T03"]),
        ({"quantity": "40100"}, ["T02"]),
        ({"price": "10.3"}, []),
        ({"price": "10.31"}, ["T03"]),
        ({"price": "9.69"}, ["T03"]),
        ({"price": "10.001"}, ["T11"]),
        ({"quantity": "150"}, ["T11B"]),
        ({"account": "B"}, ["T07"]),
        ({"symbol": "600002"}, ["T10"]),
    ],
)
def test_the_limit_itself_is_allowed_and_one_step_beyond_is_denied(
    changes: dict[str, str], rules: list[str]
) -> None:
    checked = Shard(*T_RULES).ask(**changes)
    assert [reason.rule for reason in checked.reasons] == rules
    assert checked.verdict == ("deny" if rules else "allow")


def test_a_reason_has_the_value_beside_its_limit() -> None:
    (reason,) = Shard(*T_RULES).ask(quantity="40100").reasons
    assert (reason.rule, reason.code) == ("T02", "orders")
    assert (reason.value, reason.limit) == (401_000, 400_000)


def test_the_rate_of_what_was_heard_throttles_and_asking_counts_nothing() -> None:
    shard = Shard(*T_RULES)
    shard.orders(2)
    for _ in range(5):
        assert shard.ask().verdict == "allow"
    shard.orders(1)
    checked = shard.ask()
    assert (checked.verdict, [reason.rule for reason in checked.reasons]) == ("throttle", ["T04"])
    assert shard.ask(quantity="150").verdict == "deny"


def test_totals_of_the_day_count_what_was_heard() -> None:
    shard = Shard(T13)
    shard.orders(4)
    assert shard.ask().verdict == "allow"
    shard.orders(1)
    (reason,) = shard.ask().reasons
    assert (reason.rule, reason.value, reason.limit) == ("T13", 6, 5)


def test_only_rules_before_the_order_are_asked() -> None:
    live = rule(condition(thresholds=thresholds(limit="1")), indicators=(day_indicator(),))
    assert Shard(live).ask().verdict == "allow"


def test_a_shadow_rule_is_named_and_denies_nothing() -> None:
    shadow = replace(T_RULES[0], mode=RuleMode.SHADOW)
    checked = Shard(shadow).ask(quantity="50100")
    assert (checked.verdict, [reason.rule for reason in checked.reasons]) == ("allow", ["T01"])


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"account": "unknown"}, ["unknown_account"]),
        ({"exchange": "SZSE"}, ["unknown_account", "unknown_contract"]),
        ({"symbol": "999999"}, ["unknown_contract"]),
        ({"symbol": "600001"}, ["missing_reference_price"]),
        ({"symbol": "600001", "order_type": "market", "price": None}, []),
        ({"price": None}, ["missing_value"]),
        ({"quantity": None, "side": None}, ["missing_value", "missing_value"]),
        ({"price": "NaN"}, ["non_finite"]),
        ({"price": "-inf"}, ["non_finite"]),
        ({"price": "-1"}, ["out_of_range"]),
        ({"quantity": "0"}, ["out_of_range"]),
        ({"quantity": 1e300}, ["not_a_number"]),
        ({"price": [1]}, ["not_a_number"]),
        ({"price": "9" * 29}, ["out_of_range"]),
        ({"side": "long"}, ["unknown_word"]),
        ({"tif": "gtc"}, ["unknown_word"]),
        ({"offsett": "open"}, ["unknown_field"]),
    ],
)
def test_what_is_not_known_is_denied(changes: dict[str, Any], codes: list[str]) -> None:
    shard = Shard(*T_RULES)
    assert shard.codes(**changes) == codes
    assert shard.ask(**changes).verdict == ("deny" if codes else "allow")


def restricted(**changes: Any) -> Restriction:
    values: dict[str, Any] = {
        "id": "7", "scope": {"account": "A"}, "mask": (Act.OPEN,), "since_ns": OPEN_NS,
        "reason": "house", "rule": "P01",
    }  # fmt: skip
    return Restriction(**(values | changes))


@pytest.mark.parametrize(
    "scope",
    [
        {"account": "A"}, {"group": "G"}, {"customer": "K"}, {"counter": "ALPHA"},
        {"product": "stock"}, {"contract": "SSE:600000"}, {},
    ],
)  # fmt: skip
def test_a_restriction_of_any_scope_denies_opening_and_lets_closing_and_cancels_pass(
    scope: dict[str, str],
) -> None:
    shard, stop = Shard(), restricted(scope=scope)
    denied = shard.ask(stop)
    assert (denied.verdict, denied.reasons[0].rule) == ("deny", "P01")
    assert denied.reasons[0].code == "restricted"
    assert shard.ask(stop, side="sell").verdict == "allow"
    assert shard.ask(stop, cancel_of="R1").verdict == "allow"


def test_a_restriction_of_another_concerns_nobody_else() -> None:
    shard = Shard()
    for scope in ({"account": "B"}, {"contract": "SSE:600001"}, {"group": "H", "account": "A"}):
        assert shard.ask(restricted(scope=scope)).verdict == "allow"


def test_cancels_pass_even_where_nothing_is_known_unless_cancels_are_stopped() -> None:
    shard = Shard(*T_RULES)
    cancel = {"cancel_of": "R1", "account": "unknown", "side": None, "quantity": None}
    assert shard.ask(**cancel).verdict == "allow"
    halted = restricted(scope={}, mask=(Act.OPEN, Act.CLOSE))
    assert shard.ask(halted, **cancel).verdict == "allow"
    assert shard.ask(restricted(scope={}, mask=(Act.CANCEL,)), **cancel).verdict == "deny"


def test_who_asks_for_one_counter_knows_no_accounts_of_others() -> None:
    shard = Shard()
    order = {
        "exchange": "SSE", "account": "A", "symbol": "600000", "side": "buy", "price": "10",
        "quantity": "100",
    }  # fmt: skip
    for counters, verdict in ((None, "allow"), ({"ALPHA"}, "allow"), ({"BETA"}, "deny")):
        known = frozenset(counters) if counters else None
        assert shard.replica.check(order, [], known).verdict == verdict


def test_the_replica_says_how_new_it_is() -> None:
    shard = Shard()
    shard.orders(3)
    assert shard.ask().as_of_ns == shard.at_ns
    shard.replica.take(Heard("s", shard.at_ns + 50 * NS_PER_MS, 0, []))
    assert shard.ask().as_of_ns == shard.at_ns + 50 * NS_PER_MS


def test_of_two_conditions_the_reason_is_the_one_that_holds() -> None:
    """Orders or cancels: the account has three orders and no cancel."""
    cancels = indicator("cancels", events=(EventKind.CANCEL,), key=("account",))
    orders = day_indicator("orders", key=("account",))
    limits = [
        condition(each.code, thresholds=thresholds(limit="3"), group=0)
        for each in (orders, cancels)
    ]
    shard = Shard(
        rule(*limits, code="T04", indicators=(orders, cancels), check_point=CheckPoint.PRE)
    )
    shard.orders(2)
    (reason,) = shard.ask().reasons
    assert (reason.code, reason.value, reason.limit) == ("orders", 3, 3)
