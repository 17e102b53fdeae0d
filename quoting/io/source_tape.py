"""A tape as data source: its prices at their pace, N times as fast, or as fast as can be."""

import asyncio
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from quoting.domain.events import Heard, SourceDown, Tick
from quoting.domain.source_settings import SourceSettings
from quoting.io.source_link import Hear, Source
from quoting.wire.sources.problems import Problem
from quoting.wire.sources.tape import ROW_CHARACTERS_MAX, Row, rows
from riskgw.kernel.times import NS_PER_SECOND

# As fast as can be still lets others have their turn.
ROWS_AT_ONCE = 100
ENDED = "the tape has ended"


class TapeSource(Source):
    """Prices bear the names of the data sources that the tape tells; at its end all of them are
    down. Times are those of the replay, so that no price is late because it is old."""

    def __init__(self, settings: SourceSettings, hear: Hear) -> None:
        super().__init__(settings, hear)
        self._spoke_at: dict[str, float] = {}
        self._first_ns: int | None = None
        self._began_ns = 0
        self._waited = 0
        self.is_ended = False

    async def run(self) -> None:
        """Plays once, then waits to be cancelled."""
        self._came()
        beating = asyncio.create_task(self._beat())
        try:
            await self._play()
            self._down(ENDED)
            self.is_ended = True
            await asyncio.Event().wait()
        except OSError as error:
            self._down(str(error))
            await asyncio.Event().wait()
        finally:
            beating.cancel()
            self._down(self.failure or "stopped")

    async def _play(self) -> None:
        for number, row in enumerate(self._rows()):
            if isinstance(row, Problem):
                self._take([row])
                continue
            await self._until(row.at_ns, number)
            self._play_row(row)

    def _rows(self) -> Iterator[Row | Problem]:
        with Path(self.settings.path).open(errors="replace") as tape:
            lines = iter(partial(tape.readline, ROW_CHARACTERS_MAX + 1), "")
            yield from rows(lines, self.settings.pairs)

    def _play_row(self, row: Row) -> None:
        due_ns = self._due_ns(row.at_ns)
        said = [
            replace(each, source_ns=due_ns) if isinstance(each, Tick) else each for each in row.said
        ]
        for each in said:
            if isinstance(each, Tick):
                self._spoke_at[each.source] = time.monotonic()
        self._take(list(said))

    def _due_ns(self, at_ns: int) -> int:
        """When a row's time comes; a tape played as fast as can be has no times."""
        if not self.settings.speed or self._first_ns is None:
            return 0
        return self._began_ns + (at_ns - self._first_ns) // self.settings.speed

    async def _until(self, at_ns: int, number: int) -> None:
        if self._first_ns is None:
            self._first_ns, self._began_ns = at_ns, time.time_ns()
        wait_ns = self._due_ns(at_ns) - time.time_ns() if self.settings.speed else 0
        if wait_ns > 0:
            await asyncio.sleep(wait_ns / NS_PER_SECOND)
        elif number % ROWS_AT_ONCE == 0:
            await asyncio.sleep(0)

    async def _beat(self) -> None:
        """A tape has no heartbeats: who was heard not long ago is taken to be alive."""
        while True:
            await asyncio.sleep(self.settings.heartbeat_seconds)
            now = time.monotonic()
            for name, heard_at in list(self._spoke_at.items()):
                if now - heard_at < self.settings.silent_seconds:
                    self._hear(Heard(name))
                else:
                    del self._spoke_at[name]
                    self._hear(SourceDown(name))

    def _down(self, reason: str) -> None:
        self.failure = reason
        self.is_up = False
        names, self._spoke_at = self._spoke_at, {}
        for name in sorted(names):
            self._hear(SourceDown(name))
