"""Thresholds of hosts: the most specific, for long enough, with a value at which it is over."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.domain.host_metrics import Metric
from monitoring.domain.host_sample import Place
from monitoring.domain.host_series import bucket_ns, step_for, thinned
from monitoring.domain.host_watch import LimitBook, Limits, judged, worst
from monitoring.domain.ladder import AT_EASE, GAP_NS_MAX, Ladder, Standing, climbed
from riskgw.cep.spec import Cmp
from riskgw.kernel.words import Level

SECOND = 10**9
CPU = Limits(1, "cpu_percent", warn=Decimal(80), limit=Decimal(90), clear=Decimal(70))


def course(limits: Limits, *values: float, every_seconds: int = 5) -> list[Level | None]:
    """What each of these samples, one after the other, raises."""
    standing, found = AT_EASE, []
    for place, value in enumerate(values):
        after = judged(limits, standing, value, (place + 1) * every_seconds * SECOND)
        standing = after.standing
        found.append(after.risen)
    return found


@pytest.mark.parametrize(
    ("value", "level"),
    [(79.99, None), (80.0, Level.WARN), (89.99, Level.WARN), (90.0, Level.LIMIT)],
)
def test_a_level_is_reached_at_its_threshold(value: float, level: Level | None) -> None:
    assert course(CPU, value) == [level]


def test_a_level_is_told_once_and_a_higher_one_again() -> None:
    assert course(CPU, 85, 86, 95, 85, 96) == [Level.WARN, None, Level.LIMIT, None, None]


def test_an_episode_ends_beyond_the_value_at_which_it_clears_and_not_before() -> None:
    assert course(CPU, 85, 75, 85) == [Level.WARN, None, None]
    assert course(CPU, 85, 70, 85) == [Level.WARN, None, None]
    assert course(CPU, 85, 69.9, 85) == [Level.WARN, None, Level.WARN]


def test_the_next_episode_has_the_next_number() -> None:
    first = judged(CPU, AT_EASE, 85, SECOND).standing
    over = judged(CPU, first, 10, 2 * SECOND)
    assert over.has_ended
    assert judged(CPU, over.standing, 85, 3 * SECOND).standing.episode == first.episode + 1


def test_a_level_must_hold_in_every_sample_for_its_time() -> None:
    limits = Limits(1, "cpu_percent", warn=Decimal(80), for_ns=10 * SECOND)
    assert course(limits, 85, 85, 85) == [None, None, Level.WARN]
    assert course(limits, 85, 79, 85, 85) == [None, None, None, None]


def test_what_was_in_a_gap_nobody_knows() -> None:
    limits = Limits(1, "cpu_percent", warn=Decimal(80), for_ns=10 * SECOND)
    begun = judged(limits, AT_EASE, 85, SECOND).standing
    assert judged(limits, begun, 85, SECOND + GAP_NS_MAX).risen is Level.WARN
    assert judged(limits, begun, 85, SECOND + GAP_NS_MAX + 1).risen is None


@pytest.mark.parametrize(
    ("cmp", "bad", "held", "over"),
    [(Cmp.GE, 10, 8, 7), (Cmp.GT, 11, 9, 8), (Cmp.LE, 10, 12, 13), (Cmp.LT, 9, 11, 12)],
)
def test_where_an_episode_ends_lies_on_the_good_side(
    cmp: Cmp, bad: int, held: int, over: int
) -> None:
    away = 8 if cmp in (Cmp.GE, Cmp.GT) else 12
    ladder = Ladder(cmp, (Decimal(10), None), Decimal(away))
    assert ladder.may_clear
    risen = climbed(ladder, AT_EASE, bad, SECOND)
    assert risen.risen is Level.WARN
    assert not climbed(ladder, risen.standing, held, 2 * SECOND).has_ended
    assert climbed(ladder, risen.standing, over, 2 * SECOND).has_ended


def test_an_end_beyond_the_threshold_would_end_and_begin_it_with_each_sample() -> None:
    assert not Ladder(Cmp.GE, (Decimal(10), Decimal(20)), Decimal(11)).may_clear
    assert not Ladder(Cmp.LT, (Decimal(10), Decimal(5)), Decimal(9)).may_clear
    assert Ladder(Cmp.LT, (None, Decimal(5)), Decimal(5)).may_clear
    assert Ladder(Cmp.GE, (None, None), Decimal(5)).may_clear


def test_a_sample_that_is_older_than_the_last_one_says_nothing() -> None:
    standing = Standing(at_ns=10 * SECOND)
    assert judged(CPU, standing, 99, 10 * SECOND).standing is standing


def test_fewer_processes_than_wanted_are_bad_and_as_many_are_good() -> None:
    limits = Limits(1, "process_running", subject="nginx", warn=Decimal(1))
    assert course(limits, 1, 0, 0, 1, 0) == [None, Level.WARN, None, None, Level.WARN]


def test_a_clock_is_off_to_either_side() -> None:
    limits = Limits(1, "clock_offset_ms", warn=Decimal(100))
    assert course(limits, -100) == [Level.WARN]
    assert course(limits, 99.9) == [None]


def test_the_most_specific_threshold_wins() -> None:
    rows = [
        Limits(1, "disk_percent"),
        Limits(2, "disk_percent", subject="/var"),
        Limits(3, "disk_percent", host="db1"),
        Limits(4, "disk_percent", host="db1", subject="/var"),
    ]
    book = LimitBook.of(rows)
    expected = {("db1", "/var"): 4, ("db1", "/"): 3, ("db2", "/var"): 2, ("db2", "/"): 1}
    for (host, mount), number in expected.items():
        found = book.limits(host, Place("disk_percent", mount))
        assert found is not None
        assert found.id == number
    assert book.limits("db1", Place("cpu_percent", "")) is None


def test_agents_watch_the_processes_that_thresholds_name() -> None:
    book = LimitBook.of([
        Limits(1, "process_running", subject="nginx"),
        Limits(2, "process_cpu_percent", host="db1", subject="postgres"),
        Limits(3, "disk_percent", subject="/var"),
    ])  # fmt: skip
    metrics = (Metric.PROCESS, Metric.PROCESS_CPU)
    assert book.subjects("web1", metrics) == ["nginx"]
    assert book.subjects("db1", metrics) == ["nginx", "postgres"]


@given(st.lists(st.floats(0, 100), max_size=40))
def test_levels_only_rise_within_an_episode(values: list[float]) -> None:
    standing = AT_EASE
    told: list[Level] = []
    for place, value in enumerate(values):
        after = judged(CPU, standing, value, (place + 1) * SECOND)
        if after.has_ended:
            assert value < 70
            told = []
        if after.risen is not None:
            told.append(after.risen)
        assert told in ([], [Level.WARN], [Level.LIMIT], [Level.WARN, Level.LIMIT])
        standing = after.standing


def test_the_worst_of_a_metric_is_that_of_its_fullest_subject() -> None:
    values = {"disk_percent /": 10.0, "disk_percent /var": 91.0, "disk_percent /x": None}
    assert worst(values, Metric.DISK) == 91.0
    assert worst({}, Metric.DISK) is None


def test_a_minute_keeps_mean_and_high_of_what_is_known() -> None:
    means, highs = thinned([[1.0, None], [2.0, None], [6.0, 5.0]])
    assert means == [3.0, 5.0]
    assert highs == [6.0, 5.0]
    assert thinned([[None], [None]]) == ([None], [None])


def test_longer_plots_are_coarser() -> None:
    assert [step_for(hours * 3600) for hours in (1, 2, 3, 25, 26)] == [0, 0, 60, 60, 3600]
    assert bucket_ns(61 * SECOND + 5, 60) == 60 * SECOND


def test_a_figure_is_held_against_its_threshold_as_both_are_written() -> None:
    """The float nearest to 80.1 is a little less than that."""
    limits = Limits(1, "disk_percent", warn=Decimal("80.1"))
    assert course(limits, 80.0) == [None]
    assert course(limits, 80.1) == [Level.WARN]
