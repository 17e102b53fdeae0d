"""Reads: back-tests, and the shape in which all hear of them."""

from typing import Any, TypedDict

from django.db.models import QuerySet

from monitoring.models import Backtest
from riskgw.kernel.times import instant_ns

State = Backtest.State
# Those that may still come to something.
OPEN = (State.WAITING, State.RUNNING)


class BacktestLine(TypedDict):
    """A back-test as lists and the live topic show it; times in nanoseconds."""

    id: int
    state: str
    author: str
    first_day: str
    last_day: str
    rules: str
    against: str | None
    created_ns: int
    started_ns: int | None
    ended_ns: int | None
    progress_permille: int
    events: int
    error: str
    result: dict[str, Any] | None


def backtests_listed() -> QuerySet[Backtest]:
    """All, without the rules they are about."""
    return Backtest.objects.select_related("author").defer("specs", "against_specs")


def backtest_line(row: Backtest) -> BacktestLine:
    return {
        "id": row.pk,
        "state": row.state,
        "author": row.author.get_username(),
        "first_day": str(row.first_day),
        "last_day": str(row.last_day),
        "rules": row.rules,
        "against": row.against or None,
        "created_ns": instant_ns(row.created_at),
        "started_ns": instant_ns(row.started_at) if row.started_at else None,
        "ended_ns": instant_ns(row.ended_at) if row.ended_at else None,
        "progress_permille": row.progress_permille,
        "events": row.events,
        "error": row.error,
        "result": row.result,
    }
