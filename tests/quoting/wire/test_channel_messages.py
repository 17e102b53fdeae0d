"""What the book decides as FIX messages, and what a channel says as events; prices stay exact."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quoting.domain.digits import DECIMALS_MAX, exact
from quoting.domain.effects import Entry
from quoting.domain.events import Acknowledged, Rejected
from quoting.domain.words import Side
from quoting.wire import channel_messages as words
from quoting.wire.fix import messages as fix

RUN, CHANNEL, PAIR = "1a2-", "CHANNEL1", "USD.CNY"
TERMS = words.Terms(4, lambda at_ns: 20_260_306)


@given(ticks=st.integers(-(10**15), 10**15), decimals=st.integers(0, DECIMALS_MAX))
def test_a_price_that_is_written_is_read_as_the_same_ticks(ticks: int, decimals: int) -> None:
    assert words.ticks(exact(ticks, decimals), decimals) == ticks


@pytest.mark.parametrize(
    ("text", "decimals", "ticks"),
    [
        ("6.4688", 4, 64_688), ("6.46880", 4, 64_688), ("6.46885", 4, None), ("7", 4, 70_000),
        ("1000000.00", 0, 1_000_000), ("0.5", 0, None), (".5", 1, 5), ("-0.5", 1, -5), ("7.", 0, 7),
        ("9999999999999999.99999999999", 11, 999_999_999_999_999_999_999_999_999),
    ],
)  # fmt: skip
def test_only_whole_ticks_are_prices(text: str, decimals: int, ticks: int | None) -> None:
    assert words.ticks(text, decimals) == ticks


def test_a_levels_two_sides_are_one_entry_and_a_size_of_0_withdraws() -> None:
    entries = [
        Entry(Side.ASK, 0, 64_701, 1_000_000),
        Entry(Side.BID, 1, None, 0),
        Entry(Side.BID, 0, 64_688, 1_000_000),
    ]
    (made,) = words.mass_quote("Q1", PAIR, entries, TERMS, 7).sets
    assert (made.set_id, made.entries_in_all) == (PAIR, 2)
    best, tier = made.entries
    assert (best.entry_id, best.bid, best.offer) == ("0", "6.4688", "6.4701")
    assert (best.bid_size, best.offer_size, best.settlement_date) == ("1000000",) * 2 + (20260306,)
    assert (tier.entry_id, tier.bid, tier.bid_size, tier.offer_size) == ("1", None, "0", None)


@pytest.mark.parametrize(
    ("status", "prices", "withdrawal"),
    [
        (0, Acknowledged, Acknowledged), (16, Acknowledged, Rejected), (5, Rejected, Rejected),
        (1, Rejected, Acknowledged), (4, Rejected, Acknowledged), (9, Rejected, Acknowledged),
        (10, type(None), type(None)),
    ],
)  # fmt: skip
def test_a_status_is_read_by_what_it_answers(status: int, prices: type, withdrawal: type) -> None:
    for is_withdrawal, expected in ((False, prices), (True, withdrawal)):
        name = words.quote_id(RUN, 7, is_withdrawal=is_withdrawal)
        found = words.answer(RUN, CHANNEL, fix.MassQuoteAck(status, name))
        assert type(found) is expected
        assert found is None or found.quote == 7


def test_who_refuses_a_part_refuses_it_all() -> None:
    refused = fix.QuoteAckSet(PAIR, 1, (fix.QuoteAckEntry("0", PAIR, 99),))
    name = words.quote_id(RUN, 7, is_withdrawal=False)
    ack = fix.MassQuoteAck(0, name, sets=(refused,))
    assert words.answer(RUN, CHANNEL, ack) == Rejected(CHANNEL, 7, "0")


@pytest.mark.parametrize("name", [None, "", "Q7", "1a3-Q7", "1a2-", "1a2-Q", "1a2-X7", "1a2-Q٧"])
def test_an_answer_to_another_run_is_none(name: str | None) -> None:
    assert words.answer(RUN, CHANNEL, fix.MassQuoteAck(0, name)) is None
