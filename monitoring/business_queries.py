"""Reads: what business figures are measured by, their rows, and their thresholds."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from django.db.models import F, QuerySet

from monitoring.domain.business_figures import Duty, Key, Ordered, Reference, Relief, Told
from monitoring.domain.business_metrics import (
    FIGURE_DIGITS,
    METRICS,
    BusinessMetric,
    MetricFacts,
    Standing,
    judged,
)
from monitoring.domain.market_maker_obligation import Terms
from monitoring.models import (
    MetricFigure,
    MetricPoint,
    MetricStanding,
    MetricThreshold,
    Obligation,
    ObligationRelief,
    OrderRecord,
    RawRecord,
)
from riskgw.kernel.decimals import PERCENT_DIGITS, PRICE_DIGITS, QUANTITY_DIGITS, plain, scaled
from riskgw.kernel.times import NS_PER_MS, instant_ns
from riskgw.reference.queries import base_data, base_mark

# Which feeds make which figures: without an item of theirs there is no source.
FEEDS: dict[BusinessMetric, tuple[str, ...]] = {
    BusinessMetric.OPTION_OBLIGATION: ("quotes", "quote-requests"),
    BusinessMetric.FUTURE_OBLIGATION: ("quotes", "quote-requests"),
    BusinessMetric.FX_OBLIGATION: ("quotes", "quote-requests"),
    BusinessMetric.QUOTES: ("quotes",),
    BusinessMetric.FUNDS: ("funds",),
}
_TOLD = ("pk", "feed", "exchange", "account", "symbol", "time_ns", "item")
_ORDERED = (
    "pk", "event", "exchange", "account", "symbol", "side", "offset", "quantity", "time_ns",
)  # fmt: skip
_COUNTED = ("order", "cancel", "fill", "reject")


class Limits(NamedTuple):
    """Both thresholds of a row, in 10**-6, and whom it is for."""

    id: int
    monitoring: int | None
    risk: int | None


class ThresholdBook:
    """The row for a key: an account's before a contract's before an exchange's before all."""

    def __init__(self, rows: Iterable[MetricThreshold]) -> None:
        self._rows: dict[tuple[str, Key], Limits] = {
            (each.metric, (each.exchange, each.account, each.symbol)): Limits(
                each.pk, _scaled(each.monitoring), _scaled(each.risk)
            )
            for each in rows
        }

    def of(self, metric: str, key: Key) -> Limits | None:
        exchange, account, symbol = key
        places = (
            key, (exchange, account, ""), ("", account, ""), (exchange, "", symbol),
            (exchange, "", ""), ("", "", ""),
        )  # fmt: skip
        found = (self._rows.get((metric, place)) for place in places)
        return next((each for each in found if each is not None), None)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ThresholdBook) and self._rows == other._rows

    __hash__ = None  # type: ignore[assignment]  # compared, never kept by


def _scaled(value: Any) -> int | None:
    return None if value is None else scaled(f"{value:f}", FIGURE_DIGITS)


def threshold_book() -> ThresholdBook:
    return ThresholdBook(MetricThreshold.objects.all())


def newest_day() -> date | None:
    """Of the newest raw record or order."""
    newest = [
        rows.order_by("-pk").values_list("trading_day", flat=True).first()
        for rows in (RawRecord.objects, OrderRecord.objects)
    ]
    return max((day for day in newest if day is not None), default=None)


def reference_mark(day: date) -> tuple[object, ...]:
    """Another one after every change of what figures are measured by."""
    duties = tuple(Obligation.objects.order_by("pk").values_list())
    return day, base_mark(), duties, tuple(ObligationRelief.objects.order_by("pk").values_list())


def reference_of(day: date) -> Reference:
    """As it stands now, for a trading day."""
    return Reference(day, base_data(), _duties(day), _reliefs())


def _duties(day: date) -> tuple[Duty, ...]:
    """Of each exchange, kind, product and account the newest row that is in force."""
    rows = Obligation.objects.filter(effective_from__lte=day).order_by("effective_from")
    newest = {(each.exchange, each.kind, each.product, each.account): each for each in rows}
    return tuple(map(_duty, newest.values()))


