"""How much a watermark leaves open."""

from capture.domain.lag import LAG_NS_MAX, LAG_NS_MIN, SPAN_NS, Lag
from riskgw.kernel.times import NS_PER_MS

AT = 100 * SPAN_NS


def test_without_events_it_is_the_least() -> None:
    assert Lag().ns == LAG_NS_MIN


def test_it_is_the_longest_seen() -> None:
    lag = Lag()
    lag.seen(AT, AT - 30 * NS_PER_MS)
    lag.seen(AT, AT - 10 * NS_PER_MS)
    assert lag.ns == 30 * NS_PER_MS


def test_a_time_ahead_of_the_capture_leaves_nothing_open() -> None:
    lag = Lag()
    lag.seen(AT, AT + 30 * NS_PER_MS)
    assert lag.ns == LAG_NS_MIN


def test_it_is_bounded() -> None:
    lag = Lag()
    lag.seen(AT, AT - 4 * LAG_NS_MAX)
    assert lag.ns == LAG_NS_MAX


def test_an_outlier_is_forgotten_after_two_spans() -> None:
    lag = Lag()
    lag.seen(AT, AT - 30 * NS_PER_MS)
    lag.seen(AT + SPAN_NS, AT + SPAN_NS)
    assert lag.ns == 30 * NS_PER_MS
    lag.seen(AT + 2 * SPAN_NS, AT + 2 * SPAN_NS)
    assert lag.ns == LAG_NS_MIN
