"""Day cut (日切): tries and posters under way end first, so no line goes back to the closed day."""

from datetime import date

from django.utils import timezone

from ledger.actions.durable import durable_write, shut_gate
from ledger.models import DayCut
from ledger.queries import books_day, flow


class DayDiffers(ValueError):
    """The books are not on that day, or the next one is not later."""


def cut_day(closing: date, following: date, by: str) -> DayCut:
    """From its commit on, everything is posted to the next day."""
    with durable_write():
        shut_gate()
        now = timezone.now()
        today = books_day(now)
        if closing != today or following <= closing:
            raise DayDiffers(f"the books are on {today}")
        under_way = flow(now)
        return DayCut.objects.create(
            closed=closing,
            next=following,
            unposted=under_way.unposted,
            in_flight=under_way.in_flight,
            by=by,
            at=now,
        )