def _duty(row: Obligation) -> Duty:
    spreads = tuple(
        (scaled(str(bid), PRICE_DIGITS), scaled(str(widest), PRICE_DIGITS))
        for bid, widest in row.spreads
    )
    terms = Terms(
        size_min=scaled(f"{row.size_min:f}", QUANTITY_DIGITS),
        spreads=spreads,
        respond_within_ns=row.respond_within_ms * NS_PER_MS,
        hold_ns=row.hold_ms * NS_PER_MS,
        requests_apart_ns=row.requests_apart_ms * NS_PER_MS,
    )
    presence, response = (
        scaled(f"{each:f}", PERCENT_DIGITS) for each in (row.presence_percent, row.response_percent)
    )
    return Duty(
        row.exchange, row.kind, row.product.casefold(), row.account, terms, presence, response,
        row.wants_auction,
    )  # fmt: skip


def _reliefs() -> tuple[Relief, ...]:
    return tuple(
        Relief(
            each.exchange,
            each.product.casefold(),
            each.symbol,
            (instant_ns(each.starts_at), instant_ns(each.ends_at)),
        )
        for each in ObligationRelief.objects.all()
    )


def told_after(day: date, after: int, count: int) -> Iterator[tuple[int, Told]]:
    """Raw records of a day behind a row, in the order they came."""
    rows = RawRecord.objects.filter(trading_day=day, pk__gt=after).order_by("pk")
    for pk, *values in rows.values_list(*_TOLD)[:count]:
        yield pk, Told(*values)


def ordered_after(day: date, after: int, count: int) -> Iterator[tuple[int, Ordered]]:
    """Stored events of orders behind a row."""
    rows = OrderRecord.objects.filter(trading_day=day, pk__gt=after, event__in=_COUNTED)
    for pk, *values in rows.order_by("pk").values_list(*_ORDERED)[:count]:
        yield pk, Ordered(*values)


def sources(day: date | None) -> dict[str, bool]:
    """Of each metric whether anything was told of it on the day."""
    if day is None:
        return dict.fromkeys(map(str, BusinessMetric), False)
    feeds = set(
        RawRecord.objects.filter(trading_day=day)
        .order_by()
        .values_list("feed", flat=True)
        .distinct()
    )
    has_orders = OrderRecord.objects.filter(trading_day=day).exists()
    return {
        str(metric): bool(feeds.intersection(FEEDS[metric])) if metric in FEEDS else has_orders
        for metric in BusinessMetric
    }


def figures_of(day: date, metrics: Iterable[str] = (), **whose: str) -> QuerySet[MetricFigure]:
    """Rows of a day, perhaps of some metrics, an exchange, an account or a contract."""
    rows = MetricFigure.objects.filter(trading_day=day)
    named = [each for each in metrics if each]
    rows = rows.filter(metric__in=named) if named else rows
    return rows.filter(**{name: value for name, value in whose.items() if value})


def figure_lines(
    rows: Iterable[MetricFigure], book: ThresholdBook, standings: Mapping[tuple[str, Key], str]
) -> list[dict[str, Any]]:
    """As REST and the topic show them; numbers as decimal text."""
    return [_line(each, book, standings) for each in rows]


def standings_of(day: date) -> dict[tuple[str, Key], str]:
    """Where each key stands that has ever climbed on the day."""
    rows = MetricStanding.objects.filter(trading_day=day)
    return {
        (metric, (exchange, account, symbol)): standing
        for metric, exchange, account, symbol, standing in rows.values_list(
            "metric", "exchange", "account", "symbol", "standing"
        )
    }


