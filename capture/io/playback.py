"""A capture played with its own timing: which packets are due, for which partition."""

import logging
from collections.abc import Iterator
from heapq import merge
from operator import itemgetter
from pathlib import Path

from capture.io.pcap_files import CaptureFile, NotACapture
from capture.wire.feed_filter import FeedFilter
from capture.wire.pcap_run import Packet
from riskgw.kernel.times import NS_PER_MS, NS_PER_SECOND
from riskgw.shards.entries import Frames
from riskgw.shards.replay_order import ENDLESS_NS, Progress, ReplayOrder

TICK_NS = 5 * NS_PER_MS
BLOB_BYTES_MAX = 64 * 1024
# Other feeds' packets cost time too: a tick ends after so many of all.
PACKETS_MAX = 5_000

_log = logging.getLogger(__name__)


class Playback:
    """A capture on its way: which packets are due."""

    def __init__(
        self, order: ReplayOrder, chosen: FeedFilter, partitions: int, skipped: int
    ) -> None:
        self._order = order
        self._filter = chosen
        self._partitions = partitions
        self._packets = _packets(order.files)
        self._ahead: Packet | None = None
        for _ in range(skipped):
            next(self._packets, None)
        self.progress = Progress(order.id, skipped, order.first_ns - 1)
        self.is_full = False  # the last tick had no room for all that was due

    def tick(self, now_ns: int) -> list[Frames]:
        """Everything due by now, at most a blob a partition."""
        due_ns = self._order.capture_ns(now_ns)
        chosen: list[list[Packet]] = [[] for _ in range(self._partitions)]
        size, count, until_ns, is_done = 0, self.progress.packets, self.progress.until_ns, False
        self.is_full = True
        while size < BLOB_BYTES_MAX and count - self.progress.packets < PACKETS_MAX:
            packet = self._ahead or next(self._packets, None)
            self._ahead = packet
            if packet is None:
                is_done, until_ns = True, until_ns + self._order.patience_ns
                break
            if packet[0] > due_ns:
                until_ns, self.is_full = max(until_ns, due_ns), False
                break
            self._ahead = None
            count += 1
            until_ns = max(until_ns, packet[0])
            for number, each in self._filter.routed(packet):
                chosen[number].append(each)
                size += len(each[2])
        self.progress = Progress(self._order.id, count, until_ns, is_done)
        patience_ns = self._order.patience_ns
        if due_ns - until_ns > patience_ns:
            # Behind its time, each sensor goes as fast as it can: only watermarks tell the order.
            patience_ns = ENDLESS_NS
        return [Frames(until_ns, patience_ns, packets, is_done) for packets in chosen]

    def cancel(self) -> None:
        """The next tick is the last."""
        self._packets, self._ahead = iter(()), None


def seconds_to_tick(now_ns: int) -> float:
    """Sensors tick together, by the clock: no shard waits for the other feed's next tick."""
    return (TICK_NS - now_ns % TICK_NS) / NS_PER_SECOND


def _packets(names: tuple[str, ...]) -> Iterator[Packet]:
    """Of all files, in the order of capture; what cannot be read any more is left out."""
    files = []
    for name in names:
        try:
            files.append(CaptureFile(Path(name)))
        except NotACapture as error:
            _log.error("%s", error)
    return merge(*files, key=itemgetter(0))
