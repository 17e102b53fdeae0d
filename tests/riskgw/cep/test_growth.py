"""What is over is freed: keys, windows, plans."""

from riskgw.cep.counting import CountWindow
from riskgw.cep.engine import Engine
from riskgw.cep.plans import PLANS_MAX
from riskgw.cep.sliding import EMPTY_NS_MIN
from riskgw.cep.spec import Cmp, FilterSpec
from riskgw.kernel.times import NS_PER_MS
from tests.rules import indicator, rule, seen

KEYS = 5_000


def held(engine: Engine) -> int:
    (window,) = engine.state().windows.values()
    assert isinstance(window, CountWindow)
    return len(window.held_keys())


def test_keys_whose_windows_are_empty_go_while_others_come() -> None:
    engine = Engine([rule()])
    most = 0
    for number in range(KEYS):
        engine.observe(seen(number * 100, account=f"A{number}"))
        most = max(most, held(engine))
    # Ten a second, each for a second and the time that late events are waited for.
    active = 10 * (1 + EMPTY_NS_MIN // (1000 * NS_PER_MS))
    assert most < 5 * active


def test_keys_of_a_burst_go_when_nothing_new_comes() -> None:
    engine = Engine([rule()])
    for number in range(KEYS):
        engine.observe(seen(0, account=f"A{number}"))
    assert held(engine) == KEYS
    for number in range(60_000):
        engine.observe(seen(70_000 + number, account="A0"))
    assert held(engine) == 1


def test_a_new_category_is_found_beyond_the_plans_that_are_kept() -> None:
    only = FilterSpec(field="product", cmp=Cmp.EQ, value="P1")
    engine = Engine([rule(indicators=(indicator(filters=(only,)),))])
    for number in range(PLANS_MAX + 10):
        engine.observe(seen(0, product=f"P{number}"))
    assert len(engine._plans._plans) <= PLANS_MAX
    assert len(engine.observe(seen(1, product="P1"))) == 1
