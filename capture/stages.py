"""The decode stage of an order feed, as the bus drives it."""

from datetime import date
from typing import Any

from capture.wire.feed_settings import FeedSettings
from capture.wire.partition import DecodePartition
from capture.wire.snapshots import DECODER
from riskgw.bus.streams import Step
from riskgw.shards.entries import Frames, Heard, Load, Results, packed, unpacked


class DecodeStage:
    """Partition `number` of a feed: its frames become events for `shards` shards."""

    def __init__(
        self, feed: str, number: int, shards: int, settings: FeedSettings | None = None
    ) -> None:
        self.source = f"{feed}.{number}"
        self.name = f"decode.{self.source}"
        self.stream = f"frames.{self.source}"
        self._shards = shards
        self._settings = settings

    def fresh(self) -> "DecodeWork":
        return DecodeWork(DecodePartition(self.source, self._shards, self._settings))

    def restored(self, state: bytes) -> "DecodeWork":
        work = self.fresh()
        DECODER.load_into(state, work.partition)
        work.partition.shards.count = self._shards  # by today's settings
        return work


class DecodeWork:
    """Entries of `frames.<feed>.<p>` in, entries of `orders.<s>` and `results.<feed>.<p>` out."""

    def __init__(self, partition: DecodePartition) -> None:
        self.partition = partition

    def take(self, blob: bytes) -> Step:
        entry = unpacked(blob)
        if isinstance(entry, Load):
            self._load(entry)
            return Step()
        assert isinstance(entry, Frames)
        by_shard, troubles = self.partition.hear(entry)
        source, passed_ns = self.partition.source, self.partition.passed_ns(entry.until_ns)
        heard = (
            Heard(source, passed_ns, entry.patience_ns, events, entry.is_end) for events in by_shard
        )
        blobs = [(f"orders.{shard}", packed(each)) for shard, each in enumerate(heard)]
        if troubles:
            blobs.append((f"results.{source}", packed(Results(source, [], troubles))))
        return Step(blobs)

    def retake(self, blob: bytes) -> None:
        entry = unpacked(blob)
        if isinstance(entry, Load):
            self._load(entry)
        else:
            assert isinstance(entry, Frames)
            self.partition.hear(entry)

    @property
    def day(self) -> date | None:
        return self.partition.feed.orders.day

    def _load(self, load: Load) -> None:
        if load.base is not None:
            self.partition.load(load.base)

    def dump(self) -> bytes:
        return DECODER.dump(self.partition)

    def figures(self) -> dict[str, Any]:
        """Counts since the first start, for the health of the feed."""
        partition = self.partition
        return {
            "packets": partition.tap.packets,
            "messages": partition.messages.total(),
            "events": dict(partition.events),
            "problems": dict(partition.problems),
            "last_packet_ns": partition.last_packet_ns,
            "sessions": partition.tap.sessions(),
        }
