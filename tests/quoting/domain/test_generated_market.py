"""The made-up market is like real ones, and its faults are as their labels say."""

from bisect import bisect
from itertools import islice, pairwise, takewhile

import pytest

from quoting.domain.generated_market import (
    INSTRUMENTS,
    STREAMS,
    GeneratedMarket,
    Instrument,
    Quoted,
)
from quoting.domain.generated_market_faults import PAUSE_NS, Fault, FaultKind, planned, spoiled
from riskgw.kernel.times import NS_PER_MS, NS_PER_SECOND

HOURS_NS = 6 * 3600 * NS_PER_SECOND
START_NS = 1_772_591_400 * NS_PER_SECOND
EUR, JPY = INSTRUMENTS[1], INSTRUMENTS[2]


def quotes(market: GeneratedMarket, end_ns: int) -> list[Quoted]:
    return list(takewhile(lambda each: each.at_ns < end_ns, market.quotes(0)))


def at(values: list[int], per_mille: int) -> int:
    return sorted(values)[len(values) * per_mille // 1000]


def most_within(times: list[int], ns: int) -> int:
    return max(bisect(times, at_ns + ns) - place for place, at_ns in enumerate(times))


@pytest.mark.parametrize(
    ("instrument", "moves_per_mille", "spread_at_most"),
    [(EUR, (6, 14), 40), (JPY, (16, 36), 73)],
)
def test_gaps_moves_spreads_and_bursts_are_those_of_measured_tapes(
    instrument: Instrument, moves_per_mille: tuple[int, int], spread_at_most: int
) -> None:
    heard = quotes(GeneratedMarket(1, (instrument,), STREAMS), HOURS_NS)
    one = [each for each in heard if each.provider == "BCHO"]
    gaps = [later.at_ns - each.at_ns for each, later in pairwise(one)]
    assert 120 < sum(gap > 4 * NS_PER_SECOND for gap in gaps) * 1000 // len(gaps) < 190
    assert 17 * NS_PER_SECOND < at(gaps, 990) < 30 * NS_PER_SECOND
    assert max(gaps) < 160 * NS_PER_SECOND
    times = [each.at_ns for each in one]
    assert 5 <= most_within(times, NS_PER_SECOND) <= 56
    assert 2 <= most_within(times, 100 * NS_PER_MS) <= 16
    moves = [
        abs(later.bids[0][0] + later.asks[0][0] - each.bids[0][0] - each.asks[0][0])
        for each, later in pairwise(one)
    ]
    low, high = moves_per_mille
    assert low <= at(moves, 990) <= high
    spreads = [each.asks[0][0] - each.bids[0][0] for each in heard]
    assert min(spreads) > 0
    assert max(spreads) <= spread_at_most


def test_the_same_seed_is_the_same_market() -> None:
    first, same, other = (
        list(islice(GeneratedMarket(seed).quotes(START_NS), 500)) for seed in (1, 1, 2)
    )
    assert first == same
    assert first != other
    assert [each.at_ns for each in first] == sorted(each.at_ns for each in first)


def test_larger_tiers_are_further_from_the_market() -> None:
    for quoted in islice(GeneratedMarket(1).quotes(0), 2_000):
        bids, asks = [step[0] for step in quoted.bids], [step[0] for step in quoted.asks]
        assert bids == sorted(set(bids), reverse=True)
        assert asks == sorted(set(asks))


def test_a_plan_has_so_many_faults_of_each_kind_one_after_the_other() -> None:
    faults = planned(1, ["USD.CNY"], ["CMDSB:BCHO", "REUTERS:RTRS"], dict.fromkeys(FaultKind, 9))
    for kind in FaultKind:
        assert sum(each.kind is kind for each in faults) == 9
    for each, later in pairwise(faults):
        assert each.to_ns + PAUSE_NS <= later.from_ns
    assert {each.provider for each in faults if each.kind is FaultKind.GAP} <= {"CMDSB", "REUTERS"}
    only = planned(1, ["USD.CNY"], ["A:B"], {FaultKind.SPIKE: 2, FaultKind.GAP: 0})
    assert [each.kind for each in only] == [FaultKind.SPIKE] * 2


def faulty(kind: FaultKind, amount: int = 0) -> list[Quoted]:
    """What BCHO says of one pair with one fault from 60 s to 90 s."""
    provider = "CMDSB" if kind is FaultKind.GAP else "CMDSB:BCHO"
    pair = "" if kind is FaultKind.GAP else EUR.pair
    fault = Fault(kind, pair, provider, 60 * NS_PER_SECOND, 90 * NS_PER_SECOND, amount)
    market = GeneratedMarket(1, (EUR,), STREAMS, (fault,), rate=5)
    heard = quotes(market, 120 * NS_PER_SECOND)
    assert all(each.fault is None for each in heard if each.provider == "RTRS")
    return [each for each in heard if each.provider == "BCHO"]


def during(heard: list[Quoted]) -> list[Quoted]:
    return [each for each in heard if 60 <= each.at_ns / NS_PER_SECOND < 90]


@pytest.mark.parametrize("kind", FaultKind)
def test_a_fault_is_where_its_label_says_and_nowhere_else(kind: FaultKind) -> None:
    heard = faulty(kind, 150)
    assert [each for each in heard if each.fault] == during(heard)
    # It begins and ends with a price.
    times = {each.at_ns for each in heard}
    assert 90 * NS_PER_SECOND in times
    assert (60 * NS_PER_SECOND in times) is (kind is not FaultKind.GAP)


def test_each_fault_is_what_its_name_says() -> None:
    for each in during(faulty(FaultKind.CROSSED, 3)):
        assert each.asks[0][0] == each.bids[0][0] - 3
    for each in during(faulty(FaultKind.DECIMAL)):
        assert each.bids[0][0] > 9 * EUR.mid
    assert len(during(faulty(FaultKind.SPIKE, 150))) == 1
    for each in during(faulty(FaultKind.DISAGREEMENT, 150)):
        assert 100 < (each.bids[0][0] + each.asks[0][0] - each.twice_mid) // 2 < 200
    frozen = during(faulty(FaultKind.FREEZE))
    assert len(frozen) > 3
    assert len({(each.bids, each.asks) for each in frozen}) == 1
    assert during(faulty(FaultKind.GAP)) == []


def test_faults_without_prices_of_their_own_leave_prices_as_they_are() -> None:
    bids, asks = ((1, 1),), ((2, 1),)
    for kind in (FaultKind.GAP, FaultKind.FREEZE):
        assert spoiled(bids, asks, Fault(kind, "", "A", 0, 1)) == (bids, asks)
