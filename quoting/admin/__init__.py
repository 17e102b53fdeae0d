"""The admin site's pages for quoting."""

from quoting.admin.channels import (
    CurrencyHolidayAdmin,
    DataSourceAdmin,
    QuoteChannelAdmin,
    QuoteLimitAdmin,
    QuotingTraderAdmin,
)
from quoting.admin.pairs import PairAdmin
from quoting.admin.stored import (
    CleansedPriceAdmin,
    DealAdmin,
    DeskActionAdmin,
    PriceRequestAdmin,
    PublishedQuoteAdmin,
    WithdrawalAdmin,
)
from quoting.admin.strategies import StrategyAdmin, StrategyVersionAdmin

__all__ = [
    "CleansedPriceAdmin",
    "CurrencyHolidayAdmin",
    "DataSourceAdmin",
    "DealAdmin",
    "DeskActionAdmin",
    "PairAdmin",
    "PriceRequestAdmin",
    "PublishedQuoteAdmin",
    "QuoteChannelAdmin",
    "QuoteLimitAdmin",
    "QuotingTraderAdmin",
    "StrategyAdmin",
    "StrategyVersionAdmin",
    "WithdrawalAdmin",
]
