"""Decimal text and scaled integers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgw.kernel.decimals import DecimalTextError, plain, scaled


@pytest.mark.parametrize(
    ("text", "digits", "value"),
    [
        ("17.11", 5, 1_711_000),
        ("10.250", 5, 1_025_000),
        (" 200 ", 3, 200_000),
        ("-0.5", 1, -5),
        ("+3", 0, 3),
        (".5", 2, 50),
        ("7.", 2, 700),
        ("0", 5, 0),
    ],
)
def test_decimal_text_becomes_an_exact_integer(text: str, digits: int, value: int) -> None:
    assert scaled(text, digits) == value


@pytest.mark.parametrize(
    "text", ["", ".", "-", "1e5", "1,000", "0x10", "nan", "１２", "1 2", "1.2.3"]
)
def test_what_is_no_decimal_number_is_refused(text: str) -> None:
    with pytest.raises(DecimalTextError):
        scaled(text, 3)


def test_more_decimals_than_the_unit_has_are_refused_and_never_rounded() -> None:
    assert scaled("1.2300", 2) == 123
    with pytest.raises(DecimalTextError):
        scaled("1.234", 2)


@given(st.integers(-(10**18), 10**18), st.integers(0, 8))
def test_plain_text_reads_back_as_the_same_integer(value: int, digits: int) -> None:
    text = plain(value, digits)
    assert scaled(text, digits) == value
    assert "." not in text or not text.endswith(("0", "."))
