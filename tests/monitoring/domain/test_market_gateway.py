"""Which source is in use, and what is given on."""

from monitoring.domain.market_gateway import SILENT_NS, STEADY_NS, MarketGateway
from riskgw.kernel.times import NS_PER_SECOND
from tests.market import snapshot
from tests.rules import OPEN_NS

FIRST, SECOND = "tcp://first", "tcp://second"
LATER = OPEN_NS + 1
NOW = 1_000 * NS_PER_SECOND


def gateway() -> MarketGateway:
    """Both sources speak, and have for long."""
    market = MarketGateway([FIRST, SECOND])
    market.alive(FIRST, NOW)
    market.alive(SECOND, NOW)
    return market


def test_of_each_contract_only_the_newest_is_given_on_the_earliest_first() -> None:
    market = gateway()
    for each in (snapshot(), snapshot(symbol="600001"), snapshot(ns=LATER), snapshot()):
        market.hear(FIRST, each, NOW)
    assert market.batch(NOW) == [snapshot(symbol="600001"), snapshot(ns=LATER)]
    assert market.batch(NOW) == []
    assert market.source(FIRST).refused == 1


def test_the_backup_steps_in_at_once_with_all_it_knows_better() -> None:
    market = gateway()
    market.hear(FIRST, snapshot(), NOW)
    market.hear(SECOND, snapshot(ns=LATER), NOW)
    market.hear(SECOND, snapshot(symbol="600001"), NOW)
    assert market.batch(NOW) == [snapshot()]
    market.gone(FIRST, "closed")
    assert market.batch(NOW) == [snapshot(symbol="600001"), snapshot(ns=LATER)]
    assert (market.in_use, market.switches) == (SECOND, 1)


def test_a_silent_source_is_as_good_as_gone() -> None:
    market = gateway()
    market.alive(SECOND, NOW + SILENT_NS)
    market.batch(NOW + SILENT_NS)
    assert market.in_use == FIRST
    market.batch(NOW + SILENT_NS + 1)
    assert market.in_use == SECOND


def test_the_primary_takes_back_when_it_has_been_steady_and_nothing_is_given_twice() -> None:
    market = gateway()
    market.gone(FIRST, "closed")
    market.hear(SECOND, snapshot(ns=LATER), NOW)
    assert market.batch(NOW) == [snapshot(ns=LATER)]
    back = NOW + NS_PER_SECOND
    market.hear(FIRST, snapshot(), back)
    at_ns = back
    while at_ns < back + STEADY_NS:
        assert market.batch(at_ns) == []
        assert market.in_use == SECOND
        at_ns += NS_PER_SECOND
        market.alive(FIRST, at_ns)
        market.alive(SECOND, at_ns)
    assert market.batch(at_ns) == []
    assert market.in_use == FIRST


def test_nobody_speaks_and_it_shows() -> None:
    market = MarketGateway([FIRST])
    assert market.batch(NOW) == []
    shown = market.figures(NOW, OPEN_NS)
    assert (shown["is_stale"], shown["age_ms"], shown["sources"][0]["state"]) == (
        True,
        None,
        "down",
    )
    market.hear(FIRST, snapshot(), NOW)
    shown = market.figures(NOW, OPEN_NS + 2 * NS_PER_SECOND)
    assert (shown["is_stale"], shown["age_ms"], shown["symbols"]) == (False, 2_000, 1)


def test_another_capture_may_be_of_an_earlier_time() -> None:
    market = gateway()
    market.hear(FIRST, snapshot(ns=LATER), NOW)
    market.batch(NOW)
    market.begin_anew(FIRST)
    market.hear(FIRST, snapshot(), NOW)
    assert market.batch(NOW) == [snapshot()]
