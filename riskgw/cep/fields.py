"""The closed list of fields that rules may filter on, add up or group by."""

from enum import StrEnum
from typing import NamedTuple

from riskgw.kernel.decimals import (
    AMOUNT_DIGITS,
    MONEY_DIGITS,
    PERCENT_DIGITS,
    PRICE_DIGITS,
    QUANTITY_DIGITS,
)
from riskgw.kernel.words import (
    EventKind,
    Offset,
    OrderType,
    Pool,
    Segment,
    Side,
    TimeInForce,
)


class FieldType(StrEnum):
    """What values a field has."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"


class FieldDef(NamedTuple):
    """`attribute` of the observation; numbers are scaled by 10**digits; `words` if closed."""

    code: str
    attribute: str
    type: FieldType
    digits: int = 0
    words: tuple[str, ...] = ()


def _text(code: str, words: type[StrEnum] | None = None) -> FieldDef:
    return FieldDef(code, code, FieldType.TEXT, words=tuple(words or ()))


def _number(code: str, digits: int, attribute: str = "") -> FieldDef:
    return FieldDef(code, attribute or code, FieldType.NUMBER, digits)


def _flag(code: str, attribute: str = "") -> FieldDef:
    return FieldDef(code, attribute or code, FieldType.BOOLEAN)


_DEFINED = (
    _text("event", EventKind),
    _text("exchange"),
    _text("account"),
    _text("group"),
    _text("customer"),
    _text("counter"),
    _text("access_system"),
    _text("source"),
    _text("contract"),
    _text("product"),
    _text("board"),
    _text("side", Side),
    _text("order_type", OrderType),
    _text("tif", TimeInForce),
    _text("offset", Offset),
    _text("order_ref"),
    _text("terms"),
    _text("index"),
    _number("price", PRICE_DIGITS),
    _number("quantity", QUANTITY_DIGITS),
    _number("amount", AMOUNT_DIGITS),
    _number("age_ms", 6, "age_ns"),
    _number("order_quantity_max", QUANTITY_DIGITS),
    _flag("self_trade", "is_self_trade"),
    _flag("st", "is_st"),
    _flag("market_maker", "is_market_maker"),
    _flag("hedge", "is_hedge"),
    _flag("unknown_counter", "is_counter_unknown"),
    _text("phase"),
    _text("segment", Segment),
    _text("pool", Pool),
    _number("units", 0),
    _number("live_quantity", QUANTITY_DIGITS),
    _number("cancelled_quantity", QUANTITY_DIGITS),
    _number("size_percent_max", PERCENT_DIGITS),
    _flag("tick_ok"),
    _flag("lot_ok"),
    _flag("has_permission"),
    _flag("is_opening"),
    _flag("is_closing"),
    _flag("in_best5"),
    _number("own_live_best5", QUANTITY_DIGITS),
    _number("best5_quantity", QUANTITY_DIGITS),
    _number("own_best5_percent", PERCENT_DIGITS),
    _number("own_best5_amount", AMOUNT_DIGITS),
    _number("own_live_at_price", QUANTITY_DIGITS),
    _number("market_at_price", QUANTITY_DIGITS),
    _number("own_at_price_percent", PERCENT_DIGITS),
    _number("own_at_price_amount", AMOUNT_DIGITS),
    _flag("at_limit_price"),
    _number("off_previous_close_percent", PERCENT_DIGITS),
    _number("off_last_percent", PERCENT_DIGITS),
    _flag("crosses_own"),
    _flag("reverses_own"),
    _flag("has_reverse_fill"),
    _flag("is_active"),
    _number("last", PRICE_DIGITS),
    _number("market_volume", QUANTITY_DIGITS),
    _number("market_turnover", MONEY_DIGITS),
    _number("previous_close", PRICE_DIGITS),
    _number("move_percent", PERCENT_DIGITS),
    _number("market_at_limit_buy", QUANTITY_DIGITS),
    _number("market_at_limit_sell", QUANTITY_DIGITS),
    _number("market_at_limit", QUANTITY_DIGITS),
    _number("market_at_limit_amount", AMOUNT_DIGITS),
    _number("virtual_off_percent", PERCENT_DIGITS),
    _flag("is_stale_market"),
    _flag("severe_volatility"),
    _number("position", QUANTITY_DIGITS),
    _number("group_position", QUANTITY_DIGITS),
    _number("sellable", QUANTITY_DIGITS),
    _number("own_live_orders", 0),
    _number("available", MONEY_DIGITS),
    _number("equity", MONEY_DIGITS),
    _number("margin", MONEY_DIGITS),
    _number("risk_percent", PERCENT_DIGITS),
)
FIELDS = {field.code: field for field in _DEFINED}

# What a market snapshot says of itself, and can be kept by without anybody's orders.
MARKET_KEYS = frozenset(("contract", "product", "board", "exchange", "index"))
# What a rule or indicator may be kept by.
KEYS = (
    "account", "group", "customer", "counter", "access_system", "source", "contract", "product",
    "board", "side", "exchange", "terms", "index",
)  # fmt: skip
