"""A provider that has no price for a pair any more is not quoted from, at once."""

from quoting.domain.events import ProviderDown, Tick
from quoting.domain.words import Quality
from tests.quoting.domain.desk import ASK, BID, PAIR, SIZE, live, two_pairs

GONE = ProviderDown(PAIR, "CMDSB", "BCHO")


def test_what_was_quoted_from_it_alone_is_withdrawn_in_the_same_step() -> None:
    desk = live()
    desk.do(GONE)
    assert desk.peer.held == {}
    assert desk.book.panels[PAIR].market.providers["CMDSB", "BCHO"].quality is Quality.DOWN


def test_another_provider_takes_over_and_its_next_price_brings_it_back() -> None:
    desk = live()
    desk.tick(BID - 2, ASK + 2, "ICBC")
    desk.do(GONE)
    assert desk.held() == BID - 2
    desk.tick(BID, ASK)
    assert desk.held() == BID


def test_other_pairs_and_providers_go_on() -> None:
    desk = two_pairs()
    desk.do(GONE)
    assert {pair for pair, _, _ in desk.peer.held} == {"EUR.USD"}
    desk.do(ProviderDown("EUR.USD", "CMDSB", "nobody"))
    assert len(desk.peer.held) == 8
    desk.do(Tick(PAIR, "CMDSB", "BCHO", ((BID, SIZE),), ((ASK, SIZE),)))
    assert len(desk.peer.held) == 16
