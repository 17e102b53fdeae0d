"""Celery tasks of the risk core and of unload."""

from typing import Any

from celery import Task, shared_task
from django.conf import settings
from django.utils import timezone

from monitoring.actions.announce_silences import announce_silences
from monitoring.actions.escalate_alerts import escalate_alerts
from monitoring.actions.purge_deliveries import purge_deliveries
from monitoring.delivery import Deliverers, DeliveryHints
from monitoring.lasting_thread import LastingThread
from monitoring.restricting import Restricting
from monitoring.stages import EvaluateStage
from monitoring.unload import Unload
from riskgw.bus.partition import Partition
from riskgw.bus.slices import run_slice

_deliverers = Deliverers()
_threads = (
    LastingThread("restricting", Restricting()),
    LastingThread("hints", DeliveryHints(_deliverers)),
)


@shared_task(bind=True, name="monitoring.evaluate", ignore_result=True)
def evaluate(task: "Task[Any, Any]", number: int) -> None:
    """One slice of a shard."""
    folder = settings.RISKGW_HOME / "snapshots"
    run_slice(task, (number,), lambda: Partition(EvaluateStage(number), folder))


@shared_task(bind=True, name="monitoring.unload", ignore_result=True)
def unload(task: "Task[Any, Any]", *streams: str) -> None:
    """One slice of the writer."""
    run_slice(task, streams, lambda: Unload(streams))


@shared_task(name="monitoring.deliver", ignore_result=True)
def deliver() -> None:
    """Restrictions, webhooks and notifications that are due; threads do it, the worker goes on."""
    for each in _threads:
        each.begin()
    _deliverers.look()


@shared_task(name="monitoring.purge_deliveries", ignore_result=True)
def purge() -> None:
    """Messages that were delivered long ago."""
    purge_deliveries(timezone.now())


@shared_task(name="monitoring.watch_alerts", ignore_result=True)
def watch_alerts() -> None:
    """What becomes of alerts and silences as time goes by."""
    now = timezone.now()
    announce_silences(now)
    escalate_alerts(now)
