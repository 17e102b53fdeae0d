"""The unload process: reads all results, stores them in batches."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

from monitoring.actions.store_results import (
    Made,
    Moved,
    Replaced,
    Surroundings,
    made_of,
    store_results,
)
from monitoring.models import UnloadPosition
from riskgw.background import background
from riskgw.bus.connection import connect
from riskgw.bus.lease import Lease
from riskgw.bus.streams import FIELD
from riskgw.shards.entries import Results, unpacked

NAME = "unload"
BLOCK_MS = 150
READ_ENTRIES_MAX = 500
# Gathered this long, rows are stored in fewer and larger transactions.
GATHER_SECONDS = 0.1
# What is stored stays in the streams a little: the Overview shows the newest.
KEPT_MS = 10_000
# On SQLite all other writers wait for the end of a transaction.
EVENTS_A_TRANSACTION = 150
_START = "0-0"

# What is stored in one transaction.
Portion = tuple[list[Results], list[Moved]]

_log = logging.getLogger(__name__)


class Unload:
    """One writer for all streams; a second one waits for the lease."""

    def __init__(self, streams: Sequence[str]) -> None:
        self._streams = streams
        self._client = connect()
        self._lease = Lease(self._client, NAME)
        self._positions: dict[str, str] = {}

    def run(self, seconds: float, is_stopping: Callable[[], bool]) -> bool:
        """One slice; False if somebody else holds the lease."""
        ends = time.monotonic() + seconds
        with background() as maker:
            while time.monotonic() < ends and not is_stopping():
                if not self._lease.acquire():
                    self._positions = {}
                    return False
                if not self._positions:
                    self._positions = self._stored()
                self._turn(maker)
        if is_stopping():
            self._lease.release()
        return True

    def _stored(self) -> dict[str, str]:
        stored = dict(UnloadPosition.objects.values_list("stream", "last_id"))
        return {stream: stored.get(stream, _START) for stream in self._streams}

    def _turn(self, maker: Executor) -> None:
        read = self._client.xread(self._positions, READ_ENTRIES_MAX, BLOCK_MS)
        if not read:
            return
        made_portions, surroundings = _made(read, self._positions), Surroundings()
        while (portion := maker.submit(next, made_portions, None).result()) is not None:
            found, moved = portion
            try:
                store_results(found, moved, surroundings)
            except Replaced as error:
                _log.warning("unload: another process has taken over: %s", error)
                self._positions = {}
                return
            for step in moved:
                self._positions[step.stream] = step.after
        for stream, entries in read:
            kept_from = int(entries[-1][0].partition(b"-")[0]) - KEPT_MS
            self._client.xtrim(stream, minid=f"{max(kept_from, 0)}-0", approximate=False)
        time.sleep(GATHER_SECONDS)


def _made(read: Any, positions: Mapping[str, str]) -> Iterator[tuple[Made, list[Moved]]]:
    for found, moved in portions(read, positions):
        yield made_of(found), moved


def portions(read: Any, positions: Mapping[str, str]) -> Iterator[Portion]:
    """In their order: whole entries, a little more than `EVENTS_A_TRANSACTION` at most."""
    before = dict(positions)
    found: list[Results] = []
    after: dict[str, str] = {}
    count = 0
    for stream, entries in read:
        for number, fields in entries:
            entry = unpacked(fields[FIELD])
            assert isinstance(entry, Results)
            found.append(entry)
            after[stream.decode()] = number.decode()
            count += len(entry.judged) + len(entry.troubles)
            if count >= EVENTS_A_TRANSACTION:
                yield found, _moved(before, after)
                before |= after
                found, after, count = [], {}, 0
    if found:
        yield found, _moved(before, after)


def _moved(before: Mapping[str, str], after: Mapping[str, str]) -> list[Moved]:
    return [Moved(stream, before[stream], last) for stream, last in after.items()]
