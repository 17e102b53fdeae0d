"""Quoting of `make run`: pairs, three simulated sources and a manual one, a channel, strategies.

Once in a home: what people change afterwards stays as they left it.
"""

import csv
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

import quoting
from quoting.domain.generated_market import BANK, CMDS, REUTERS
from quoting.domain.source_settings import SourceKind
from quoting.domain.strategy import plain_of, read
from quoting.io.rates import HOST, Ports, source_settings
from quoting.models import (
    CurrencyHoliday,
    DataSource,
    Pair,
    PairLevel,
    QuoteChannel,
    QuoteLimit,
    QuotingTrader,
    SourceChoice,
    SourceSymbol,
    Strategy,
    StrategyVersion,
)
from riskgw.kernel.times import NS_PER_SECOND

CHANNEL, TRADER, OWN = "CHANNEL1", "trader", "OWN"
HOLIDAYS = Path(quoting.__file__).parent / "currency_holidays.csv"
_MILLION = 1_000_000
_SIZES = (_MILLION, _MILLION, 5 * _MILLION, 10 * _MILLION)
_MADE_BY = "demo"


class _Demo(NamedTuple):
    """Digits, and the band that its price is believed in."""

    decimals: int
    key_start: int
    fraction_len: int
    low: str
    high: str
    days: int = 2


_PAIRS = {
    "USD.CNY": _Demo(4, 2, 0, "5.8", "7.2"),
    "EUR.USD": _Demo(5, 2, 1, "1.0", "1.25"),
    "USD.JPY": _Demo(3, 0, 1, "77", "96"),
    "GBP.USD": _Demo(5, 2, 1, "1.17", "1.45"),
    "USD.HKD": _Demo(4, 2, 0, "7.5", "8"),
    "EUR.CNY": _Demo(4, 2, 0, "7", "8.6"),
    # No source tells it: a pair to be quoted by hand.
    "USD.KRW": _Demo(2, -2, 2, "1000", "1800"),
}
_CLEANSING = {
    "spread_max": 150, "jump_max": 200, "outlier_max": 120, "good_ticks": 2,
    "reentry_ns": NS_PER_SECOND,
}  # fmt: skip
_STRATEGIES: dict[str, dict[str, Any]] = {
    "STEADY": {
        "algorithm": "best",
        "cross_max": 60,
        "cleansing": _CLEANSING,
        "spread": {"base": 2, "tiers": {"1": 1, "2": 3, "3": 6}, "spread_min": 2},
        "tolerance": 2,
    },
    "CAREFUL": {
        "algorithm": "median_mid",
        "cross_max": 60,
        "cleansing": {**_CLEANSING, "jump_max": 100, "good_ticks": 3},
        "spread": {
            "base": 6, "tiers": {"1": 2, "2": 6, "3": 12}, "spread_min": 6,
            "times": [{"first_minute": 16 * 60, "end_minute": 17 * 60, "ticks": 4}],
            "volatility_from": 512, "volatility_step": 256, "volatility_max": 10,
        },
        "tolerance": 1,
    },
}  # fmt: skip


def make_demo_quotes(ports: Ports) -> None:
    """Where there are pairs already, the sources are found where they listen now."""
    with transaction.atomic():
        if Pair.objects.exists():
            for each in source_settings(ports):
                DataSource.objects.filter(name=each.name, host=HOST).update(port=each.port)
            return
        channel = QuoteChannel.objects.create(name=CHANNEL, comp_id=CHANNEL)
        trader = QuotingTrader.objects.create(name=TRADER)
        steady, _ = (_strategy(name, settings) for name, settings in _STRATEGIES.items())
        sources = _sources(ports)
        for name, demo in _PAIRS.items():
            pair = _pair(name, demo, channel=channel, trader=trader, strategy=steady)
            _levels(pair)
            _choices(pair, sources)
        _symbols(sources)
        _limits(channel, trader)
        load_holidays()


def load_holidays() -> None:
    """What is there already stays."""
    with HOLIDAYS.open(encoding="utf-8", newline="") as file:
        rows = [CurrencyHoliday(**row) for row in csv.DictReader(file)]
    CurrencyHoliday.objects.bulk_create(rows, ignore_conflicts=True)


def _strategy(name: str, settings: dict[str, Any]) -> StrategyVersion:
    return StrategyVersion.objects.create(
        strategy=Strategy.objects.create(name=name),
        number=1,
        settings=plain_of(read(settings)),
        by=_MADE_BY,
        at=timezone.now(),
    )


def _sources(ports: Ports) -> dict[str, DataSource]:
    made = {
        each.name: DataSource.objects.create(
            name=each.name, kind=each.kind.value, host=each.host, port=each.port, path=each.path,
            sender=each.sender, target=each.target,
        )
        for each in source_settings(ports)
    }  # fmt: skip
    made[OWN] = DataSource.objects.create(name=OWN, kind=SourceKind.MANUAL.value)
    return made


def _pair(name: str, demo: _Demo, **links: Any) -> Pair:
    base, _, terms = name.partition(".")
    pair = Pair(
        name=name, base=base, terms=terms, decimals=demo.decimals, key_start=demo.key_start,
        fraction_len=demo.fraction_len, value_days=demo.days, price_low=Decimal(demo.low),
        price_high=Decimal(demo.high), **links,
    )  # fmt: skip
    pair.full_clean()
    pair.save()
    return pair


def _levels(pair: Pair) -> None:
    for number, size in enumerate(_SIZES):
        PairLevel.objects.create(pair=pair, number=number, size=size)


def _choices(pair: Pair, sources: dict[str, DataSource]) -> None:
    """One for each source, and all together."""
    told = set(_told())
    wanted: dict[str, tuple[str, ...]] = {OWN: (OWN,)}
    if pair.name in told:
        every = CMDS, REUTERS, BANK
        wanted = {"ALL": every, CMDS: (CMDS,), "RTRS": (REUTERS,), "BANK": (BANK,), **wanted}
        # The source of the figure comes first.
        wanted = {CMDS: wanted.pop(CMDS), **wanted}
    for place, (name, names) in enumerate(wanted.items()):
        choice = SourceChoice.objects.create(pair=pair, name=name, place=place)
        choice.sources.set([sources[each] for each in names])


def _told() -> Iterator[str]:
    for source in source_settings(Ports()):
        yield from (pair.pair for pair in source.pairs)


def _symbols(sources: dict[str, DataSource]) -> None:
    pairs = {row.name: row for row in Pair.objects.all()}
    for source in source_settings(Ports()):
        for each in source.pairs:
            if each.symbol and each.pair in pairs:
                SourceSymbol.objects.create(
                    source=sources[source.name], pair=pairs[each.pair], symbol=each.symbol
                )


def _limits(channel: QuoteChannel, trader: QuotingTrader) -> None:
    for pair in Pair.objects.all():
        QuoteLimit.objects.create(
            scope="pair", pair=pair, single_max=10 * _MILLION, net_max=60 * _MILLION,
            gross_max=100 * _MILLION,
        )  # fmt: skip
    QuoteLimit.objects.create(scope="trader", trader=trader, net_max=400 * _MILLION)
    QuoteLimit.objects.create(scope="channel", channel=channel, gross_max=1_000 * _MILLION)
