"""A slice: what a Celery task does for a partition before it hands over to its successor.

One solo worker a partition, so that the state stays in its process between slices.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from celery import Task
from celery.worker import state as worker_state

from riskgw.bus.connection import kept_client

# Handing over takes some 20 ms, in which the stream waits; and all that began together hand over
# together.
SLICE_SECONDS = 60.0


class Runner(Protocol):
    """What keeps its state in the process: a partition of a stage, or the writer."""

    def run(self, seconds: float, is_stopping: Callable[[], bool]) -> bool:
        """Work for so long; False if another process does."""


_runners: dict[str, Runner] = {}


def run_slice(task: "Task[Any, Any]", arguments: Sequence[Any], made: Callable[[], Runner]) -> None:
    """Work for a while, then see to it that exactly one successor is queued."""
    information: Any = task.request.delivery_info
    queue: str = information["routing_key"]
    if queue not in _runners:
        _runners[queue] = made()
    is_ours = _runners[queue].run(SLICE_SECONDS, _is_stopping)
    if is_ours and not _is_stopping() and not kept_client().llen(queue):
        task.apply_async(tuple(arguments), queue=queue)


def _is_stopping() -> bool:
    """Set to stop, Celery's flags hold an exit code: 0 says stop too."""
    flags: list[Any] = [worker_state.should_stop, worker_state.should_terminate]
    return any(each is not None and each is not False for each in flags)
