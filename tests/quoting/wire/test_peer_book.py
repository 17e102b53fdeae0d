"""What a counterparty has is what came to it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quoting.domain.words import Side
from quoting.wire.fix import messages as fix
from quoting.wire.peer_book import ACCEPTED, OFFERS_MAX, REJECTED, Key, Offer, PeerBook
from quoting.wire.peer_dealer import Pace, PeerDealer
from riskgw.kernel.times import NS_PER_SECOND

CNY, EUR = "USD.CNY", "EUR.USD"
MINUTE_NS = 60 * NS_PER_SECOND


def entry(level: str = "0", pair: str = CNY, **fields: Any) -> fix.QuoteEntry:
    full = {"bid": "6.4688", "offer": "6.4701", "bid_size": "1000000", "offer_size": "1000000"}
    return fix.QuoteEntry(level, pair, **{**full, **fields})


def quote(*entries: fix.QuoteEntry, name: str = "Q1") -> fix.MassQuote:
    return fix.MassQuote(name, 2, (fix.QuoteSet(CNY, len(entries), entries),))


def quoted(*entries: fix.QuoteEntry) -> PeerBook:
    book = PeerBook()
    answer = book.take(quote(*entries))
    assert answer is not None
    assert answer.status == ACCEPTED
    return book


def test_a_quote_stands_and_is_confirmed() -> None:
    book = PeerBook()
    assert book.take(quote(entry())) == fix.MassQuoteAck(0, "Q1")
    assert book.held == {
        Key(CNY, Side.BID, 0): Offer("6.4688", "1000000", "Q1"),
        Key(CNY, Side.ASK, 0): Offer("6.4701", "1000000", "Q1"),
    }
    assert [json.loads(line)["side"] for line in book.lines()] == ["bid", "ask"]


def test_a_size_of_nothing_withdraws_its_side_and_a_missing_one_says_nothing() -> None:
    book = quoted(entry())
    book.take(quote(entry(bid=None, bid_size="0", offer=None, offer_size=None), name="C1"))
    assert set(book.held) == {Key(CNY, Side.ASK, 0)}
    assert (book.quotes, book.withdrawals) == (2, 1)


def test_pairs_are_cancelled_by_name_and_everything_at_once() -> None:
    book = quoted(entry(), entry("1"), entry(pair=EUR))
    named = (fix.CancelledPair(CNY),)
    assert book.take(fix.QuoteCancel("C1", "1", pairs=named)) == fix.MassQuoteAck(0, "C1")
    assert {key.pair for key in book.held} == {EUR}
    assert book.take(fix.QuoteCancel("C2", "4")) == fix.MassQuoteAck(0, "C2")
    assert book.held == {}


@pytest.mark.parametrize(
    "bad",
    [entry("x"), entry("12345"), entry(bid=None), entry(bid="0"), entry(bid="-1"),
     entry(bid_size=None), entry(offer_size="-5"), entry(bid="1e5")],
)  # fmt: skip
def test_a_quote_with_something_unreadable_changes_nothing(bad: fix.QuoteEntry) -> None:
    book = quoted(entry("1"))
    before = dict(book.held)
    answer = book.take(quote(entry(), bad, name="Q2"))
    assert answer is not None
    assert answer.status == REJECTED
    assert book.held == before


def test_the_screen_is_limited_and_unknown_cancels_are_refused() -> None:
    book = quoted()
    many = (entry(str(level), f"P{pair}") for pair in range(2) for level in range(OFFERS_MAX // 2))
    for answer in (book.take(quote(*many)), book.take(fix.QuoteCancel("C1", "2"))):
        assert answer is not None
        assert answer.status == REJECTED
    assert book.take(fix.QuoteRequest("R1", (fix.RequestedPair(CNY),))) is None


numbers = st.none() | st.sampled_from(("0", "0.00", "1", "6.4688", "-1", "x", "", "1000000"))
entries = st.builds(
    fix.QuoteEntry, st.sampled_from(("0", "1", "x", "")), st.sampled_from((CNY, EUR)), numbers,
    numbers, numbers, numbers,
)  # fmt: skip
messages = st.one_of(
    st.lists(entries, max_size=4).map(lambda each: quote(*each)),
    st.builds(
        fix.QuoteCancel, st.just("C"), st.sampled_from("1234"),
        pairs=st.just((fix.CancelledPair(CNY),)),
    ),
)  # fmt: skip


@given(st.lists(messages, max_size=12))
def test_whatever_comes_is_answered_and_only_prices_stand(
    told: list[fix.MassQuote | fix.QuoteCancel],
) -> None:
    book = PeerBook()
    for message in told:
        answer = book.take(message)
        assert answer is not None
        assert answer.quote_id == message.quote_id
    for offer in book.held.values():
        assert float(offer.price) > 0
        assert float(offer.size) > 0


def done(dealer: PeerDealer, book: PeerBook, minutes: int) -> list[fix.BusinessMessage]:
    return [
        message
        for second in range(minutes * 60)
        for message in dealer.due(book, second * NS_PER_SECOND)
    ]


def test_a_dealer_asks_and_deals_at_its_pace_on_what_stands() -> None:
    book = quoted(entry(), entry("1", bid="6.4680", bid_size="200000"))
    told = done(PeerDealer(1, "P", Pace(6)), book, 60)
    assert 240 < len(told) < 480
    assert told == done(PeerDealer(1, "P", Pace(6)), book, 60)
    deals = [each for each in told if isinstance(each, fix.NewOrderSingle)]
    assert len({each.order_id for each in deals}) == len(deals) > 100
    for deal in deals:
        side = Side.ASK if deal.side == fix.BUY else Side.BID
        offer = book.held[Key(CNY, side, int(deal.entry_id or ""))]
        assert (deal.price, deal.quote_id) == (offer.price, offer.quote_id)
        assert 0 < int(deal.size or "") <= int(offer.size)
    assert any(isinstance(each, fix.QuoteRequest) for each in told)


def test_a_dealer_does_nothing_without_prices_or_beyond_its_bounds() -> None:
    assert done(PeerDealer(1, "P", Pace(60)), PeerBook(), 5) == []
    assert done(PeerDealer(1, "P", Pace(0)), quoted(entry()), 5) == []
    told = done(PeerDealer(1, "P", Pace(60, deals_max=3)), quoted(entry()), 20)
    assert sum(isinstance(each, fix.NewOrderSingle) for each in told) == 3


def test_a_price_that_was_asked_for_is_dealt_on_once() -> None:
    dealer = PeerDealer(1, "P", Pace(60))
    told = done(dealer, quoted(entry()), 2)
    name = [each for each in told if isinstance(each, fix.QuoteRequest)][-1].request_id
    answer = fix.Quote("S1", CNY, name, "6.4688", "6.4701", "500000", "500000")
    (deal,) = dealer.heard(answer, 0)
    assert isinstance(deal, fix.NewOrderSingle)
    assert (deal.quote_id, deal.size) == ("S1", "500000")
    assert dealer.heard(answer, 0) == []
    report = fix.ExecutionReport("V", "X", "F", "2", CNY, "1", "0", "1", "6.47")
    dealer.heard(report, 0)
    dealer.heard(report._replace(execution_type="8"), 0)
    assert (dealer.done, dealer.refused) == (1, 1)
