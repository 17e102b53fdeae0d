"""Tapes."""

import json
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quoting.domain.events import ProviderDown, Tick
from quoting.domain.generated_market import INSTRUMENTS, GeneratedMarket
from quoting.domain.generated_market_faults import Fault, FaultKind
from quoting.domain.source_settings import SourcePair
from quoting.wire.sources.problems import Problem, Trouble
from quoting.wire.sources.tape import HEADER, Row, rows
from quoting.wire.sources.tape_writing import labels, tape
from tests.quoting.wire.sources.words import CNY

PAIRS = (SourcePair(CNY, 4),)
M = 1_000_000


def test_rows_are_prices_with_or_without_sizes_header_and_provider() -> None:
    lines = [
        "ns,source,pair,bid,ask\n", "1,CMDSB,USD.CNY,6.4688,6.4701\n", "\n",
        "2, CMDSB:BCHO , USD.CNY,6.469,6.47,1000000,5000000\r\n",
    ]  # fmt: skip
    assert list(rows(lines, PAIRS)) == [
        Row(1, [Tick(CNY, "CMDSB", "CMDSB", ((64_688, 0),), ((64_701, 0),))]),
        Row(2, [Tick(CNY, "CMDSB", "BCHO", ((64_690, M),), ((64_700, 5 * M),))]),
    ]


def test_a_row_may_quote_one_side_or_none() -> None:
    (one, none) = rows(["1,A,USD.CNY,,6.4701", "2,A,USD.CNY,,"], PAIRS)
    assert one == Row(1, [Tick(CNY, "A", "A", (), ((64_701, 0),))])
    assert none == Row(2, [ProviderDown(CNY, "A", "A")])


@pytest.mark.parametrize(
    ("line", "trouble"),
    [("1,A,USD.CNY,6.4", Trouble.UNREADABLE), ("1,A,USD.CNY,1,2,3,4,5", Trouble.UNREADABLE),
     ("x,A,USD.CNY,1,2", Trouble.NO_TIME), ("-1,A,USD.CNY,1,2", Trouble.NO_TIME),
     ("1,A,EUR.USD,1,2", Trouble.UNKNOWN_SYMBOL), ("1,,USD.CNY,1,2", Trouble.UNREADABLE),
     ("1,A,USD.CNY," + "1" * 1_100 + ",2", Trouble.UNREADABLE)],
)  # fmt: skip
def test_a_row_that_is_none_is_named_with_its_number(line: str, trouble: Trouble) -> None:
    (found,) = rows([line], PAIRS)
    assert isinstance(found, Problem)
    assert found.trouble is trouble
    assert found.text.startswith("row 1: ")


def test_a_price_between_two_ticks_takes_the_one_before_away() -> None:
    (row,) = rows(["1,A:B,USD.CNY,6.46885,6.4701"], PAIRS)
    assert isinstance(row, Row)
    wrong, down = row.said
    assert isinstance(wrong, Problem)
    assert wrong.trouble is Trouble.OFF_GRID
    assert down == ProviderDown(CNY, "A", "B")


@given(st.lists(st.text(alphabet="0123456789.,:AUSDCNY-e\x00 \n", max_size=60)))
def test_whatever_a_row_is_it_is_read_or_named(lines: list[str]) -> None:
    for found in rows(lines, PAIRS):
        assert isinstance(found, Row | Problem)


def test_a_made_up_market_reads_as_it_was_written() -> None:
    decimals = {each.pair: each.decimals for each in INSTRUMENTS}
    pairs = [SourcePair(pair, digits) for pair, digits in decimals.items()]
    quotes = list(islice(GeneratedMarket(5).quotes(1_000), 200))
    lines = list(tape(quotes, decimals))
    assert lines[0] == HEADER + "\n"
    read = list(rows(lines, pairs))
    for quoted, row in zip(quotes, read, strict=True):
        names = quoted.pair, quoted.source, quoted.provider
        assert row == Row(quoted.at_ns, [Tick(*names, quoted.bids[:1], quoted.asks[:1])])


def test_labels_name_the_faults_that_begin_on_the_tape() -> None:
    faults = [
        Fault(FaultKind.SPIKE, CNY, "A:B", 5, 9, 100), Fault(FaultKind.GAP, "", "A", 50, 60)
    ]  # fmt: skip
    assert json.loads(labels(faults, 1_000, 1_050)) == [
        {"fault": "spike", "pair": CNY, "provider": "A:B", "from_ns": 1_005, "to_ns": 1_009}
    ]
