"""Amounts as lists show them."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from ledger.domain.money import digits, money_text
from ledger.models.choices import SideChoice
from ledger.queries import accounts_by_id


def amount_text(value: int, currency: str) -> str:
    """1,234.00"""
    text = money_text(value, currency)
    whole, point, fraction = text.partition(".")
    assert bool(point) == bool(digits(currency))
    sign, number = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    return f"{sign}{int(number):,}{point}{fraction}"


def legs_html(legs: Sequence[Mapping[str, Any]]) -> SafeString:
    """Legs that are kept in minor units, one a line."""
    accounts = accounts_by_id(leg["account"] for leg in legs)
    rows = (
        (
            leg["account"],
            SideChoice(leg["side"]).label,
            amount_text(leg["amount"], accounts[leg["account"]].currency),
        )
        for leg in legs
    )
    return format_html_join("", "<div>{} {} {}</div>", rows)
