"""The tables of quoting: what people set, and what has happened."""

from quoting.models.channel import QuoteChannel
from quoting.models.facts import (
    CleansedPrice,
    Deal,
    DecisionLog,
    DeskAction,
    PriceRequest,
    PublishedQuote,
    Withdrawal,
)
from quoting.models.holiday import CurrencyHoliday
from quoting.models.limit import QuoteLimit
from quoting.models.pair import Pair, PairLevel, QuotingTrader, SourceChoice
from quoting.models.source import DataSource, SourceSymbol
from quoting.models.strategy import Strategy, StrategyVersion

__all__ = [
    "CleansedPrice",
    "CurrencyHoliday",
    "DataSource",
    "Deal",
    "DecisionLog",
    "DeskAction",
    "Pair",
    "PairLevel",
    "PriceRequest",
    "PublishedQuote",
    "QuoteChannel",
    "QuoteLimit",
    "QuotingTrader",
    "SourceChoice",
    "SourceSymbol",
    "Strategy",
    "StrategyVersion",
    "Withdrawal",
]
