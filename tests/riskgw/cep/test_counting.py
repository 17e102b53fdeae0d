"""One count is judged by a shorter way: what it says is the same."""

from hypothesis import given
from hypothesis import strategies as st

from riskgw.cep.engine import Engine
from riskgw.cep.observation import Observation
from riskgw.cep.spec import Cmp, FilterSpec, RuleSpec
from riskgw.kernel.words import EventKind
from riskgw.messages.alert import Alert
from tests.rules import condition, indicator, rule, seen, thresholds

NEVER = FilterSpec(field="board", cmp=Cmp.EQ, value="none")
# Beside it a count cannot be all there is to do.
BESIDE = rule(code="beside", indicators=(indicator(filters=(NEVER,)),))


def alerts(specs: list[RuleSpec], events: list[Observation]) -> list[Alert]:
    engine = Engine(specs)
    return [alert for each in events for alert in engine.observe(each)]


STEPS = st.tuples(
    st.sampled_from([0, 0, 1, 90, 400, 1_500, 70_000, -300, 3_600_000]),
    st.sampled_from(["A", "B", None]),
    st.sampled_from([EventKind.ORDER, EventKind.ORDER, EventKind.CANCEL]),
)


@given(
    steps=st.lists(STEPS, max_size=120),
    levels=st.sampled_from([{"warn": "2", "limit": "4"}, {"limit": "1"}, {"limit": "40"}]),
    changes=st.sampled_from([{}, {"repeat": 2}, {"cooldown_ms": 2_000}, {"clear_percent": "60"}]),
    cmp=st.sampled_from([Cmp.GE, Cmp.GT]),
)
def test_alone_and_beside_another_rule_a_count_says_the_same(
    steps: list[tuple[int, str | None, EventKind]],
    levels: dict[str, str],
    changes: dict[str, object],
    cmp: Cmp,
) -> None:
    spec = rule(condition(thresholds=thresholds(**levels), cmp=cmp), **changes)
    at_ms, events = 0, []
    for number, (step_ms, account, kind) in enumerate(steps):
        at_ms = max(0, at_ms + step_ms)
        events.append(seen(at_ms, account=account, event=kind, order_ref=f"R{number}"))
    assert alerts([spec], events) == alerts([spec, BESIDE], events)


def test_a_count_goes_on_where_another_engine_was() -> None:
    first, second = Engine([rule()]), Engine([rule()])
    first.observe(seen(0))
    second.take_over(first.state())
    assert [alert.level for alert in second.observe(seen(1))] == ["warn"]
    assert second.check(seen(2))[0].values[0].value == 3
    assert [alert.level for alert in second.observe(seen(3))] == ["limit"]
