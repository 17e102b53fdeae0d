"""The market gateway's process: hears its sources and gives the newest snapshots on."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

from monitoring.domain.market_gateway import MarketGateway
from riskgw.bus.connection import Client
from riskgw.bus.figures import Figures
from riskgw.bus.streams import FIELD, STREAM_ENTRIES_MAX
from riskgw.messages.market import Snapshot
from riskgw.shards.entries import Market, packed
from riskgw.wiring.market.replay_source import NAME as REPLAY
from riskgw.wiring.market.replay_source import ReplaySource
from riskgw.wiring.market.sockets import BadAddress, SocketSource
from riskgw.wiring.partitions import order_streams

FIGURES_NAME = "market"
# The newest of every contract, by name, for whoever comes later; and what changed since.
NEWEST_KEY, CHANGES_STREAM = "market.newest", "market"
CHANGES_MAX = 2_000
PUBLISH_SECONDS = 0.05
SOURCES_MAX = 4

_log = logging.getLogger(__name__)


class Gateway:
    """One process. A second one would only repeat what shards know already."""

    def __init__(self, names: Sequence[str], client: Client) -> None:
        if not 1 <= len(names) <= SOURCES_MAX or len(set(names)) != len(names):
            raise BadAddress(f"1 to {SOURCES_MAX} different sources, the primary first")
        self.market = MarketGateway(names)
        self._client = client
        self._figures = Figures(client, FIGURES_NAME)
        self._replay: ReplaySource | None = None
        self._sources: list[ReplaySource | SocketSource] = [self._made(name) for name in names]

    async def run(self, is_stopping: Callable[[], bool]) -> None:
        tasks = [asyncio.create_task(source.run()) for source in self._sources]
        used = self.market.in_use
        try:
            while not is_stopping():
                await asyncio.wait(tasks, timeout=PUBLISH_SECONDS, return_when="FIRST_EXCEPTION")
                for task in tasks:
                    if task.done():
                        task.result()
                self.publish(time.time_ns())
                if used != self.market.in_use:
                    _log.warning("market data now from %s instead of %s", self.market.in_use, used)
                    used = self.market.in_use
        finally:
            for task in tasks:
                task.cancel()

    def publish(self, now_ns: int) -> None:
        """What has changed, to all shards; while a stream is full it waits and grows newer."""
        streams = order_streams()
        if max(self._client.xlen(stream) for stream in streams) <= STREAM_ENTRIES_MAX:
            snapshots = self.market.batch(now_ns)
            if snapshots:
                self._give_on(snapshots, streams)
        self._figures.show(lambda: self.market.figures(now_ns, self._market_ns(now_ns)))

    def _give_on(self, snapshots: list[Snapshot], streams: list[str]) -> None:
        newest = {f"{each.exchange}:{each.symbol}": packed(Market([each])) for each in snapshots}
        with self._client.pipeline(transaction=True) as pipeline:
            for shard, stream in enumerate(streams):
                pipeline.xadd(stream, {FIELD: packed(Market(snapshots, shard, len(streams)))})
            pipeline.hset(NEWEST_KEY, mapping=newest)
            changes = {FIELD: packed(Market(snapshots))}
            pipeline.xadd(CHANGES_STREAM, changes, maxlen=CHANGES_MAX, approximate=True)
            pipeline.execute()

    def _market_ns(self, now_ns: int) -> int:
        """The time it is in the market that is heard."""
        is_replay = self._replay is not None and self.market.in_use == REPLAY
        return self._replay.market_ns if self._replay and is_replay else now_ns

    def _made(self, name: str) -> ReplaySource | SocketSource:
        if name == REPLAY:
            self._replay = ReplaySource(self.market, self._client)
            return self._replay
        return SocketSource(name, self.market)
