"""The life of a back-test that runs: begun, gone on with, ended by its result or without one."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from django.db import IntegrityError, transaction
from django.utils import timezone

from monitoring.actions.tell_backtest import tell_backtest
from monitoring.backtest_queries import backtests_listed
from monitoring.domain.differences import Difference
from monitoring.models import Backtest, BacktestAlert

State = Backtest.State
LEASE = timedelta(seconds=30)
ROWS_MAX = 10_000
_ERROR_SIZE_MAX = 400
_BATCH = 500


class Found(NamedTuple):
    """What a back-test has found: a summary, and the alerts, compared or not."""

    summary: dict[str, Any]
    alerts: Sequence[Difference]
    is_compared: bool


def begin_backtest(now: datetime) -> Backtest | None:
    """The one that has waited longest, now running; None if none waits, or another runs."""
    if Backtest.objects.filter(state=State.RUNNING).exists():
        return None
    row = backtests_listed().filter(state=State.WAITING).order_by("pk").first()
    if row is None:
        return None
    try:
        with transaction.atomic():
            waiting = Backtest.objects.filter(pk=row.pk, state=State.WAITING)
            changed = waiting.update(state=State.RUNNING, started_at=now, lease_until=now + LEASE)
    except IntegrityError:  # another process was first: one runs
        return None
    return _told(row.pk, "begun") if changed else None


def go_on(number: int, progress_permille: int, events: int) -> bool:
    """Say how far it is, and that its process lives; False if it is no longer wanted."""
    running = Backtest.objects.filter(pk=number, state=State.RUNNING)
    changed = running.update(
        progress_permille=progress_permille, events=events, lease_until=timezone.now() + LEASE
    )
    if changed:
        _told(number, "progress")
    return changed == 1


@transaction.atomic
def store_backtest(number: int, found: Found, rows_max: int = ROWS_MAX) -> bool:
    """Its result, at most so many alerts of it; False if it is no longer wanted."""
    kept = found.alerts[:rows_max]
    summary = found.summary | {"alerts": len(found.alerts), "rows": len(kept)}
    if not _end(number, State.DONE, result=summary, progress_permille=1000):
        return False
    rows = [_row(number, place, each) for place, each in enumerate(kept, 1)]
    if not found.is_compared:
        for row in rows:
            row.change = ""
    BacktestAlert.objects.bulk_create(rows, batch_size=_BATCH)
    return True


def fail_backtest(number: int, error: str) -> bool:
    """It ends without a result, and says why; False if it had ended."""
    return _end(number, State.FAILED, error=error[:_ERROR_SIZE_MAX])


def interrupt_backtests(now: datetime) -> list[int]:
    """Those whose process has not said for too long that it lives."""
    lost = Backtest.objects.filter(state=State.RUNNING, lease_until__lt=now)
    numbers = list(lost.values_list("pk", flat=True))
    return [number for number in numbers if _end(number, State.INTERRUPTED)]


def _end(number: int, state: str, **columns: Any) -> bool:
    running = Backtest.objects.filter(pk=number, state=State.RUNNING)
    if running.update(state=state, ended_at=timezone.now(), **columns) != 1:
        return False
    _told(number, "ended")
    return True


def _told(number: int, change: str) -> Backtest:
    row = backtests_listed().get(pk=number)
    tell_backtest(row, change)
    return row


def _row(number: int, place: int, difference: Difference) -> BacktestAlert:
    change, alert, level_before = difference
    return BacktestAlert(
        backtest_id=number,
        number=place,
        change=change.value,
        rule=alert.rule,
        level=alert.level.value,
        level_before=level_before or "",
        key=alert.key,
        time_ns=alert.time_ns,
        values=msgspec.to_builtins(alert.values),
        order_count=alert.order_count,
    )
