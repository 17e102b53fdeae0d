"""The computing module's work: raw records in, business figures out, a few seconds at a time.

What is kept here is made of rows alone: another process, or this one after a change of the
reference data, begins the day anew and comes to the same figures.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any, Protocol

from monitoring.actions.judge_figures import judge_figures
from monitoring.actions.store_figures import Point, drop_figures, forget_days, store_figures
from monitoring.actions.store_raw import store_raw
from monitoring.business_queries import (
    ThresholdBook,
    newest_day,
    ordered_after,
    reference_mark,
    reference_of,
    threshold_book,
    told_after,
)
from monitoring.domain.account_figures import FundFigures, OrderFigures
from monitoring.domain.business_figures import Figure, Figures, Reference
from monitoring.domain.making_figures import MakingFigures
from riskgw.bus.connection import Client
from riskgw.kernel.times import NS_PER_SECOND

READ_ROWS_MAX = 5_000
_MINUTE_NS = 60 * NS_PER_SECOND

Place = tuple[str, tuple[str, str, str]]
After = Callable[[date, int, int], Iterator[tuple[int, Any]]]


class _Sort(Figures, Protocol):
    def take(self, record: Any) -> None: ...


class Line:
    """Records of one table in their order, and what is made of them minute by minute."""

    def __init__(self, after: After, sorts: Iterable[_Sort]) -> None:
        self._after, self._sorts = after, tuple(sorts)
        self._last = 0
        self._minute = -1
        self._drawn: dict[Place, int] = {}
        self.now_ns = 0

    def read(self, day: date) -> tuple[int, list[Point]]:
        """The next rows; how many there were, and the minutes that ended with them."""
        points: list[Point] = []
        count = 0
        for pk, record in self._after(day, self._last, READ_ROWS_MAX):
            self._last, count = pk, count + 1
            self.now_ns = max(self.now_ns, record.time_ns)
            minute = self.now_ns // _MINUTE_NS
            if minute > self._minute >= 0:
                points += self._drawn_at((self._minute + 1) * _MINUTE_NS)
            self._minute = minute
            for sort in self._sorts:
                sort.take(record)
        return count, points

    def figures(self) -> list[Figure]:
        return [figure for sort in self._sorts for figure in sort.figures()]

    def news(self) -> Iterator[Figure]:
        return (figure for sort in self._sorts for figure in sort.news())

    def _drawn_at(self, at_ns: int) -> list[Point]:
        """Where a figure is as it was, the line goes on by itself."""
        for sort in self._sorts:
            sort.advance(at_ns)
        points = []
        for figure in self.figures():
            place = str(figure.metric), figure.key
            if figure.value is not None and self._drawn.get(place) != figure.value:
                self._drawn[place] = figure.value
                points.append(Point(at_ns, figure))
        return points


class Computing:
    """One a process; the job runs it."""

    def __init__(self) -> None:
        self._mark: tuple[object, ...] = ()
        self._lines: tuple[Line, ...] = ()
        self._stored: dict[Place, Figure] = {}
        # What has changed since it was stored; after a failure it is stored with the next.
        self._waiting: dict[Place, Figure] = {}
        self._book: ThresholdBook | None = None
        self.day: date | None = None

    def run(self, client: Client, is_stopping: Callable[[], bool] = lambda: False) -> bool:
        """Whether anything has changed; on a long backlog it stops between two reads."""
        while store_raw(client) and not is_stopping():
            pass
        return self.compute(is_stopping)

    def compute(self, is_stopping: Callable[[], bool] = lambda: False) -> bool:
        """From rows alone."""
        day = newest_day()
        if day is None:
            return False
        mark = reference_mark(day)
        if mark != self._mark:
            self._begin(day, reference_of(day), mark)
        points: list[Point] = []
        for line in self._lines:
            count = READ_ROWS_MAX
            while count == READ_ROWS_MAX and not is_stopping():
                count, made = line.read(day)
                points += made
        return self._keep(day, points)

    def _begin(self, day: date, reference: Reference, mark: tuple[object, ...]) -> None:
        drop_figures(day)
        if day != self.day:
            forget_days(day)
        self._mark, self.day, self._stored, self._book = mark, day, {}, None
        self._waiting = {}
        self._lines = (
            Line(told_after, (MakingFigures(reference), FundFigures())),
            Line(ordered_after, (OrderFigures(reference),)),
        )

    def _keep(self, day: date, points: list[Point]) -> bool:
        for line in self._lines:
            for figure in line.news():
                place = str(figure.metric), figure.key
                if self._stored.get(place) != figure:
                    self._waiting[place] = figure
        changed = list(self._waiting.values())
        as_of_ns = max(line.now_ns for line in self._lines)
        store_figures(day, changed, points, as_of_ns)
        book = threshold_book()
        judge_figures(day, changed if book == self._book else self._all(), book, as_of_ns)
        is_news = bool(changed) or book != self._book
        self._stored |= self._waiting
        self._waiting, self._book = {}, book
        return is_news

    def _all(self) -> list[Figure]:
        return [figure for line in self._lines for figure in line.figures()]
