"""Cancel a back-test: one that waits never begins, one that runs ends at its next look."""

from django.db import transaction
from django.utils import timezone

from monitoring.actions.tell_backtest import tell_backtest
from monitoring.backtest_queries import OPEN, backtests_listed
from monitoring.models import Backtest


class BacktestUnknown(LookupError):
    """There is no such back-test."""


class BacktestOver(ValueError):
    """It has ended already."""


@transaction.atomic
def cancel_backtest(number: int) -> Backtest:
    """The row as it stands then."""
    found = Backtest.objects.filter(pk=number)
    changed = found.filter(state__in=OPEN).update(
        state=Backtest.State.CANCELLED, ended_at=timezone.now()
    )
    row = backtests_listed().filter(pk=number).first()
    if row is None:
        raise BacktestUnknown(number)
    if changed != 1:
        raise BacktestOver(number)
    tell_backtest(row, "ended")
    return row
