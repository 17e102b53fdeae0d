"""Which events a value is made of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgw.cep.accumulators import ACCUMULATORS, Count, Sum
from riskgw.cep.evidence import REFS_MAX
from riskgw.cep.spec import Op
from riskgw.cep.windows import DayWindow, InstantWindow, SlidingWindow
from riskgw.kernel.times import NS_PER_MS, NS_PER_SECOND

KEY = ("A",)


def test_an_event_exactly_as_old_as_the_window_has_left_it() -> None:
    window = SlidingWindow(Count, 1000)
    window.add(KEY, 0, 1, "first")
    window.add(KEY, NS_PER_SECOND - 1, 1, "second")
    assert window.value(KEY, NS_PER_SECOND - 1) == 2
    assert window.value(KEY, NS_PER_SECOND) == 1
    assert window.evidence(KEY, NS_PER_SECOND).refs == ("second",)


def test_keys_do_not_mix() -> None:
    window = DayWindow(Count)
    window.add(KEY, 0, 1, "a")
    assert window.value(("B",), 0) is None


def test_an_instant_window_knows_the_latest_event_only() -> None:
    window = InstantWindow(Sum)
    window.add(KEY, 0, 5, "a")
    window.add(KEY, 0, 7, "b")
    assert (window.value(KEY, 0), window.evidence(KEY, 0).refs) == (7, ("b",))


def test_evidence_keeps_the_first_and_the_last_and_counts_all() -> None:
    window = DayWindow(Count)
    for number in range(REFS_MAX + 500):
        window.add(KEY, number, 1, str(number))
    evidence = window.evidence(KEY, 0)
    assert evidence.orders == REFS_MAX + 500
    assert len(evidence.refs) == REFS_MAX
    assert (evidence.refs[0], evidence.refs[-2:]) == ("0", ("998", "1499"))


def test_clearing_forgets_everything() -> None:
    for window in (DayWindow(Count), SlidingWindow(Count, 1000), InstantWindow(Count)):
        window.add(KEY, 0, 1, "a")
        window.clear()
        assert not window.value(KEY, 0)


def expected(op: Op, values: list[int]) -> int | None:
    """What an operator means, said the slow way."""
    if op is Op.COUNT:
        return len(values)
    if op is Op.SUM:
        return sum(values)
    if op is Op.DISTINCT:
        return len(set(values))
    if not values:
        return None
    return {Op.LAST: values[-1], Op.MAX: max(values), Op.RANGE: max(values) - min(values)}[op]


@pytest.mark.parametrize("op", list(Op))
@given(events=st.lists(st.tuples(st.integers(-200, 400), st.integers(-5, 5)), max_size=60))
def test_a_sliding_value_is_that_of_the_events_still_inside(
    op: Op, events: list[tuple[int, int]]
) -> None:
    window = SlidingWindow(ACCUMULATORS[op], 1000)
    at_ms, newest_ms, history = 0, 0, []
    for step_ms, value in events:
        at_ms = max(0, at_ms + step_ms)
        newest_ms = max(newest_ms, at_ms)
        history.append((at_ms, value))
        window.add(KEY, at_ms * NS_PER_MS, value, "r")
        history.sort(key=lambda each: each[0])
        inside = [each for then_ms, each in history if then_ms > newest_ms - 1000]
        assert window.value(KEY, at_ms * NS_PER_MS) == expected(op, inside)


def test_what_comes_late_is_counted_where_it_belongs() -> None:
    window = SlidingWindow(Count, 1000)
    for at_ms in (500, 900, 700):
        window.add(KEY, at_ms * NS_PER_MS, 1, str(at_ms))
    assert window.value(KEY, 700 * NS_PER_MS) == 3
    assert window.evidence(KEY, 0).refs == ("500", "700", "900")
    window.add(KEY, 1_600 * NS_PER_MS, 1, "1600")
    assert window.evidence(KEY, window.value(KEY, 1_600 * NS_PER_MS) or 0).refs == (
        "700", "900", "1600",
    )  # fmt: skip
