"""Celery tasks of the order feeds."""

from typing import Any

from celery import Task, shared_task
from django.conf import settings

from capture.queries import feed_settings
from capture.stages import DecodeStage
from riskgw.bus.partition import Partition
from riskgw.bus.slices import run_slice


@shared_task(bind=True, name="capture.decode", ignore_result=True)
def decode(task: "Task[Any, Any]", feed: str, number: int) -> None:
    """One slice of a decode partition."""

    def partition() -> Partition:
        stage = DecodeStage(feed, number, settings.RISKGW_SHARDS, feed_settings())
        return Partition(stage, settings.RISKGW_HOME / "snapshots")

    run_slice(task, (feed, number), partition)
