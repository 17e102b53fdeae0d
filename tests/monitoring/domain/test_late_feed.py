"""A feed that falls behind, as when its worker is killed: what it began to count waits for it."""

from collections.abc import Iterable

from monitoring.domain.shard import RiskShard
from riskgw.kernel.times import NS_PER_MS, NS_PER_SECOND
from riskgw.messages.event import Event
from riskgw.shards.entries import Heard, Opening
from tests.events import event
from tests.rules import OPEN_NS, condition, indicator, rule, thresholds

# Enough for windows to be swept several times in an hour.
MANY = 1024
HOUR_NS = 3600 * NS_PER_SECOND
# Orders of an account within a second; the feed falls silent in the middle of them.
ORDERS = 30
RULE = rule(
    indicators=(indicator(),), conditions=(condition(thresholds=thresholds(warn=str(ORDERS))),)
)


def heard(source: str, until_ns: int, events: Iterable[Event] = ()) -> Heard:
    return Heard(source, until_ns, 200 * NS_PER_MS, list(events))


def orders(start: int, stop: int) -> list[Event]:
    return [
        event(order_ref=f"R{number}", time_ns=OPEN_NS + number * NS_PER_MS)
        for number in range(start, stop)
    ]


def others(count: int) -> list[Event]:
    """An hour of somebody else's orders, by the other feed."""
    step = HOUR_NS // count
    return [
        event(account="B", conn="3>4", order_ref=f"B{number}", time_ns=OPEN_NS + number * step)
        for number in range(1, count)
    ]


def test_orders_before_and_after_the_silence_count_together() -> None:
    shard = RiskShard(rules=(RULE,))
    shard.open(Opening(("slow", "quick")))
    shard.hear(heard("quick", OPEN_NS))
    shard.hear(heard("slow", OPEN_NS + 20 * NS_PER_MS, orders(0, 20)))
    shard.hear(heard("quick", OPEN_NS + HOUR_NS, others(4 * MANY)))
    judged = shard.hear(heard("slow", OPEN_NS + HOUR_NS, orders(20, ORDERS)))
    late = [each for each in judged if each.is_late]
    assert len(late) == ORDERS - 20
    (alert,) = [alert for each in judged for alert in each.alerts]
    assert (alert.order_count, alert.late) == (ORDERS, True)


def test_orders_of_one_long_step_count_together_however_far_its_feed_has_come() -> None:
    shard = RiskShard(rules=(RULE,))
    shard.open(Opening(("slow", "quick")))
    shard.hear(heard("quick", OPEN_NS + HOUR_NS, others(4 * MANY)))
    shard.hear(heard("slow", OPEN_NS - 1))
    crowd = [
        event(account=f"C{number}", order_ref=f"C{number}", time_ns=OPEN_NS + 20 * NS_PER_MS)
        for number in range(4 * MANY)
    ]
    step = [*orders(0, 20), *crowd, *orders(21, ORDERS + 1)]
    judged = shard.hear(heard("slow", OPEN_NS + HOUR_NS, step))
    assert [alert.order_count for each in judged for alert in each.alerts] == [ORDERS]


def test_what_ran_empty_behind_all_feeds_is_let_go() -> None:
    shard = RiskShard(rules=(RULE,))
    shard.open(Opening(("slow", "quick")))
    shard.hear(heard("slow", OPEN_NS + HOUR_NS, orders(0, 20)))
    crowd = others(8 * MANY)
    middle = len(crowd) // 2
    shard.hear(heard("quick", crowd[middle].time_ns - 1, crowd[:middle]))
    shard.hear(heard("quick", OPEN_NS + HOUR_NS, crowd[middle:]))
    (window,) = shard.core.state().engine.windows.values()
    assert set(window.held_keys()) == {"B"}  # type: ignore[attr-defined]  # a sliding window
