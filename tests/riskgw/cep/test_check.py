"""What would hold if an observation came now: as when it comes, and nothing changes."""

from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from riskgw.cep import snapshots
from riskgw.cep.engine import Engine, EngineState
from riskgw.cep.evidence import REFS_MAX
from riskgw.cep.observation import Observation
from riskgw.cep.spec import (
    Clock,
    Cmp,
    FilterSpec,
    Op,
    RuleSpec,
    ScopeSpec,
    ThenSpec,
    ThresholdSpec,
    Unit,
    WindowKind,
)
from riskgw.kernel.words import EventKind, Level, Side
from riskgw.messages.alert import Alert
from riskgw.shards.snapshot import Schema
from tests.rules import condition, day_indicator, indicator, rule, seen, thresholds

SCHEMA = Schema("engine", snapshots.OBJECTS, snapshots.VALUES, constants=snapshots.CONSTANTS)
DAY_MS = 24 * 3600 * 1000
LADDER = thresholds(warn="2", limit="4")


def of_window(op: Op, window: WindowKind, code: str) -> RuleSpec:
    """One rule for an operator in a window."""
    number = indicator(
        code,
        op=op,
        window=window,
        length_ms=1500 if window is WindowKind.SLIDING else None,
        days=2 if window is WindowKind.DAYS else None,
        clock=Clock.TRADING if window is WindowKind.SLIDING else Clock.WALL,
        value_field={Op.COUNT: None, Op.DURATION: "st"}.get(op, "quantity"),
    )
    unit = Unit.MS if op is Op.DURATION else Unit.SHARES
    return rule(condition(code, thresholds=LADDER, unit=unit), code=code, indicators=(number,))


SINGLE = [
    of_window(op, window, f"{op}-{window}")
    for op in Op
    for window in WindowKind
    if op is not Op.DURATION or window not in (WindowKind.INSTANT, WindowKind.DAYS)
    if op is not Op.FIRST or window is not WindowKind.SLIDING
]
PULL_UP = rule(
    condition("large", unit=Unit.SHARES, thresholds=LADDER),
    code="then",
    key=("account", "side"),
    indicators=(
        indicator("large", op=Op.SUM, key=("account", "side"), value_field="quantity"),
        indicator("step", events=(EventKind.FILL, EventKind.ORDER), key=("account",)),
    ),
    then=ThenSpec(indicator="step", cmp=Cmp.GE, value="2", until="next 10:00"),
)
RATIO = rule(
    condition("fills", over="orders", unit=Unit.PERCENT, thresholds=thresholds(warn="30")),
    code="ratio",
    clear_percent="50",
    repeat=2,
    indicators=(
        day_indicator(filters=(FilterSpec(field="quantity", cmp=Cmp.GE, value="1"),)),
        day_indicator("fills", events=(EventKind.FILL,)),
    ),
)
SCOPED = rule(
    condition(
        thresholds=(
            ThresholdSpec(level=Level.LIMIT, value="3", scope=ScopeSpec(account="A")),
            ThresholdSpec(level=Level.LIMIT, value="5"),
        )
    ),
    code="scoped",
    for_ms=300,
)
RULES = [*SINGLE, PULL_UP, RATIO, SCOPED]

Steps = list[tuple[int, str, EventKind, Side, int]]
# These tests compile engines, one of them an engine for each event.
RARELY = settings(deadline=None)
EVENTS = st.lists(
    st.tuples(
        st.sampled_from([-200, 0, 1, 400, 900, 2000, 7_200_000, DAY_MS]),
        st.sampled_from(["A", "B"]),
        st.sampled_from([EventKind.ORDER, EventKind.FILL]),
        st.sampled_from([Side.BUY, Side.SELL]),
        st.integers(-1, 4),
    ),
    max_size=15,
)


def observations(steps: Steps) -> list[Observation]:
    made, at_ms = [], 0
    for step, account, kind, side, quantity in steps:
        at_ms = max(0, at_ms + step)
        facts = {"event": kind, "side": side, "quantity": quantity * 1000, "account": account}
        made.append(seen(at_ms, **facts, is_st=quantity > 1, is_late=step < 0))
    return made


def copied(engine: Engine, specs: list[RuleSpec]) -> Engine:
    """Another one that has counted the same, and in which every key stands at nothing."""
    state = deepcopy(engine.state())
    made = Engine(specs)
    made.take_over(EngineState(state.day, state.windows, {}))
    return made


def unnamed(alert: Alert) -> Alert:
    """A check counts the orders behind an alert and does not name them."""
    return replace(alert, order_refs=())


@RARELY
@given(spec=st.sampled_from(SINGLE), steps=EVENTS)
def test_a_check_is_what_observing_would_raise_from_nothing(spec: RuleSpec, steps: Steps) -> None:
    specs = [spec, rule(code="plain")]
    engine = Engine(specs)
    for each in observations(steps):
        expected = [unnamed(alert) for alert in copied(engine, specs).observe(each)]
        # The number of the episode is told of the day, all else as if it were the first.
        told = [replace(unnamed(alert), episode=1) for alert in engine.check(each)]
        assert told == expected
        engine.observe(each)


