"""All rules that ship before what should not come: nothing stops, and nothing is made of it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.domain.risk_core import RiskCore
from riskgw.cep.spec import CheckPoint, RuleSpec
from riskgw.kernel.words import EventKind, Level, Offset, OrderType, Side, TimeInForce
from riskgw.messages.counter_feed import fed_funds, fed_position
from riskgw.messages.event import Event
from riskgw.messages.market import Snapshot
from tests.days import MONDAY, TUESDAY
from tests.events import event
from tests.monitoring.catalogue.flow import (
    COPPER,
    RULES,
    STOCK,
    Item,
    Listing,
    answer,
    at,
    base,
    cancelled,
    fill,
    highest,
    order,
    put,
    snapshot,
)
from tests.monitoring.catalogue.futures import TRIALS as FUTURES
from tests.monitoring.catalogue.futures import cancel

HUGE = 10**30
NUMBERS = st.sampled_from([None, 0, 1, -1, -HUGE, HUGE, 100_000])
# From yesterday to tomorrow, in any order.
TIMES = st.integers(at("09:00", day=MONDAY) - 86_400 * 10**9, at("15:30", day=TUESDAY))
NAMES = st.sampled_from([None, "", "A", "nobody"])


def optional(words: Any) -> st.SearchStrategy[Any]:
    return st.none() | st.sampled_from(list(words))


@st.composite
def wild_events(draw: Any) -> Event:
    times = {"time_ns": draw(TIMES)}
    times["at_ns"] = times["time_ns"]
    kinds = [each for each in EventKind if each is not EventKind.MARKET]
    facts = {
        "exchange": draw(st.sampled_from([None, "SSE", "SHFE", "MOON"])),
        "symbol": draw(st.sampled_from([None, "600000", "cu2612", "nothing"])),
        "account": draw(NAMES), "side": draw(optional(Side)), "price": draw(NUMBERS),
        "quantity": draw(NUMBERS), "order_ref": draw(st.sampled_from([None, "R1", "R2"])),
        "cancel_of": draw(st.sampled_from([None, "R1", "R9"])), "tif": draw(optional(TimeInForce)),
        "offset": draw(optional(Offset)), "order_type": draw(optional(OrderType)),
        "exec_ref": draw(st.sampled_from([None, "E1"])),
    }  # fmt: skip
    return event(draw(st.sampled_from(kinds)), **(times | facts))


@st.composite
def wild_snapshots(draw: Any) -> Snapshot:
    levels = st.lists(
        st.tuples(NUMBERS.map(lambda each: each or 0), st.integers(-1, 1)), max_size=5
    )
    facts: dict[str, Any] = {
        name: draw(NUMBERS)
        for name in ("last", "volume", "turnover", "high_limit", "low_limit", "previous_close")
    }
    facts |= {"bids": tuple(draw(levels)), "asks": tuple(draw(levels))}
    return snapshot(draw(st.sampled_from([STOCK, COPPER])), **facts)


HOLDINGS = st.sampled_from(
    [
        fed_position({"account": "A", "exchange": "SSE", "symbol": "600000", "quantity": "0"}),
        fed_funds({"account": "A", "available": "-5", "equity": "0", "margin": "0"}),
        fed_funds({"account": "nobody"}),
    ]
)  # fmt: skip


@settings(max_examples=12, deadline=None)
@given(st.lists(wild_events() | wild_snapshots() | HOLDINGS, max_size=40), wild_events())
def test_no_rule_falls_over_what_it_does_not_expect(items: list[Item], asked: Event) -> None:
    """Unknown names, numbers of any size and sign, times in any order, the same once more."""
    core = RiskCore(base(STOCK), RULES.values())
    for item in [*items, *items[-3:]]:
        for alert in put(core, item):
            assert alert.rule in RULES
            assert None not in alert.key.values()
    core.check(core.preview(asked))
    core.headroom(asked)


RATIOS = [rule for rule in RULES.values() if any(part.over for part in rule.conditions)]


@pytest.mark.parametrize("rule", RATIOS, ids=lambda rule: rule.code)
@pytest.mark.parametrize("of", [STOCK, COPPER], ids=lambda of: of.symbol)
def test_what_is_divided_by_nothing_tells_nothing(rule: RuleSpec, of: Listing) -> None:
    """A market without volume, turnover or limits, orders without quantity or price."""
    empty = {"volume": 0, "turnover": 0, "previous_close": 0, "last": 0, "bids": (), "asks": ()}
    sent = [order(of, 10 + number, quantity=0, price=0) for number in range(3)]
    items: list[Item] = [snapshot(of, 0, **empty), *sent]
    items += [cancelled(each, 100) for each in sent]
    items += [fill(of, 300, quantity=0, price=0), snapshot(of, 400, **empty)]
    if rule.check_point is CheckPoint.PRE:
        items.append(order(of, 500, quantity=0, price=0))
    assert highest(rule, of, items) is None


def test_an_account_that_nobody_knows_is_a_group_of_its_own() -> None:
    [trial] = [each for each in FUTURES if each.code == "F02" and each.of is COPPER]
    steps = [item for number in range(500) for item in cancel(COPPER, number, account="nobody")]
    assert highest("F02", COPPER, steps) is Level.LIMIT
    mixed = [
        item
        for number in range(500)
        for item in cancel(COPPER, number, account=("nobody", "A")[number % 2])
    ]
    assert highest("F02", COPPER, mixed) is None
    assert trial.told["limit"] == 500


def test_a_contract_that_nobody_knows_has_no_limits_and_counts() -> None:
    """Sizes in percent of its largest order are unknown; cancels are cancels."""
    other = COPPER._replace(symbol="cu9999")
    core = RiskCore(base(COPPER), [RULES["F02"], RULES["F14"]])
    found = []
    for number in range(500):
        for item in cancel(other, number, lots=10**6):
            found += put(core, item)
    assert [alert.level for alert in found] == [Level.WARN, Level.RESTRICT, Level.LIMIT]
    assert found[-1].key == {"group": "G", "contract": "SHFE:cu9999"}
    assert core.check(core.preview(order(other, 60_000, quantity=10**12))) == []


def test_the_same_answer_once_more_takes_nothing_away_twice() -> None:
    """What lives is not counted down below nothing."""
    sent = order(STOCK, quantity=100_000, order_ref="D")
    over = [answer(EventKind.CANCELLED, sent, 1, quantity=100_000) for _ in range(3)]
    core = RiskCore(base(STOCK), [RULES["F16"], RULES["S09"]])
    for item in (sent, *over):
        put(core, item)
    seen = core.preview(order(STOCK, 10, quantity=1_000))
    assert (seen.own_live_orders, seen.own_live_at_price) == (1, 1_000)
