"""Celery tasks of the ledger. A hint that is lost or comes twice makes no difference."""

import logging
import time

from celery import shared_task
from django.utils import timezone

from ledger.actions.messages import POST_TASK
from ledger.domain.alarms import alarms
from ledger.poster import Poster
from ledger.queries import flow
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
