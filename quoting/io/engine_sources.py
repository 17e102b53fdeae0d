"""The engine's data sources: each a task, begun anew where its settings are others."""

import asyncio
import logging
from collections.abc import Callable, Iterable

from quoting.domain.events import Event
from quoting.domain.source_settings import SourceSettings
from quoting.io.source_link import Source
from quoting.io.source_manual import ManualSource
from quoting.io.source_opening import opened

logger = logging.getLogger(__name__)


class EngineSources:
    """By name; `hear` is the engine's."""

    def __init__(self, hear: Callable[[Event], object]) -> None:
        self._hear = hear
        self._sources: dict[str, Source] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._wanted: dict[str, SourceSettings] = {}
        self._is_suspended = False
        # One change after the other, each of which waits for sources to end.
        self._changing = asyncio.Lock()

    async def configure(self, settings: Iterable[SourceSettings]) -> None:
        """Those that are the same go on undisturbed."""
        async with self._changing:
            self._wanted = {each.name: each for each in settings}
            await self._follow()

    async def suspend(self, *, is_suspended: bool) -> None:
        """While nothing can be made of their prices; afterwards each tells all of them anew."""
        async with self._changing:
            self._is_suspended = is_suspended
            await self._follow()

    async def stop(self) -> None:
        async with self._changing:
            self._wanted = {}
            await self._follow()

    async def _follow(self) -> None:
        wanted = {} if self._is_suspended else self._wanted
        for name, source in list(self._sources.items()):
            if wanted.get(name) != source.settings:
                await self._stop(name)
        for name, each in wanted.items():
            if name not in self._sources:
                source = self._sources[name] = opened(each, self._hear_any)
                task = asyncio.create_task(source.run(), name=f"source {name}")
                task.add_done_callback(_must_not_end)
                self._tasks[name] = task
                logger.info("source %s: %s", name, each.kind.value)

    def states(self) -> dict[str, str]:
        up = {name for name, each in self._sources.items() if each.is_up}
        return {name: "up" if name in up else "down" for name in self._wanted}

    def manual(self, pair: str) -> ManualSource | None:
        """Where dealers type prices of a pair."""
        for each in self._sources.values():
            if isinstance(each, ManualSource) and pair in [p.pair for p in each.settings.pairs]:
                return each
        return None

    def _hear_any(self, event: Event) -> None:
        self._hear(event)

    async def _stop(self, name: str) -> None:
        task = self._tasks.pop(name)
        del self._sources[name]
        task.cancel()
        await asyncio.wait([task])


def _must_not_end(task: asyncio.Task[None]) -> None:
    """A source that fails is a fault of ours: what it is about goes to the loop's owner."""
    if not task.cancelled() and task.exception() is not None:
        context = {"message": f"{task.get_name()} failed", "exception": task.exception()}
        asyncio.get_running_loop().call_exception_handler(context)
