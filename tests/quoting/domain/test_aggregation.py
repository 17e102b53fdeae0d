"""One price out of several providers'."""

from quoting.domain.aggregation import Algorithm, Composite, Primary, composite
from quoting.domain.sources import Prices, Provider, Steps
from quoting.domain.words import Reason


def provider(name: str, bids: Steps, asks: Steps) -> Provider:
    return Provider("CMDSB", name, prices=Prices(bids, asks))


A = provider("A", ((100, 5),), ((104, 1),))
B = provider("B", ((101, 1), (99, 9)), ((105, 3),))
C = provider("C", ((98, 2),), ((103, 2), (107, 8)))


def of(algorithm: Algorithm, *good: Provider, size: int = 1) -> Composite:
    return composite(algorithm, good, size)


def test_best_is_the_highest_bid_and_the_lowest_ask_whose_ever_they_are() -> None:
    assert of(Algorithm.BEST, A, B, C) == Composite(101, 103, "B", "C")
    assert of(Algorithm.BEST, A, B) == Composite(101, 104, "B", "A")


def test_of_equal_prices_the_first_providers_counts() -> None:
    twin = provider("D", ((101, 1),), ((105, 1),))
    assert of(Algorithm.BEST, B, twin).bid_provider == "B"
    assert of(Algorithm.BEST, twin, B).bid_provider == "D"


def test_without_good_providers_there_is_no_price() -> None:
    for algorithm in Algorithm:
        assert of(algorithm) == Composite(None, None, reason=Reason.NO_SOURCE)


def test_vwap_is_what_the_whole_size_costs_rounded_against_us_never() -> None:
    assert of(Algorithm.VWAP, A, B, C, size=1)[:2] == (101, 103)
    # Bids 101, then 5 at 100: 3 of them cost 301, a mean of 100 1/3; asks 2 at 103, 1 at 104.
    assert of(Algorithm.VWAP, A, B, C, size=3)[:2] == (100, 104)
    assert of(Algorithm.VWAP, A, B, C, size=2)[:2] == (100, 103)


def test_vwap_of_more_than_there_is_has_no_price() -> None:
    assert of(Algorithm.VWAP, A, B, C, size=14).bid == 99
    assert of(Algorithm.VWAP, A, B, C, size=15).reason is Reason.NO_DEPTH
    assert of(Algorithm.VWAP, A, B, C, size=17) == Composite(None, None, reason=Reason.NO_DEPTH)


def test_a_source_that_tells_no_sizes_stands_for_any() -> None:
    endless = provider("E", ((90, 0),), ((110, 0),))
    assert of(Algorithm.VWAP, endless, size=10**9)[:2] == (90, 110)


def test_a_weighted_mid_leans_away_from_the_larger_side() -> None:
    # (100 * 1 + 104 * 5) / 6 = 103 1/3
    assert of(Algorithm.WEIGHTED_MID, A)[:2] == (103, 104)
    even = provider("D", ((100, 2),), ((104, 2),))
    assert of(Algorithm.WEIGHTED_MID, even)[:2] == (102, 102)


def test_a_median_mid_is_the_middle_providers() -> None:
    # twice the mids: 204, 206, 201
    assert of(Algorithm.MEDIAN_MID, A, B, C)[:2] == (102, 102)
    assert of(Algorithm.MEDIAN_MID, A, B)[:2] == (102, 103)
    assert of(Algorithm.MEDIAN_MID, C)[:2] == (100, 101)


def test_the_backup_steps_in_at_once_and_the_primary_comes_back_after_a_while() -> None:
    primary, ranks = Primary(), ("CMDSB:A", "CMDSB:B")

    def chosen(good: list[Provider], at_ns: int) -> list[str]:
        return [each.name for each in primary.choose(good, ranks, 10, at_ns)]

    assert chosen([A, B, C], 0) == ["A"]
    assert chosen([B, C], 1) == ["B"]
    assert chosen([A, B], 5) == ["B"]
    assert primary.next_ns(ranks, 10) == 15
    assert chosen([B], 9) == ["B"]  # it went again
    assert chosen([A, B], 10) == ["B"]
    assert chosen([A, B], 19) == ["B"]
    assert chosen([A, B], 20) == ["A"]
    assert chosen([C], 21) == []
