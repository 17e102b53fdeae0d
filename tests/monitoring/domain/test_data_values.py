"""Cells of data files as values: amounts stay exact, and what could mean two things is refused."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.domain.data_mapping import Column, FileFault, FileFaulty, made, places, words_of
from monitoring.domain.data_values import CellFault, CellFaulty, Failed, Kind, Nested, value_of

CELLS = st.one_of(
    st.none(), st.booleans(), st.text(max_size=60), st.integers(), st.decimals(), st.dates(),
    st.datetimes(), st.times(), st.builds(Nested), st.builds(Failed, st.text(max_size=8)),
)  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        (Kind.DECIMAL, "1,234,567.05", Decimal("1234567.05")),
        (Kind.DECIMAL, Decimal("0.1"), Decimal("0.1")),
        (Kind.DECIMAL, "-.5", Decimal("-0.5")),
        (Kind.DECIMAL, "１２．５", Decimal("12.5")),
        (Kind.DECIMAL, " 1e3 ", Decimal(1000)),
        (Kind.WHOLE, Decimal("600000.0"), 600000),
        (Kind.TEXT, Decimal("600000.0"), "600000"),
        (Kind.TEXT, " 平安银行 ", "平安银行"),
        (Kind.DATE, "2026年2月6日", date(2026, 2, 6)),
        (Kind.DATE, "2026/2/6", date(2026, 2, 6)),
        (Kind.DATE, 20260206, date(2026, 2, 6)),
        (Kind.DATE, datetime(2026, 2, 6), date(2026, 2, 6)),
        (Kind.MOMENT, "2026/02/06 09:30:00", datetime(2026, 2, 6, 1, 30, tzinfo=UTC)),
        (Kind.MOMENT, "2026-02-06T09:30:00+00:00", datetime(2026, 2, 6, 9, 30, tzinfo=UTC)),
        (Kind.FLAG, "是", True),
        (Kind.FLAG, Decimal(0), False),
        (Kind.STEPS, "0:2; 100:4.50", [["0", "2"], ["100", "4.5"]]),
        (Kind.DECIMAL, "", None),
        (Kind.TEXT, None, None),
    ],
)
def test_a_cell_becomes_the_value_it_shows(kind: Kind, cell: Any, value: Any) -> None:
    found = value_of(kind, cell)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("kind", "cell", "code"),
    [
        (Kind.DECIMAL, "1,23", CellFault.NOT_A_NUMBER),
        (Kind.DECIMAL, "1.2.3", CellFault.NOT_A_NUMBER),
        (Kind.DECIMAL, "NaN", CellFault.NOT_A_NUMBER),
        (Kind.DECIMAL, Decimal("Infinity"), CellFault.NOT_A_NUMBER),
        (Kind.DECIMAL, "1e99", CellFault.NOT_A_NUMBER),
        (Kind.DECIMAL, "9" * 41, CellFault.NOT_A_NUMBER),
        (Kind.DECIMAL, ".", CellFault.NOT_A_NUMBER),
        (Kind.WHOLE, "1.5", CellFault.NOT_WHOLE),
        (Kind.DATE, "06/02/2026", CellFault.NOT_A_DATE),
        (Kind.DATE, "2026-02-30", CellFault.NOT_A_DATE),
        (Kind.DATE, "2026-02/06", CellFault.NOT_A_DATE),
        (Kind.DATE, datetime(2026, 2, 6, 9, 30), CellFault.NOT_A_DATE),
        (Kind.MOMENT, "half past nine", CellFault.NOT_A_MOMENT),
        (Kind.FLAG, "maybe", CellFault.NOT_A_FLAG),
        (Kind.STEPS, "100:4; 0:2", CellFault.NOT_STEPS),
        (Kind.TEXT, "a\0b", CellFault.NOT_PLAIN),
        (Kind.TEXT, "x" * 4_001, CellFault.TOO_LONG),
        (Kind.TEXT, Nested(), CellFault.NOT_PLAIN),
        (Kind.DECIMAL, Failed("#N/A"), CellFault.FORMULA_FAILED),
    ],
)
def test_what_does_not_fit_is_refused(kind: Kind, cell: Any, code: CellFault) -> None:
    with pytest.raises(CellFaulty) as refused:
        value_of(kind, cell)
    assert refused.value.code == code


@pytest.mark.long
@given(st.sampled_from(Kind), CELLS)
def test_any_cell_becomes_a_value_or_a_named_fault(kind: Kind, cell: Any) -> None:
    try:
        found = value_of(kind, cell)
    except CellFaulty:
        return
    assert not isinstance(found, float)


@given(st.decimals(-(10**15), 10**15, places=5))
def test_an_amount_is_as_it_was_written(amount: Decimal) -> None:
    assert value_of(Kind.DECIMAL, f"{amount:,}") == amount
    assert value_of(Kind.DECIMAL, amount) == amount


def test_a_constant_a_default_words_and_zeros_stand_in() -> None:
    columns = [
        Column("exchange", Kind.TEXT, constant="SZSE"),
        Column("symbol", Kind.TEXT, "代码", digits=6),
        Column("side", Kind.TEXT, "方向", words={"多": "long"}, default="多"),
    ]
    values, rejected = made(columns, ["", Decimal(1), None])
    assert values == {"exchange": "SZSE", "symbol": "000001", "side": "long"}
    assert rejected == []


def test_every_value_of_a_row_that_is_wrong_is_named_by_its_column() -> None:
    columns = [
        Column("tick", Kind.DECIMAL, "最小价差"),
        Column("name", Kind.TEXT, "名称", is_required=True),
    ]
    _, rejected = made(columns, ["much", " "])
    assert [(each.column, each.code) for each in rejected] == [
        ("最小价差", CellFault.NOT_A_NUMBER),
        ("名称", CellFault.REQUIRED),
    ]


def test_words_are_pairs_and_none_twice() -> None:
    assert words_of("多=long\n\n 空 ＝ short") == {"多": "long", "空": "short"}
    for text, line in (("long", "long"), ("=long", "=long"), ("多=long\n多=short", "多=short")):
        with pytest.raises(ValueError, match=line):
            words_of(text)


def test_a_column_that_is_missing_or_there_twice_refuses_the_file() -> None:
    wanted = [Column("a", Kind.TEXT, "A"), Column("b", Kind.TEXT, "B", default="-")]
    assert places(wanted, ["X", "A"]) == [1, None]
    for header, code in (
        (["B"], FileFault.COLUMN_MISSING),
        (["A", "A"], FileFault.COLUMN_TWICE),
    ):
        with pytest.raises(FileFaulty) as refused:
            places(wanted, header)
        assert refused.value.code == code


def test_a_time_alone_is_no_number() -> None:
    with pytest.raises(CellFaulty):
        value_of(Kind.DECIMAL, time(9, 30))
