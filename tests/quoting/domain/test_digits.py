"""Prices are drawn exactly, whatever the settings."""

from decimal import Decimal

import pytest

from quoting.domain.digits import Digits, DigitsError, Drawn, checked, drawn, exact


@pytest.mark.parametrize(
    ("ticks", "digits", "parts"),
    [
        (64688, Digits(4, 2, 2), ("", "6.46", "88", "")),
        (64688, Digits(4, 2, 2, big_figure_len=2), ("6.", "46", "88", "")),
        (86655, Digits(3, 0, 2), ("", "86.", "65", "5")),
        (138925, Digits(2, 0, 2), ("", "1389.", "25", "")),
        (138925, Digits(2, -2, 2, 2), ("", "13", "89", ".25")),
        (156505, Digits(1, -2, 2, 1), ("", "156", "50", ".5")),
        (1234, Digits(8, 6, 2), ("", "0.000012", "34", "")),
        (1005, Digits(3, 1, 2), ("", "1.0", "05", "")),
        (15650, Digits(0, -2, 2), ("", "156", "50", "")),
        (-35, Digits(2, 0, 2), ("", "-0.", "35", "")),
        (5, Digits(5, 3, 2), ("", "0.000", "05", "")),
        (1186425, Digits(5, 2, 2, 1), ("", "11.86", "42", "5")),
    ],
)
def test_a_price_in_its_parts(ticks: int, digits: Digits, parts: tuple[str, ...]) -> None:
    found = drawn(ticks, digits)
    lead, big, key, fraction = parts
    if ticks < 0:
        lead, big = "-", big.removeprefix("-")
    assert found == Drawn(lead, big, key, fraction)


def test_the_parts_of_every_price_are_its_exact_decimal() -> None:
    """Prices of all lengths, every precision and every key setting."""
    for decimals in range(9):
        settings = [
            Digits(decimals, start, length, rest, big)
            for start in range(-3, decimals + 1)
            for length in (0, 1, 2, 3)
            for rest in (None, 0, 1)
            for big in (None, 0, 2)
        ]
        for ticks in (0, 1, 9, 10, 99, 1005, 1234, 64688, 86655, 138925, 156505, 10**12 - 1, -7):
            text = str(Decimal(ticks).scaleb(-decimals).quantize(Decimal(1).scaleb(-decimals)))
            text = f"{Decimal(text):f}"
            assert exact(ticks, decimals) == text
            for digits in settings:
                parts = drawn(ticks, checked(digits))
                assert parts.text == text
                assert sum(map(str.isdigit, parts.key)) >= min(digits.key_len, 0)


def test_a_fraction_that_is_to_be_short_leaves_the_rest_to_the_key_digits() -> None:
    assert drawn(1186425, Digits(5, 2, 2, 0)).key == "425"


@pytest.mark.parametrize("digits", [Digits(13, 0), Digits(-1, 0), Digits(2, 3), Digits(2, 0, -1),
                                    Digits(2, 0, 2, -1)])  # fmt: skip
def test_settings_that_no_price_can_be_drawn_by_are_refused(digits: Digits) -> None:
    with pytest.raises(DigitsError):
        checked(digits)
