"""What the engine is made of, out of its rows; and what is refused, by the row's name."""

from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from quoting.checks import check_quote_settings
from quoting.domain.book import Book
from quoting.domain.digits import Digits
from quoting.domain.engine_settings import ChannelLink, Confirm
from quoting.domain.ladder import Level
from quoting.domain.limits import Limit
from quoting.domain.settings import DealMode, OnUnknown
from quoting.domain.source_settings import SourceKind, SourceTls
from quoting.domain.strategy import plain_of, read
from quoting.io.rates import Ports
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
from quoting.queries import QuoteSettingsFaulty, engine_settings, settings_faults
from riskgw.kernel.times import NS_PER_MS, NS_PER_SECOND
from riskgw.wiring.demo_quotes import make_demo_quotes
from tests.quoting.rows import CHANNEL, MILLION, PAIR, made_pair, made_source

pytestmark = pytest.mark.django_db


def chosen(pair: Pair, settings: dict[str, Any]) -> StrategyVersion:
    strategy, _ = Strategy.objects.get_or_create(name="STEADY")
    version = StrategyVersion.objects.create(
        strategy=strategy, number=1, settings=settings, by="mary", at=timezone.now()
    )
    Pair.objects.filter(pk=pair.pk).update(strategy=version)
    return version


def faults() -> list[str]:
    with pytest.raises(QuoteSettingsFaulty) as caught:
        engine_settings()
    return [str(fault) for fault in caught.value.faults]


def test_an_engine_without_rows_quotes_nothing() -> None:
    assert engine_settings().book.pairs == ()
    assert check_quote_settings(["default"]) == []


def test_a_pair_is_made_of_its_rows() -> None:
    pair = made_pair(
        key_start=2, fraction_len=0, value_days=1, roll_cut=time(17, 0), step=5, deal_mode="manual"
    )
    QuoteChannel.objects.update(
        confirm="write", confirm_ms=500, on_unknown="withdraw", per_second=9, burst=3
    )
    QuotingTrader.objects.update(dead_man_seconds=7)
    QuoteLimit.objects.create(scope="trader", trader=pair.trader, net_max=5)
    QuoteLimit.objects.create(scope="channel", channel=pair.channel, gross_max=6)
    CurrencyHoliday.objects.create(currency="CNY", day=date(2026, 10, 1))
    made = engine_settings()
    (settings,) = made.book.pairs
    assert settings.levels == (Level(0, MILLION), Level(1, 5 * MILLION))
    assert settings.choices == {"OWN": ("OWN",)}
    assert (settings.price_low, settings.price_high) == (58_000, 72_000)
    assert settings.limit == Limit(10 * MILLION)
    assert settings.deals.mode is DealMode.MANUAL
    (instrument,) = made.instruments
    assert instrument.digits == Digits(4, 2, 2, 0, None)
    assert instrument.convention == ("USD", "CNY", 1, 17 * 3600)
    assert instrument.step == 5
    (channel,) = made.book.channels
    assert (channel.per_second, channel.burst, channel.confirm_ns) == (9, 3, 500 * NS_PER_MS)
    assert channel.on_unknown is OnUnknown.WITHDRAW
    assert channel.limit == Limit(gross_max=6)
    assert made.links == (ChannelLink(CHANNEL, CHANNEL, Confirm.WRITE),)
    (trader,) = made.book.traders
    assert (trader.limit, trader.dead_man_ns) == (Limit(net_max=5), 7 * NS_PER_SECOND)
    assert made.holidays == {"CNY": (date(2026, 10, 1),)}
    assert Book(made.book).panels.keys() == {PAIR}


def test_a_strategy_is_laid_over_the_pair_that_chose_it() -> None:
    pair = made_pair()
    chosen(pair, plain_of(read({"spread": {"base": 3}, "limit": {"single_max": 4}})))
    made = engine_settings()
    assert made.strategies == {PAIR: "STEADY v1"}
    assert made.book.pairs[0].spread.base == 3
    assert made.book.pairs[0].limit == Limit(4)


def test_a_source_is_asked_for_the_pairs_that_have_a_choice_of_it() -> None:
    first, second = made_pair(), made_pair("EUR.USD", decimals=5, price_low=None, price_high=None)
    source = made_source(
        "RTRS", "reuters", port=5203, path="/ws", secret="RISKGW_SOURCE_RTRS", is_tls=True,
        tls_servers="/etc/ca.pem", pause_ms=100, keeps_numbers=True,
    )  # fmt: skip
    SourceChoice.objects.create(pair=second, name="RTRS", place=1).sources.add(source)
    SourceSymbol.objects.create(source=source, pair=second, symbol="EUR=")
    made_source("IDLE", "bank", port=1)
    own, rtrs = engine_settings().sources
    assert own.kind is SourceKind.MANUAL
    assert [each.pair for each in own.pairs] == [second.name, first.name]
    assert [(each.pair, each.decimals, each.symbol) for each in rtrs.pairs] == [
        ("EUR.USD", 5, "EUR=")
    ]
    assert (rtrs.secret, rtrs.tls) == ("RISKGW_SOURCE_RTRS", SourceTls("/etc/ca.pem"))
    assert rtrs.pause_seconds == 0.1
    assert rtrs.store.endswith("RTRS.numbers")


