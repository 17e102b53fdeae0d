"""Write computed figures back as rows, and the points of their series."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

from django.db import transaction

from monitoring.domain.business_figures import Figure
from monitoring.models import MetricFigure, MetricPoint, MetricStanding, RawRecord
from riskgw.rows import insert_missing, insert_or_change

# Trading days of raw records, and of what was made of them.
RAW_DAYS_KEPT, FIGURE_DAYS_KEPT = 20, 60
_WHOSE = ("trading_day", "metric", "exchange", "account", "symbol")


class Point(NamedTuple):
    """A figure at the end of a minute."""

    at_ns: int
    figure: Figure


# Others wait for the end of a transaction on SQLite.
ROWS_A_TRANSACTION = 100


def store_figures(
    day: date, figures: Collection[Figure], points: Sequence[Point], as_of_ns: int
) -> None:
    """The newest value of each key; points stand as they were first made.

    Bit by bit: whoever dies in between begins the day anew, and comes to the same figures.
    """
    every = list(figures)
    for first in range(0, max(len(every), len(points)), ROWS_A_TRANSACTION):
        bit = slice(first, first + ROWS_A_TRANSACTION)
        _store(day, every[bit], points[bit], as_of_ns)


@transaction.atomic
def _store(day: date, figures: Sequence[Figure], points: Sequence[Point], as_of_ns: int) -> None:
    insert_or_change(
        MetricFigure,
        (*_WHOSE, "value", "as_of_ns", "details"),
        [(day, each.metric, *each.key, each.value, as_of_ns, each.details) for each in figures],
        _WHOSE,
    )
    insert_missing(
        MetricPoint,
        (*_WHOSE, "at_ns", "value"),
        [
            (day, each.figure.metric, *each.figure.key, each.at_ns, each.figure.value)
            for each in points
        ],
    )


def drop_figures(day: date) -> None:
    """Before they are computed anew; where keys have stood stays, so nobody is told twice."""
    MetricFigure.objects.filter(trading_day=day).delete()
    MetricPoint.objects.filter(trading_day=day).delete()


def forget_days(day: date) -> None:
    """What is older than it is kept."""
    for model, count in (
        (RawRecord, RAW_DAYS_KEPT),
        (MetricFigure, FIGURE_DAYS_KEPT),
        (MetricPoint, FIGURE_DAYS_KEPT),
        (MetricStanding, FIGURE_DAYS_KEPT),
    ):
        days = model.objects.filter(trading_day__lte=day).order_by("-trading_day")
        kept = days.values_list("trading_day", flat=True).distinct()[count - 1 : count].first()
        if kept is not None:
            model.objects.filter(trading_day__lt=kept).delete()
