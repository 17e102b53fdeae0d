"""A list as a file: the rows of a filter, no more than a named maximum of them."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from itertools import islice
from threading import BoundedSemaphore
from typing import Any, ClassVar, NamedTuple

from django.db.models import QuerySet
from rest_framework import serializers

from riskgw.web.handlers import Answer, Download, Handler
from riskgw.web.problems import Problem
from riskgw.web.spreadsheets import Cell, as_csv, as_xlsx

EXPORT_ROWS_MAX = 50_000
# A server process works on no more: each takes seconds, and holds its rows.
EXPORTS_AT_ONCE_MAX = 2
_CHUNK = 2_000
KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_turns = BoundedSemaphore(EXPORTS_AT_ONCE_MAX)


class Column(NamedTuple):
    """What stands in the first row, and how the cell below is found."""

    name: str
    cell: Callable[[Any], Cell]


class ExportArguments(serializers.Serializer[Any]):
    """What every export takes beside the filters of its list."""

    kind = serializers.ChoiceField(tuple(KINDS), required=False, default="csv")


class Export(Handler):
    """Answers with a file; its name and the headers say when there were more rows."""

    arguments = ExportArguments
    files = tuple(KINDS.values())
    name: str
    columns: tuple[Column, ...]
    rows_max: ClassVar[int] = EXPORT_ROWS_MAX
    _written = 0

    @abstractmethod
    def rows(self) -> QuerySet[Any] | Sequence[Any]:
        """All that fit the filter, those first that a cut must keep."""

    def answer(self) -> Answer:
        kind = self.values.pop("kind")
        header = [column.name for column in self.columns]
        with turn():
            found = _each(self.rows()[: self.rows_max + 1])
            cells = self._cells(islice(found, self.rows_max))
            content = as_csv(header, cells) if kind == "csv" else as_xlsx(self.name, header, cells)
            is_cut = next(found, None) is not None
        name = f"{self.name}-first-{self._written}.{kind}" if is_cut else f"{self.name}.{kind}"
        headers = {"X-Export-Rows": str(self._written), "X-Export-Cut": str(is_cut).lower()}
        return Answer(Download(name, KINDS[kind], content, headers))

    def _cells(self, rows: Iterable[Any]) -> Iterator[list[Cell]]:
        for row in rows:
            yield [column.cell(row) for column in self.columns]
            self._written += 1


def _each(rows: QuerySet[Any] | Sequence[Any]) -> Iterator[Any]:
    return rows.iterator(_CHUNK) if isinstance(rows, QuerySet) else iter(rows)


@contextmanager
def turn() -> Iterator[None]:
    if not _turns.acquire(blocking=False):
        detail = "Others are being exported just now. Try again in a moment."
        raise Problem(HTTPStatus.TOO_MANY_REQUESTS, "busy", detail)
    try:
        yield
    finally:
        _turns.release()
