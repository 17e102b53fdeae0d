"""The jobs of modules, in the default worker: begun when they are due, each in a thread.

Which of several workers begins a run is decided by the queue server: a run is begun once.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any

from riskgw.bus.connection import Client
from riskgw.bus.live import publish
from riskgw.plugins.loader import ADDRESS, Loaded
from riskgw.plugins.manifest import Job
from riskgw.plugins.metrics import measure
from riskgw.plugins.registry import Registry, Slot
from riskgw.plugins.rooms import Full

# A run that is due in so little time is not left to the next look.
_EARLY_MS = 100


class TopicUnknown(LookupError):
    """The manifest has no such topic."""


@dataclass
class _Run:
    """One run of a job; the `Work` that its function gets."""

    module: str
    settings: Mapping[str, Any]
    loaded: Loaded
    client: Client
    job: Job
    began: float = field(default_factory=time.monotonic)
    stopping: threading.Event = field(default_factory=threading.Event)
    has_ended: threading.Event = field(default_factory=threading.Event)
    is_late: bool = False

    def publish(self, topic: str, data: Any) -> None:
        name = topic if self.loaded.pin.is_own else f"{ADDRESS}.{self.module}.{topic}"
        for each in self.loaded.manifest.topics:
            if each.name == name:
                publish(self.client, name, data, each.kind)
                return
        raise TopicUnknown(topic)

    def measure(self, metric: str, value: Decimal | int, key: str = "") -> None:
        measure(self.client, self.loaded.manifest, metric, Decimal(value), key)

    def is_stopping(self) -> bool:
        return self.stopping.is_set()


class Jobs:
    """Of one process. `look` is called about once a second and waits for nothing."""

    def __init__(self, modules: Registry) -> None:
        self._modules = modules
        self._runs: dict[tuple[str, str], _Run] = {}

    def look(self, client: Client) -> None:
        """Begin what is due, and tell those to stop whose time is over or whose module is gone."""
        slots = self._modules.slots
        for (module, _), run in list(self._runs.items()):
            self._look_after(run, slots.get(module))
        for name, slot in slots.items():
            if slot.is_running and slot.loaded is not None:
                for job in slot.loaded.manifest.jobs:
                    self._begin_if_due(client, slot.loaded, name, job)

    def _look_after(self, run: _Run, slot: Slot | None) -> None:
        if run.has_ended.is_set():
            del self._runs[run.module, run.job.name]
        elif time.monotonic() - run.began > run.job.limit_seconds and not run.is_late:
            run.is_late = True
            run.stopping.set()
            text = f"job {run.job.name}: has not ended within {run.job.limit_seconds} s"
            self._modules.conduct(run.module).note_text(text)
        elif slot is None or not slot.is_running or slot.loaded is not run.loaded:
            run.stopping.set()

    def _begin_if_due(self, client: Client, loaded: Loaded, module: str, job: Job) -> None:
        if (module, job.name) in self._runs or not _is_first(client, module, job):
            return
        run = _Run(module, loaded.settings, loaded, client, job)
        try:
            self._modules.conduct(module).runs.begin(partial(self._run, run))
        except Full as error:
            self._modules.conduct(module).note_text(str(error))
            return
        self._runs[module, job.name] = run

    def _run(self, run: _Run) -> None:
        try:
            run.job.run(run)
        except (Exception, SystemExit) as error:
            self._modules.conduct(run.module).note(f"job {run.job.name}", error)
        finally:
            run.has_ended.set()


def _is_first(client: Client, module: str, job: Job) -> bool:
    """Whether nobody has begun it lately."""
    rest_ms = job.every_seconds * 1000 - _EARLY_MS
    return bool(client.set(f"modules.job.{module}.{job.name}", b"", nx=True, px=rest_ms))
