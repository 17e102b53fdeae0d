"""A market CSV: its snapshots, and a name for everything that is none."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgw.messages.market import (
    COLUMNS,
    LINE_CHARS_MAX,
    MarketCsv,
    MarketDataError,
    MarketFault,
    Snapshot,
    line_ns,
    market_csv,
)
from tests.market import HEADER, line
from tests.rules import OPEN_NS


def read(*lines: str) -> list[Snapshot | MarketDataError]:
    return list(market_csv([HEADER, *lines]))


def fault(text: str) -> MarketFault:
    (found,) = read(text)
    assert isinstance(found, MarketDataError)
    return found.fault


def test_a_line_is_a_snapshot_of_scaled_integers() -> None:
    assert read(line(last="10.5", volume="1000.5")) == [
        Snapshot(
            ns=OPEN_NS,
            exchange="SSE",
            symbol="600000",
            last=1_050_000,
            volume=1_000_500,
            turnover=1_000_000_000,
            high_limit=1_100_000,
            low_limit=900_000,
            previous_close=1_000_000,
            bids=((999_000, 100_000),),
            asks=((1_001_000, 200_000),),
        )
    ]


def test_what_is_left_out_is_unknown() -> None:
    (found,) = read(line(last="", volume="", bid1="", bid_qty1="0"))
    assert isinstance(found, Snapshot)
    assert (found.last, found.volume, found.bids) == (None, None, ())


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"last": "nan"}, MarketFault.NOT_FINITE),
        ({"last": "-Infinity"}, MarketFault.NOT_FINITE),
        ({"bid_qty1": "-1"}, MarketFault.NEGATIVE),
        ({"last": "1e3"}, MarketFault.NOT_A_NUMBER),
        ({"last": "10.000001"}, MarketFault.NOT_A_NUMBER),
        ({"last": "٣"}, MarketFault.NOT_A_NUMBER),
        ({"volume": "9" * 25}, MarketFault.OUT_OF_RANGE),
        ({"ns": "soon"}, MarketFault.NOT_A_NUMBER),
        ({"ns": "9" * 20}, MarketFault.NOT_A_NUMBER),
        ({"symbol": ""}, MarketFault.BAD_NAME),
        ({"symbol": "6" * 21}, MarketFault.BAD_NAME),
        ({"bid2": "9.99", "bid_qty2": "1"}, MarketFault.BAD_LEVELS),
        ({"ask2": "10.00", "ask_qty2": "1"}, MarketFault.BAD_LEVELS),
        ({"halted": "no"}, MarketFault.NOT_A_NUMBER),
    ],
)
def test_what_is_no_market_data_has_a_name(changes: dict[str, str], wanted: MarketFault) -> None:
    assert fault(line(**changes)) is wanted


def test_a_line_that_is_cut_is_no_snapshot_wherever_it_is_cut() -> None:
    whole = line()
    for size in range(1, len(whole)):
        assert fault(whole[:size]) is MarketFault.TRUNCATED
    assert fault("9," * LINE_CHARS_MAX) is MarketFault.TOO_LONG


def test_another_header_is_no_market_data() -> None:
    for header in ("", "ns,symbol\n", HEADER.replace("bid1", "bid")):
        with pytest.raises(MarketDataError) as raised:
            list(market_csv([header] if header else []))
        assert raised.value.fault is MarketFault.BAD_HEADER


def test_time_goes_forward_for_every_symbol_and_a_bad_line_costs_only_itself() -> None:
    lines = [
        line(), line(), line(ns=str(OPEN_NS - 1)), line(symbol="600001"),
        line(ns=str(OPEN_NS + 1), last="x"), line(ns=str(OPEN_NS + 1)),
    ]  # fmt: skip
    found = read(*lines)
    faults = [each.fault if isinstance(each, MarketDataError) else None for each in found]
    assert faults == [
        None, MarketFault.DUPLICATE_TIME, MarketFault.BACKWARD_TIME, None,
        MarketFault.NOT_A_NUMBER, None,
    ]  # fmt: skip
    assert "line 3" in str(found[1])


@given(st.lists(st.text(alphabet="0123456789.,-neE\n", max_size=8), max_size=len(COLUMNS) + 2))
def test_no_text_does_more_harm_than_to_be_refused(cells: list[str]) -> None:
    text = ",".join(cells) + "\n"
    with suppress(MarketDataError):
        assert MarketCsv(HEADER).read(text).ns == line_ns(text)
