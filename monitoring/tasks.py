"""Celery tasks of the risk core and of unload."""

from typing import Any

from celery import Task, shared_task
from django.conf import settings

from monitoring.stages import EvaluateStage
from monitoring.unload import Unload
from riskgw.bus.partition import Partition
from riskgw.bus.slices import run_slice


@shared_task(bind=True, name="monitoring.evaluate", ignore_result=True)
def evaluate(task: "Task[Any, Any]", number: int) -> None:
    """One slice of a shard."""
    folder = settings.RISKGW_HOME / "snapshots"
    run_slice(task, (number,), lambda: Partition(EvaluateStage(number), folder))


@shared_task(bind=True, name="monitoring.unload", ignore_result=True)
def unload(task: "Task[Any, Any]", *streams: str) -> None:
    """One slice of the writer."""
    run_slice(task, streams, lambda: Unload(streams))
