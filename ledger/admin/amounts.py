"""Amounts as lists show them."""

from ledger.domain.money import digits, money_text


def amount_text(value: int, currency: str) -> str:
    """1,234.00"""
    text = money_text(value, currency)
    whole, point, fraction = text.partition(".")
    assert bool(point) == bool(digits(currency))
    sign, number = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    return f"{sign}{int(number):,}{point}{fraction}"
