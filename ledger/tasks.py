"""Celery tasks of the ledger. A hint that is lost or comes twice makes no difference."""

import logging
import time

from celery import shared_task
from django.utils import timezone

from ledger.actions.book_vouchers import book_vouchers
from ledger.actions.end_permits import end_permits
from ledger.actions.messages import POST_TASK
from ledger.actions.reconcile import reconcile
from ledger.domain.alarms import alarms
from ledger.poster import Poster
from ledger.queries import flow
from ledger.telling import TELL_TASK, tell
from riskgw.bus.connection import kept_client
from riskgw.bus.wake import wake

SLICE_SECONDS = 2.0

_poster = Poster()
_log = logging.getLogger(__name__)


@shared_task(name=POST_TASK, ignore_result=True)
def post() -> None:
    """Post what is due, for a slice; then the next hint goes on."""
    ends = time.monotonic() + SLICE_SECONDS
    if _poster.drain(lambda: time.monotonic() > ends):
        wake(POST_TASK)


@shared_task(name="ledger.watch", ignore_result=True)
def watch() -> None:
    """Say what has waited too long."""
    found = flow(timezone.now())
    for alarm in alarms(found.unposted_oldest, found.in_flight_oldest):
        _log.warning(alarm)


@shared_task(name=TELL_TASK, ignore_result=True)
def tell_postings() -> None:
    """The newest figures to whoever looks."""
    tell(kept_client())


@shared_task(name="ledger.tend", ignore_result=True)
def tend() -> None:
    """Vouchers whose approval was cut short are booked, permits end when their time is over."""
    now = timezone.now()
    book_vouchers(now)
    end_permits(now)


@shared_task(name="ledger.reconcile", ignore_result=True)
def reconcile_daily() -> None:
    """Balances beside their events; the result is kept, and what differs is said."""
    for each in reconcile().differences:
        _log.error("%(account)s: %(what)s is %(balance)s, its events say %(events)s", each)