@RARELY
@given(spec=st.sampled_from(RULES), steps=EVENTS)
def test_a_check_changes_nothing(spec: RuleSpec, steps: Steps) -> None:
    asked, unasked = Engine([spec]), Engine([spec])
    for each in observations(steps):
        asked.check(each)
        asked.headroom({"account": "A", "contract": "SSE:600000"})
        assert SCHEMA.dump(asked.state()) == SCHEMA.dump(unasked.state())
        assert asked.observe(each) == unasked.observe(each)
    assert SCHEMA.dump(asked.state()) == SCHEMA.dump(unasked.state())


@RARELY
@given(spec=st.sampled_from(RULES), steps=EVENTS, cut=st.integers(0, 15))
def test_an_engine_goes_on_where_its_snapshot_was_taken(
    spec: RuleSpec, steps: Steps, cut: int
) -> None:
    events = observations(steps)
    whole, first, second = Engine([spec]), Engine([spec]), Engine([spec])
    for each in events[:cut]:
        assert first.observe(each) == whole.observe(each)
    second.take_over(SCHEMA.load(SCHEMA.dump(first.state())))
    for each in events[cut:]:
        assert second.observe(each) == whole.observe(each)
    assert SCHEMA.dump(second.state()) == SCHEMA.dump(whole.state())


def test_a_check_says_so_again_though_the_key_stands() -> None:
    engine = Engine([rule(indicators=(day_indicator(),))])
    for at in range(5):
        engine.observe(seen(at))
    assert [alert.level for alert in engine.check(seen(5))] == ["limit"]
    assert engine.check(seen(5, account="B")) == []


def test_a_check_takes_its_episode_for_one_more() -> None:
    engine = Engine([rule(condition(thresholds=thresholds(limit="1")), repeat=2)])
    assert engine.check(seen(0)) == []
    engine.observe(seen(0))
    assert [alert.episode for alert in engine.check(seen(2000))] == [2]
    assert engine.check(seen(1)) == []


def test_before_the_first_event_of_a_day_only_what_goes_on_counts() -> None:
    days = indicator("days", window=WindowKind.DAYS, length_ms=None, days=2)
    two = rule(condition("days"), code="days", indicators=(days,))
    engine = Engine([rule(indicators=(day_indicator(),)), two])
    for at in range(2):
        engine.observe(seen(at))
    tomorrow = engine.check(seen(DAY_MS))
    assert [(alert.rule, alert.level) for alert in tomorrow] == [("days", "limit")]
    assert engine.check(seen(-3 * DAY_MS)) == []
    assert [alert.level for alert in engine.observe(seen(2))] == ["limit", "limit"]


@pytest.mark.parametrize(
    ("values", "rows"),
    [
        ({"account": "A"}, [(2, 2, None, 3, 1)]),
        ({"account": "B"}, [(None, 2, None, 3, 3)]),
        ({"account": "A", "contract": "X"}, [(2, 2, None, 3, 1)]),
        ({"contract": "X"}, []),
        ({"account": ""}, []),
    ],
)
def test_headroom_is_what_is_left_to_the_highest_level(
    values: dict[str, str], rows: list[tuple[object, ...]]
) -> None:
    engine = Engine([rule()])
    for at in range(2):
        engine.observe(seen(at))
    assert [
        (row.value, row.warn, row.restrict, row.limit, row.left) for row in engine.headroom(values)
    ] == rows


def test_headroom_knows_ratios_sides_and_scopes() -> None:
    engine = Engine([RATIO, PULL_UP, SCOPED])
    for at in range(4):
        engine.observe(seen(at, quantity=1000, side=Side.BUY))
    engine.observe(seen(5, event=EventKind.FILL, side=Side.BUY, quantity=1000))
    found = {(row.rule, *row.key.values()): row for row in engine.headroom({"account": "A"})}
    ratio = found["ratio", "A"]
    assert (ratio.value, ratio.warn, ratio.left, ratio.unit) == (25, 30, 5, "percent")
    assert found["then", "A", "buy"].left == 0
    assert found["then", "A", "sell"].left == 4
    assert found["scoped", "A"].limit == 3


@pytest.mark.parametrize("window", [WindowKind.SLIDING, WindowKind.DAY, WindowKind.DAYS])
def test_a_check_counts_more_orders_than_an_alert_can_name(window: WindowKind) -> None:
    engine = Engine([of_window(Op.COUNT, window, "many")])
    orders = REFS_MAX + 5
    for number in range(orders):
        engine.observe(seen(number // 1000))
    (alert,) = engine.check(seen(3))
    assert alert.order_count == orders + 1
