"""One day over one, two and four engines, by control group, gives the same alerts."""

from random import Random

import pytest

from riskgw.cep.engine import Engine
from riskgw.cep.observation import Observation
from riskgw.cep.spec import Cmp, Op, ThenSpec, Unit, WindowKind
from riskgw.kernel.words import EventKind, Side
from riskgw.messages.alert import Alert
from tests.rules import condition, day_indicator, indicator, rule, seen, thresholds

GROUP = ("group", "contract")
RULES = [
    rule(condition(thresholds=thresholds(warn="3", limit="5"))),
    rule(
        condition("day", thresholds=thresholds(warn="40", limit="60")),
        code="group",
        key=GROUP,
        cooldown_ms=5_000,
        indicators=(day_indicator("day", key=GROUP),),
        inhibits=("repeat",),
    ),
    rule(
        condition("burst", thresholds=thresholds(limit="4")),
        code="repeat",
        key=("group",),
        repeat=3,
        indicators=(indicator("burst", key=("group",)),),
    ),
    rule(
        condition("large", unit=Unit.SHARES, thresholds=thresholds(limit="30")),
        code="then",
        key=("group", "side"),
        indicators=(
            indicator("large", op=Op.SUM, key=("group", "side"), value_field="quantity"),
            indicator("step", op=Op.SUM, key=("group",), value_field="quantity"),
        ),
        then=ThenSpec(indicator="step", cmp=Cmp.GE, value="10", within_ms=2_000),
    ),
    rule(
        condition("days", thresholds=thresholds(warn="100")),
        code="days",
        indicators=(indicator("days", window=WindowKind.DAYS, length_ms=None, days=3),),
    ),
]


def day(seed: int) -> list[Observation]:
    random, events, at_ms = Random(seed), [], 0
    for number in range(6_000):
        at_ms += random.choice([0, 0, 1, 20, 150, 40_000 if number % 1000 == 999 else 5])
        account = random.randrange(16)
        events.append(
            seen(
                at_ms,
                event=random.choice([EventKind.ORDER, EventKind.ORDER, EventKind.CANCEL]),
                account=f"A{account}",
                group=f"G{account % 6}",
                contract=f"C{random.randrange(5)}",
                side=random.choice([Side.BUY, Side.SELL]),
                quantity=random.randrange(1, 9) * 1000,
                order_ref=f"R{number}",
            )
        )
    return events


def alerts_of(events: list[Observation], shards: int) -> list[Alert]:
    engines = [Engine(RULES) for _ in range(shards)]
    found = [
        alert
        for event in events
        for alert in engines[int((event.group or "G0")[1:]) % shards].observe(event)
    ]
    return sorted(found, key=lambda alert: alert.sort_key)


@pytest.mark.parametrize("seed", range(3))
def test_the_number_of_shards_changes_no_alert(seed: int) -> None:
    events = day(seed)
    alone = alerts_of(events, 1)
    assert {alert.rule for alert in alone} >= {"X01", "group", "repeat", "then", "days"}
    for shards in (1, 2, 4):
        assert alerts_of(events, shards) == alone
