"""Rows of quoting as tests set them up."""

from decimal import Decimal
from typing import Any

from quoting.models import (
    DataSource,
    Pair,
    PairLevel,
    QuoteChannel,
    QuoteLimit,
    QuotingTrader,
    SourceChoice,
)

PAIR, CHANNEL, TRADER = "USD.CNY", "CHANNEL1", "trader"
MILLION = 1_000_000


def made_source(name: str = "OWN", kind: str = "manual", **more: Any) -> DataSource:
    return DataSource.objects.get_or_create(name=name, defaults={"kind": kind, **more})[0]


def made_channel(name: str = CHANNEL) -> QuoteChannel:
    return QuoteChannel.objects.get_or_create(name=name, defaults={"comp_id": name})[0]


def made_pair(name: str = PAIR, **more: Any) -> Pair:
    """Two levels, one choice of a source that dealers type, limits of its own."""
    base, _, terms = name.partition(".")
    trader, _ = QuotingTrader.objects.get_or_create(name=TRADER)
    pair = Pair.objects.create(
        name=name,
        base=base,
        terms=terms,
        channel=made_channel(),
        trader=trader,
        **{"decimals": 4, "price_low": Decimal("5.8"), "price_high": Decimal("7.2"), **more},
    )
    for number, size in enumerate((MILLION, 5 * MILLION)):
        PairLevel.objects.create(pair=pair, number=number, size=size)
    choice = SourceChoice.objects.create(pair=pair, name="OWN")
    choice.sources.set([made_source()])
    QuoteLimit.objects.create(scope="pair", pair=pair, single_max=10 * MILLION)
    return pair
