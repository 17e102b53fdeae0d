"""Decimals become ticks exactly, or not at all."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quoting.wire.sources.problems import BadPrice, Trouble, ticks, units


@given(st.integers(-(10**15), 10**15), st.integers(0, 8), st.integers(0, 3))
def test_every_price_on_the_grid_is_its_number_of_ticks(
    number: int, decimals: int, zeros: int
) -> None:
    text = f"{Decimal(number).scaleb(-decimals):f}"
    if "." in text:
        text += "0" * zeros
    assert ticks(text, decimals) == number


@given(st.integers(1, 10**12), st.integers(0, 6), st.integers(1, 9))
def test_a_price_between_two_ticks_is_none(number: int, decimals: int, rest: int) -> None:
    text = f"{Decimal(number * 10 + rest).scaleb(-decimals - 1):f}"
    with pytest.raises(BadPrice) as caught:
        ticks(text, decimals)
    assert caught.value.problem.trouble is Trouble.OFF_GRID


@pytest.mark.parametrize("text", ["", ".", "-", "1e5", "NaN", "inf", "1,5", "0x1", "１", "1" * 31])
def test_what_is_no_plain_decimal_is_no_number(text: str) -> None:
    with pytest.raises(BadPrice) as caught:
        ticks(text, 4)
    assert caught.value.problem.trouble is Trouble.NO_NUMBER


def test_sizes_are_whole() -> None:
    assert units("1000000.00") == 1_000_000
    with pytest.raises(BadPrice):
        units("0.5")
