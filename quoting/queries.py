"""Reads: what the engine is made of, out of its rows; strategies; what has happened."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple, TypeVar

from django.conf import settings
from django.db.models import Max, Min, Model, QuerySet

from quoting.domain.engine_settings import EngineSettings, Instrument
from quoting.domain.ladder import BEST, LEVELS_MAX, Level
from quoting.domain.limits import NO_LIMIT, Limit
from quoting.domain.settings import (
    BookSettings,
    ChannelSettings,
    DealMode,
    DealRules,
    EditScope,
    PairSettings,
    TraderSettings,
)
from quoting.domain.source_settings import (
    SourceKind,
    SourcePair,
    SourceSettings,
    SourceSettingsError,
    SourceTls,
    checked,
)
from quoting.domain.strategy import StrategyFaulty, applied, read
from quoting.domain.words import Profile
from quoting.models import (
    CurrencyHoliday,
    DataSource,
    Pair,
    QuoteChannel,
    QuoteLimit,
    QuotingTrader,
    SourceSymbol,
    Strategy,
    StrategyVersion,
)
from riskgw.kernel.times import NS_PER_MS, NS_PER_SECOND
from riskgw.reference.models.calendar import NOTICE_DAYS

PAIRS_MAX, SOURCES_MAX, CHANNELS_MAX, TRADERS_MAX = 200, 100, 50, 500
STRATEGIES_MAX, VERSIONS_MAX = 200, 20
# Before it no value date can lie.
_FIRST_YEAR = 2020
_DEFAULTS = PairSettings("", "")

Row = TypeVar("Row", bound=Model)


class RowFault(NamedTuple):
    """Which row, and what is wrong with it."""

    row: str
    detail: str

    def __str__(self) -> str:
        return f"{self.row}: {self.detail}"


class QuoteSettingsFaulty(ValueError):
    """Rows that no engine can be made of, each named."""

    def __init__(self, faults: Sequence[RowFault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


def engine_settings() -> EngineSettings:
    """Everything an engine is started with; `QuoteSettingsFaulty` names rows that do not fit."""
    found = _Rows()
    pairs = [found.pair(row) for row in found.pairs]
    sources = list(found.sources_of(pairs))
    if found.faults:
        raise QuoteSettingsFaulty(found.faults)
    return EngineSettings(
        BookSettings(
            tuple(pairs),
            tuple(found.channel(row) for row in found.channels.values()),
            tuple(
                TraderSettings(
                    row.name,
                    found.limits["trader", row.pk],
                    row.dead_man_seconds * NS_PER_SECOND,
                )
                for row in found.traders
            ),
        ),
        tuple(
            Instrument(row.name, row.digits, row.convention, row.trade_type, row.step)
            for row in found.pairs
        ),
        tuple(sources),
        tuple(row.link for row in found.channels.values()),
        holidays(),
        {row.name: str(row.strategy) for row in found.pairs if row.strategy},
    )


def settings_faults() -> list[RowFault]:
    """What `engine_settings` would refuse."""
    try:
        engine_settings()
    except QuoteSettingsFaulty as error:
        return list(error.faults)
    return []


def pair_rows() -> QuerySet[Pair]:
    rows = Pair.objects.select_related("channel", "trader", "strategy__strategy")
    return rows.prefetch_related("levels", "choices__sources").order_by("name")


def base_settings(row: Pair, limits: Mapping[tuple[str, int], Limit]) -> PairSettings:
    """The pair's own rows: what a strategy is laid over."""
    scale = row.decimals
    return PairSettings(
        row.name,
        row.channel.name,
        row.trader.name if row.trader else "",
        row.group,
        Profile(row.profile),
        levels=tuple(Level(each.number, each.size) for each in row.levels.all()),
        choices={
            choice.name: tuple(each.name for each in choice.sources.all() if each.is_enabled)
            for choice in row.choices.all()
        },
        price_low=max(1, _ticks(row.price_low, scale, _DEFAULTS.price_low)),
        price_high=_ticks(row.price_high, scale, _DEFAULTS.price_high),
        limit=limits.get(("pair", row.pk), NO_LIMIT),
        unit_worth=row.unit_worth,
        edit_scope=EditScope(row.edit_scope),
        deals=DealRules(DealMode(row.deal_mode)),
    )


def limits_of(pairs: Iterable[Pair]) -> dict[tuple[str, int], Limit]:
    rows = QuoteLimit.objects.filter(pair__in=[row.pk for row in pairs])
    return {("pair", row.pair_id): row.limit for row in rows if row.pair_id is not None}


def holidays() -> dict[str, tuple[date, ...]]:
    """By currency, the days on which it is not settled."""
    found: dict[str, list[date]] = defaultdict(list)
    rows = CurrencyHoliday.objects.filter(day__year__gte=_FIRST_YEAR).order_by("currency", "day")
    for currency, day in rows.values_list("currency", "day"):
        found[currency].append(day)
    return {currency: tuple(days) for currency, days in found.items()}


def years_of_holidays() -> dict[str, tuple[int, int] | None]:
    """From which year to which the holidays of each currency that is quoted are entered."""
    quoted = Pair.objects.filter(is_enabled=True).values_list("base", "terms")
    years = {
        each["currency"]: (each["first"].year, each["last"].year)
        for each in CurrencyHoliday.objects.order_by()
        .values("currency")
        .annotate(first=Min("day"), last=Max("day"))
    }
    return {name: years.get(name) for name in sorted({name for pair in quoted for name in pair})}


