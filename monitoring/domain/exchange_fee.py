"""What an exchange asks for information volume: tiers by unit, doubled by the order-to-trade ratio.

rules.md F08, F09: information volume is orders, cancels and requests; the ratio is that volume
over the orders that traded (at least one), minus 1.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any

import msgspec

from riskgw.kernel.decimals import MONEY_DIGITS, plain, scaled

UNITS_RULE, RATIO_RULE, UNITS_INDICATOR = "F08", "F09", "information_units"
_LETTERS_MAX = 6


class Tier(msgspec.Struct, frozen=True):
    """CNY for each unit above so many, up to the next tier."""

    above: int
    fee: str


class FeeTable(msgspec.Struct, frozen=True):
    """One fee group of an exchange; no products are all that no other table names.

    The tiers hold where the order-to-trade ratio is above `ratio`; half of them where it is not.
    """

    exchange: str
    group: str
    ratio: str
    tiers: tuple[Tier, ...]
    products: tuple[str, ...] = ()
    source_note: str = ""


class _File(msgspec.Struct, frozen=True):
    tables: tuple[FeeTable, ...]


def fee_tables(data: bytes) -> tuple[FeeTable, ...]:
    """The tables of a catalogue's file; msgspec.DecodeError where it is none."""
    return msgspec.json.decode(data, type=_File).tables


def order_to_trade(units: int, traded_orders: int) -> Fraction:
    return Fraction(units, max(1, traded_orders)) - 1


def fee(table: FeeTable, units: int, ratio: Fraction) -> int:
    """What so much information volume costs, in 10**-5 CNY."""
    bounds = [*(tier.above for tier in table.tiers), max(units, 0)]
    total = sum(
        max(0, min(units, upper) - lower) * scaled(tier.fee, MONEY_DIGITS)
        for tier, (lower, upper) in zip(table.tiers, pairwise(_capped(bounds)), strict=True)
    )
    return total if ratio > Fraction(table.ratio) else total // 2


def table_of(tables: Iterable[FeeTable], contract: str) -> FeeTable | None:
    """The table of a contract named as SHFE:cu2601: its product's, else its exchange's."""
    exchange, _, symbol = contract.partition(":")
    found = [each for each in tables if each.exchange == exchange]
    product = _product(symbol)
    named = [each for each in found if product in each.products]
    general = [each for each in found if not each.products]
    return next(iter([*named, *general]), None)


def with_fee(rows: Iterable[Mapping[str, Any]], tables: Iterable[FeeTable]) -> list[dict[str, Any]]:
    """Headroom rows; that of the information volume says what has come together of fees."""
    kept, tables = [dict(row) for row in rows], tuple(tables)
    ratios = {
        row["key"].get("contract"): row["value"]
        for row in kept
        if row["rule"] == RATIO_RULE and row["unit"] == "ratio"
    }
    for row in kept:
        if row["rule"] != UNITS_RULE or row["indicator"] != UNITS_INDICATOR:
            continue
        contract = row["key"]["contract"]
        table, ratio = table_of(tables, contract), ratios.get(contract)
        if table is not None and row["value"] is not None and ratio is not None:
            row["fee_group"] = table.group
            row["fee"] = plain(fee(table, row["value"], Fraction(ratio)), MONEY_DIGITS)
    return kept


def _capped(bounds: list[int]) -> list[int]:
    """The last bound is the volume itself, which may lie below the tiers."""
    return [*bounds[:-1], max(bounds)]


def _product(symbol: str) -> str:
    """The letters a futures symbol begins with: cu of cu2601."""
    letters = symbol[:_LETTERS_MAX]
    for place, letter in enumerate(letters):
        if not letter.isalpha():
            return letters[:place]
    return letters