def _line(
    row: MetricFigure, book: ThresholdBook, standings: Mapping[tuple[str, Key], str]
) -> dict[str, Any]:
    key = row.exchange, row.account, row.symbol
    limits = book.of(row.metric, key)
    facts = METRICS[BusinessMetric(row.metric)]
    monitoring, risk = (limits.monitoring, limits.risk) if limits else (None, None)
    return {
        "metric": row.metric,
        "exchange": row.exchange,
        "account": row.account,
        "symbol": row.symbol,
        "value": decimal(row.value),
        "cmp": facts.cmp.value,
        "unit": facts.unit,
        "monitoring": decimal(monitoring),
        "risk": decimal(risk),
        "threshold": limits.id if limits else None,
        "standing": standings.get((row.metric, key), Standing.QUIET.value),
        "as_of_ns": row.as_of_ns,
        "details": row.details,
    }


def decimal(value: int | None) -> str | None:
    return None if value is None else plain(value, FIGURE_DIGITS)


def worst_first(rows: QuerySet[MetricFigure], day: date, count: int) -> list[MetricFigure]:
    """Those that stand highest, then the obligations, then the others."""
    climbed = {
        (metric, key) for (metric, key), standing in standings_of(day).items()
        if standing != Standing.QUIET
    }  # fmt: skip
    order = {str(metric): place for place, metric in enumerate(BusinessMetric)}
    # Details are long: they are read of the rows that are shown only.
    found = sorted(
        rows.values_list("pk", "metric", "exchange", "account", "symbol")[: 20 * count],
        key=lambda each: ((each[1], each[2:]) not in climbed, order[each[1]]),
    )
    shown = MetricFigure.objects.in_bulk([each[0] for each in found[:count]])
    return [shown[pk] for pk, *_ in found[:count] if pk in shown]


def series_of(day: date, metric: str, key: Key, count: int) -> list[tuple[int, str]]:
    """The newest points, oldest first."""
    exchange, account, symbol = key
    rows = MetricPoint.objects.filter(
        trading_day=day, metric=metric, exchange=exchange, account=account, symbol=symbol
    )
    found = rows.order_by("-at_ns").values_list("at_ns", "value")[:count]
    return [(at_ns, plain(value, FIGURE_DIGITS)) for at_ns, value in reversed(found)]


def threshold_lines() -> list[dict[str, Any]]:
    """All rows of thresholds, with what they are held against by."""
    return [
        {
            "id": each.pk,
            "metric": each.metric,
            "exchange": each.exchange,
            "account": each.account,
            "symbol": each.symbol,
            "monitoring": decimal(_scaled(each.monitoring)),
            "risk": decimal(_scaled(each.risk)),
            "cmp": METRICS[BusinessMetric(each.metric)].cmp.value,
            "unit": METRICS[BusinessMetric(each.metric)].unit,
            "source_note": each.source_note,
            **_words(METRICS[BusinessMetric(each.metric)]),
        }
        for each in MetricThreshold.objects.order_by(F("metric"), "exchange", "account", "symbol")
    ]


def _words(facts: MetricFacts) -> dict[str, Any]:
    """The rule by which an alert of it is raised, as prompts name it."""
    return {
        "rule": facts.code,
        "name": {"en": facts.name_en, "zh": facts.name_zh},
        "advice": {"en": facts.advice_en, "zh": facts.advice_zh},
    }


def standing_figures(rule: str, scope: Mapping[str, str]) -> list[dict[str, Any]] | None:
    """The figures of a restriction that still stand at their risk threshold, as rows of headroom.

    None where the rule is no metric's.
    """
    metric = next((each for each, facts in METRICS.items() if facts.code == rule), None)
    if metric is None:
        return None
    day, facts = newest_day(), METRICS[metric]
    exchange, _, symbol = scope.get("contract", "").partition(":")
    whose = {"account": scope.get("account", ""), "exchange": exchange, "symbol": symbol}
    rows = figures_of(day, [metric], **whose) if day else ()
    book = threshold_book()
    found = []
    for row in rows:
        limits = book.of(row.metric, (row.exchange, row.account, row.symbol))
        if limits and judged(row.value, facts.cmp, None, limits.risk) is Standing.RISK:
            found.append({
                "rule": rule, "indicator": row.metric, "key": dict(scope),
                "value": decimal(row.value), "warn": decimal(limits.monitoring), "restrict": None,
                "limit": decimal(limits.risk), "left": None, "resets_at": None,
            })  # fmt: skip
    return found