def test_a_pair_out_of_use_is_not_quoted() -> None:
    made_pair(is_enabled=False)
    assert engine_settings().book.pairs == ()


def test_reading_takes_as_many_queries_for_many_pairs_as_for_one(
    django_assert_max_num_queries: Any,
) -> None:
    for terms in ("CNY", "JPY", "HKD", "KRW"):
        pair = made_pair(f"USD.{terms}")
        version = Strategy.objects.create(name=terms)
        pair.strategy = StrategyVersion.objects.create(
            strategy=version, number=1, settings={}, by="mary", at=timezone.now()
        )
        pair.save()
    with django_assert_max_num_queries(10):
        assert len(engine_settings().book.pairs) == 4


def test_rows_that_no_engine_can_be_made_of_are_named() -> None:
    bare = made_pair("USD.JPY")
    PairLevel.objects.filter(pair=bare, number=0).delete()
    SourceChoice.objects.filter(pair=bare).delete()
    other = made_pair()
    chosen(other, {"algorithm": "primary"})
    made_source("FAR", "cmds", port=0)
    SourceChoice.objects.create(pair=other, name="FAR").sources.add(
        DataSource.objects.get(name="FAR")
    )
    found = faults()
    assert "USD.JPY: no level 0" in found
    assert "USD.JPY: no choice of sources" in found
    assert "STEADY v1: ranks: needed_by_primary" in found
    assert "FAR: FAR: no address 127.0.0.1:0" in found
    messages = check_quote_settings(["default"])
    assert {message.id for message in messages} == {"quoting.E001"}
    assert [str(each) for each in settings_faults()] == found


def test_what_a_pair_needs_has_to_be_in_use() -> None:
    made_pair()
    QuoteChannel.objects.update(is_enabled=False)
    DataSource.objects.update(is_enabled=False)
    assert faults() == [
        f"{PAIR}: channel {CHANNEL} is not in use", f"{PAIR}: choice OWN: no source in use",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"key_start": 5}, "key_start"),
        ({"decimals": 13}, "decimals"),
        ({"price_low": "6.45678"}, "price_low"),
        ({"base": "us"}, "base"),
        ({"terms": "USD"}, "__all__"),
        ({"price_low": "8", "price_high": "7"}, "__all__"),
        ({"step": 0}, "step"),
    ],
)
def test_an_impossible_pair_is_refused_where_it_is_entered(
    changes: dict[str, Any], field: str
) -> None:
    pair = made_pair()
    for name, value in changes.items():
        setattr(pair, name, Decimal(value) if name.startswith("price") else value)
    with pytest.raises(ValidationError) as caught:
        pair.full_clean()
    assert field in caught.value.error_dict


def test_the_database_refuses_what_no_form_has_seen() -> None:
    pair = made_pair()
    refused: list[Callable[[], object]] = [
        lambda: PairLevel.objects.create(pair=pair, number=2, size=0),
        lambda: PairLevel.objects.create(pair=pair, number=2, size=5 * MILLION),
        lambda: QuoteLimit.objects.create(scope="pair"),
        lambda: QuoteLimit.objects.create(scope="pair", pair=pair),
        lambda: QuoteLimit.objects.create(scope="trader", pair=pair, trader=pair.trader),
        lambda: Pair.objects.update(key_start=9),
        lambda: CurrencyHoliday.objects.bulk_create(
            [CurrencyHoliday(currency="CNY", day=date(2026, 1, 1))] * 2
        ),
    ]
    for write in refused:
        with pytest.raises(IntegrityError), transaction.atomic():
            write()


def test_the_demo_is_made_once_and_an_engine_can_be_made_of_it() -> None:
    make_demo_quotes(Ports(1, 2, 3))
    Pair.objects.filter(name="USD.HKD").update(is_enabled=False)
    make_demo_quotes(Ports(4, 5, 6))
    made = engine_settings()
    assert [each.pair for each in made.book.pairs] == [
        "EUR.CNY", "EUR.USD", "GBP.USD", "USD.CNY", "USD.JPY", "USD.KRW",
    ]  # fmt: skip
    assert sorted(each.port for each in made.sources) == [0, 4, 5, 6]
    assert {each.convention.terms for each in made.instruments} < made.holidays.keys()
    Book(made.book)
    assert check_quote_settings(["default"]) == []
