"""Restrictions where they are born: in the evaluate stage, once, told at once, over at day roll."""

from typing import Any

import msgspec

from monitoring.stages import EvaluateStage, EvaluateWork
from riskgw.bus.streams import Step
from riskgw.cep.spec import Action, ActionSpec, Release, RuleMode
from riskgw.kernel.times import NS_PER_MS
from riskgw.kernel.words import Level
from riskgw.messages.base_data import AccountData, BaseData
from riskgw.shards.entries import Heard, Lifted, Load, Restricted, Results, packed, unpacked
from tests.events import event
from tests.rules import OPEN_NS, condition, day_indicator, rule, thresholds

DAY_NS = 86_400 * 10**9
BASE = BaseData(accounts=(AccountData("A", "SSE", "G", "ALPHA"), AccountData("B", "SSE", "H", "")))


def restricting(release: Release = Release.TRADER, **changes: Any) -> Any:
    """Restricts opening at the second order of a day, all orders at the fourth."""
    actions = (
        ActionSpec(level=Level.RESTRICT, action=Action.RESTRICT_OPEN, release=release),
        ActionSpec(level=Level.LIMIT, action=Action.RESTRICT_ORDERS, release=release),
    )
    limits = condition(thresholds=thresholds(restrict="2", limit="4"))
    return rule(limits, indicators=(day_indicator(),), actions=actions, **changes)


class Shard:
    """A shard that takes one event an entry."""

    def __init__(self, *rules: Any) -> None:
        self.work: EvaluateWork = EvaluateStage(3).fresh()
        self.work.take(packed(Load(BASE, rules)))
        self.at_ns = OPEN_NS

    def orders(self, count: int, **changes: Any) -> list[dict[str, Any]]:
        """What the topic hears of so many orders."""
        said = []
        for _ in range(count):
            self.at_ns += NS_PER_MS
            one = event(time_ns=self.at_ns, order_ref=f"R{self.at_ns}", **changes)
            said += self.said(self.work.take(packed(Heard("s", self.at_ns, 0, [one]))))
        return said

    def said(self, step: Step) -> list[dict[str, Any]]:
        found = [data for topic, data in step.live if topic == "restrictions"]
        entries = [unpacked(blob) for _, blob in step.blobs]
        self.stored = [each for each in entries if isinstance(each, Results)]
        self.restricted = [
            one for each in entries if isinstance(each, Restricted) for one in each.restrictions
        ]
        return found

    def again(self) -> None:
        """As if the process had died and another had taken over."""
        self.work = EvaluateStage(3).restored(self.work.dump())


def test_an_alert_that_restricts_is_told_at_once_under_its_number() -> None:
    shard = Shard(restricting())
    assert shard.orders(1) == []
    (said,) = shard.orders(1)
    assert (said["change"], said["counters"]) == ("restricted", ["ALPHA"])
    line = said["restriction"]
    assert (line["id"], line["alert"]) == ("2026-11-23.3.2.0", "2026-11-23.3.2.0")
    assert (line["scope"], line["mask"], line["trading"]) == (
        {"account": "A"},
        ["open"],
        "REDUCING",
    )
    assert [each.id for each in shard.restricted] == ["2026-11-23.3.2.0"]


def test_a_second_run_of_the_same_events_says_the_same() -> None:
    first, second = Shard(restricting()), Shard(restricting())
    assert first.orders(5) == second.orders(5)


def test_the_same_rule_and_key_is_restricted_once_and_only_widened() -> None:
    shard = Shard(restricting())
    shard.orders(2)
    shard.again()
    (said,) = shard.orders(3)
    assert (said["restriction"]["id"], said["restriction"]["trading"]) == (
        "2026-11-23.3.2.0",
        "HALTED",
    )


def test_who_is_in_no_counters_hands_is_told_to_all() -> None:
    shard = Shard(restricting())
    (said,) = shard.orders(2, account="B")
    assert said["counters"] is None


def test_after_a_release_the_rule_restricts_anew() -> None:
    shard = Shard(restricting())
    shard.orders(2)
    shard.work.take(packed(Lifted(("2026-11-23.3.2.0",))))
    (said,) = shard.orders(2)
    assert said["restriction"]["id"] == "2026-11-23.3.4.0"


def test_a_shadow_rule_restricts_nobody() -> None:
    assert Shard(restricting(mode=RuleMode.SHADOW)).orders(4) == []


def test_a_new_day_ends_what_is_to_end_with_it() -> None:
    shard = Shard(restricting(Release.AUTO_DAY), restricting(code="X02"))
    assert len(shard.orders(2)) == 2
    shard.again()
    shard.at_ns += DAY_NS
    (said,) = shard.orders(1)
    assert (said["change"], said["restriction"]["rule"]) == ("released", "X01")
    assert said["restriction"]["release_reason"] == "the trading day is over"
    assert [each.rule for each in shard.stored[0].over] == ["X01"]
    assert msgspec.json.encode(said)
