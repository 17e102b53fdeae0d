"""Which events a value is made of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgw.cep.accumulators import GROWING, SLIDING, Count, Sum
from riskgw.cep.counting import CountWindow
from riskgw.cep.duration import DurationWindow
from riskgw.cep.evidence import REFS_MAX
from riskgw.cep.sliding import EMPTY_NS_MIN, SlidingWindow
from riskgw.cep.spec import Op
from riskgw.cep.windows import DaysWindow, DayWindow, InstantWindow, SessionWindow, Today, Window
from riskgw.kernel.times import NS_PER_MS, NS_PER_SECOND

KEY = ("A",)


def today(day: int) -> Today:
    """Every day is a trading day."""
    return Today(day, lambda count: day - count, dict.clear)


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


def test_a_new_day_forgets_everything() -> None:
    for window in (
        DayWindow(Count),
        SlidingWindow(Count, 1000),
        CountWindow(1000),
        InstantWindow(Count),
    ):
        window.add(KEY, 0, 1, "a")
        window.start_day(today(1))
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
    return {
        Op.FIRST: values[0],
        Op.LAST: values[-1],
        Op.MAX: max(values),
        Op.RANGE: max(values) - min(values),
    }[op]


def _sliding(op: Op | None) -> Window:
    """None is the window that counts are kept in."""
    return CountWindow(1000) if op is None else SlidingWindow(SLIDING[op], 1000)


@pytest.mark.parametrize("op", [*SLIDING, None])
@given(events=st.lists(st.tuples(st.integers(-200, 400), st.integers(-5, 5)), max_size=60))
def test_a_sliding_value_is_that_of_the_events_still_inside(
    op: Op | None, events: list[tuple[int, int]]
) -> None:
    window = _sliding(op)
    at_ms, newest_ms, history = 0, 0, []
    for step_ms, value in events:
        at_ms = max(0, at_ms + step_ms)
        newest_ms = max(newest_ms, at_ms)
        history.append((at_ms, value))
        window.add(KEY, at_ms * NS_PER_MS, value, "r")
        history.sort(key=lambda each: each[0])
        inside = [each for then_ms, each in history if then_ms > newest_ms - 1000]
        assert window.value(KEY, at_ms * NS_PER_MS) == expected(op or Op.COUNT, inside)


@given(
    events=st.lists(st.tuples(st.integers(-200, 400), st.sampled_from("ab")), max_size=120),
    floor=st.integers(1, 40),
)
def test_a_floor_is_reached_when_so_many_are_inside(
    events: list[tuple[int, str]], floor: int
) -> None:
    window, at_ms = CountWindow(1000), 0
    newest_ms, history = dict.fromkeys("ab", 0), []
    for step_ms, key in events:
        at_ms = max(0, at_ms + step_ms)
        newest_ms[key] = max(newest_ms[key], at_ms)
        history.append((at_ms, key))
        inside = [then for then, each in history if each == key and then > newest_ms[key] - 1000]
        is_reached = window.reaches(key, at_ms * NS_PER_MS, "r", floor)
        assert is_reached == (len(inside) >= floor)
        if is_reached:
            assert window.evidence(key, at_ms * NS_PER_MS).orders == len(inside)


def test_what_has_left_a_count_is_not_kept() -> None:
    window = CountWindow(1000)
    for number in range(10_000):
        assert not window.reaches(KEY, number * 100 * NS_PER_MS, "r", 5_000)
        assert len(window._by_key[KEY].times) < 50
    assert window.value(KEY, 0) == 10


@pytest.mark.parametrize("op", [Op.COUNT, None])
def test_what_comes_late_is_counted_where_it_belongs(op: Op | None) -> None:
    window = _sliding(op)
    for at_ms in (500, 900, 700):
        window.add(KEY, at_ms * NS_PER_MS, 1, str(at_ms))
    assert window.value(KEY, 700 * NS_PER_MS) == 3
    assert window.evidence(KEY, 0).refs == ("500", "700", "900")
    window.add(KEY, 1_600 * NS_PER_MS, 1, "1600")
    assert window.evidence(KEY, window.value(KEY, 1_600 * NS_PER_MS) or 0).refs == (
        "700", "900", "1600",
    )  # fmt: skip


@pytest.mark.parametrize("op", list(GROWING))
@given(
    events=st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from(["A", "B"]), st.integers(-5, 5)), max_size=40
    )
)
def test_a_value_of_days_is_that_of_the_last_trading_days(
    op: Op, events: list[tuple[int, str, int]]
) -> None:
    window, day = DaysWindow(GROWING[op], 3), 100
    window.start_day(today(day))
    history: list[tuple[int, str, int]] = []
    for later, key, value in events:
        if later:
            day += later
            window.start_day(today(day))
        history.append((day, key, value))
        window.add((key,), 0, value, "r")
        inside = [each for then, name, each in history if name == key and then > day - 3]
        assert window.value((key,), 0) == expected(op, inside)
        assert window.evidence((key,), 0).orders == len(inside)
        assert window.only((key,)).value((key,), 0) == expected(op, inside)


def test_days_that_are_too_old_cost_nothing_any_more() -> None:
    window = DaysWindow(Count, 2)
    window.start_day(today(1))
    window.add(KEY, 0, 1, "a")
    window.start_day(today(3))
    assert window.value(KEY, 0) is None
    assert window._by_key == {}


def test_when_time_begins_anew_later_days_have_not_been_yet() -> None:
    window = DaysWindow(Count, 5)
    for day in (7, 8, 7):
        window.start_day(today(day))
        window.add(KEY, 0, 1, str(day))
    assert window.value(KEY, 0) == 1


@pytest.mark.parametrize("op", list(GROWING))
@given(events=st.lists(st.tuples(st.integers(0, 4), st.integers(-5, 5)), max_size=40))
def test_a_value_of_a_phase_begins_with_it(op: Op, events: list[tuple[int, int]]) -> None:
    window = SessionWindow(DayWindow(GROWING[op]))
    newest, inside = -1, []
    for began, value in events:
        window.began_ns = began
        window.add(KEY, 0, value, "r")
        if began > newest:
            newest, inside = began, [value]
        elif began == newest:
            inside.append(value)
        is_now = began == newest
        assert window.value(KEY, 0) == (expected(op, inside) if is_now else None)


@given(
    events=st.lists(st.tuples(st.integers(-50, 400), st.booleans()), min_size=1, max_size=40),
    length_ms=st.one_of(st.none(), st.integers(1, 900)),
    after_ms=st.integers(0, 1200),
)
def test_a_duration_is_how_long_the_flag_held(
    events: list[tuple[int, bool]], length_ms: int | None, after_ms: int
) -> None:
    window = DurationWindow(length_ms)
    at_ms = newest_ms = 0
    history: list[tuple[int, bool]] = []
    for step_ms, flag in events:
        at_ms = max(0, at_ms + step_ms)
        newest_ms = max(newest_ms, at_ms)
        history.append((newest_ms, flag))
        window.add(KEY, at_ms * NS_PER_MS, flag, "r")
    now_ms = newest_ms + after_ms
    oldest_ms = -1 if length_ms is None else now_ms - length_ms
    ends = [then for then, _ in history[1:]] + [now_ms]
    held = sum(
        max(0, end - max(since, oldest_ms))
        for (since, flag), end in zip(history, ends, strict=True)
        if flag
    )
    assert window.value(KEY, now_ms * NS_PER_MS) == held * NS_PER_MS
    assert window.only(KEY).value(KEY, now_ms * NS_PER_MS) == held * NS_PER_MS


def test_a_copy_of_a_key_goes_its_own_way() -> None:
    for window in (
        DayWindow(Count),
        SlidingWindow(Count, 1000),
        CountWindow(1000),
        DaysWindow(Count, 2),
    ):
        window.add(KEY, 0, 1, "a")
        copied = window.only(KEY)
        copied.add(KEY, 1, 1, "b")
        assert (window.value(KEY, 1), copied.value(KEY, 1)) == (1, 2)
        assert window.evidence(KEY, 1).refs == ("a",)


def test_what_has_left_a_sliding_window_is_not_kept() -> None:
    window = SlidingWindow(Count, 1000)
    for number in range(10_000):
        window.add(KEY, number * 100 * NS_PER_MS, 1, "r")
        assert window.value(KEY, number * 100 * NS_PER_MS) == min(number + 1, 10)
    assert len(window._by_key[KEY].entries) < 50


def test_a_key_is_let_go_when_its_window_has_been_empty_for_long() -> None:
    for window in (SlidingWindow(Count, 1000), CountWindow(1000), DurationWindow(1000)):
        window.add(KEY, 0, value=False, ref="a")
        window.forget_empty([KEY], EMPTY_NS_MIN)
        assert list(window.held_keys()) == [KEY]
        window.forget_empty([KEY, ("B",)], EMPTY_NS_MIN + NS_PER_SECOND)
        assert list(window.held_keys()) == []