def ending_holidays(today: date) -> dict[str, int | None]:
    """Currencies whose holidays are entered for a short time yet, by days; None: of no day."""
    found: dict[str, int | None] = {}
    for currency, years in years_of_holidays().items():
        left = None if years is None else (date(years[1], 12, 31) - today).days
        if left is None or left < NOTICE_DAYS:
            found[currency] = left
    return found


def strategies_of(pair: Pair) -> list[tuple[Strategy, list[StrategyVersion]]]:
    """Those that the pair may choose, each with its newest versions, the newest first."""
    rows = Strategy.objects.filter(pair=pair) | Strategy.objects.filter(pair__isnull=True)
    known = {row.pk: row for row in rows.order_by("name")[:STRATEGIES_MAX]}
    versions: dict[int, list[StrategyVersion]] = defaultdict(list)
    newest = StrategyVersion.objects.filter(strategy__in=known).order_by("-number")
    for version in newest[: STRATEGIES_MAX * VERSIONS_MAX]:
        if len(versions[version.strategy_id]) < VERSIONS_MAX:
            versions[version.strategy_id].append(version)
    return [(row, versions[pk]) for pk, row in known.items()]


class _Rows:
    """All rows at once, and what is wrong with them."""

    def __init__(self) -> None:
        self.faults: list[RowFault] = []
        self.pairs = self._bounded(pair_rows().filter(is_enabled=True), PAIRS_MAX)
        channels = self._bounded(QuoteChannel.objects.filter(is_enabled=True), CHANNELS_MAX)
        self.channels = {row.pk: row for row in channels}
        self.traders = self._bounded(QuotingTrader.objects.all(), TRADERS_MAX)
        self.sources = self._bounded(DataSource.objects.filter(is_enabled=True), SOURCES_MAX)
        self.limits: dict[tuple[str, int], Limit] = defaultdict(lambda: NO_LIMIT)
        bound = PAIRS_MAX + CHANNELS_MAX + TRADERS_MAX
        for row in self._bounded(QuoteLimit.objects.all(), bound):
            self.limits[row.scope, row.owner_id] = row.limit
        names = {row.name for row in self.sources}
        self._source_names = names

    def _bounded(self, rows: QuerySet[Row], count_max: int) -> list[Row]:
        found = list(rows[: count_max + 1])
        if len(found) > count_max:
            name = str(rows.model._meta.verbose_name_plural)  # noqa: SLF001  # documented
            self._fault(name, f"more than {count_max}")
        return found[:count_max]

    def _fault(self, row: object, detail: str) -> None:
        self.faults.append(RowFault(str(row), detail))

    def pair(self, row: Pair) -> PairSettings:
        made = base_settings(row, self.limits)
        if row.strategy is not None:
            try:
                made = applied(made, read(row.strategy.settings))
            except StrategyFaulty as error:
                self._fault(row.strategy, str(error))
        numbers = [level.number for level in made.levels]
        if BEST not in numbers:
            self._fault(row, f"no level {BEST}")
        if len(numbers) > LEVELS_MAX:
            self._fault(row, f"more than {LEVELS_MAX} levels")
        if row.channel_id not in self.channels:
            self._fault(row, f"channel {row.channel} is not in use")
        if not made.choices:
            self._fault(row, "no choice of sources")
        for choice, sources in made.choices.items():
            strangers = sorted(set(sources) - self._source_names)
            if strangers or not sources:
                self._fault(row, f"choice {choice}: {', '.join(strangers) or 'no source'} in use")
        return made

    def channel(self, row: QuoteChannel) -> ChannelSettings:
        return ChannelSettings(
            row.name,
            row.per_second,
            row.burst,
            row.confirm_ms * NS_PER_MS,
            row.unknown_policy,
            self.limits["channel", row.pk],
        )

    def sources_of(self, pairs: Sequence[PairSettings]) -> Iterator[SourceSettings]:
        """Sources that some pair has a choice of; the others are asked for nothing."""
        decimals = {row.name: row.decimals for row in self.pairs}
        wanted: dict[str, list[str]] = defaultdict(list)
        for pair in pairs:
            for name in dict.fromkeys(each for some in pair.choices.values() for each in some):
                wanted[name].append(pair.pair)
        symbols = {
            (row.source.name, row.pair.name): row.symbol
            for row in SourceSymbol.objects.select_related("source", "pair")
        }
        for row in self.sources:
            asked = tuple(
                SourcePair(pair, decimals[pair], symbols.get((row.name, pair), ""))
                for pair in wanted[row.name]
            )
            if not asked:
                continue
            try:
                yield checked(_source(row, asked))
            except SourceSettingsError as error:
                self._fault(row, str(error))


def _source(row: DataSource, pairs: tuple[SourcePair, ...]) -> SourceSettings:
    kept: Path = settings.RISKGW_HOME / "quoting" / f"{row.name}.numbers"
    return SourceSettings(
        row.name,
        SourceKind(row.kind),
        pairs,
        row.host,
        row.port,
        row.path,
        row.sender,
        row.target,
        row.username,
        row.secret,
        SourceTls(row.tls_servers, row.tls_certificate) if row.is_tls else None,
        str(kept) if row.keeps_numbers else "",
        row.depth,
        row.heartbeat_seconds,
        row.silent_seconds,
        row.pause_ms / 1000,
        row.pause_ms_max / 1000,
        row.speed,
    )


def _ticks(price: Decimal | None, decimals: int, default: int) -> int:
    return default if price is None else int(price.scaleb(decimals))
