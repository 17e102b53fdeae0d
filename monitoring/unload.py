"""The unload process: reads all results, stores them in batches."""

import logging
import time
from collections.abc import Callable, Sequence

from monitoring.actions.store_results import Moved, Replaced, store_results
from monitoring.domain.restrictions import TOPIC
from monitoring.models import UnloadPosition
from riskgw.bus.connection import connect
from riskgw.bus.lease import Lease
from riskgw.bus.live import CHANNEL_PREFIX
from riskgw.bus.streams import FIELD
from riskgw.shards.entries import Results, unpacked

NAME = "unload"
BLOCK_MS = 150
READ_ENTRIES_MAX = 500
# Gathered this long, rows are stored in fewer and larger transactions; restrictions wait for no
# others: with them webhooks to counters are stored.
GATHER_SECONDS = 0.05
# What is stored stays in the streams a little: the Overview shows the newest.
KEPT_MS = 10_000
_START = "0-0"

_log = logging.getLogger(__name__)


class Unload:
    """One writer for all streams; a second one waits for the lease."""

    def __init__(self, streams: Sequence[str]) -> None:
        self._streams = streams
        self._client = connect()
        self._lease = Lease(self._client, NAME)
        self._restrictions = self._client.pubsub(ignore_subscribe_messages=True)
        self._restrictions.subscribe(CHANNEL_PREFIX + TOPIC)
        self._positions: dict[str, str] = {}

    def run(self, seconds: float, is_stopping: Callable[[], bool]) -> bool:
        """One slice; False if somebody else holds the lease."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends and not is_stopping():
            if not self._lease.acquire():
                self._positions = {}
                return False
            if not self._positions:
                self._positions = self._stored()
            self._turn()
        if is_stopping():
            self._lease.release()
        return True

    def _stored(self) -> dict[str, str]:
        stored = dict(UnloadPosition.objects.values_list("stream", "last_id"))
        return {stream: stored.get(stream, _START) for stream in self._streams}

    def _turn(self) -> None:
        found: list[Results] = []
        moved: list[Moved] = []
        for stream, entries in self._client.xread(self._positions, READ_ENTRIES_MAX, BLOCK_MS):
            name = stream.decode()
            moved.append(Moved(name, self._positions[name], entries[-1][0].decode()))
            for _, fields in entries:
                entry = unpacked(fields[FIELD])
                assert isinstance(entry, Results)
                found.append(entry)
        if not moved:
            return
        try:
            store_results(found, moved)
        except Replaced as error:
            _log.warning("unload: another process has taken over: %s", error)
            self._positions = {}
            return
        for step in moved:
            self._positions[step.stream] = step.after
            kept_from = int(step.after.partition("-")[0]) - KEPT_MS
            self._client.xtrim(step.stream, minid=f"{max(kept_from, 0)}-0", approximate=False)
        self._gather()

    def _gather(self) -> None:
        """Shards tell of a restriction in the step that writes it into their results."""
        ends = time.monotonic() + GATHER_SECONDS
        while (left := ends - time.monotonic()) > 0:
            if self._restrictions.get_message(timeout=left) is not None:
                ends = 0.0
        while self._restrictions.get_message() is not None:
            pass
